package weights

import (
	"math"
	"math/bits"
	"strconv"
)

// How a layer's numbers per channel are stored.
const (
	vectorFloat    = 0 // float32 numbers
	vectorConstant = 1 // one float32 for all
	vectorFixed    = 2 // entropy-coded integers times a power of two
	vectorQuotient = 3 // one float32 over each output step: one step of weights for the whole layer
)

// A vector is numbers per channel on their way from or to the file.
type vector struct {
	mode     int
	value    float32 // vectorConstant, vectorQuotient
	exponent int     // vectorFixed
	ints     []int16 // vectorFixed
}

// newVector finds the shortest lossless way to store v. steps are the layer's output steps, or nil.
func newVector(v, steps []float32) vector {
	constant := true
	for _, x := range v {
		constant = constant && math.Float32bits(x) == math.Float32bits(v[0])
	}
	if constant {
		return vector{mode: vectorConstant, value: v[0]}
	}
	if steps != nil {
		// The product of one pair is the numerator but for rounding, so its neighbours are tried too.
		middle := math.Float32bits(v[0] * steps[0])
		for b := middle - 4; b <= middle+4; b++ {
			if c := math.Float32frombits(b); isQuotient(v, c, steps) {
				return vector{mode: vectorQuotient, value: c}
			}
		}
	}
	if e, ints := fixed(v); ints != nil {
		return vector{mode: vectorFixed, exponent: e, ints: ints}
	}
	return vector{mode: vectorFloat}
}

func isQuotient(v []float32, c float32, steps []float32) bool {
	for i, x := range v {
		if x != c/steps[i] {
			return false
		}
	}
	return true
}

// fixed writes v as integers times the largest power of two that allows it; nil when they are beyond
// maxInt.
func fixed(v []float32) (exponent int, ints []int16) {
	exponent = math.MaxInt
	for _, x := range v {
		if x != 0 {
			mantissa, e := math.Frexp(float64(x)) // a float32's mantissa has 24 bits
			m := uint64(math.Abs(mantissa) * (1 << 24))
			exponent = min(exponent, e-24+bits.TrailingZeros64(m))
		}
	}
	if exponent < -128 || exponent > 127 {
		return 0, nil
	}
	ints = make([]int16, len(v))
	for i, x := range v {
		n := math.Ldexp(float64(x), -exponent)
		if math.Abs(n) > maxInt || x == 0 && math.Signbit(float64(x)) {
			return 0, nil
		}
		ints[i] = int16(n)
	}
	return exponent, ints
}

// append writes the vector's head; its integers go into the layer's stream.
func (n vector) append(b []byte, v []float32) []byte {
	b = append(b, byte(n.mode))
	switch n.mode {
	case vectorFloat:
		return floats(b, v)
	case vectorFixed:
		return append(b, byte(n.exponent))
	}
	return floats(b, []float32{n.value})
}

// vector reads a vector's head into dst. fixed vectors are filled from the stream later.
func (c *cursor) vector(dst, steps []float32) vector {
	n := vector{mode: c.u8()}
	switch {
	case n.mode == vectorFloat:
		copy(dst, c.floats(len(dst)))
	case n.mode == vectorFixed:
		n.exponent = int(int8(c.u8()))
	case n.mode == vectorConstant || n.mode == vectorQuotient && steps != nil:
		if v := c.floats(1); v != nil {
			n.value = v[0]
		}
	default:
		c.fail("numbers per channel stored in way " + strconv.Itoa(n.mode) + ", which this program does not know; update the program")
	}
	return n
}

// fill completes dst once the layer's stream has been read that far.
func (n vector) fill(dst, steps []float32, s *stream) error {
	switch n.mode {
	case vectorConstant:
		for i := range dst {
			dst[i] = n.value
		}
	case vectorQuotient:
		for i := range dst {
			dst[i] = n.value / steps[i]
		}
	case vectorFixed:
		ints := make([]int16, len(dst))
		if err := s.vector(ints); err != nil {
			return err
		}
		unit := float32(math.Ldexp(1, n.exponent))
		for i, v := range ints {
			dst[i] = float32(v) * unit
		}
	}
	return nil
}
