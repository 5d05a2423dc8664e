package kernels

import "strconv"

// Winograd's minimal filtering F(4x4, 3x3) (Lavin and Gray, "Fast Algorithms for Convolutional Neural
// Networks", section 4): 4x4 outputs of a 3x3 convolution with stride 1 come from 36 products in place
// of 144. With the matrices B, G and A of that paper, for a tile of 6x6 inputs d and a kernel g:
//
//	output = A' [ (G g G') * (B' d B), elementwise, summed over the input's channels ] A
//
// The results differ from the direct form's by a few times its own rounding errors.

const (
	winoSide  = 4  // outputs along a tile's side
	winoPatch = 6  // inputs along it
	winoBlock = 16 // tiles that are in work at once: their sums for a panel stay in the first cache
	winoSums  = winoPatch * winoPatch
)

// WeightsWinograd are a 3x3 convolution's kernels, transformed, with the memory that it works in: they
// are for one goroutine at a time.
type WeightsWinograd struct {
	In, Channels int
	panels       []float32 // (panels, 36, In, 8)
	bias         []float32 // (panels, 8)
	tiles        winoTiles
	scratch      []float32 // one transformation (36 x 8), the sums (36, 16 tiles, 8), the inputs (36, 16 tiles, In)
}

// winoG is G.
var winoG = [winoPatch][3]float64{
	{1. / 4, 0, 0}, {-1. / 6, -1. / 6, -1. / 6}, {-1. / 6, 1. / 6, -1. / 6},
	{1. / 24, 1. / 12, 1. / 6}, {1. / 24, -1. / 12, 1. / 6}, {0, 0, 1},
}

// PackWinograd transforms a kernel (3, 3, in, channels), in float64, and packs it with its bias.
func PackWinograd(kernel, bias []float32, in, channels int) *WeightsWinograd {
	n := Panels(channels)
	w := &WeightsWinograd{In: in, Channels: channels, panels: make([]float32, n*winoSums*in*Panel), bias: make([]float32, n*Panel),
		scratch: make([]float32, winoSums*(8+winoBlock*(Panel+in)))}
	copy(w.bias, bias[:channels])
	for c := range in {
		for o := range channels {
			var rows [winoPatch][3]float64 // G g
			for i, g := range winoG {
				for x := range 3 {
					for y := range 3 {
						rows[i][x] += float64(g[y] * float64(kernel[((y*3+x)*in+c)*channels+o]))
					}
				}
			}
			for i := range winoPatch {
				for j, g := range winoG {
					sum := 0.0
					for x := range 3 {
						sum += float64(rows[i][x] * g[x])
					}
					w.panels[((o/Panel*winoSums+i*winoPatch+j)*in+c)*Panel+o%Panel] = float32(sum)
				}
			}
		}
	}
	return w
}

// ConvWinograd is ConvF32 for a 3x3 kernel with stride 1, by Winograd's algorithm. The windows follow
// each other in rows of width pixels, width and the number of rows at least 4; input channels come in
// fours. Where the sides are no multiple of 4 the last tiles overlap those before them. All forms but
// the one with relaxed_madd give the same bits.
func ConvWinograd(dst, src []float32, w *WeightsWinograd, win *Windows, width int, relu bool) {
	win.check("ConvWinograd", 9*w.In, w.Channels, len(src), len(dst))
	if win.KH != 3 || w.In%4 != 0 || !w.tiles.set(win, w.In, width) {
		panic("kernels: ConvWinograd: " + strconv.Itoa(len(win.In)) + " windows in rows of " + strconv.Itoa(width) +
			" are no map of 4x4 pixels or more under a 3x3 kernel with stride 1")
	}
	convWinograd(dst, src, w, relu)
}

// winoTiles says where the tiles of a convolution lie.
type winoTiles struct {
	pitch               int     // source: values from a row to the next
	outStride, outPitch int     // destination: from a pixel, a row to the next
	src, dst            []int32 // per tile: where its first value is
}

// set covers a map with tiles. It reports false when the windows, in rows of width, are no map of 4x4
// pixels or more of in channels with stride 1.
func (t *winoTiles) set(win *Windows, in, width int) bool {
	if width < winoSide || len(win.In)/width < winoSide || len(win.In)%width != 0 ||
		win.In[1]-win.In[0] != int32(in) || win.In[width]-win.In[0] != int32(win.Pitch) {
		return false
	}
	*t = winoTiles{pitch: win.Pitch, outStride: int(win.Out[1] - win.Out[0]), outPitch: int(win.Out[width] - win.Out[0]),
		src: t.src[:0], dst: t.dst[:0]}
	height := len(win.In) / width
	for y := 0; y < height; y += winoSide {
		for x := 0; x < width; x += winoSide {
			p := min(y, height-winoSide)*width + min(x, width-winoSide)
			t.src, t.dst = append(t.src, win.In[p]), append(t.dst, win.Out[p])
		}
	}
	return true
}

