package weights

import (
	"encoding/binary"
	"errors"
	"math/bits"
	"strconv"
)

// Integers are entropy-coded by rANS (Duda, arXiv:1311.2540) with static tables that the whole model
// shares. Which table codes an integer follows from the magnitudes of its neighbours: see magnitudes.
// FORMAT.md states all of this for strangers.
const (
	probBits = 12        // a table's frequencies sum to 1 << probBits
	ransLow  = 1 << 31   // the state is at least this between integers; refilled by 32 bits
	maxInt   = 1<<15 - 1 // largest magnitude that can be coded
	symbols  = 60        // classes of magnitudes up to maxInt
	contexts = 36        // tables
)

// class sorts v >= 0 into 1<<n classes of one value each and from there on four to the octave. Within
// a class, extra bits tell values apart.
func class(v, n int) (c, extra int) {
	if v < 1<<n {
		return v, 0
	}
	l := bits.Len(uint(v)) - 1
	return 1<<n + (l-n)*4 + v>>(l-2)&3, l - 2
}

// classStart is the least value of a class, and its number of extra bits.
func classStart(c, n int) (v, extra int) {
	if c < 1<<n {
		return c, 0
	}
	c -= 1 << n
	extra = c/4 + n - 2
	return (4 + c%4) << extra, extra
}

// contextOf maps an expected magnitude in 16ths to its table; those from 64 on share the last one.
var contextOf = func() (t [1024]uint8) {
	for v := range t {
		c, _ := class(v, 3)
		t[v] = uint8(c)
	}
	return t
}()

// magnitudes expects an integer's magnitude from those before it: a running mean along the row (same
// tap and input channel), averaged with one down the kernel's earlier taps (same input and output
// channel) where there are any. Weights that are large come together along both.
type magnitudes struct {
	row   int32
	shift int     // the row's mean forgets by 1 in 1<<shift
	taps  []int32 // (In, Out); nil when the kernel has one tap
}

const one = 256 // a magnitude of 1, in the means' unit

// A table is one context's frequencies.
type table [symbols]uint16

// normalise scales counts to sum to 1 << probBits, keeping every counted symbol above 0.
func normalise(counts *[symbols]int) (t table) {
	total, largest := 0, 0
	for s, n := range counts {
		total += n
		if n > counts[largest] {
			largest = s
		}
	}
	if total == 0 {
		return t
	}
	left := 1 << probBits
	for s, n := range counts {
		if n > 0 {
			t[s] = uint16(max(1, n<<probBits/total))
			left -= int(t[s])
		}
	}
	t[largest] += uint16(left) // at most 59 too many were given away, and the largest has at least 68
	return t
}

// A decoder holds the tables, laid out for reading.
type decoder struct {
	symbol []uint8  // (contexts, 1 << probBits): the symbol of a slot
	span   []uint32 // (contexts, 64): frequency | first slot << 16
}

func readTables(c *cursor) *decoder {
	d := &decoder{symbol: make([]uint8, contexts<<probBits), span: make([]uint32, contexts*64)}
	for i := range contexts {
		n := c.u8()
		if n > symbols {
			c.fail("table " + strconv.Itoa(i) + " has " + strconv.Itoa(n) + " symbols, expected at most " + strconv.Itoa(symbols) + "; the file was written wrongly")
		}
		sum := 0
		for s := 0; s < n && c.err == nil; s++ {
			f := c.u8()
			if f >= 128 {
				f = f&127 | c.u8()<<7
			}
			if sum+f > 1<<probBits {
				break
			}
			d.span[i*64+s] = uint32(f | sum<<16)
			for slot := sum; slot < sum+f; slot++ {
				d.symbol[i<<probBits+slot] = uint8(s)
			}
			sum += f
		}
		if n > 0 && sum != 1<<probBits {
			c.fail("the frequencies of table " + strconv.Itoa(i) + " do not sum to " + strconv.Itoa(1<<probBits) + "; the file was written wrongly")
		}
	}
	return d
}

func writeTables(tables *[contexts]table) []byte {
	var b []byte
	for i := range tables {
		n := 0
		for s, f := range tables[i] {
			if f > 0 {
				n = s + 1
			}
		}
		b = append(b, byte(n))
		for _, f := range tables[i][:n] {
			if f >= 128 {
				b = append(b, byte(f&127|128), byte(f>>7))
			} else {
				b = append(b, byte(f))
			}
		}
	}
	return b
}

// A stream is one layer's integers being read.
type stream struct {
	*decoder
	state uint64
	data  []byte
}

var errStream = errors.New("its coded integers do not decode; the file was written wrongly")

func (d *decoder) open(data []byte) (*stream, error) {
	if len(data) < 8 {
		return nil, errStream
	}
	return &stream{d, binary.LittleEndian.Uint64(data), data[8:]}, nil
}

// close reports whether everything was read, and nothing too much.
func (s *stream) close() error {
	if s.state != ransLow || len(s.data) != 0 {
		return errStream
	}
	return nil
}

