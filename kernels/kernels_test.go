package kernels

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
)

// convCases are every kind of convolution in the family, and every remainder of the tiles: pixel
// counts around the tiles' 2, 3, 4 and 6 pixels, channels that do not fill a panel.
var convCases = []struct {
	name                          string
	kernel, stride, pad, c, o, hw int
}{
	{"1.1 conv1: 3x3/2, run 9", 3, 2, 0, 3, 64, 23},
	{"1.0 conv1: 7x7/2, run 21", 7, 2, 0, 3, 96, 23},
	{"squeeze: 1x1", 1, 1, 0, 64, 16, 5},
	{"expand1x1", 1, 1, 0, 16, 64, 7},
	{"expand3x3, padded", 3, 1, 1, 16, 64, 7},
	{"expand3x3 of 48", 3, 1, 1, 48, 192, 4},
	{"expand3x3 of 64", 3, 1, 1, 64, 256, 3},
	{"conv10", 1, 1, 0, 512, 1000, 2},
	{"1.0 conv10: padded 1x1", 1, 1, 1, 512, 40, 2},
	{"1 pixel: tile of aliases", 1, 1, 0, 16, 8, 1},
	{"3x3 on 1 pixel", 3, 1, 1, 16, 8, 1},
	{"2 classes: 6 channels of padding", 1, 1, 0, 32, 2, 3},
	{"13 classes: ragged second panel", 1, 1, 0, 32, 13, 2},
	{"25 pixels: 1 over 6 and 4 and 3 and 2", 1, 1, 0, 16, 8, 5},
	{"49 pixels", 1, 1, 0, 20, 8, 7},
	{"run 4: the shortest of codes", 1, 1, 0, 4, 8, 3},
}

// inEveryForm runs a test in each form that is here: natively Go's, on js/wasm also those of the
// kernels' module that was loaded.
func inEveryForm(t *testing.T, test func(t *testing.T, form string)) {
	defer use(Variant())
	for _, form := range forms() {
		use(form)
		if Variant() != form {
			t.Fatalf("the form in use is %s, want %s", Variant(), form)
		}
		t.Run(form, func(t *testing.T) { test(t, form) })
	}
}

// guard is how many values stand on both sides of a guarded buffer.
const guard = 64

// guarded returns n values between guards, and a check that the guards still stand.
func guarded[T float32 | uint8 | int16 | int32](t *testing.T, n int, mark T) ([]T, func()) {
	all := make([]T, n+2*guard)
	for i := range all {
		all[i] = mark
	}
	return all[guard : guard+n : guard+n], func() {
		t.Helper()
		for i := range guard {
			if all[i] != mark || all[guard+n+i] != mark {
				t.Fatalf("a value outside the buffer was written: %d before its start or after its end", i+1)
			}
		}
	}
}

// windows lays out a convolution over a square map with its border; dst pixels follow each other.
func windows(kernel, stride, pad, c, o, hw int) (win *Windows, src, dst int) {
	row := hw + 2*pad
	n := (row-kernel)/stride + 1
	win = &Windows{KH: kernel, Run: kernel * c, Pitch: row * c}
	for y := range n {
		for x := range n {
			win.In = append(win.In, int32((y*stride*row+x*stride)*c))
			win.Out = append(win.Out, int32((y*n+x)*Panels(o)*Panel))
		}
	}
	return win, row * row * c, n * n * Panels(o) * Panel
}

func TestConvF32(t *testing.T) { inEveryForm(t, testConvF32) }