// winoInput is one dimension of B' d B, winoOutput of A' m A.
func winoInput(d0, d1, d2, d3, d4, d5 float32) (_, _, _, _, _, _ float32) {
	a, b := d4-float32(4*d2), d3-float32(4*d1)
	c, e := d4-d2, float32(2*(d3-d1))
	return float32(float32(4*d0)-float32(5*d2)) + d4, a + b, a - b, c + e, c - e, float32(float32(4*d1)-float32(5*d3)) + d5
}

func winoOutput(m0, m1, m2, m3, m4, m5 float32) (_, _, _, _ float32) {
	p, q, r, s := m1+m2, m1-m2, m3+m4, m3-m4
	return float32(m0+p) + r, q + float32(2*s), p + float32(4*r), float32(q+float32(8*s)) + m5
}

func convWinogradGo(dst, src []float32, w *WeightsWinograd, relu bool) {
	in, t := w.In, &w.tiles
	m := w.scratch[winoSums*8:][:winoSums*winoBlock*Panel] // (36, tile, 8)
	v := w.scratch[winoSums*(8+winoBlock*Panel):]          // (36, tile, In)
	for first := 0; first < len(t.src); first += winoBlock {
		n := min(winoBlock, len(t.src)-first)
		// V = B' d B
		for i := range n {
			for c := range in {
				d := src[int(t.src[first+i])+c:]
				var b [winoPatch][winoPatch]float32
				for x := range winoPatch {
					o := x * in
					b[0][x], b[1][x], b[2][x], b[3][x], b[4][x], b[5][x] = winoInput(
						d[o], d[o+t.pitch], d[o+2*t.pitch], d[o+3*t.pitch], d[o+4*t.pitch], d[o+5*t.pitch])
				}
				for y, r := range b {
					r[0], r[1], r[2], r[3], r[4], r[5] = winoInput(r[0], r[1], r[2], r[3], r[4], r[5])
					for x, s := range r {
						v[((y*winoPatch+x)*winoBlock+i)*in+c] = s
					}
				}
			}
		}
		for p := range Panels(w.Channels) {
			// M = V U, 36 matrix products
			for f := range winoSums {
				u := w.panels[(p*winoSums+f)*in*Panel:][:in*Panel]
				for i := range n {
					a := v[(f*winoBlock+i)*in:][:in]
					var s0, s1, s2, s3, s4, s5, s6, s7 float32
					for k, a := range a {
						q := (*[Panel]float32)(u[k*Panel:])
						s0 += float32(a * q[0])
						s1 += float32(a * q[1])
						s2 += float32(a * q[2])
						s3 += float32(a * q[3])
						s4 += float32(a * q[4])
						s5 += float32(a * q[5])
						s6 += float32(a * q[6])
						s7 += float32(a * q[7])
					}
					*(*[Panel]float32)(m[(f*winoBlock+i)*Panel:]) = [Panel]float32{s0, s1, s2, s3, s4, s5, s6, s7}
				}
			}
			// A' M A, bias, ReLU
			for i := range n {
				d := dst[int(t.dst[first+i])+p*Panel:]
				for o := range Panel {
					var b [winoSide][winoPatch]float32
					for x := range winoPatch {
						m := m[(x*winoBlock+i)*Panel+o:]
						const row = winoPatch * winoBlock * Panel
						b[0][x], b[1][x], b[2][x], b[3][x] = winoOutput(m[0], m[row], m[2*row], m[3*row], m[4*row], m[5*row])
					}
					for y, r := range b {
						var s [winoSide]float32
						s[0], s[1], s[2], s[3] = winoOutput(r[0], r[1], r[2], r[3], r[4], r[5])
						for x, s := range s {
							s += w.bias[p*Panel+o]
							if relu {
								s = max(s, 0)
							}
							d[y*t.outPitch+x*t.outStride+o] = s
						}
					}
				}
			}
		}
	}
}

// PackU83x3 is PackU8 for a kernel (3, 3, in, channels) with stride 1. The SIMD forms compute it by the
// same algorithm in integers, exactly, where Windows.Width says the map's shape.
func PackU83x3(codes []int16, scale, bias []float32, in, channels int) *WeightsU8 {
	w := PackU8(codes, scale, bias, 3*in, 9*in, channels)
	w.packWinograd(codes, in, channels)
	return w
}
