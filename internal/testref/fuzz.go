package testref

import (
	"os"
	"path/filepath"
	"testing"

	"squeezenet/weights/tensor"
)

// Seeds gives a fuzz test the files that match testdata ("": none), each whole, without its last byte and cut in half,
// and of the files of ../shared, where they are, the first 16 kB and the last.
func Seeds(f *testing.F, testdata string, shared ...string) {
	f.Helper()
	files, err := filepath.Glob(testdata)
	if err != nil || len(files) == 0 && testdata != "" {
		f.Fatalf("no file %s: %v", testdata, err)
	}
	for _, file := range files {
		data := ReadFile(f, file)
		f.Add(data)
		f.Add(data[:len(data)/2])
		f.Add(data[:len(data)-1])
	}
	for _, file := range shared {
		data, err := os.ReadFile(filepath.Join(filepath.Dir(root(f)), "shared", filepath.FromSlash(file)))
		if err == nil {
			f.Add(data[:min(len(data), 16<<10)])
			f.Add(data[max(0, len(data)-16<<10):])
		}
	}
}

// Shapes fails the test when a tensor has not as many numbers as its shape says, or when the tensors
// together are larger than a reader may make them.
func Shapes(t testing.TB, tensors []tensor.Tensor) {
	t.Helper()
	bytes := 0
	for _, v := range tensors {
		n, err := tensor.Count(v.Shape, len(v.Values))
		if err != nil || n != len(v.Values) {
			t.Fatalf("tensor %q has shape %v and %d numbers", v.Name, v.Shape, len(v.Values))
		}
		bytes += 4 * n
	}
	if bytes > 2*tensor.MaxBytes {
		t.Fatalf("the tensors have %d bytes", bytes)
	}
}
