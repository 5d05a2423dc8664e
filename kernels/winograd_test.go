package kernels

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"
)

// TestConvWinograd has the Go form near the definition of the convolution, and the other forms give
// the Go form's bits.
func TestConvWinograd(t *testing.T) { inEveryForm(t, testConvWinograd) }

func testConvWinograd(t *testing.T, form string) {
	for _, c := range []struct {
		name           string
		h, w, in, outs int
	}{
		{"one tile", 4, 4, 16, 8},
		{"2 tiles, overlapping", 4, 5, 4, 8},
		{"12x12: 9 tiles", 12, 12, 16, 16},
		{"14x14: 16 tiles, the last ones overlapping: a block", 14, 14, 48, 24},
		{"7x33: 18 tiles: a block and 2", 7, 33, 16, 8},
		{"28x28: 49 tiles: 3 blocks and 1", 28, 28, 32, 13},
		{"fire9", 14, 14, 64, 256},
	} {
		for _, relu := range []bool{true, false} {
			t.Run(c.name, func(t *testing.T) {
				r := rand.New(rand.NewPCG(9, 10))
				src, srcGuard := guarded[float32](t, (c.h+2)*(c.w+2)*c.in, 1e9)
				kernel, bias := make([]float32, 9*c.in*c.outs), make([]float32, c.outs)
				for _, s := range [][]float32{src, kernel, bias} {
					for i := range s {
						s[i] = r.Float32()*2 - 1
					}
				}
				stride := Panels(c.outs)*Panel + 8 // another layer's channels lie behind
				win := &Windows{KH: 3, Run: 3 * c.in, Pitch: (c.w + 2) * c.in}
				for y := range c.h {
					for x := range c.w {
						win.In = append(win.In, int32((y*(c.w+2)+x)*c.in))
						win.Out = append(win.Out, int32((y*c.w+x)*stride))
					}
				}
				dst, dstGuard := guarded[float32](t, c.h*c.w*stride, -7)
				ConvWinograd(dst, src, PackWinograd(kernel, bias, c.in, c.outs), win, c.w, relu)
				srcGuard()
				dstGuard()
				reference := make([]float32, len(dst))
				for i := range reference {
					reference[i] = -7
				}
				// the definition, in float64
				for p := range win.In {
					for o := range Panels(c.outs) * Panel {
						want, size := 0.0, 0.0
						if o < c.outs {
							want = float64(bias[o])
							for y := range 3 {
								for i := range win.Run {
									product := float64(src[int(win.In[p])+y*win.Pitch+i]) * float64(kernel[(y*win.Run+i)*c.outs+o])
									want += product
									size += math.Abs(product)
								}
							}
							if relu {
								want = max(want, 0)
							}
						}
						reference[int(win.Out[p])+o] = float32(want)
						// The transformed sums are up to 100 times an input (the rows of B' and A' sum to 10
						// each in size), and each of the c.in+20 steps rounds once.
						tolerance := size / 9 * 100 * float64(c.in+20) / (1 << 24)
						if got := float64(dst[int(win.Out[p])+o]); !(math.Abs(got-want) <= tolerance) {
							t.Fatalf("pixel %d channel %d: got %v, want %v, tolerance %v", p, o, got, want, tolerance)
						}
					}
				}
				for i, want := range reference {
					if want == -7 && dst[i] != -7 {
						t.Fatalf("value %d belongs to another layer and was overwritten with %v", i, dst[i])
					}
				}
				if form == "go" || strings.HasPrefix(form, "relaxed") {
					return
				}
				defer use(form)
				use("go")
				again := make([]float32, len(dst))
				ConvWinograd(again, src, PackWinograd(kernel, bias, c.in, c.outs), win, c.w, relu)
				for p := range win.In {
					for o := range c.outs {
						if i := int(win.Out[p]) + o; dst[i] != again[i] {
							t.Fatalf("pixel %d channel %d: got %v, the Go form gives %v", p, o, dst[i], again[i])
						}
					}
				}
			})
		}
	}
}

func TestConvWinogradRefuses(t *testing.T) {
	win, ns, nd := windows(3, 1, 1, 16, 8, 3)
	defer func() {
		if recover() == nil {
			t.Error("a map of 3x3 pixels was not refused")
		}
	}()
	ConvWinograd(make([]float32, nd), make([]float32, ns), PackWinograd(make([]float32, 9*16*8), make([]float32, 8), 16, 8), win, 3, true)
}

// TestConvU83x3 has 3x3 convolutions of codes by Winograd's algorithm give the bits of the direct form,
// with codes at their limits: nothing may overflow for good.
func TestConvU83x3(t *testing.T) { inEveryForm(t, testConvU83x3) }

func testConvU83x3(t *testing.T, form string) {
	for _, c := range []struct {
		name           string
		h, w, in, outs int
		extreme        bool
	}{
		{"3x3 pixels: too few", 3, 3, 16, 8, false},
		{"one tile", 4, 4, 8, 8, false},
		{"2 tiles, overlapping", 4, 5, 16, 16, false},
		{"7x33: 18 tiles: a block and 2", 7, 33, 16, 8, false},
		{"28x28: 49 tiles: 3 blocks and 1", 28, 28, 32, 24, false},
		{"13 channels: a ragged panel", 8, 8, 16, 13, false},
		{"fire9", 14, 14, 64, 256, false},
		{"every code 63 or -63, every value 127", 14, 14, 64, 16, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := rand.New(rand.NewPCG(13, 14))
			src, srcGuard := guarded[uint8](t, (c.h+2)*(c.w+2)*c.in, 255)
			for i := range src {
				src[i] = uint8(r.IntN(128))
				if c.extreme {
					src[i] = 127
				}
			}
			codes, scale, bias := make([]int16, 9*c.in*c.outs), make([]float32, c.outs), make([]float32, c.outs)
			for i := range codes {
				codes[i] = int16(r.IntN(127) - 63)
				if c.extreme {
					codes[i] = int16(63 - 126*(i%c.outs&1))
				}
			}
			for o := range scale {
				scale[o], bias[o] = 1.0/2000/(1+r.Float32()), r.Float32()*60
				if c.extreme {
					scale[o], bias[o] = 60.0/4608576, 64
				}
			}
			stride := Panels(c.outs)*Panel + 8 // another layer's channels lie behind
			win := &Windows{KH: 3, Run: 3 * c.in, Pitch: (c.w + 2) * c.in, Width: c.w}
			for y := range c.h {
				for x := range c.w {
					win.In = append(win.In, int32((y*(c.w+2)+x)*c.in))
					win.Out = append(win.Out, int32((y*c.w+x)*stride))
				}
			}
			dst, dstGuard := guarded[uint8](t, c.h*c.w*stride, 99)
			ConvU8(dst, src, PackU83x3(codes, scale, bias, c.in, c.outs), win)
			srcGuard()
			dstGuard()
			for p := range win.In {
				for o := range stride {
					want := uint8(99)
					if o < Panels(c.outs)*Panel {
						want = 0
					}
					if o < c.outs {
						sum := int32(0)
						for y := range 3 {
							for i := range win.Run {
								sum += int32(src[int(win.In[p])+y*win.Pitch+i]) * int32(codes[(y*win.Run+i)*c.outs+o])
							}
						}
						want = requantise(sum, scale[o], bias[o])
					}
					if got := dst[int(win.Out[p])+o]; got != want {
						t.Fatalf("pixel %d channel %d: got %d, want %d", p, o, got, want)
					}
				}
			}
		})
	}
}
