package safetensors

import (
	"bytes"
	"encoding/binary"
	"reflect"
	"strings"
	"testing"

	"squeezenet/internal/testref"
	"squeezenet/weights/tensor"
)

var a = []float32{-2.5, -1.5, -0.5, 0.5, 1.5, 2.5}

func TestRead(t *testing.T) {
	got, meta, err := Read(testref.ReadFile(t, "testdata/types.safetensors"))
	want := []tensor.Tensor{{Name: "bf16", Shape: []int{2, 3}, Values: a}, {Name: "f16", Shape: []int{2, 3}, Values: a}, {Name: "f32", Shape: []int{2, 3}, Values: a}}
	if err != nil || !reflect.DeepEqual(got, want) || meta["format"] != "pt" {
		t.Errorf("%v, %v, %v, expected %v", got, meta, err, want)
	}
}

// The library's own file of the same tensors has the same numbers at the same place.
func TestWrite(t *testing.T) {
	tensors := []tensor.Tensor{{Name: `quoted "name"`, Shape: []int{2, 3}, Values: a}, {Name: "z", Shape: []int{1}, Values: []float32{7}}}
	meta := map[string]string{"key": "a\nvalue"}
	file := Write(tensors, meta)
	if n := binary.LittleEndian.Uint64(file); n%8 != 0 || !bytes.HasPrefix(file[8+n:], []byte{0, 0, 0x20, 0xc0}) {
		t.Errorf("the numbers begin at %d with % x, expected a multiple of 8 and -2.5", 8+n, file[8+n:][:4])
	}
	got, gotMeta, err := Read(file)
	if err != nil || !reflect.DeepEqual(got, tensors) || !reflect.DeepEqual(gotMeta, meta) {
		t.Errorf("%v, %v, %v, expected %v, %v", got, gotMeta, err, tensors, meta)
	}
}

func TestRefused(t *testing.T) {
	file := func(dir string, body int) []byte {
		b := binary.LittleEndian.AppendUint64(nil, uint64(len(dir)))
		return append(append(b, dir...), make([]byte, body)...)
	}
	for want, data := range map[string][]byte{
		`tensor "steps": type "I64", expected F32, F16 or BF16`: testref.ReadFile(t, "testdata/integers.safetensors"),
		"7 bytes, expected at least 8":                          make([]byte, 7),
		"is said to have 1152921504606846976 bytes":             append(make([]byte, 7), 0x10, '{'),
		"the directory is not JSON":                             file("{", 0),
		"bytes 0 to 8, the file has 4":                          file(`{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}`, 4),
		"shape [1] of 4-byte numbers does not fit 8 bytes":      file(`{"b":{"dtype":"F32","shape":[1],"data_offsets":[0,8]}}`, 8),
		"is more than the 2 numbers":                            file(`{"b":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,8]}}`, 8),
		"are another tensor's too":                              file(`{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}`, 8),
	} {
		if _, _, err := Read(data); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, expected ... %s", err, want)
		}
	}
}

func FuzzRead(f *testing.F) {
	testref.Seeds(f, "testdata/*", "ref/safetensors/squeezenet1_1.safetensors", "ref/safetensors/squeezenet1_1_f16.safetensors")
	f.Fuzz(func(t *testing.T, data []byte) {
		if tensors, _, err := Read(data); err == nil {
			testref.Shapes(t, tensors)
		}
	})
}