func testConvF32(t *testing.T, form string) {
	for _, c := range convCases {
		for _, relu := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s/relu=%v", c.name, relu), func(t *testing.T) {
				r := rand.New(rand.NewPCG(1, 2))
				win, ns, nd := windows(c.kernel, c.stride, c.pad, c.c, c.o, c.hw)
				k := win.K()
				src, srcGuard := guarded[float32](t, ns, 1e9)
				kernel, bias := make([]float32, k*c.o), make([]float32, c.o)
				for _, s := range [][]float32{src, kernel, bias} {
					for i := range s {
						s[i] = r.Float32()*2 - 1
					}
				}
				dst, dstGuard := guarded[float32](t, nd, -7)
				w := PackF32(kernel, bias, k, c.o)
				ConvF32(dst, src, w, win, relu)
				srcGuard()
				dstGuard()
				for p := range win.In {
					for o := range Panels(c.o) * Panel {
						var want, size float32
						if o < c.o {
							want, size = bias[o], float32(math.Abs(float64(bias[o])))
							for y := range win.KH {
								for i := range win.Run {
									product := float32(src[int(win.In[p])+y*win.Pitch+i] * kernel[(y*win.Run+i)*c.o+o])
									want += product
									size += float32(math.Abs(float64(product)))
								}
							}
							if relu {
								want = max(want, 0)
							}
						}
						// Each form but the relaxed ones gives the same bits. Those round a step once where
						// this rounds twice: they differ by at most k roundings of the sum of sizes.
						tolerance := float32(0)
						if strings.HasPrefix(form, "relaxed") {
							tolerance = size * float32(k) / (1 << 24)
						}
						if got := dst[int(win.Out[p])+o]; !(max(got-want, want-got) <= tolerance) {
							t.Fatalf("pixel %d channel %d: got %v, want %v, tolerance %v (%d products)", p, o, got, want, tolerance, k)
						}
					}
				}
			})
		}
	}
}

func TestConvU8(t *testing.T) { inEveryForm(t, testConvU8) }

func testConvU8(t *testing.T, form string) {
	for _, c := range convCases {
		wide := c.c == 3
		if !wide && c.kernel*c.c%4 != 0 {
			continue
		}
		t.Run(c.name, func(t *testing.T) {
			r := rand.New(rand.NewPCG(3, 4))
			win, ns, nd := windows(c.kernel, c.stride, c.pad, c.c, c.o, c.hw)
			k := win.K()
			src, srcGuard := guarded[uint8](t, ns, 255)
			top, limit := 127, 63
			pack := PackU8
			if wide {
				pack = PackU8Wide
				top, limit = 255, min(2047, (1<<24-1)/255/k)
			}
			codes, scale, bias := make([]int16, k*c.o), make([]float32, c.o), make([]float32, c.o)
			for i := range src {
				src[i] = uint8(r.IntN(top + 1))
			}
			for i := range codes {
				codes[i] = int16(r.IntN(2*limit+1) - limit)
			}
			// Channel 0 is the extreme that must not overflow anywhere, channel 1 its negative.
			for i := range k {
				codes[i*c.o] = int16(limit)
				codes[i*c.o+1] = int16(-limit)
			}
			for i := range min(ns, k) {
				src[i] = uint8(top)
			}
			for o := range c.o {
				scale[o] = (r.Float32() + 0.1) * 64 / float32(top*limit) / float32(math.Sqrt(float64(k)))
				bias[o] = r.Float32()*60 - 20
			}
			dst, dstGuard := guarded[uint8](t, nd, 99)
			dstF, dstFGuard := guarded[float32](t, nd, -7)
			w := pack(codes, scale, bias, win.Run, k, c.o)
			ConvU8(dst, src, w, win)
			ConvU8F32(dstF, src, w, win, true)
			dstS, dstSGuard := guarded[float32](t, nd, -7)
			ConvU8F32(dstS, src, w, win, false)
			srcGuard()
			dstGuard()
			dstFGuard()
			dstSGuard()
			for p := range win.In {
				for o := range Panels(c.o) * Panel {
					var want uint8
					var wantF, wantS float32
					if o < c.o {
						sum := 0
						for y := range win.KH {
							for i := range win.Run {
								sum += int(src[int(win.In[p])+y*win.Pitch+i]) * int(codes[(y*win.Run+i)*c.o+o])
							}
						}
						v := float32(float32(sum)*scale[o]) + bias[o]
						want = uint8(max(0, min(127, math.RoundToEven(float64(v)))))
						wantF, wantS = max(v, 0), v
					}
					if got := dst[int(win.Out[p])+o]; got != want {
						t.Fatalf("pixel %d channel %d: got code %d, want %d (%d products)", p, o, got, want, k)
					}
					if got := dstF[int(win.Out[p])+o]; got != wantF {
						t.Fatalf("pixel %d channel %d: got %v, want %v (%d products)", p, o, got, wantF, k)
					}
					if got := dstS[int(win.Out[p])+o]; got != wantS {
						t.Fatalf("pixel %d channel %d without ReLU: got %v, want %v (%d products)", p, o, got, wantS, k)
					}
				}
			}
		})
	}
}

