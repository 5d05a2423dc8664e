package deepcompression

import (
	"encoding/binary"
	"strings"
	"testing"

	"squeezenet/internal/testref"
	"squeezenet/squeezenet"
)

// file has one entry in conv1, of code 2 with a gap of 14, and none elsewhere.
func file() []byte {
	a, _ := squeezenet.Lookup(Arch)
	b := binary.LittleEndian.AppendUint32(nil, 1)
	b = append(b, make([]byte, 4*(layers-1))...)
	for i, s := range a.Convs(classes) {
		codebook := make([]float32, 256)
		codebook[2] = 5
		bias := make([]float32, s.Out)
		bias[1] = float32(i)
		b, _ = binary.Append(b, binary.LittleEndian, codebook)
		b, _ = binary.Append(b, binary.LittleEndian, bias)
		if i == 0 {
			b = append(b, 2, 14)
		}
	}
	return b
}

func TestRead(t *testing.T) {
	tensors, err := Read(file())
	if err != nil {
		t.Fatal(err)
	}
	testref.Shapes(t, tensors)
	for i, v := range tensors[0].Values {
		if want := map[bool]float32{true: 5}[i == 14]; v != want {
			t.Errorf("%s[%d] is %v, expected %v", tensors[0].Name, i, v, want)
		}
	}
	if v := tensors[51]; v.Name != "conv10.bias" || v.Values[1] != 25 || len(v.Values) != 1000 {
		t.Errorf("the last tensor is %s with %d values and %v, expected conv10.bias with 1000 and 25", v.Name, len(v.Values), v.Values[1])
	}
}

func TestRefused(t *testing.T) {
	data := testref.ReadFile(t, testref.Shared(t, "ref/deep-compression/compressed_SqueezeNet.net"))
	if _, err := Read(data); err != nil {
		t.Fatal(err)
	}
	if _, err := Read(data[:len(data)-1]); err == nil || !strings.Contains(err.Error(), "675762 bytes, expected 675763") {
		t.Errorf("one byte less: %v", err)
	}
	for i := len(data) - 20000; i < len(data); i++ {
		data[i] = 0xff
	}
	if _, err := Read(data); err == nil || !strings.Contains(err.Error(), "conv10: entry") {
		t.Errorf("gaps too long: %v", err)
	}
}

func FuzzRead(f *testing.F) {
	f.Add(file())
	f.Add(file()[:1000])
	f.Fuzz(func(t *testing.T, data []byte) {
		if tensors, err := Read(data); err == nil {
			testref.Shapes(t, tensors)
		}
	})
}
