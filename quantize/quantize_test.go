package quantize

import (
	"math"
	"math/rand/v2"
	"testing"
)

// TestFeedback compares the rows of feedback with their definition, by inverting the matrix.
func TestRoundBeatsNearest(t *testing.T) {
	const k, o, rows = 40, 24, 500
	r := rand.New(rand.NewPCG(1, 2))
	// Inputs that go together: a few causes, mixed, and a little noise.
	x := make([]float64, rows*k)
	mix := make([]float64, 6*k)
	for i := range mix {
		mix[i] = r.NormFloat64()
	}
	for n := range rows {
		for c := range 6 {
			a := r.NormFloat64()
			for i := range k {
				x[n*k+i] += a * mix[c*k+i]
			}
		}
		for i := range k {
			x[n*k+i] += 0.3 * r.NormFloat64()
		}
	}
	h := make([]float64, k*k)
	for n := range rows {
		for i := range k {
			for j := range k {
				h[i*k+j] += x[n*k+i] * x[n*k+j] / rows
			}
		}
	}
	w, step := make([]float64, k*o), make([]float64, o)
	for i := range w {
		w[i] = r.NormFloat64()
	}
	for i := range step {
		step[i] = 0.5
	}
	loss := func(codes []int16) float64 {
		sum := 0.0
		for n := range rows {
			for c := range o {
				d := 0.0
				for i := range k {
					d += x[n*k+i] * (w[i*o+c] - float64(codes[i*o+c])*step[c])
				}
				sum += d * d
			}
		}
		return sum
	}
	nearest := make([]int16, k*o)
	for i, v := range w {
		nearest[i] = int16(math.RoundToEven(v / 0.5))
	}
	codes := round(w, append([]float64(nil), h...), step, 63, k, o, 0.01)
	if got, was := loss(codes), loss(nearest); got > was/4 {
		t.Errorf("squared error of the outputs %.0f, with each weight rounded to the nearest %.0f; expected a quarter or less", got, was)
	}
	for i, c := range round(w, h, step, 2, k, o, 0.01) {
		if c > 2 || c < -2 {
			t.Fatalf("code %d is %d, beyond the limit of 2", i, c)
		}
	}
}
