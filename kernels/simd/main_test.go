package main

import (
	"bytes"
	"os"
	"testing"

	. "squeezenet/kernels/simd/asm"
)

// TestFilesAreFresh makes each file again and compares it with what is committed.
func TestFilesAreFresh(t *testing.T) {
	for _, f := range files {
		m := NewModule("go", "mem")
		f.build(m)
		want, err := m.Encode()
		if err != nil {
			t.Fatalf("%s:\n%v", f.name, err)
		}
		got, err := os.ReadFile(f.name)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s (%d bytes) is not what this program emits (%d bytes): run go generate ./kernels/simd", f.name, len(got), len(want))
		}
	}
}
