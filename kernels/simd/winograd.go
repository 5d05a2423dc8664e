package main

import . "squeezenet/kernels/simd/asm"

// A wino is the generator of the 3x3 convolutions by Winograd's algorithm, F(4x4, 3x3): the form of
// kernels.ConvWinograd, with its steps in its order, and an integer form of kernels.ConvU8.
type wino struct {
	product conv   // multiplies, in tiles of 4 x 8
	srcLog  int    // log2 of the bytes of a source value,
	vLog    int    // and of a transformed one; 16 bytes of those are worked on at once
	load    string // reads as many source values
	// input is a dimension of B' d B: six vectors to six, which it hands to put in order; s is scratch.
	input func(f *Func, d, s []Local, put func(int, *Node))
	// output is a dimension of A' m A: six vectors to four.
	output func(f *Func, m, s []Local, put func(int, *Node))
	// store finishes a row of four outputs, 2 x 4 channels each, at address p; next moves p to the next one.
	store func(t *tile, row *[2][4]Local, p Local, next func())
}

const (
	winoGroup = 4                   // tiles that meet a panel's weights at once
	winoBlock = 16                  // tiles in work
	winoRow   = 32                  // bytes from a tile to the next in M: a panel's sums
	winoFreq  = winoBlock * 32      // from one of the 36 products to the next
	winoM     = 36 * 32             // in scratch: M, after a transformation's first pass,
	winoV     = winoM + 36*winoFreq // and V
)

