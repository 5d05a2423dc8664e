package main

import . "squeezenet/kernels/simd/asm"

// The SIMD forms of kernels.FlattenRGBA, ResizeRows and ResizeColumns. A weight w (22 bits) is split in
// two of 16, w = high<<16 + low with a signed low, and i32x4.dot_i16x8_s takes two values with either
// half at a time. Sums wrap, but the whole fits: the same bits as the Go form.

const tapBits = 22

// taps are the halves of the weights, for two values at a time.
type taps struct {
	*Func
	at                  Local // address of the next weights
	both, low, high     Local
	lowBytes, highBytes Local
	sumsLow, sumsHigh   []Local
}

func newTaps(f *Func, sums int) *taps {
	t := &taps{f, f.Local(I32), f.Local(V128), f.Local(V128), f.Local(V128), f.Local(V128), f.Local(V128), f.Locals(sums, V128), f.Locals(sums, V128)}
	f.Set(t.lowBytes, I8x16(0, 1, 4, 5, 0, 1, 4, 5, 0, 1, 4, 5, 0, 1, 4, 5))
	f.Set(t.highBytes, I8x16(2, 3, 6, 7, 2, 3, 6, 7, 2, 3, 6, 7, 2, 3, 6, 7))
	return t
}

// start sets the sums to what rounds them.
func (t *taps) start() {
	for i := range t.sumsLow {
		t.Set(t.sumsLow[i], I32x4(1<<(tapBits-1)))
		t.Set(t.sumsHigh[i], I32x4(0))
	}
}

// load splits the weights of pair n from at: (low0 low1) and (high0 high1), four times each.
func (t *taps) load(n int) {
	t.Set(t.both, Op("v128.load64_splat", t.at).Offset(8*n))
	t.Set(t.low, Op("i8x16.swizzle", t.both, t.lowBytes))
	t.Set(t.high, Op("i8x16.swizzle", Op("i32x4.add", t.both, I32x4(1<<15)), t.highBytes))
}

// add adds the products with pairs (value0 value1) of 16 bits to sum i.
func (t *taps) add(i int, pairs Local) {
	t.Set(t.sumsLow[i], Op("i32x4.add", t.sumsLow[i], Op("i32x4.dot_i16x8_s", pairs, t.low)))
	t.Set(t.sumsHigh[i], Op("i32x4.add", t.sumsHigh[i], Op("i32x4.dot_i16x8_s", pairs, t.high)))
}

// bytes narrows four sums to 16 bytes.
func (t *taps) bytes() *Node {
	sum := func(i int) *Node {
		return Op("i32x4.shr_s", Op("i32x4.add", t.sumsLow[i], Op("i32x4.shl", t.sumsHigh[i], 16)), tapBits)
	}
	return Op("i8x16.narrow_i16x8_u", Op("i16x8.narrow_i32x4_s", sum(0), sum(1)), Op("i16x8.narrow_i32x4_s", sum(2), sum(3)))
}

// resizeRows writes resize_rows(dst, dstPitch, src, srcPitch, rows, start, weights, outputs, pairs):
//
//	for each 4 rows (the last of fewer repeats a row), each output:
//		sums of R, G, B, A in a vector for each row, over pairs of pixels; store 4 bytes, of which the
//		next output's overwrite the last
func resizeRows(m *Module) {
	const tile = 4
	f := m.Func("resize_rows")
	i32 := func() Local { return f.Param(I32) }
	dst, dstPitch, src, srcPitch, rows, start, weights, outputs, pairs := i32(), i32(), i32(), i32(), i32(), i32(), i32(), i32(), i32()
	y, row, x, at, n := f.Local(I32), f.Local(I32), f.Local(I32), f.Local(I32), f.Local(I32)
	in, out, px := f.Locals(tile, I32), f.Locals(tile, I32), f.Locals(tile, I32)
	channels, v := f.Local(V128), f.Local(V128)
	const none = 0x80 // a swizzle's index that gives 0
	f.Set(channels, I8x16(0, none, 4, none, 1, none, 5, none, 2, none, 6, none, 3, none, 7, none))
	t := newTaps(f, tile)

	f.DoWhile(func() {
		for i := range tile {
			f.Set(row, Op("i32.add", y, i))
			f.If(Op("i32.ge_s", row, rows), func() { f.Set(row, Op("i32.sub", rows, 1)) })
			f.Set(in[i], Op("i32.add", src, Op("i32.mul", row, srcPitch)))
			f.Set(out[i], Op("i32.add", dst, Op("i32.mul", row, dstPitch)))
		}
		f.Set(t.at, weights)
		f.Set(at, start)
		f.Set(x, outputs)
		f.DoWhile(func() {
			for i := range tile {
				f.Set(px[i], Op("i32.add", in[i], Op("i32.shl", Op("i32.load", at), 2)))
			}
			t.start()
			f.Set(n, pairs)
			loop := func(step int) {
				f.While(Op("i32.ge_s", n, step), func() {
					for k := range step {
						t.load(k)
						for i := range tile {
							f.Set(v, Op("i8x16.swizzle", Op("v128.load64_zero", px[i]).Offset(8*k), channels))
							t.add(i, v)
						}
					}
					for i := range tile {
						f.Set(px[i], Op("i32.add", px[i], 8*step))
					}
					f.Set(t.at, Op("i32.add", t.at, 8*step))
					f.Set(n, Op("i32.sub", n, step))
				})
			}
			loop(4)
			loop(1)
			f.Set(v, t.bytes())
			for i := range tile {
				f.Do(Op("v128.store32_lane", out[i], v).Lanes(i))
				f.Set(out[i], Op("i32.add", out[i], 3))
			}
			f.Set(at, Op("i32.add", at, 4))
		}, Op("i32.gt_s", Tee(x, Op("i32.sub", x, 1)), 0))
	}, Op("i32.lt_s", Tee(y, Op("i32.add", y, tile)), rows))
}

