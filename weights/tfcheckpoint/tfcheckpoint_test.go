package tfcheckpoint

import (
	"errors"
	"os"
	"reflect"
	"strings"
	"testing"

	"squeezenet/internal/testref"
	"squeezenet/weights/tensor"
)

const prefix = "testdata/adam.ckpt"

func shard(i, n int) ([]byte, error) { return os.ReadFile(DataFile(prefix, i, n)) }

// A checkpoint that TensorFlow's Saver wrote in training: Adam's slots and the step are not read.
func TestRead(t *testing.T) {
	a := []float32{-2.5, -1.5, -0.5, 0.5, 1.5, 2.5}
	got, err := Read(testref.ReadFile(t, prefix+".index"), shard)
	want := []tensor.Tensor{{Name: "conv1/bias", Shape: []int{3}, Values: a[:3]}, {Name: "conv1/weights", Shape: []int{2, 3}, Values: a}, {Name: "half", Shape: []int{2, 3}, Values: a}}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%v, %v, expected %v", got, err, want)
	}
}

func TestRefused(t *testing.T) {
	index := testref.ReadFile(t, prefix+".index")
	damaged := append([]byte(nil), index...)
	damaged[20] ^= 1
	data, err := shard(0, 1)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		index, data []byte
		err         error
		want        string
	}{
		{index[:len(index)-1], data, nil, "does not end as a table of LevelDB"},
		{damaged, data, nil, "the file is damaged"},
		{index, nil, errors.New("no such file"), "data file cannot be read; it must stand beside the index: no such file"},
		{index, data[:30], nil, "the file is cut short"},
		{index, make([]byte, len(data)), nil, "the data file is damaged or belongs to another index"},
		{append(make([]byte, 2<<20), index...), data, nil, "expected at most 1048576"},
	} {
		_, err := Read(c.index, func(int, int) ([]byte, error) { return c.data, c.err })
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v, expected ... %s", err, c.want)
		}
	}
}

func FuzzRead(f *testing.F) {
	testref.Seeds(f, prefix+".index", "ref/tf/squeezenet.ckpt.index")
	data, err := shard(0, 1)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, index []byte) {
		tensors, err := Read(index, func(int, int) ([]byte, error) { return data, nil })
		if err == nil {
			testref.Shapes(t, tensors)
		}
		// The parts as such: a mutated index seldom has a true checksum.
		if v, err := parse(index); err == nil {
			v.sum = mask(data[min(v.offset, uint64(len(data))):])
			v.decode("x", data)
		}
		header(index)
	})
}
