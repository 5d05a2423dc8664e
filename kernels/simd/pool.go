package main

import . "squeezenet/kernels/simd/asm"

// maxPool writes name(dst, src, c, h, w, oh, ow), kernels.MaxPoolF32 or MaxPoolU8, with c in bytes, at
// least 16. The last vector of channels begins at c-16.
//
//	for each output row, vector of channels: walk along the row; the maximum over three input rows of
//	the window's last column is that of the next window's first
func maxPool(m *Module, name, larger string) {
	f := m.Func(name)
	i32 := func() Local { return f.Param(I32) }
	dst, src, c, h, w, oh, ow := i32(), i32(), i32(), i32(), i32(), i32(), i32()
	y, x, i := f.Local(I32), f.Local(I32), f.Local(I32)
	rows, at, p, out, last := f.Locals(3, I32), f.Locals(3, I32), f.Local(I32), f.Local(I32), f.Local(I32)
	column, best := f.Local(V128), f.Local(V128)
	pitch := f.Local(I32)
	// column is the maximum over the three rows at offset p
	setColumn := func() {
		load := func(r int) *Node { return Op("v128.load", Op("i32.add", at[r], p)) }
		f.Set(column, Op(larger, Op(larger, load(0), load(1)), load(2)))
	}
	// next moves p a column on, unless it is the last
	next := func() {
		f.If(Op("i32.lt_u", p, last), func() { f.Set(p, Op("i32.add", p, c)) })
	}

	f.Set(pitch, Op("i32.mul", w, c))
	f.Set(last, Op("i32.sub", pitch, c))
	f.DoWhile(func() {
		f.Set(rows[0], Op("i32.add", src, Op("i32.mul", pitch, Op("i32.shl", y, 1))))
		for r := 1; r < 3; r++ {
			f.Set(rows[r], rows[r-1])
			f.If(Op("i32.lt_s", Op("i32.add", Op("i32.shl", y, 1), r), h), func() {
				f.Set(rows[r], Op("i32.add", rows[r], pitch))
			})
		}
		f.Set(i, 0)
		f.DoWhile(func() {
			f.If(Op("i32.gt_s", i, Op("i32.sub", c, 16)), func() { f.Set(i, Op("i32.sub", c, 16)) })
			for r := range rows {
				f.Set(at[r], Op("i32.add", rows[r], i))
			}
			f.Set(out, Op("i32.add", dst, i))
			f.Set(p, 0)
			f.Set(x, ow)
			setColumn()
			f.DoWhile(func() {
				f.Set(best, column)
				next()
				setColumn()
				f.Set(best, Op(larger, best, column))
				next()
				setColumn()
				f.Do(Op("v128.store", out, Op(larger, best, column)))
				f.Set(out, Op("i32.add", out, c))
			}, Op("i32.gt_s", Tee(x, Op("i32.sub", x, 1)), 0))
		}, Op("i32.lt_s", Tee(i, Op("i32.add", i, 16)), c))
		f.Set(dst, Op("i32.add", dst, Op("i32.mul", ow, c)))
	}, Op("i32.lt_s", Tee(y, Op("i32.add", y, 1)), oh))
}

// mean writes mean_f32(dst, src, pixels, c, stride), kernels.MeanF32, with c at least 4 and stride in
// bytes. The last vector begins at channel c-4.
//
//	for each vector of channels: sum the pixels in their order; divide
func mean(m *Module) {
	f := m.Func("mean_f32")
	dst, src, pixels, c, stride := f.Param(I32), f.Param(I32), f.Param(I32), f.Param(I32), f.Param(I32)
	i, p, n := f.Local(I32), f.Local(I32), f.Local(I32)
	sum, count := f.Local(V128), f.Local(V128)
	f.Set(count, Op("f32x4.splat", Op("f32.convert_i32_s", pixels)))
	f.Set(c, Op("i32.shl", c, 2))
	f.DoWhile(func() {
		f.If(Op("i32.gt_s", i, Op("i32.sub", c, 16)), func() { f.Set(i, Op("i32.sub", c, 16)) })
		f.Set(p, Op("i32.add", src, i))
		f.Set(n, pixels)
		f.Set(sum, I32x4(0))
		f.DoWhile(func() {
			f.Set(sum, Op("f32x4.add", sum, Op("v128.load", p)))
			f.Set(p, Op("i32.add", p, stride))
		}, Op("i32.gt_s", Tee(n, Op("i32.sub", n, 1)), 0))
		f.Do(Op("v128.store", Op("i32.add", dst, i), Op("f32x4.div", sum, count)))
	}, Op("i32.lt_s", Tee(i, Op("i32.add", i, 16)), c))
}

// widen writes widen(dst, src, n): dst[i] = src[i], bytes to 16 bits, n at least 16. The last 16
// values begin at n-16.
func widen(m *Module) {
	f := m.Func("widen")
	dst, src, n := f.Param(I32), f.Param(I32), f.Param(I32)
	i, v, out := f.Local(I32), f.Local(V128), f.Local(I32)
	f.DoWhile(func() {
		f.If(Op("i32.gt_s", i, Op("i32.sub", n, 16)), func() { f.Set(i, Op("i32.sub", n, 16)) })
		f.Set(v, Op("v128.load", Op("i32.add", src, i)))
		f.Set(out, Op("i32.add", dst, Op("i32.shl", i, 1)))
		f.Do(Op("v128.store", out, Op("i16x8.extend_low_i8x16_u", v)))
		f.Do(Op("v128.store", out, Op("i16x8.extend_high_i8x16_u", v)).Offset(16))
	}, Op("i32.lt_s", Tee(i, Op("i32.add", i, 16)), n))
}
