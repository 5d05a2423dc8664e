package torch

import (
	"os"
	"reflect"
	"strings"
	"testing"

	"squeezenet/internal/testref"
	"squeezenet/weights/tensor"
)

var a = []float32{-2.5, -1.5, -0.5, 0.5, 1.5, 2.5}

// Both formats, every type, views of one storage, strides that are not row-major.
func TestRead(t *testing.T) {
	last := make([]float32, 24)
	for i := range last {
		last[i] = float32(i)
	}
	matrix := []int{2, 3}
	want := []tensor.Tensor{
		{Name: "plain", Shape: matrix, Values: a},
		{Name: "transposed", Shape: []int{3, 2}, Values: []float32{-2.5, 0.5, -1.5, 1.5, -0.5, 2.5}},
		{Name: "half", Shape: matrix, Values: a},
		{Name: "bfloat16", Shape: matrix, Values: a},
		{Name: "double", Shape: matrix, Values: a},
		{Name: "tail", Shape: []int{4}, Values: []float32{8, 9, 10, 11}},
		{Name: "head", Shape: []int{4}, Values: []float32{0, 1, 2, 3}},
		{Name: "parameter", Shape: matrix, Values: a},
		{Name: "channels_last", Shape: []int{1, 2, 3, 4}, Values: last},
		{Name: "scalar", Shape: []int{}, Values: []float32{7}},
	}
	for _, file := range []string{"zip.pth", "legacy.pth"} {
		got, err := Read(testref.ReadFile(t, "testdata/"+file))
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %v, %v\nexpected %v", file, got, err, want)
		}
	}
	for _, file := range []string{"checkpoint_zip.pth", "checkpoint_legacy.pth"} {
		got, err := Read(testref.ReadFile(t, "testdata/"+file))
		if err != nil || !reflect.DeepEqual(got, want[:1]) {
			t.Errorf("%s: %v, %v\nexpected %v", file, got, err, want[:1])
		}
	}
}

// Nothing is executed, and what is asked for is named.
func TestRefused(t *testing.T) {
	for file, want := range map[string]string{
		"evil_protocol2.pkl": `it asks for "posix.system"`,
		"evil_protocol4.pkl": `it asks for "posix.system"`,
		"module.pth":         `it asks for "torch.nn.modules.linear.Linear"`,
		"integers.pth":       `it asks for "torch.LongStorage"`,
	} {
		if _, err := Read(testref.ReadFile(t, "testdata/"+file)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, expected ... %s", file, err, want)
		}
	}
	for want, pickle := range map[string]string{
		`it asks for "os.system"`:                "\x80\x02(S'echo'\nios\nsystem\n.",
		"instruction 0x81":                       "\x80\x02ccollections\nOrderedDict\n)\x81.",
		"which it has not stored":                "\x80\x02h\x05.",
		"takes a value from an empty stack":      "\x80\x020.",
		"a mark is missing":                      "\x80\x02t.",
		"bytes are missing":                      "\x80\x02X\xff\xff\xff\xffabc",
		"arguments that torch.save does not":     "\x80\x02ctorch._utils\n_rebuild_tensor_v2\n)R.",
		"no storage of numbers":                  "\x80\x02)Q.",
		"expected 2 to 5":                        "\x80\x00.",
		"attributes to what is no dictionary":    "\x80\x02]}b.",
		"it does not begin with PyTorch's magic": "\x80\x02}.",
	} {
		if _, err := Read([]byte(pickle)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, expected ... %s", pickle, err, want)
		}
	}
}

func FuzzRead(f *testing.F) {
	testref.Seeds(f, "testdata/*", "ref/torch/squeezenet1_1.pth", "ref/torch/squeezenet1_1_legacy.pth")
	f.Fuzz(func(t *testing.T, data []byte) {
		if tensors, err := Read(data); err == nil {
			testref.Shapes(t, tensors)
		}
	})
}

// The pickle alone, with numbers at hand: a mutated archive seldom has a true checksum.
func FuzzUnpickle(f *testing.F) {
	data, err := os.ReadFile("testdata/zip.pth")
	if err != nil {
		f.Fatal(err)
	}
	members, err := tensor.Unzip(data, func(name string) bool { return strings.HasSuffix(name, "/data.pkl") })
	if err != nil || len(members) != 1 {
		f.Fatal(err)
	}
	f.Add(members[0].Data)
	f.Fuzz(func(t *testing.T, data []byte) {
		value, _, err := unpickle(data)
		if err != nil {
			return
		}
		numbers := map[string][]byte{"0": make([]byte, 100), "1": make([]byte, 30)}
		if tensors, err := stateDict(value, numbers); err == nil {
			testref.Shapes(t, tensors)
		}
	})
}
