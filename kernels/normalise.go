package kernels

import "strconv"

// Normalise makes a float32 network's input of RGB pixels, (pixels, 3) bytes:
//
//	dst[3*p+c] = (rgb[3*p+d] - mean[c]) * scale[c]        // d = 2-c where the network reads BGR, else c
//
// each operation rounded to float32.
func Normalise(dst []float32, rgb []uint8, bgr bool, mean, scale [3]float32) {
	if len(rgb)%3 != 0 || len(dst) < len(rgb) {
		panic("kernels: Normalise: " + strconv.Itoa(len(rgb)) + " bytes into " + strconv.Itoa(len(dst)) + " values")
	}
	normalise(dst, rgb, bgr, &mean, &scale)
}

func normaliseGo(dst []float32, rgb []uint8, bgr bool, mean, scale *[3]float32) {
	for ; len(rgb) >= 3; rgb, dst = rgb[3:], dst[3:] {
		r, g, b := float32(rgb[0]), float32(rgb[1]), float32(rgb[2])
		if bgr {
			r, b = b, r
		}
		d := (*[3]float32)(dst)
		d[0], d[1], d[2] = (r-mean[0])*scale[0], (g-mean[1])*scale[1], (b-mean[2])*scale[2]
	}
}