func TestRequantise(t *testing.T) {
	for _, c := range []struct {
		v    float32
		want uint8
	}{{-12582911, 0}, {-0.5, 0}, {0.5, 0}, {1.5, 2}, {2.5, 2}, {126.5, 126}, {127.5, 127}, {4194303, 127}} {
		if got := requantise(0, 0, c.v); got != c.want {
			t.Errorf("%v becomes code %d, want %d", c.v, got, c.want)
		}
	}
}

func TestMaxPool(t *testing.T) { inEveryForm(t, testMaxPool) }

func testMaxPool(t *testing.T, form string) {
	for _, c := range []struct {
		name    string
		c, h, w int
		ceil    bool
	}{
		{"even: clipped at both edges", 64, 14, 14, true},
		{"odd: nothing clipped", 32, 13, 13, true},
		{"floor of even", 64, 14, 14, false},
		{"one row clipped", 16, 4, 9, true},
		{"smallest", 128, 3, 3, true},
		{"channels beside the vectors' 16", 20, 6, 5, true},
		{"1x1 map", 8, 1, 1, true},
		{"2x2 map", 8, 2, 2, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			out := func(n int) int {
				if c.ceil {
					return max((n-3+1)/2, 0) + 1
				}
				return (n-3)/2 + 1
			}
			oh, ow := out(c.h), out(c.w)
			r := rand.New(rand.NewPCG(5, 6))
			srcF, _ := guarded[float32](t, c.h*c.w*c.c, 1e9)
			srcU, _ := guarded[uint8](t, c.h*c.w*c.c, 255)
			for i := range srcF {
				srcF[i], srcU[i] = r.Float32()-0.5, uint8(r.IntN(128))
			}
			dstF, guardF := guarded[float32](t, oh*ow*c.c, -7)
			dstU, guardU := guarded[uint8](t, oh*ow*c.c, 99)
			MaxPoolF32(dstF, srcF, c.c, c.h, c.w, oh, ow)
			MaxPoolU8(dstU, srcU, c.c, c.h, c.w, oh, ow)
			guardF()
			guardU()
			for i := range dstF {
				wantF, wantU := float32(math.Inf(-1)), uint8(0)
				y, x := i/c.c/ow, i/c.c%ow
				for v := 2 * y; v < min(2*y+3, c.h); v++ {
					for u := 2 * x; u < min(2*x+3, c.w); u++ {
						wantF = max(wantF, srcF[(v*c.w+u)*c.c+i%c.c])
						wantU = max(wantU, srcU[(v*c.w+u)*c.c+i%c.c])
					}
				}
				if dstF[i] != wantF || dstU[i] != wantU {
					t.Fatalf("pixel (%d, %d) channel %d: got %v and %d, want %v and %d", y, x, i%c.c, dstF[i], dstU[i], wantF, wantU)
				}
			}
		})
	}
}

func TestMeanF32(t *testing.T) { inEveryForm(t, testMeanF32) }

func testMeanF32(t *testing.T, form string) {
	for _, c := range []struct{ pixels, c, stride int }{{196, 1000, 1000}, {1, 8, 8}, {4, 2, 8}, {9, 13, 16}} {
		r := rand.New(rand.NewPCG(7, 8))
		src, _ := guarded[float32](t, c.pixels*c.stride, 1e9)
		for i := range src {
			src[i] = r.Float32()
		}
		dst, check := guarded[float32](t, c.c, -7)
		MeanF32(dst, src, c.pixels, c.c, c.stride)
		check()
		for i := range dst {
			var sum float32
			for p := range c.pixels {
				sum += src[p*c.stride+i]
			}
			if want := sum / float32(c.pixels); dst[i] != want {
				t.Fatalf("%+v: channel %d: got %v, want %v", c, i, dst[i], want)
			}
		}
	}
}

func TestAdd(t *testing.T) { inEveryForm(t, testAdd) }

