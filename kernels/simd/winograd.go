package main

import . "squeezenet/kernels/simd/asm"

// winograd writes kernels.ConvWinograd, whose Go form has the same steps in the same order,
//
//	name(dst, src, weights, bias, srcTiles, dstTiles, tiles, panels, in, pitch, outStride, outPitch, scratch, floor)
//
// with pitch, outStride and outPitch in bytes and at least 4 tiles. scratch has room for one
// transformation, 36 x 16 tiles x 8 sums and 36 x 16 tiles x in values. product is the form's way to
// multiply, in tiles of 4 x 8.
func winograd(m *Module, name string, product conv) {
	const (
		group = 4       // tiles that meet a panel's weights at once
		block = 16      // tiles in work
		rowM  = 32      // bytes from a tile to the next in M: a panel's sums
		freqM = 16 * 32 // from one of the 36 products to the next
		atM   = 36 * 16 // scratch: M, after a transformation's rows
		atV   = atM + 36*freqM
	)
	f := m.Func(name)
	i32 := func() Local { return f.Param(I32) }
	dst, src, weights, bias, srcTiles, dstTiles := i32(), i32(), i32(), i32(), i32(), i32()
	tiles, panels, in, pitch, outStride, outPitch, scratch := i32(), i32(), i32(), i32(), i32(), i32(), i32()
	least := f.Param(F32)
	t := &tile{Func: f, n: group, weights: f.Local(I32), px: f.Locals(group, I32), a: f.Local(V128), w: f.Locals(2, V128), floor: f.Local(V128)}
	for range group {
		t.sum = append(t.sum, [2]Local{f.Local(V128), f.Local(V128)})
	}
	first, n, i, c, panel, u, b, d, freq, g, k := f.Local(I32), f.Local(I32), f.Local(I32), f.Local(I32), f.Local(I32), f.Local(I32),
		f.Local(I32), f.Local(I32), f.Local(I32), f.Local(I32), f.Local(I32)
	row, p, v, freqV, sums := f.Locals(6, I32), f.Local(I32), f.Local(I32), f.Local(I32), f.Local(I32)
	x, y := f.Locals(6, V128), f.Locals(4, V128)
	advance := func(l Local, by any) { f.Set(l, Op("i32.add", l, by)) }
	tmp := func(y, x int) int { return (6*y + x) * 16 } // offset of a transformation's value after its first pass

	f.Set(t.floor, Op("f32x4.splat", least))
	f.Set(in, Op("i32.shl", in, 2)) // bytes from now on
	f.Set(freqV, Op("i32.shl", in, 4))
	f.DoWhile(func() {
		f.Set(n, Op("i32.sub", tiles, first))
		f.If(Op("i32.gt_s", n, block), func() { f.Set(n, block) })
		f.If(Op("i32.lt_s", n, group), func() {
			f.Set(first, Op("i32.sub", tiles, group))
			f.Set(n, group)
		})

		// V = B' d B: columns, then rows
		f.Set(i, 0)
		f.DoWhile(func() {
			f.Set(p, Op("i32.add", src, Op("i32.shl", Op("i32.load", Op("i32.add", srcTiles, Op("i32.shl", Op("i32.add", first, i), 2))), 2)))
			f.Set(c, 0)
			f.DoWhile(func() {
				f.Set(row[0], Op("i32.add", p, c))
				for r := 1; r < 6; r++ {
					f.Set(row[r], Op("i32.add", row[r-1], pitch))
				}
				for col := range 6 {
					for r := range 6 {
						f.Set(x[r], Op("v128.load", row[r]))
						advance(row[r], in)
					}
					winoInput(f, x, y, func(r int, v *Node) { f.Do(Op("v128.store", scratch, v).Offset(tmp(r, col))) })
				}
				f.Set(v, Op("i32.add", Op("i32.add", scratch, c), Op("i32.mul", i, in)))
				for r := range 6 {
					for col := range 6 {
						f.Set(x[col], Op("v128.load", scratch).Offset(tmp(r, col)))
					}
					winoInput(f, x, y, func(_ int, s *Node) {
						f.Do(Op("v128.store", v, s).Offset(atV))
						advance(v, freqV)
					})
				}
			}, Op("i32.lt_s", Tee(c, Op("i32.add", c, 16)), in))
		}, Op("i32.lt_s", Tee(i, Op("i32.add", i, 1)), n))

		f.Set(u, weights)
		f.Set(b, bias)
		f.Set(panel, 0)
		f.DoWhile(func() {
			// M = V U, 36 matrix products
			f.Set(v, Op("i32.add", scratch, atV))
			f.Set(sums, Op("i32.add", scratch, atM))
			f.Set(freq, 36)
			f.DoWhile(func() {
				f.Set(g, 0)
				f.DoWhile(func() {
					f.If(Op("i32.gt_s", g, Op("i32.sub", n, group)), func() { f.Set(g, Op("i32.sub", n, group)) })
					f.Set(t.px[0], Op("i32.add", v, Op("i32.mul", g, in)))
					for j := 1; j < group; j++ {
						f.Set(t.px[j], Op("i32.add", t.px[j-1], in))
					}
					f.Set(t.weights, u)
					t.zero()
					f.Set(k, in)
					f.DoWhile(func() {
						product.products(t, 4)
						advance(t.weights, 4*32)
						for _, px := range t.px {
							advance(px, 16)
						}
					}, Op("i32.gt_s", Tee(k, Op("i32.sub", k, 16)), 0))
					f.Set(p, Op("i32.add", sums, Op("i32.mul", g, rowM)))
					for j, s := range t.sum {
						f.Do(Op("v128.store", p, s[0]).Offset(j * rowM))
						f.Do(Op("v128.store", p, s[1]).Offset(j*rowM + 16))
					}
				}, Op("i32.lt_s", Tee(g, Op("i32.add", g, group)), n))
				f.Set(u, t.weights)
				advance(v, freqV)
				advance(sums, freqM)
			}, Op("i32.gt_s", Tee(freq, Op("i32.sub", freq, 1)), 0))

			// A' M A, bias, ReLU: columns, then rows
			f.Set(i, 0)
			f.DoWhile(func() {
				f.Set(sums, Op("i32.add", scratch, Op("i32.mul", i, rowM)))
				for half := range 2 {
					for col := range 6 {
						for r := range 6 {
							f.Set(x[r], Op("v128.load", sums).Offset(atM+(6*r+col)*freqM+16*half))
						}
						winoOutput(f, x, y, func(r int, s *Node) { f.Do(Op("v128.store", scratch, s).Offset(tmp(r, col))) })
					}
					f.Set(d, Op("i32.add", Op("i32.add", dst, Op("i32.shl", panel, 5)),
						Op("i32.shl", Op("i32.load", Op("i32.add", dstTiles, Op("i32.shl", Op("i32.add", first, i), 2))), 2)))
					for r := range 4 {
						for col := range 6 {
							f.Set(x[col], Op("v128.load", scratch).Offset(tmp(r, col)))
						}
						f.Set(p, d)
						winoOutput(f, x, y, func(_ int, s *Node) {
							f.Set(t.a, Op("f32x4.add", s, Op("v128.load", b).Offset(16*half)))
							f.Do(Op("v128.store", p, t.atLeast(t.a)).Offset(16 * half))
							advance(p, outStride)
						})
						advance(d, outPitch)
					}
				}
			}, Op("i32.lt_s", Tee(i, Op("i32.add", i, 1)), n))
			advance(b, 32)
		}, Op("i32.lt_s", Tee(panel, Op("i32.add", panel, 1)), panels))
	}, Op("i32.lt_s", Tee(first, Op("i32.add", first, n)), tiles))
}

func times(x float32, v Expr) *Node { return Op("f32x4.mul", v, F32x4(x)) }
func plus(a, b Expr) *Node          { return Op("f32x4.add", a, b) }
func minus(a, b Expr) *Node         { return Op("f32x4.sub", a, b) }

// winoInput is kernels.winoInput of d, with s as scratch.
func winoInput(f *Func, d, s []Local, put func(int, *Node)) {
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
}

// winoOutput is kernels.winoOutput of m, with w as scratch.
func winoOutput(f *Func, m, w []Local, put func(int, *Node)) {
	p, q, r, s := w[0], w[1], w[2], w[3]
	f.Set(p, plus(m[1], m[2]))
	f.Set(q, minus(m[1], m[2]))
	f.Set(r, plus(m[3], m[4]))
	f.Set(s, minus(m[3], m[4]))
	put(0, plus(plus(m[0], p), r))
	put(1, plus(q, times(2, s)))
	put(2, plus(p, times(4, r)))
	put(3, plus(plus(q, times(8, s)), m[5]))
}