// resizeColumns writes resize_columns(dst, n, src, pitch, weights, pairs): 16 columns at a time, over
// pairs of rows whose bytes are interleaved.
func resizeColumns(m *Module) {
	f := m.Func("resize_columns")
	i32 := func() Local { return f.Param(I32) }
	dst, n, src, pitch, weights, pairs := i32(), i32(), i32(), i32(), i32(), i32()
	row, k := f.Local(I32), f.Local(I32)
	a, b, c, v := f.Local(V128), f.Local(V128), f.Local(V128), f.Local(V128)
	t := newTaps(f, 4)
	f.DoWhile(func() {
		f.Set(t.at, weights)
		f.Set(row, src)
		f.Set(k, pairs)
		t.start()
		f.DoWhile(func() {
			t.load(0)
			f.Set(a, Op("v128.load", row))
			f.Set(row, Op("i32.add", row, pitch))
			f.Set(b, Op("v128.load", row))
			f.Set(row, Op("i32.add", row, pitch))
			for half := range 2 {
				lanes := make([]int, 16)
				for i := range lanes {
					lanes[i] = 8*half + i/2 + 16*(i%2)
				}
				f.Set(c, Op("i8x16.shuffle", a, b).Lanes(lanes...))
				f.Set(v, Op("i16x8.extend_low_i8x16_u", c))
				t.add(2*half, v)
				f.Set(v, Op("i16x8.extend_high_i8x16_u", c))
				t.add(2*half+1, v)
			}
			f.Set(t.at, Op("i32.add", t.at, 8))
		}, Op("i32.gt_s", Tee(k, Op("i32.sub", k, 1)), 0))
		f.Do(Op("v128.store", dst, t.bytes()))
		f.Set(dst, Op("i32.add", dst, 16))
		f.Set(src, Op("i32.add", src, 16))
	}, Op("i32.gt_s", Tee(n, Op("i32.sub", n, 16)), 0))
}

// flatten writes flatten_rgba(px, n), n a multiple of 4 pixels:
//
//	for each 4 pixels, unless all are opaque:
//		t = c*a + 128, c = (t + t>>8)>>8 + 255 - a      // c*a/255, rounded; exact for all bytes
func flatten(m *Module) {
	f := m.Func("flatten_rgba")
	px, n := f.Param(I32), f.Param(I32)
	v, a := f.Local(V128), f.Local(V128)
	alphas, spread := f.Local(V128), f.Local(V128)
	products := []Local{f.Local(V128), f.Local(V128)}
	f.Set(alphas, I32x4(0xFF000000))
	f.Set(spread, I8x16(3, 3, 3, 3, 7, 7, 7, 7, 11, 11, 11, 11, 15, 15, 15, 15))
	f.DoWhile(func() {
		f.Set(v, Op("v128.load", px))
		f.If(Op("v128.any_true", Op("v128.andnot", alphas, v)), func() {
			f.Set(a, Op("i8x16.swizzle", v, spread))
			for i, multiply := range []string{"i16x8.extmul_low_i8x16_u", "i16x8.extmul_high_i8x16_u"} {
				t := products[i]
				f.Set(t, Op("i16x8.add", Op(multiply, v, a), I16x8(128)))
				f.Set(t, Op("i16x8.shr_u", Op("i16x8.add", t, Op("i16x8.shr_u", t, 8)), 8))
			}
			f.Do(Op("v128.store", px, Op("v128.or", alphas,
				Op("i8x16.add", Op("i8x16.narrow_i16x8_u", products[0], products[1]), Op("v128.not", a)))))
		})
		f.Set(px, Op("i32.add", px, 16))
	}, Op("i32.gt_s", Tee(n, Op("i32.sub", n, 4)), 0))
}
