package weights

import (
	"encoding/binary"
	"errors"
	"hash/crc32"
	"strconv"
	"strings"
	"unicode/utf8"

	"squeezenet/kernels"
	"squeezenet/picture"
)

const (
	magic   = "\x89SQZ\r\n\x1a\n"
	version = 1
	header  = 20 // bytes before the directory

	// MaxParameters bounds what one model may hold, and so what a small hostile file can make a
	// reader allocate. SqueezeNet 1.0 has 1.25 million with 1000 classes and 16 million with 30,000.
	MaxParameters = 1 << 24
)

// Read decodes a model file (FORMAT.md). Sizes are checked against the file's length before anything
// is allocated, and every byte is covered by a checksum. The result shares no memory with data.
//
// The error says what was found at which offset, what was expected and what to do; callers prefix the
// file's name or URL.
func Read(data []byte) (*Model, error) {
	entries, id, err := directory(data)
	if err != nil {
		return nil, err
	}
	m := &Model{ID: id}
	parameters := 0
	var t *kernels.RANSTables
	for i, e := range entries {
		payload := data[e.offset : e.offset+e.length]
		if sum := crc32.ChecksumIEEE(payload); sum != e.sum {
			return nil, fault(e.offset, "checksum of section "+strconv.Quote(e.name)+" is "+hex(sum)+", expected "+hex(e.sum)+
				": the file is damaged; fetch it again")
		}
		c := &cursor{data: payload, base: e.offset, name: e.name}
		switch {
		case i == 0:
			m.readHead(c)
		case i == 1:
			m.Labels = readLabels(c)
		case i == 2 && e.name == sectionTables:
			t = readTables(c)
		case len(payload) > 0 && payload[0] == 0:
			m.Adds = append(m.Adds, readAdd(c, t))
		default:
			m.Convs = append(m.Convs, readConv(c, t, &parameters))
		}
		c.end()
		if c.err != nil {
			return nil, c.err
		}
	}
	if err := m.Check(); err != nil {
		return nil, err
	}
	return m, nil
}

// An entry of the directory: one section.
type entry struct {
	name           string
	offset, length int
	sum            uint32
}

// A VersionError is of a file whose format is of another version, perhaps a newer program's: it is not damaged.
type VersionError struct{ error }

// directory checks everything up to the sections' contents and returns the sections, and the file's id.
func directory(data []byte) ([]entry, string, error) {
	if len(data) < header || string(data[:len(magic)]) != magic {
		return nil, "", foreign(data)
	}
	if v := int(binary.LittleEndian.Uint16(data[8:])); v != version {
		return nil, "", &VersionError{fault(8, "model format version "+strconv.Itoa(v)+", this program reads version "+strconv.Itoa(version)+
			": update the program, or convert the model again")}
	}
	count := int(binary.LittleEndian.Uint16(data[10:]))
	length := int64(binary.LittleEndian.Uint32(data[12:]))
	sum := binary.LittleEndian.Uint32(data[16:])
	if header+length > int64(len(data)) {
		return nil, "", fault(12, "the directory is said to be "+strconv.FormatInt(length, 10)+" bytes long, the file ends after "+
			strconv.Itoa(len(data)-header)+" of them: the download is incomplete or the file damaged; fetch it again")
	}
	body := header + int(length)
	if got := crc32.Update(crc32.ChecksumIEEE(data[8:16]), crc32.IEEETable, data[header:body]); got != sum {
		return nil, "", fault(16, "checksum of the directory is "+hex(got)+", expected "+hex(sum)+": the file is damaged; fetch it again")
	}

	c := &cursor{data: data[header:body], base: header, name: "directory"}
	if count < 3 || count > int(length)/9 {
		c.fail(strconv.Itoa(count) + " sections, expected model, labels and at least one layer; the file was written wrongly")
		return nil, "", c.err
	}
	entries := make([]entry, count)
	seen := make(map[string]bool, count)
	end := int64(body)
	for i := range entries {
		name := c.text(c.u8())
		size, sum := c.u32(), c.u32()
		if c.err == nil && (name == "" || !utf8.ValidString(name) || seen[name] || i == 0 && name != sectionModel || i == 1 && name != sectionLabels) {
			c.fail("section " + strconv.Itoa(i) + " is named " + strconv.Quote(name) + "; the file was written wrongly")
		}
		if c.err != nil {
			return nil, "", c.err
		}
		seen[name] = true
		entries[i] = entry{name, int(end), int(size), sum}
		end += int64(size)
		if end > int64(len(data)) {
			return nil, "", fault(len(data), "the file ends inside section "+strconv.Quote(name)+", which should reach offset "+
				strconv.FormatInt(end, 10)+": the download is incomplete; fetch it again")
		}
	}
	if c.end(); c.err != nil {
		return nil, "", c.err
	}
	if end < int64(len(data)) {
		return nil, "", fault(int(end), strconv.Itoa(len(data)-int(end))+" bytes follow the last section: something was appended to the file; fetch it again")
	}
	return entries, hex(sum), nil
}

