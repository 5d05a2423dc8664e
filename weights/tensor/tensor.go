// Package tensor is what the readers of foreign weight files share: named arrays of float32, the
// number types they are widened from, and archives unpacked within limits. Readers take memory only
// for what the file's own bytes bear out.
package tensor

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
)

// A Tensor is a named array as the file lays it out, its numbers widened (or, of float64, rounded) to
// float32.
type Tensor struct {
	Name   string
	Shape  []int
	Values []float32 // row-major
}

// MaxBytes bounds a weight file, and what an archive unpacks to: four times a SqueezeNet 1.0 with
// complex bypass and ImageNet's 21841 classes.
const MaxBytes = 256 << 20

// Type is a number type, little endian.
type Type uint8

const (
	F32  Type = iota
	F16       // IEEE 754 binary16
	BF16      // the upper half of an F32
	F64
)

// Size is the bytes of one number.
func (t Type) Size() int { return [...]int{4, 2, 2, 8}[t] }

// Count multiplies a shape's sides. It refuses negative sides and products above most.
func Count(shape []int, most int) (int, error) {
	n := 1
	for _, d := range shape {
		if d < 0 || d > 0 && n > most/d {
			return 0, fmt.Errorf("shape %v is more than the %d numbers that there are", shape, most)
		}
		n *= d
	}
	return n, nil
}

// New decodes a tensor whose bytes are exactly data.
func New(name string, t Type, shape []int, data []byte) (Tensor, error) {
	n, err := Count(shape, len(data)/t.Size())
	if err == nil && n*t.Size() != len(data) {
		err = fmt.Errorf("shape %v of %d-byte numbers does not fit %d bytes", shape, t.Size(), len(data))
	}
	if err != nil {
		return Tensor{}, fmt.Errorf("tensor %q: %w", name, err)
	}
	return Tensor{name, shape, Floats(t, data)}, nil
}

// Floats decodes numbers; bytes past the last whole one are left.
func Floats(t Type, data []byte) []float32 {
	v := make([]float32, len(data)/t.Size())
	le := binary.LittleEndian
	for i := range v {
		switch t {
		case F32:
			v[i] = math.Float32frombits(le.Uint32(data[4*i:]))
		case F16:
			v[i] = half(le.Uint16(data[2*i:]))
		case BF16:
			v[i] = math.Float32frombits(uint32(le.Uint16(data[2*i:])) << 16)
		case F64:
			v[i] = float32(math.Float64frombits(le.Uint64(data[8*i:])))
		}
	}
	return v
}

// half widens an IEEE 754 binary16, exactly.
func half(h uint16) float32 {
	sign, exp, frac := uint32(h&0x8000)<<16, uint32(h>>10)&31, uint32(h&1023)
	switch exp {
	case 0:
		return math.Float32frombits(sign | math.Float32bits(float32(frac)/(1<<24)))
	case 31:
		return math.Float32frombits(sign | 0x7f800000 | frac<<13)
	}
	return math.Float32frombits(sign | (exp+112)<<23 | frac<<13)
}

// ErrFormat is wrapped by an error that says: these bytes are not of the reader's format at all.
var ErrFormat = errors.New("the file is cut short or of another format")