// emit writes the function
//
//	name(dst, src, weights, scale, bias, srcTiles, dstTiles, tiles, panels, in, pitch, outStride, outPitch, scratch, floor)
//
// with pitch, outStride and outPitch in bytes and at least 4 tiles. scratch has room for a
// transformation (36 x 32 bytes), 36 x 16 tiles x 8 sums and 36 x 16 tiles x in values. The form with
// f32 has no scale, the other no floor.
func (c wino) emit(m *Module, name string) {
	f := m.Func(name)
	i32 := func() Local { return f.Param(I32) }
	dst, src, weights := i32(), i32(), i32()
	integers := c.srcLog == 0
	var scale Local
	if integers {
		scale = i32()
	}
	bias, srcTiles, dstTiles := i32(), i32(), i32()
	tiles, panels, in, pitch, outStride, outPitch, scratch := i32(), i32(), i32(), i32(), i32(), i32(), i32()
	t := &tile{Func: f, n: winoGroup}
	if !integers {
		least := f.Param(F32)
		t.floor = f.Local(V128)
		f.Set(t.floor, Op("f32x4.splat", least))
	}
	t.weights, t.px, t.a, t.w = f.Local(I32), f.Locals(winoGroup, I32), f.Local(V128), f.Locals(2, V128)
	t.scale, t.bias = f.Local(I32), f.Local(I32)
	for range winoGroup {
		t.sum = append(t.sum, [2]Local{f.Local(V128), f.Local(V128)})
	}
	first, n, i, k, panel, freq, g, u := f.Local(I32), f.Local(I32), f.Local(I32), f.Local(I32), f.Local(I32), f.Local(I32), f.Local(I32), f.Local(I32)
	p, d, v, sums, freqV, inV, inSrc := f.Local(I32), f.Local(I32), f.Local(I32), f.Local(I32), f.Local(I32), f.Local(I32), f.Local(I32)
	rows, x, s := f.Locals(6, I32), f.Locals(6, V128), f.Locals(4, V128)
	advance := func(l Local, by any) { f.Set(l, Op("i32.add", l, by)) }
	// offset is where tile i's first value is, by a table of them
	offset := func(table Local, log int) *Node {
		return scaled(Op("i32.load", Op("i32.add", table, Op("i32.shl", Op("i32.add", first, i), 2))), log)
	}
	// tmp is where the first pass of a transformation leaves a value
	tmp := func(half, row, col int) int { return half*36*16 + (6*row+col)*16 }

	f.Set(inSrc, scaled(Op("i32.add", in, 0), c.srcLog))
	f.Set(inV, Op("i32.shl", in, c.vLog))
	f.Set(freqV, Op("i32.mul", inV, winoBlock))
	f.DoWhile(func() {
		f.Set(n, Op("i32.sub", tiles, first))
		f.If(Op("i32.gt_s", n, winoBlock), func() { f.Set(n, winoBlock) })
		f.If(Op("i32.lt_s", n, winoGroup), func() {
			f.Set(first, Op("i32.sub", tiles, winoGroup))
			f.Set(n, winoGroup)
		})

		// V = B' d B: columns, then rows
		f.Set(i, 0)
		f.DoWhile(func() {
			f.Set(p, Op("i32.add", src, offset(srcTiles, c.srcLog)))
			f.Set(k, 0) // in bytes of V
			f.DoWhile(func() {
				f.Set(rows[0], Op("i32.add", p, Op("i32.shr_u", k, c.vLog-c.srcLog)))
				for r := 1; r < 6; r++ {
					f.Set(rows[r], Op("i32.add", rows[r-1], pitch))
				}
				for col := range 6 {
					for r := range 6 {
						f.Set(x[r], Op(c.load, rows[r]))
						advance(rows[r], inSrc)
					}
					c.input(f, x, s, func(r int, v *Node) { f.Do(Op("v128.store", scratch, v).Offset(tmp(0, r, col))) })
				}
				f.Set(v, Op("i32.add", Op("i32.add", scratch, k), Op("i32.mul", i, inV)))
				for r := range 6 {
					for col := range 6 {
						f.Set(x[col], Op("v128.load", scratch).Offset(tmp(0, r, col)))
					}
					c.input(f, x, s, func(_ int, value *Node) {
						f.Do(Op("v128.store", v, value).Offset(winoV))
						advance(v, freqV)
					})
				}
			}, Op("i32.lt_s", Tee(k, Op("i32.add", k, 16)), inV))
		}, Op("i32.lt_s", Tee(i, Op("i32.add", i, 1)), n))

		f.Set(u, weights)
		f.Set(t.bias, bias)
		if integers {
			f.Set(t.scale, scale)
		}
		f.Set(panel, 0)
		f.DoWhile(func() {
			// M = V U, 36 matrix products
			f.Set(v, Op("i32.add", scratch, winoV))
			f.Set(sums, Op("i32.add", scratch, winoM))
			f.Set(freq, 36)
			f.DoWhile(func() {
				f.Set(g, 0)
				f.DoWhile(func() {
					f.If(Op("i32.gt_s", g, Op("i32.sub", n, winoGroup)), func() { f.Set(g, Op("i32.sub", n, winoGroup)) })
					f.Set(t.px[0], Op("i32.add", v, Op("i32.mul", g, inV)))
					for j := 1; j < winoGroup; j++ {
						f.Set(t.px[j], Op("i32.add", t.px[j-1], inV))
					}
					f.Set(t.weights, u)
					t.zero()
					f.Set(k, inV)
					f.DoWhile(func() {
						c.product.products(t, 4)
						advance(t.weights, 4*32)
						for _, px := range t.px {
							advance(px, 16)
						}
					}, Op("i32.gt_s", Tee(k, Op("i32.sub", k, 16)), 0))
					f.Set(p, Op("i32.add", sums, Op("i32.mul", g, winoRow)))
					for j, sum := range t.sum {
						f.Do(Op("v128.store", p, sum[0]).Offset(j * winoRow))
						f.Do(Op("v128.store", p, sum[1]).Offset(j*winoRow + 16))
					}
				}, Op("i32.lt_s", Tee(g, Op("i32.add", g, winoGroup)), n))
				f.Set(u, t.weights)
				advance(v, freqV)
				advance(sums, winoFreq)
			}, Op("i32.gt_s", Tee(freq, Op("i32.sub", freq, 1)), 0))

			// A' M A: columns, then rows, each stored
			f.Set(i, 0)
			f.DoWhile(func() {
				f.Set(sums, Op("i32.add", scratch, Op("i32.mul", i, winoRow)))
				for half := range 2 {
					for col := range 6 {
						for r := range 6 {
							f.Set(x[r], Op("v128.load", sums).Offset(winoM+(6*r+col)*winoFreq+16*half))
						}
						c.output(f, x, s, func(r int, v *Node) { f.Do(Op("v128.store", scratch, v).Offset(tmp(half, r, col))) })
					}
				}
				f.Set(d, Op("i32.add", Op("i32.add", dst, scaled(Op("i32.shl", panel, 3), c.srcLog)), offset(dstTiles, c.srcLog)))
				for r := range 4 {
					var row [2][4]Local
					for half := range 2 {
						for j := range row[half] {
							row[half][j] = t.sum[j][half]
						}
						for col := range 6 {
							f.Set(x[col], Op("v128.load", scratch).Offset(tmp(half, r, col)))
						}
						c.output(f, x, s, func(j int, v *Node) { f.Set(row[half][j], v) })
					}
					f.Set(p, d)
					c.store(t, &row, p, func() { advance(p, outStride) })
					advance(d, outPitch)
				}
			}, Op("i32.lt_s", Tee(i, Op("i32.add", i, 1)), n))
			advance(t.bias, 32)
			advance(t.scale, 32)
		}, Op("i32.lt_s", Tee(panel, Op("i32.add", panel, 1)), panels))
	}, Op("i32.lt_s", Tee(first, Op("i32.add", first, n)), tiles))
}