// foreign says what a file is that does not begin as a model does.
func foreign(data []byte) error {
	what := "the file begins with " + strconv.Quote(string(data[:min(len(data), 8)])) + ", not a model"
	start := strings.ToLower(strings.TrimLeft(string(data[:min(len(data), 512)]), "\ufeff \t\r\n"))
	switch {
	case len(data) == 0:
		what = "the file is empty, not a model"
	case strings.HasPrefix(start, "<"):
		what = "an HTML page, not a model: the address is wrong or the server answered with an error page"
	case strings.HasPrefix(start, "{"):
		what = "a JSON text, not a model: the address is wrong or the server answered with an error"
	case strings.HasPrefix(string(data[:min(len(data), 2)]), "\x1f\x8b"):
		what = "a gzip file, not a model: unpack it, or have the server send Content-Encoding: gzip"
	case strings.HasPrefix(start, "version https://git-lfs"):
		what = "a Git LFS pointer, not a model: fetch the file that it points to"
	case strings.HasPrefix(start, "pk\x03\x04"):
		what = "a ZIP archive (perhaps a .pth, .npz or .keras file), not a model of this program: run `squeezenet convert` on it"
	case len(data) < header && strings.HasPrefix(magic, string(data[:min(len(data), len(magic))])):
		what = "the file ends after " + strconv.Itoa(len(data)) + " bytes: the download is incomplete; fetch it again"
	}
	return fault(0, what+" (expected a file that begins with "+strconv.Quote(magic)+")")
}

const (
	sectionModel  = "model"
	sectionLabels = "labels"
	sectionTables = "tables" // third, where a layer is entropy-coded
)

func (m *Model) readHead(c *cursor) {
	m.Arch = c.text(c.u8())
	m.Source = c.text(c.u16())
	p := &m.Pipeline
	p.Fit = picture.Fit(c.u8())
	order := c.u8()
	p.BGR = order == 1
	p.Resize, p.Crop = c.u16(), c.u16()
	copy(p.Mean[:], c.floats(3))
	copy(p.Scale[:], c.floats(3))
	m.Golden = c.u64()
	if order > 1 {
		c.fail("channel order " + strconv.Itoa(order) + ", expected 0 (RGB) or 1 (BGR); the file was written wrongly")
	}
}

func readLabels(c *cursor) []Label {
	n := c.u32()
	text := c.text(len(c.data) - c.off)
	if c.err != nil {
		return nil
	}
	if lines := strings.Count(text, "\n"); int64(lines) != int64(n) || text != "" && !strings.HasSuffix(text, "\n") {
		c.fail(strconv.Itoa(lines) + " lines, expected " + strconv.FormatUint(uint64(n), 10) + "; the file was written wrongly")
		return nil
	}
	labels := make([]Label, n)
	for i := range labels {
		line, rest, _ := strings.Cut(text, "\n")
		wnid, name, ok := strings.Cut(line, "\t")
		if !ok {
			c.fail("label " + strconv.Itoa(i) + " is " + strconv.Quote(line) + ", expected a WordNet id or nothing, a tab and a name; the file was written wrongly")
			return nil
		}
		labels[i] = Label{wnid, name}
		text = rest
	}
	return labels
}

// How a kernel is stored.
const (
	kernelFloat   = 0 // float32 numbers
	kernelCodes   = 1 // an int8 layer: entropy-coded integers
	kernelPalette = 2 // at most 256 different float32 numbers: entropy-coded indices

	kernelLinear = 0x80 // a bit beside the way: Conv.Linear
)

