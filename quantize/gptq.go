package quantize

import "math"

// round chooses a layer's codes so that its outputs change least: GPTQ (Frantar et al., arXiv:2210.17323).
// Weights are rounded in order of k; what a row's rounding does to the outputs is made up for by the
// rows still to come, as far as the inputs go together.
//
//	w:      (K, O) in units of the input's codes
//	h:      (K, K) covariance of the inputs' codes; it is damped, and overwritten
//	step:   (O), of the weights
//	limit:  largest magnitude of a code
//	result: (K, O)
func round(w []float64, h []float64, step []float64, limit, k, o int, damping float64) []int16 {
	feedback := feedback(h, k, damping)
	codes := make([]int16, k*o)
	const block = 64 // columns that stay in the cache
	parallel((o+block-1)/block, func(b int) {
		from := b * block
		n := min(block, o-from)
		rest := make([]float64, k*n) // w, with earlier rows' errors fed forward
		for i := range k {
			copy(rest[i*n:][:n], w[i*o+from:])
		}
		wrong := make([]float64, n)
		for i := range k {
			row := rest[i*n:][:n]
			for j, v := range row {
				q := math.RoundToEven(v / step[from+j])
				q = max(-float64(limit), min(float64(limit), q))
				codes[i*o+from+j] = int16(q)
				wrong[j] = v - q*step[from+j]
			}
			for l := i + 1; l < k; l++ {
				f := feedback[i*k+l]
				later := rest[l*n:][:n]
				for j, e := range wrong {
					later[j] -= f * e
				}
			}
		}
	})
	return codes
}

// feedback returns U[i,l]/U[i,i], with U the upper triangle of inverse(h) = transpose(U)*U. With R the
// upper triangle of h = R*transpose(R), U is R's inverse, and so one factorisation is enough.
func feedback(h []float64, k int, damping float64) []float64 {
	mean := 0.0
	for i := range k {
		mean += h[i*k+i] / float64(k)
	}
	if mean <= 0 {
		mean = 1 // no input ever differs: any rounding is as good
	}
	for i := range k {
		h[i*k+i] += damping * mean
	}
	r := h // in place, from the last row up
	for j := k - 1; j >= 0; j-- {
		rj := r[j*k:][:k]
		sum := rj[j]
		for _, v := range rj[j+1:] {
			sum -= v * v
		}
		d := math.Sqrt(max(sum, damping*mean/2))
		rj[j] = d
		for i := range j {
			ri := r[i*k:][:k]
			sum := ri[j]
			for l := j + 1; l < k; l++ {
				sum -= ri[l] * rj[l]
			}
			ri[j] = sum / d
		}
	}
	u := make([]float64, k*k)
	for i := k - 1; i >= 0; i-- {
		ui := u[i*k:][:k]
		ui[i] = 1
		// Row i of R times U is row i of the unit matrix; scaled so that U[i,i] is 1.
		for l := i + 1; l < k; l++ {
			f := r[i*k+l]
			if f == 0 {
				continue
			}
			ul, scale := u[l*k:][:k], f/r[l*k+l]
			for j := l; j < k; j++ {
				ui[j] -= scale * ul[j]
			}
		}
	}
	return u
}
