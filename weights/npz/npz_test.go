package npz

import (
	"reflect"
	"strings"
	"testing"

	"squeezenet/internal/testref"
	"squeezenet/weights/tensor"
)

var a = []float32{-2.5, -1.5, -0.5, 0.5, 1.5, 2.5}

func TestRead(t *testing.T) {
	for file, want := range map[string][]tensor.Tensor{
		"stored.npz": {
			{Name: "a/kernel", Shape: []int{2, 3}, Values: a},
			{Name: "half", Shape: []int{2, 3}, Values: a},
			{Name: "double", Shape: []int{2, 3}, Values: a},
			{Name: "scalar", Values: []float32{7}},
		},
		"deflated.npz": {
			{Name: "a/kernel", Shape: []int{2, 3}, Values: a},
			{Name: "zeros", Shape: []int{100, 100}, Values: make([]float32, 10000)},
		},
	} {
		got, err := Read(testref.ReadFile(t, "testdata/"+file))
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %v, %v, expected %v", file, got, err, want)
		}
	}
}

func TestRefused(t *testing.T) {
	for file, want := range map[string]string{
		"fortran.npz":  `fortran_order is "True", expected False`,
		"integers.npz": `numbers of type "<i8", expected <f4`,
	} {
		if _, err := Read(testref.ReadFile(t, "testdata/"+file)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, expected ... %s", file, err, want)
		}
	}
}

func FuzzRead(f *testing.F) {
	testref.Seeds(f, "testdata/*", "ref/npz/squeezenet1_1.npz")
	f.Fuzz(func(t *testing.T, data []byte) {
		tensors, err := Read(data)
		if err == nil {
			testref.Shapes(t, tensors)
		}
		// The arrays as such: a mutated archive seldom has a true checksum.
		if v, err := array("a", data); err == nil {
			testref.Shapes(t, []tensor.Tensor{v})
		}
	})
}
