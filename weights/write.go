package weights

import (
	"encoding/binary"
	"hash/crc32"
	"math"
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
	for i := range m.Convs {
		names = append(names, m.Convs[i].Name)
		payloads = append(payloads, writeConv(&m.Convs[i]))
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

func writeConv(v *Conv) []byte {
	b := le16(le16([]byte{byte(v.KH), byte(v.KW)}, v.In), v.Out)
	kind := byte(kernelFloat)
	if v.Linear {
		kind |= kernelLinear
	}
	b = append(b, kind)
	return floats(floats(b, v.Kernel), v.Bias)
}

func le16(b []byte, v int) []byte    { return binary.LittleEndian.AppendUint16(b, uint16(v)) }
func le32(b []byte, v uint32) []byte { return binary.LittleEndian.AppendUint32(b, v) }

func floats(b []byte, v []float32) []byte {
	for _, x := range v {
		b = le32(b, math.Float32bits(x))
	}
	return b
}
