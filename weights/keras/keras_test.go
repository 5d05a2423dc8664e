package keras

import (
	"reflect"
	"sort"
	"strings"
	"testing"

	"squeezenet/internal/testref"
	"squeezenet/weights/tensor"
)

// One small trained model in every form that Keras 2 and 3 save, optimiser and all.
func TestRead(t *testing.T) {
	count := func(n int) []float32 {
		v := make([]float32, n)
		for i := range v {
			v[i] = float32(i) - 1.5
		}
		return v
	}
	for file, layers := range map[string][2]string{
		"keras2.h5": {"conv1", "conv2d"}, "keras2.weights.h5": {"conv2d", "conv2d_1"}, "keras2.keras": {"conv2d", "conv2d_1"},
		"keras3.h5": {"conv1", "conv2d"}, "keras3.weights.h5": {"conv1", "conv2d"}, "keras3.keras": {"conv1", "conv2d"},
	} {
		read := Read
		if strings.HasSuffix(file, ".keras") {
			read = ReadArchive
		}
		m, err := read(testref.ReadFile(t, "testdata/"+file))
		if err != nil {
			t.Errorf("%s: %v", file, err)
			continue
		}
		sort.Slice(m.Tensors, func(i, j int) bool { return m.Tensors[i].Name < m.Tensors[j].Name })
		for i := range m.Tensors {
			m.Tensors[i].Name = strings.TrimSuffix(m.Tensors[i].Name, ":0")
		}
		want := []tensor.Tensor{
			{Name: layers[0] + "/bias", Shape: []int{2}, Values: count(2)},
			{Name: layers[0] + "/kernel", Shape: []int{3, 3, 1, 2}, Values: count(18)},
			{Name: layers[1] + "/bias", Shape: []int{1}, Values: count(1)},
			{Name: layers[1] + "/kernel", Shape: []int{1, 1, 2, 1}, Values: count(2)},
		}
		if !reflect.DeepEqual(m.Tensors, want) || m.Sums {
			t.Errorf("%s: %v\nexpected %v", file, m.Tensors, want)
		}
	}
}

func FuzzRead(f *testing.F) {
	testref.Seeds(f, "testdata/*.h5", "ref/keras/model.weights.h5", "ref/keras/squeezenet1_1.h5")
	f.Fuzz(func(t *testing.T, data []byte) {
		if m, err := Read(data); err == nil {
			testref.Shapes(t, m.Tensors)
		}
	})
}

func FuzzReadArchive(f *testing.F) {
	testref.Seeds(f, "testdata/*.keras")
	f.Fuzz(func(t *testing.T, data []byte) {
		if m, err := ReadArchive(data); err == nil {
			testref.Shapes(t, m.Tensors)
		}
	})
}
