package shipped

import (
	"bytes"
	"testing"

	"squeezenet/squeezenet"
	"squeezenet/weights"
)

// TestFiles reads each file, runs it against the digest that it carries, and writes it again.
func TestFiles(t *testing.T) {
	for name, file := range map[string][]byte{"float32": F32, "int8": Int8} {
		m, err := weights.Read(file)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if m.Quantised() != (name == "int8") || len(m.Labels) != 1000 || m.Source == "" {
			t.Errorf("%s: quantised %v, %d labels, source %q", name, m.Quantised(), len(m.Labels), m.Source)
		}
		n, err := squeezenet.New(m, squeezenet.Options{})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if digest, err := n.SelfTest(); err != nil || digest != m.Golden || digest == 0 {
			t.Errorf("%s: self-test gives %x (error %v), the file says %x", name, digest, err, m.Golden)
		}
		if again, err := weights.Write(m); err != nil || !bytes.Equal(again, file) {
			t.Errorf("%s: writing what was read gives other bytes (error %v)", name, err)
		}
	}
}

// TestSize holds the small model to what it promises: labels apart, at most 590 kB.
func TestSize(t *testing.T) {
	sections, err := weights.Sections(Int8)
	if err != nil {
		t.Fatal(err)
	}
	if size := len(Int8) - sections[1].Bytes; sections[1].Name != "labels" || size > 590_000 {
		t.Errorf("%d bytes beside section %q, expected at most 590,000 beside the labels", size, sections[1].Name)
	}
}