func readConv(c *cursor, t *kernels.RANSTables, parameters *int) Conv {
	v := Conv{Name: c.name, KH: c.u8(), KW: c.u8(), In: c.u16(), Out: c.u16()}
	kind := c.u8()
	v.Linear = kind&kernelLinear != 0
	kind &^= kernelLinear
	n := v.KH * v.KW * v.In * v.Out
	*parameters += n
	switch {
	case c.err != nil:
	case n == 0 || *parameters > MaxParameters:
		c.fail("shape " + v.shape() + ": expected at least 1 and in the whole model at most " + strconv.Itoa(MaxParameters) + " parameters; the file was written wrongly")
	case kind == kernelFloat:
		v.Kernel = c.floats(n)
		v.Bias = c.floats(v.Out)
	case kind > kernelPalette:
		c.fail("kernel stored in way " + strconv.Itoa(kind) + ", which this program does not know; update the program")
	case t == nil:
		c.fail("entropy-coded, but the file has no section " + strconv.Quote(sectionTables) + "; the file was written wrongly")
	case kind == kernelCodes:
		v.readCodes(c, t, n)
	case kind == kernelPalette:
		v.readPalette(c, t, n)
	}
	return v
}

func (v *Conv) readCodes(c *cursor, t *kernels.RANSTables, n int) {
	v.OutZero = uint8(c.u8())
	numbers := make([]float32, 3*v.Out)
	v.OutStep, v.Scale, v.Bias = numbers[:v.Out:v.Out], numbers[v.Out:2*v.Out:2*v.Out], numbers[2*v.Out:]
	step := c.vector(v.OutStep, nil)
	scale := c.vector(v.Scale, v.OutStep)
	bias := c.vector(v.Bias, nil)
	v.Codes = make([]int16, n)
	c.stream(t, func(s *stream) error {
		return errors.Join(s.kernel(v.Codes, v.In, v.Out),
			step.fill(v.OutStep, nil, s), scale.fill(v.Scale, v.OutStep, s), bias.fill(v.Bias, nil, s))
	})
}

// readAdd reads the section of an Add; its first byte, where a convolution has its height, is 0.
func readAdd(c *cursor, t *kernels.RANSTables) Add {
	c.u8()
	a := Add{Name: c.name}
	n := c.u16()
	a.OutZero = uint8(c.u8())
	vectors := [4]vector{}
	fields := [4]*[]float32{&a.OutStep, &a.A, &a.B, &a.Bias}
	for i, f := range fields {
		*f = make([]float32, n)
		vectors[i] = c.vector(*f, nil)
	}
	if t == nil {
		c.fail("entropy-coded, but the file has no section " + strconv.Quote(sectionTables) + "; the file was written wrongly")
		return a
	}
	c.stream(t, func(s *stream) error {
		for i, f := range fields {
			if err := vectors[i].fill(*f, nil, s); err != nil {
				return err
			}
		}
		return nil
	})
	return a
}

func (v *Conv) readPalette(c *cursor, t *kernels.RANSTables, n int) {
	values := c.floats(1 + c.u8())
	centre := c.u8()
	v.Bias = c.floats(v.Out)
	v.Kernel = make([]float32, n)
	c.stream(t, func(s *stream) error {
		indices := make([]int16, n)
		if err := s.kernel(indices, v.In, v.Out); err != nil {
			return err
		}
		for i, q := range indices {
			index := int(q) + centre
			if index < 0 || index >= len(values) {
				return errStream
			}
			v.Kernel[i] = values[index]
		}
		return nil
	})
}

// stream reads the rest of the section as coded integers.
func (c *cursor) stream(t *kernels.RANSTables, read func(*stream) error) {
	b := c.take(len(c.data) - c.off)
	if c.err != nil {
		return
	}
	s, err := open(t, b)
	if err == nil {
		err = read(s)
	}
	if err == nil {
		err = s.close()
	}
	if err != nil {
		c.fail(errStream.Error())
	}
}

// shape is the kernel's, as messages show it.
func (v *Conv) shape() string {
	return strconv.Itoa(v.KH) + "x" + strconv.Itoa(v.KW) + "x" + strconv.Itoa(v.In) + "x" + strconv.Itoa(v.Out)
}

func hex(v uint32) string {
	s := strconv.FormatUint(uint64(v), 16)
	return "00000000"[len(s):] + s
}