// winoF32 is kernels.ConvWinograd: its matrices, its order.
func winoF32(product conv) wino {
	times := func(x float32, v Expr) *Node { return Op("f32x4.mul", v, F32x4(x)) }
	minus := func(a, b Expr) *Node { return Op("f32x4.sub", a, b) }
	return wino{
		product: product, srcLog: 2, vLog: 2, load: "v128.load",
		input: func(f *Func, d, s []Local, put func(int, *Node)) {
			a, b, c, e := s[0], s[1], s[2], s[3]
			f.Set(a, minus(d[4], times(4, d[2])))
			f.Set(b, minus(d[3], times(4, d[1])))
			f.Set(c, minus(d[4], d[2]))
			f.Set(e, times(2, minus(d[3], d[1])))
			put(0, plus(minus(times(4, d[0]), times(5, d[2])), d[4]))
			put(1, plus(a, b))
			put(2, minus(a, b))
			put(3, plus(c, e))
			put(4, minus(c, e))
			put(5, plus(minus(times(4, d[1]), times(5, d[3])), d[5]))
		},
		output: func(f *Func, m, w []Local, put func(int, *Node)) {
			p, q, r, s := w[0], w[1], w[2], w[3]
			f.Set(p, plus(m[1], m[2]))
			f.Set(q, minus(m[1], m[2]))
			f.Set(r, plus(m[3], m[4]))
			f.Set(s, minus(m[3], m[4]))
			put(0, plus(plus(m[0], p), r))
			put(1, plus(q, times(2, s)))
			put(2, plus(p, times(4, r)))
			put(3, plus(plus(q, times(8, s)), m[5]))
		},
		store: func(t *tile, row *[2][4]Local, p Local, next func()) {
			for j := range 4 {
				for half := range 2 {
					t.Set(t.a, plus(row[half][j], Op("v128.load", t.bias).Offset(16*half)))
					t.Do(Op("v128.store", p, t.atLeast(t.a)).Offset(16 * half))
				}
				next()
			}
		},
	}
}

// winoU8 is kernels.ConvU8 exactly. The rows of G are multiplied (see packWinoU8), so
// that the transformed weights are integers of 15 bits and what comes out of A' M A is 576 times the
// sum: all modulo 2^32, from which the sum, below 2^25, is had by the inverse of 9 and a shift by 6. The
// transformed codes are at most 100 times a code, 14 bits.
func winoU8() wino {
	shl := func(lanes string, v Expr, n int) *Node { return Op(lanes+".shl", v, n) }
	return wino{
		product: wideForm(toU8()), srcLog: 0, vLog: 1, load: "v128.load8x8_u",
		input: func(f *Func, d, s []Local, put func(int, *Node)) {
			add := func(a, b Expr) *Node { return Op("i16x8.add", a, b) }
			sub := func(a, b Expr) *Node { return Op("i16x8.sub", a, b) }
			a, b, c, e := s[0], s[1], s[2], s[3]
			f.Set(a, sub(d[4], shl("i16x8", d[2], 2)))
			f.Set(b, sub(d[3], shl("i16x8", d[1], 2)))
			f.Set(c, sub(d[4], d[2]))
			f.Set(e, sub(d[3], d[1]))
			put(0, add(shl("i16x8", sub(d[0], d[2]), 2), c))
			put(1, add(a, b))
			put(2, sub(a, b))
			put(3, add(c, shl("i16x8", e, 1)))
			put(4, sub(c, shl("i16x8", e, 1)))
			put(5, sub(sub(d[5], d[3]), shl("i16x8", e, 2)))
		},
		output: func(f *Func, m, w []Local, put func(int, *Node)) {
			add := func(a, b Expr) *Node { return Op("i32x4.add", a, b) }
			p, q, r, s := w[0], w[1], w[2], w[3]
			f.Set(p, add(m[1], m[2]))
			f.Set(q, Op("i32x4.sub", m[1], m[2]))
			f.Set(r, add(m[3], m[4]))
			f.Set(s, Op("i32x4.sub", m[3], m[4]))
			put(0, add(add(m[0], p), r))
			put(1, add(q, shl("i32x4", s, 1)))
			put(2, add(p, shl("i32x4", r, 2)))
			put(3, add(add(q, shl("i32x4", s, 3)), shl("i32x4", m[5], 1)))
		},
		store: func(t *tile, row *[2][4]Local, p Local, next func()) {
			const inverseOf9 = 0x38E38E39
			for _, s := range t.sum {
				for half := range s {
					t.Set(s[half], Op("i32x4.shr_s", Op("i32x4.mul", s[half], I32x4(inverseOf9)), 6))
				}
			}
			t.rescale(func(s Local) { t.Set(s, rounded(s)) })
			for j := 0; j < 4; j += 2 {
				a, b := t.sum[j], t.sum[j+1]
				t.Set(t.a, codes(Op("i16x8.narrow_i32x4_s", a[0], a[1]), Op("i16x8.narrow_i32x4_s", b[0], b[1])))
				t.Do(Op("v128.store64_lane", p, t.a).Lanes(0))
				next()
				t.Do(Op("v128.store64_lane", p, t.a).Lanes(1))
				next()
			}
		},
	}
}

