package kernels

import (
	"math/rand/v2"
	"testing"
)

// resizeRowsNaive is ResizeRows' doc comment, in int64.
func resizeRowsNaive(dst []uint8, dstPitch int, src []uint8, srcPitch, rows int, t *Taps) {
	for y := range rows {
		for x := range t.Start {
			for c := range 3 {
				s := int64(1 << 21)
				for k := range t.Width {
					s += int64(t.Weights[x*t.Width+k]) * int64(src[y*srcPitch+4*(int(t.Start[x])+k)+c])
				}
				dst[y*dstPitch+3*x+c] = uint8(min(255, s>>22))
			}
		}
	}
}

// resizeColumnsNaive is ResizeColumns' doc comment, in int64.
func resizeColumnsNaive(dst []uint8, n int, src []uint8, pitch int, weights []int32) {
	for i := range n {
		s := int64(1 << 21)
		for k, w := range weights {
			s += int64(w) * int64(src[k*pitch+i])
		}
		dst[i] = uint8(min(255, s>>22))
	}
}

// TestResizeRows: the same bytes as the doc comment, between guards; Pillow's own bytes are checked in picture.
func TestResizeRows(t *testing.T) { inEveryForm(t, testResizeRows) }

func testResizeRows(t *testing.T, _ string) {
	for _, c := range []struct {
		why          string
		in, from, to int
		out, rows    int
	}{
		{"1 row: tile of 4 with 3 aliases", 50, 0, 12, 12, 1},
		{"4 rows: whole tile", 50, 0, 12, 12, 4},
		{"7 rows: 3 in the last tile", 50, 0, 12, 12, 7},
		{"window of 2 values", 12, 0, 12, 12, 5},
		{"1 value: reads the pixel past the end", 1, 0, 9, 9, 6},
		{"enlarging", 5, 0, 64, 64, 5},
		{"columns of a crop", 300, 14, 241, 256, 3},
		{"1 output", 37, 0, 1, 1, 2},
		{"long windows", 3000, 0, 20, 20, 2},
	} {
		t.Run(c.why, func(t *testing.T) {
			r := rand.New(rand.NewPCG(3, 4))
			var taps Taps
			taps.SetBilinear(c.in, c.out, c.from, c.to)
			pitch := 4*taps.Count + 8
			src, srcGuard := guarded[uint8](t, (c.rows-1)*pitch+4*taps.Count+4, 77)
			for i := range src {
				src[i] = uint8(r.Uint32())
			}
			for i := range src[:len(src)/8] {
				src[i] = 255 // the largest sums
			}
			n := 3 * len(taps.Start)
			dstPitch := n + 5
			dst, dstGuard := guarded[uint8](t, (c.rows-1)*dstPitch+n+1, 78)
			want := make([]uint8, len(dst))
			ResizeRows(dst, dstPitch, src, pitch, c.rows, &taps)
			resizeRowsNaive(want, dstPitch, src, pitch, c.rows, &taps)
			for y := range c.rows {
				for i := range n {
					if g, w := dst[y*dstPitch+i], want[y*dstPitch+i]; g != w {
						t.Fatalf("row %d, pixel %d, channel %d: got %d, want %d", y, i/3, i%3, g, w)
					}
				}
				for i := y*dstPitch + n + 1; i < min((y+1)*dstPitch, len(dst)); i++ {
					if dst[i] != 78 {
						t.Fatalf("row %d: byte %d past its %d+1 was written", y, i-y*dstPitch, n)
					}
				}
			}
			srcGuard()
			dstGuard()
		})
	}
}

func TestResizeColumns(t *testing.T) { inEveryForm(t, testResizeColumns) }

func testResizeColumns(t *testing.T, _ string) {
	for _, c := range []struct {
		why      string
		n, width int
	}{
		{"16 bytes, 2 rows", 16, 2},
		{"48 bytes, 4 rows", 48, 4},
		{"a row of 227 pixels", 688, 26},
		{"1584 rows", 16, 1584},
	} {
		t.Run(c.why, func(t *testing.T) {
			r := rand.New(rand.NewPCG(5, 6))
			pitch := c.n + 16
			src, srcGuard := guarded[uint8](t, (c.width-1)*pitch+c.n, 77)
			for i := range src {
				src[i] = uint8(r.Uint32())
				if i%pitch < 8 {
					src[i] = 255
				}
			}
			weights := make([]int32, c.width)
			for left := 1 << 22; left > 0; left-- { // any weights of Pillow's sum
				step := min(left, 1+r.IntN(1<<22/c.width))
				weights[r.IntN(c.width)] += int32(step)
				left -= step - 1
			}
			dst, dstGuard := guarded[uint8](t, c.n, 78)
			want := make([]uint8, c.n)
			ResizeColumns(dst, c.n, src, pitch, weights)
			resizeColumnsNaive(want, c.n, src, pitch, weights)
			for i := range want {
				if dst[i] != want[i] {
					t.Fatalf("byte %d: got %d, want %d", i, dst[i], want[i])
				}
			}
			srcGuard()
			dstGuard()
		})
	}
}

// TestFlattenRGBA tries every colour with every alpha against the rule in float64.
func TestFlattenRGBA(t *testing.T) { inEveryForm(t, testFlattenRGBA) }

func testFlattenRGBA(t *testing.T, _ string) {
	px, guards := guarded[uint8](t, 4*256*256, 79)
	for a := range 256 {
		for c := range 256 {
			copy(px[4*(256*a+c):], []uint8{uint8(c), uint8(255 - c), uint8(c / 2), uint8(a)})
		}
	}
	FlattenRGBA(px)
	for a := range 256 {
		for c := range 256 {
			for i, v := range []int{c, 255 - c, c / 2} {
				want := uint8(float64(v)*float64(a)/255+0.5) + uint8(255-a)
				if got := px[4*(256*a+c)+i]; got != want {
					t.Fatalf("%d with alpha %d on white: got %d, want %d", v, a, got, want)
				}
			}
			if px[4*(256*a+c)+3] != 255 {
				t.Fatalf("alpha %d is still there", a)
			}
		}
	}
	guards()
	for n := range 9 { // remainders of the tile of 4 pixels
		px, guards := guarded[uint8](t, 4*n, 128)
		FlattenRGBA(px)
		for i, v := range px {
			if want := []uint8{191, 191, 191, 255}[i%4]; v != want {
				t.Fatalf("%d pixels: byte %d is %d, want %d", n, i, v, want)
			}
		}
		guards()
	}
}

func BenchmarkResize12MP(b *testing.B) {
	const w, h, out = 4000, 3000, 227
	var cols Taps
	cols.SetBilinear(w, 256, 14, 14+out)
	const rows = 64
	src, dst := make([]uint8, rows*4*w+4), make([]uint8, rows*688)
	b.SetBytes(rows * w) // pixels, so that MB/s reads as pixels per microsecond
	for b.Loop() {
		ResizeRows(dst, 688, src, 4*w, rows, &cols)
	}
}
