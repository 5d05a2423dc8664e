package kernels

// WeightsF32 are a convolution's float32 weights, packed for the tiles: panels of 8 output channels,
// each [k][8]. Channels beyond the last are zero.
type WeightsF32 struct {
	K, Channels int
	panels      []float32 // (panels, K, 8)
	bias        []float32 // (panels, 8)
}

// PackF32 packs a kernel given as (k, channels), which is HWIO flattened, and its bias.
func PackF32(kernel, bias []float32, k, channels int) *WeightsF32 {
	n := Panels(channels)
	w := &WeightsF32{K: k, Channels: channels, panels: make([]float32, n*k*Panel), bias: make([]float32, n*Panel)}
	copy(w.bias, bias[:channels])
	for p := range n {
		width := min(Panel, channels-p*Panel)
		for i := range k {
			copy(w.panels[(p*k+i)*Panel:][:width], kernel[i*channels+p*Panel:])
		}
	}
	return w
}

// ConvF32 is a convolution over NHWC maps, bias and ReLU included:
//
//	for each output pixel p, channel o:
//		s := bias[o]
//		for y in 0..KH, i in 0..Run:
//			s = s + src[In[p]+y*Pitch+i] * weight[y*Run+i, o]    // each operation rounded to float32
//		dst[Out[p]+o] = relu ? max(s, 0) : s
//
// The order of the sum is fixed, so every form without relaxed_madd gives the same bits.
// It panics when an offset lies outside its buffer.
func ConvF32(dst, src []float32, w *WeightsF32, win *Windows, relu bool) {
	win.check("ConvF32", w.K, w.Channels, len(src), len(dst))
	convF32(dst, src, w, win, relu)
}

// convF32Go computes tiles of 3 pixels x 4 channels: 12 sums, the most that 16 registers hold with
// their operands. The last tile's missing pixels alias the last pixel.
func convF32Go(dst, src []float32, w *WeightsF32, win *Windows, relu bool) {
	k, run, last := w.K, win.Run, len(win.In)-1
	var t [3][4]float32
	for p := 0; p <= last; p += 3 {
		i1, i2 := min(p+1, last), min(p+2, last)
		in0, in1, in2 := int(win.In[p]), int(win.In[i1]), int(win.In[i2])
		out := [3]int{int(win.Out[p]), int(win.Out[i1]), int(win.Out[i2])}
		for c := 0; c < len(w.bias); c += 4 {
			b := (*[4]float32)(w.bias[c:])
			s00, s01, s02, s03 := b[0], b[1], b[2], b[3]
			s10, s11, s12, s13 := s00, s01, s02, s03
			s20, s21, s22, s23 := s00, s01, s02, s03
			panel := w.panels[c/Panel*k*Panel+c%Panel:]
			for y := range win.KH {
				o := y * win.Pitch
				a0 := src[in0+o:][:run]
				a1 := src[in1+o:][:run]
				a2 := src[in2+o:][:run]
				for i, v0 := range a0 {
					q := (*[4]float32)(panel[(y*run+i)*Panel:])
					v1, v2 := a1[i], a2[i]
					q0, q1, q2, q3 := q[0], q[1], q[2], q[3]
					s00 += float32(v0 * q0)
					s01 += float32(v0 * q1)
					s02 += float32(v0 * q2)
					s03 += float32(v0 * q3)
					s10 += float32(v1 * q0)
					s11 += float32(v1 * q1)
					s12 += float32(v1 * q2)
					s13 += float32(v1 * q3)
					s20 += float32(v2 * q0)
					s21 += float32(v2 * q1)
					s22 += float32(v2 * q2)
					s23 += float32(v2 * q3)
				}
			}
			t = [3][4]float32{{s00, s01, s02, s03}, {s10, s11, s12, s13}, {s20, s21, s22, s23}}
			for j := range t {
				d := (*[4]float32)(dst[out[j]+c:])
				for l, s := range t[j] {
					if relu {
						s = max(s, 0)
					}
					d[l] = s
				}
			}
		}
	}
}