// kernel reads (taps, in, out) integers.
func (s *stream) kernel(dst []int16, in, out int) error {
	m := magnitudes{row: one, shift: 5}
	if len(dst) > in*out {
		m.taps = make([]int32, in*out)
	}
	for k := 0; k < len(dst); k += out {
		var taps []int32
		if m.taps != nil {
			taps = m.taps[k%(in*out):][:out]
		}
		if err := s.row(dst[k:k+out], &m, taps, k < in*out); err != nil {
			return err
		}
	}
	return nil
}

// vector reads numbers of one kind, one per channel.
func (s *stream) vector(dst []int16) error {
	return s.row(dst, &magnitudes{row: one, shift: 2}, nil, true)
}

// row is the decoder's inner loop: see encoder.row for what it undoes.
func (s *stream) row(dst []int16, m *magnitudes, taps []int32, firstTap bool) error {
	state, data, mean, shift := s.state, s.data, m.row, m.shift
	for i := range dst {
		expect := mean
		if !firstTap {
			expect = (mean + taps[i]) >> 1
		}
		c := int(contextOf[min(expect>>4, int32(len(contextOf)-1))])
		slot := state & (1<<probBits - 1)
		sym := s.symbol[c<<probBits|int(slot)]
		r := s.span[c*64+int(sym)&63]
		state = uint64(r&0xffff)*(state>>probBits) + slot - uint64(r>>16)
		v := int32(sym)
		if v >= 16 {
			start, extra := classStart(int(v), 4)
			v = int32(start) | int32(state&(1<<(extra&15)-1))
			state >>= extra & 15
		}
		// Without a branch, as zeros come and go: the sign follows unless the integer is 0.
		nonzero := uint64(uint32(-v) >> 31)
		sign := int32(state & nonzero)
		state >>= nonzero & 1
		dst[i] = int16(v ^ -sign + sign)
		if state < ransLow {
			if len(data) < 4 {
				return errStream
			}
			state = state<<32 | uint64(binary.LittleEndian.Uint32(data))
			data = data[4:]
		}
		v *= one
		mean += (v - mean) >> (shift & 31)
		if taps != nil {
			if firstTap {
				taps[i] = v
			} else {
				taps[i] += (v - taps[i]) >> 2
			}
		}
	}
	s.state, s.data, m.row = state, data, mean
	return nil
}

// An encoder collects one layer's integers with their contexts, first to be counted, then coded.
type encoder struct {
	values   []int16
	contexts []uint8
}

func (e *encoder) kernel(src []int16, in, out int) {
	m := magnitudes{row: one, shift: 5}
	if len(src) > in*out {
		m.taps = make([]int32, in*out)
	}
	for k := 0; k < len(src); k += out {
		var taps []int32
		if m.taps != nil {
			taps = m.taps[k%(in*out):][:out]
		}
		e.row(src[k:k+out], &m, taps, k < in*out)
	}
}

// vectors adds the integers of those that have any.
func (e *encoder) vectors(all ...vector) {
	for _, n := range all {
		e.row(n.ints, &magnitudes{row: one, shift: 2}, nil, true)
	}
}

func (e *encoder) row(src []int16, m *magnitudes, taps []int32, firstTap bool) {
	for i, q := range src {
		expect := m.row
		if !firstTap {
			expect = (m.row + taps[i]) >> 1
		}
		e.values = append(e.values, q)
		e.contexts = append(e.contexts, contextOf[min(expect>>4, int32(len(contextOf)-1))])
		v := int32(max(q, -q)) * one
		m.row += (v - m.row) >> m.shift
		if taps != nil {
			if firstTap {
				taps[i] = v
			} else {
				taps[i] += (v - taps[i]) >> 2
			}
		}
	}
}

// count adds the integers to the model's statistics.
func (e *encoder) count(counts *[contexts][symbols]int) {
	for i, q := range e.values {
		c, _ := class(int(max(q, -q)), 4)
		counts[e.contexts[i]][c]++
	}
}

// encode writes the integers, last first, as rANS wants it; the state comes before the words. An
// integer is its class by the context's table, then the extra bits and, unless it is 0, the sign.
func (e *encoder) encode(tables *[contexts]table) []byte {
	var starts [contexts][symbols]uint64
	for c := range tables {
		sum := uint64(0)
		for s, f := range tables[c] {
			starts[c][s] = sum
			sum += uint64(f)
		}
	}
	state := uint64(ransLow)
	var words []uint32
	for i := len(e.values) - 1; i >= 0; i-- {
		q := int(e.values[i])
		v := max(q, -q)
		s, extra := class(v, 4)
		low, n := uint64(v)&(1<<extra-1), extra
		if v != 0 {
			n++ // the sign
		}
		c := e.contexts[i]
		f := uint64(tables[c][s])
		if state >= ransLow>>(probBits+n)<<32*f {
			words = append(words, uint32(state))
			state >>= 32
		}
		if v != 0 {
			state = state<<1 | uint64(q)>>63
		}
		state = state<<extra | low
		state = state/f<<probBits + state%f + starts[c][s]
	}
	b := binary.LittleEndian.AppendUint64(nil, state)
	for i := len(words) - 1; i >= 0; i-- {
		b = le32(b, words[i])
	}
	return b
}
