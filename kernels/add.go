package kernels

import "strconv"

// AddF32 adds a map to another: dst[i] += src[i]. It is the sum of the bypass nets.
func AddF32(dst, src []float32) {
	if len(dst) != len(src) {
		panic("kernels: AddF32: " + strconv.Itoa(len(src)) + " values to " + strconv.Itoa(len(dst)))
	}
	addF32(dst, src)
}

func addF32Go(dst, src []float32) {
	for i, a := range src {
		dst[i] += a
	}
}

// AddU8 adds a map of codes to another whose codes have other steps, (pixels, c) both:
//
//	v := (dst[p, i]*a[i] + src[p, i]*b[i]) + bias[i]      // each operation rounded to float32
//	dst[p, i] = clamp(roundeven(v), 0, 127)
//
// c is len(a). Zero points, where a map is signed, are in bias.
func AddU8(dst, src []uint8, a, b, bias []float32) {
	c := len(a)
	if len(dst) != len(src) || len(b) != c || len(bias) != c || c == 0 || len(dst)%c != 0 {
		panic("kernels: AddU8: " + strconv.Itoa(len(src)) + " codes to " + strconv.Itoa(len(dst)) + " of " +
			strconv.Itoa(c) + " channels with " + strconv.Itoa(len(b)) + " scales and " + strconv.Itoa(len(bias)) + " biases")
	}
	addU8(dst, src, a, b, bias)
}

func addU8Go(dst, src []uint8, a, b, bias []float32) {
	c := len(a)
	for p := 0; p < len(dst); p += c {
		d, s := dst[p:][:c], src[p:][:c]
		for i := range d {
			v := float32(float32(d[i])*a[i]) + float32(float32(s[i])*b[i])
			d[i] = round(v + bias[i])
		}
	}
}