// packWinoU8 writes pack_winograd_u8(dst, codes, in, channels): a kernel of codes (3, 3, in, channels),
// in even, channels a multiple of 8, becomes G g G' with integer rows, (panels, 36, in/2, 8 channels, 2)
// of i16. The rows of G times 24 are, divided by 2 in the last one, which output makes good:
//
//	6 0 0    -4 -4 -4    -4 4 -4    1 2 4    1 -2 4    0 0 12
//
// so a transformed weight is at most 144 x 63 = 9,072.
func packWinoU8(m *Module) {
	f := m.Func("pack_winograd_u8")
	dst, code, in, channels := f.Param(I32), f.Param(I32), f.Param(I32), f.Param(I32)
	panel, c, p, tap, d, freq := f.Local(I32), f.Local(I32), f.Local(I32), f.Local(I32), f.Local(I32), f.Local(I32)
	g, s, u := f.Locals(9, V128), f.Locals(2, V128), [2][]Local{f.Locals(36, V128), f.Locals(36, V128)}
	half := f.Locals(18, V128) // G g: (6, 3)
	add := func(a, b Expr) *Node { return Op("i16x8.add", a, b) }
	sub := func(a, b Expr) *Node { return Op("i16x8.sub", a, b) }
	shl := func(v Expr, n int) *Node { return Op("i16x8.shl", v, n) }
	// dimension is G of three vectors
	dimension := func(a, b, c Local, put func(int, *Node)) {
		put(0, add(shl(a, 2), shl(a, 1)))
		f.Set(s[0], add(a, c))
		put(1, Op("i16x8.neg", shl(add(s[0], b), 2)))
		put(2, shl(sub(b, s[0]), 2))
		f.Set(s[0], add(a, shl(c, 2)))
		f.Set(s[1], shl(b, 1))
		put(3, add(s[0], s[1]))
		put(4, sub(s[0], s[1]))
		put(5, add(shl(c, 3), shl(c, 2)))
	}
	f.Set(channels, Op("i32.shl", channels, 1)) // bytes: from an input channel to the next
	f.Set(tap, Op("i32.mul", in, channels))     // from a tap to the next
	f.Set(freq, Op("i32.shl", in, 4))           // from one of the 36 to the next in dst
	f.DoWhile(func() {
		f.Set(c, 0)
		f.DoWhile(func() {
			for pair := range 2 {
				f.Set(p, Op("i32.add", Op("i32.add", code, panel), Op("i32.mul", Op("i32.add", c, pair), channels)))
				for i := range g {
					f.Set(g[i], Op("v128.load", p))
					f.Set(p, Op("i32.add", p, tap))
				}
				for x := range 3 {
					dimension(g[x], g[3+x], g[6+x], func(i int, v *Node) { f.Set(half[3*i+x], v) })
				}
				for i := range 6 {
					dimension(half[3*i], half[3*i+1], half[3*i+2], func(j int, v *Node) { f.Set(u[pair][6*i+j], v) })
				}
			}
			f.Set(d, Op("i32.add", dst, Op("i32.shl", c, 4)))
			for i := range 36 {
				a, b := u[0][i], u[1][i]
				f.Do(Op("v128.store", d, Op("i8x16.shuffle", a, b).Lanes(0, 1, 16, 17, 2, 3, 18, 19, 4, 5, 20, 21, 6, 7, 22, 23)))
				f.Do(Op("v128.store", d, Op("i8x16.shuffle", a, b).Lanes(8, 9, 24, 25, 10, 11, 26, 27, 12, 13, 28, 29, 14, 15, 30, 31)).Offset(16))
				f.Set(d, Op("i32.add", d, freq))
			}
		}, Op("i32.lt_s", Tee(c, Op("i32.add", c, 2)), in))
		f.Set(dst, Op("i32.add", dst, Op("i32.mul", freq, 36)))
	}, Op("i32.lt_s", Tee(panel, Op("i32.add", panel, 16)), channels))
}
