package kernels

import "strconv"

// MaxPoolF32 is the family's pooling, 3x3 with stride 2 over an NHWC map (h, w, c) into (oh, ow, c):
//
//	dst[y, x, i] = max over 2y <= v < min(2y+3, h), 2x <= u < min(2x+3, w) of src[v, u, i]
//
// With oh = ceil((h-3)/2)+1 it is Caffe's (edge windows clipped), with floor TensorFlow's VALID.
func MaxPoolF32(dst, src []float32, c, h, w, oh, ow int) {
	checkPool("MaxPoolF32", len(dst), len(src), c, h, w, oh, ow)
	maxPoolF32(dst, src, c, h, w, oh, ow)
}

// MaxPoolU8 is MaxPoolF32 over codes, which are in the order of their values.
func MaxPoolU8(dst, src []uint8, c, h, w, oh, ow int) {
	checkPool("MaxPoolU8", len(dst), len(src), c, h, w, oh, ow)
	maxPoolU8(dst, src, c, h, w, oh, ow)
}

func checkPool(op string, dst, src, c, h, w, oh, ow int) {
	if src < h*w*c || dst < oh*ow*c || 2*(oh-1) >= h || 2*(ow-1) >= w || min(c, h, w, oh, ow) < 1 {
		panic("kernels: " + op + ": " + strconv.Itoa(h) + "x" + strconv.Itoa(w) + "x" + strconv.Itoa(c) + " into " +
			strconv.Itoa(oh) + "x" + strconv.Itoa(ow) + " with buffers of " + strconv.Itoa(src) + " and " + strconv.Itoa(dst) + " values")
	}
}

// maxPoolGo aliases the last row or column where a window is clipped: a maximum may see a value twice.
func maxPoolGo[T float32 | uint8](dst, src []T, c, h, w, oh, ow int) {
	for y := range oh {
		for x := range ow {
			d := dst[(y*ow+x)*c:][:c]
			copy(d, src[(2*y*w+2*x)*c:])
			for v := range 3 {
				for u := range 3 {
					s := src[(min(2*y+v, h-1)*w+min(2*x+u, w-1))*c:][:c]
					for i, a := range s {
						d[i] = max(d[i], a)
					}
				}
			}
		}
	}
}

// MeanF32 is the mean over a map's pixels, (pixels, stride) into the first c values of dst:
//
//	dst[i] = (src[0, i] + src[1, i] + ...) / pixels        // in this order, each rounded to float32
func MeanF32(dst, src []float32, pixels, c, stride int) {
	if len(dst) < c || len(src) < (pixels-1)*stride+c || pixels < 1 {
		panic("kernels: MeanF32: " + strconv.Itoa(pixels) + " pixels of " + strconv.Itoa(c) + " values, stride " +
			strconv.Itoa(stride) + ", with buffers of " + strconv.Itoa(len(src)) + " and " + strconv.Itoa(len(dst)) + " values")
	}
	meanF32(dst, src, pixels, c, stride)
}

func meanF32Go(dst, src []float32, pixels, c, stride int) {
	d := dst[:c]
	clear(d)
	for p := range pixels {
		for i, a := range src[p*stride:][:c] {
			d[i] += a
		}
	}
	for i := range d {
		d[i] /= float32(pixels)
	}
}
