package weights

import (
	"encoding/binary"
	"hash/crc32"
	"math"
	"slices"
	"strings"
)

// Write encodes the model as a file (FORMAT.md). The same model gives the same bytes.
// A model that Check refuses is not written.
func Write(m *Model) ([]byte, error) {
	if err := m.Check(); err != nil {
		return nil, err
	}
	names := []string{sectionModel, sectionLabels}
	payloads := [][]byte{m.writeHead(), writeLabels(m.Labels)}

	// Two passes: the tables are made of all layers' integers together.
	var layers []layer
	for i := range m.Convs {
		layers = append(layers, prepare(&m.Convs[i]))
	}
	for i := range m.Adds {
		layers = append(layers, prepareAdd(&m.Adds[i]))
	}
	var counts [contexts][symbols]int
	coded := false
	for i := range layers {
		layers[i].integers.count(&counts)
		coded = coded || layers[i].coded
	}
	var tables [contexts]table
	if coded {
		for i := range tables {
			tables[i] = normalise(&counts[i])
		}
		names = append(names, sectionTables)
		payloads = append(payloads, writeTables(&tables))
	}
	for _, l := range layers {
		if l.coded {
			l.head = append(l.head, l.integers.encode(&tables)...)
		}
		names = append(names, l.name)
		payloads = append(payloads, l.head)
	}

	var dir []byte
	for i, name := range names {
		dir = append(append(dir, byte(len(name))), name...)
		dir = le32(le32(dir, uint32(len(payloads[i]))), crc32.ChecksumIEEE(payloads[i]))
	}
	file := le32(le16(le16([]byte(magic), version), len(names)), uint32(len(dir)))
	file = le32(file, crc32.Update(crc32.ChecksumIEEE(file[8:16]), crc32.IEEETable, dir))
	file = append(file, dir...)
	for _, p := range payloads {
		file = append(file, p...)
	}
	return file, nil
}

func (m *Model) writeHead() []byte {
	b := append([]byte{byte(len(m.Arch))}, m.Arch...)
	b = append(le16(b, len(m.Source)), m.Source...)
	p := &m.Pipeline
	b = append(b, byte(p.Fit), 0)
	if p.BGR {
		b[len(b)-1] = 1
	}
	b = le16(le16(b, p.Resize), p.Crop)
	return binary.LittleEndian.AppendUint64(floats(floats(b, p.Mean[:]), p.Scale[:]), m.Golden)
}

func writeLabels(labels []Label) []byte {
	var text strings.Builder
	for _, l := range labels {
		text.WriteString(l.WNID + "\t" + l.Name + "\n")
	}
	return append(le32(nil, uint32(len(labels))), text.String()...)
}

// A layer is a section before its integers are coded.
type layer struct {
	name     string
	head     []byte
	coded    bool
	integers encoder
}

func prepare(v *Conv) layer {
	head := le16(le16([]byte{byte(v.KH), byte(v.KW)}, v.In), v.Out)
	linear := byte(0)
	if v.Linear {
		linear = kernelLinear
	}
	l := layer{name: v.Name}
	if v.Codes != nil {
		step, scale, bias := newVector(v.OutStep, nil), newVector(v.Scale, v.OutStep), newVector(v.Bias, nil)
		head = append(head, kernelCodes|linear, v.OutZero)
		l.head = bias.append(scale.append(step.append(head, v.OutStep), v.Scale), v.Bias)
		l.coded = true
		l.integers.kernel(v.Codes, v.In, v.Out)
		l.integers.vectors(step, scale, bias)
	} else if values, indices, centre := palette(v.Kernel); values != nil {
		head = append(head, kernelPalette|linear, byte(len(values)-1))
		l.head = floats(append(floats(head, values), byte(centre)), v.Bias)
		l.coded = true
		l.integers.kernel(indices, v.In, v.Out)
	} else {
		l.head = floats(floats(append(head, kernelFloat|linear), v.Kernel), v.Bias)
	}
	return l
}

func prepareAdd(a *Add) layer {
	l := layer{name: a.Name, head: append(le16([]byte{0}, len(a.A)), a.OutZero), coded: true}
	for _, f := range [][]float32{a.OutStep, a.A, a.B, a.Bias} {
		n := newVector(f, nil)
		l.head = n.append(l.head, f)
		l.integers.vectors(n)
	}
	return l
}

// palette finds the different numbers of a kernel, in ascending order, and each weight's index less
// that of the most frequent number; nil when there are more than 256 or the layer is too small to gain.
func palette(kernel []float32) (values []float32, indices []int16, centre int) {
	var counts []int
	// find is the place of w among the values: of those that are not below it, the first (-0 is below 0).
	find := func(w float32) int {
		low, high := 0, len(values)
		for low < high {
			if middle := (low + high) / 2; order(values[middle]) < order(w) {
				low = middle + 1
			} else {
				high = middle
			}
		}
		return low
	}
	for _, w := range kernel {
		at := find(w)
		if at == len(values) || order(values[at]) != order(w) {
			if len(values) == 256 || (len(values)+1)*4 > len(kernel) {
				return nil, nil, 0
			}
			values, counts = slices.Insert(values, at, w), slices.Insert(counts, at, 0)
		}
		counts[at]++
	}
	for i, n := range counts {
		if n > counts[centre] {
			centre = i
		}
	}
	indices = make([]int16, len(kernel))
	for i, w := range kernel {
		indices[i] = int16(find(w) - centre)
	}
	return values, indices, centre
}

// order sorts float32 numbers as integers.
func order(w float32) uint32 {
	b := math.Float32bits(w)
	return b ^ (uint32(int32(b)>>31) | 1<<31) // of a negative one all bits, else the sign
}

func le16(b []byte, v int) []byte    { return binary.LittleEndian.AppendUint16(b, uint16(v)) }
func le32(b []byte, v uint32) []byte { return binary.LittleEndian.AppendUint32(b, v) }

func floats(b []byte, v []float32) []byte {
	for _, x := range v {
		b = le32(b, math.Float32bits(x))
	}
	return b
}
