// Package testref gives tests the reference artefacts: NumPy archives, and files of ../shared, which
// stands beside the project where it is developed and tested and is missing elsewhere. Only tests
// import it.
package testref

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/sbinet/npyio/npz"
)

// root is the project's folder: the one with go.mod, above the package under test.
func root(t testing.TB) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		if dir == filepath.Dir(dir) {
			t.Fatal("no go.mod above the working directory")
		}
		dir = filepath.Dir(dir)
	}
}

// Shared is the path of a file or folder of ../shared, given with slashes. Where it is missing the
// test is skipped, or fails if SQUEEZENET_NEED_SHARED is set.
func Shared(t testing.TB, name string) string {
	t.Helper()
	path := filepath.Join(filepath.Dir(root(t)), "shared", filepath.FromSlash(name))
	if _, err := os.Stat(path); err != nil {
		if os.Getenv("SQUEEZENET_NEED_SHARED") != "" {
			t.Fatalf("../shared/%s is missing, and SQUEEZENET_NEED_SHARED is set", name)
		}
		t.Skipf("../shared/%s is missing: the test needs it", name)
	}
	return path
}

// ReadFile reads a file or fails the test.
func ReadFile(t testing.TB, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// NPZ is a NumPy archive: names to arrays.
type NPZ struct {
	t testing.TB
	r *npz.Reader
}

// OpenNPZ opens a NumPy archive.
func OpenNPZ(t testing.TB, path string) NPZ {
	t.Helper()
	data := ReadFile(t, path)
	r, err := npz.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return NPZ{t, r}
}

// Float32 is an array with its shape.
func (z NPZ) Float32(name string) (values []float32, shape []int) {
	z.t.Helper()
	shape = z.read(name, &values)
	return values, shape
}

// Uint8 is an array with its shape.
func (z NPZ) Uint8(name string) (values []uint8, shape []int) {
	z.t.Helper()
	shape = z.read(name, &values)
	return values, shape
}

func (z NPZ) read(name string, values any) []int {
	z.t.Helper()
	h := z.r.Header(name + ".npy")
	if h == nil {
		z.t.Fatalf("the archive has no array %q", name)
	}
	if err := z.r.Read(name+".npy", values); err != nil {
		z.t.Fatalf("array %q: %v", name, err)
	}
	return h.Descr.Shape
}

// NHWC turns (1, C, H, W) values into (H, W, C).
func NHWC(nchw []float32, shape []int) []float32 {
	c, h, w := shape[1], shape[2], shape[3]
	out := make([]float32, len(nchw))
	for i, v := range nchw {
		out[i%(h*w)*c+i/(h*w)] = v
	}
	return out
}