func testAdd(t *testing.T, form string) {
	r := rand.New(rand.NewPCG(9, 10))
	for _, c := range []int{8, 128, 20, 13} {
		n := 7 * c
		dst, check := guarded[uint8](t, n, 99)
		src, _ := guarded[uint8](t, n, 255)
		dstF, checkF := guarded[float32](t, n, -7)
		srcF, _ := guarded[float32](t, n, 1e9)
		a, b, bias := make([]float32, c), make([]float32, c), make([]float32, c)
		for i := range c {
			a[i], b[i], bias[i] = r.Float32()*1.5, r.Float32()*1.5, r.Float32()*100-50
		}
		want, wantF := make([]uint8, n), make([]float32, n)
		for i := range n {
			dst[i], src[i] = uint8(r.IntN(128)), uint8(r.IntN(128))
			dstF[i], srcF[i] = r.Float32(), r.Float32()
			v := float32(float32(dst[i])*a[i%c]) + float32(float32(src[i])*b[i%c])
			want[i] = uint8(max(0, min(127, math.RoundToEven(float64(v+bias[i%c])))))
			wantF[i] = dstF[i] + srcF[i]
		}
		AddU8(dst, src, a, b, bias)
		AddF32(dstF, srcF)
		check()
		checkF()
		for i := range n {
			if dst[i] != want[i] || dstF[i] != wantF[i] {
				t.Fatalf("%d channels, value %d: got %d and %v, want %d and %v", c, i, dst[i], dstF[i], want[i], wantF[i])
			}
		}
	}
}

func TestNormalise(t *testing.T) { inEveryForm(t, testNormalise) }

func testNormalise(t *testing.T, form string) {
	mean, scale := [3]float32{104.5, 117, 123.25}, [3]float32{1, 0.5, 1.0 / 58}
	for pixels := range 20 { // every remainder of the vectors' 4 pixels, and too few for one
		for _, bgr := range []bool{false, true} {
			r := rand.New(rand.NewPCG(11, 12))
			rgb, _ := guarded[uint8](t, 3*pixels, 255)
			for i := range rgb {
				rgb[i] = uint8(r.IntN(256))
			}
			dst, check := guarded[float32](t, 3*pixels, -7)
			Normalise(dst, rgb, bgr, mean, scale)
			check()
			for i := range dst {
				p, c := i/3, i%3
				v := rgb[i]
				if bgr {
					v = rgb[3*p+2-c]
				}
				if want := float32(float32(v)-mean[c]) * scale[c]; dst[i] != want {
					t.Fatalf("%d pixels, BGR %v: value %d: got %v, want %v", pixels, bgr, i, dst[i], want)
				}
			}
		}
	}
}

func TestOutsideIsRefused(t *testing.T) {
	win, ns, nd := windows(3, 1, 1, 16, 8, 3)
	w := PackF32(make([]float32, 144*8), make([]float32, 8), 144, 8)
	for name, f := range map[string]func(){
		"source too short":      func() { ConvF32(make([]float32, nd), make([]float32, ns-1), w, win, true) },
		"destination too short": func() { ConvF32(make([]float32, nd-1), make([]float32, ns), w, win, true) },
		"pool destination":      func() { MaxPoolF32(make([]float32, 7), make([]float32, 9*8), 8, 3, 3, 1, 1) },
		"mean source":           func() { MeanF32(make([]float32, 8), make([]float32, 15), 2, 8, 8) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: was not refused", name)
				}
			}()
			f()
		}()
	}
}

func BenchmarkConv(b *testing.B) {
	for _, c := range []struct {
		name                  string
		kernel, pad, c, o, hw int
	}{{"conv10", 1, 0, 512, 1000, 14}, {"fire9/expand3x3", 3, 1, 64, 256, 14}, {"fire2/expand3x3", 3, 1, 16, 64, 56}} {
		win, ns, nd := windows(c.kernel, 1, c.pad, c.c, c.o, c.hw)
		k := win.K()
		macs := float64(k * c.o * len(win.In))
		rate := func(b *testing.B) { b.ReportMetric(macs*float64(b.N)/b.Elapsed().Seconds()/1e9, "GMAC/s") }
		b.Run("F32/"+c.name, func(b *testing.B) {
			w := PackF32(make([]float32, k*c.o), make([]float32, c.o), k, c.o)
			src, dst := make([]float32, ns), make([]float32, nd)
			for b.Loop() {
				ConvF32(dst, src, w, win, true)
			}
			rate(b)
		})
		b.Run("U8/"+c.name, func(b *testing.B) {
			w := PackU8(make([]int16, k*c.o), make([]float32, c.o), make([]float32, c.o), win.Run, k, c.o)
			src, dst := make([]uint8, ns), make([]uint8, nd)
			for b.Loop() {
				ConvU8(dst, src, w, win)
			}
			rate(b)
		})
	}
}
