package main

import . "squeezenet/kernels/simd/asm"

// addF32 writes add_f32(dst, src, n), kernels.AddF32 for n a multiple of 4, at least 4.
func addF32(m *Module) {
	f := m.Func("add_f32")
	dst, src, n := f.Param(I32), f.Param(I32), f.Param(I32)
	f.DoWhile(func() {
		f.Do(Op("v128.store", dst, plus(Op("v128.load", dst), Op("v128.load", src))))
		f.Set(dst, Op("i32.add", dst, 16))
		f.Set(src, Op("i32.add", src, 16))
	}, Op("i32.gt_s", Tee(n, Op("i32.sub", n, 4)), 0))
}

// addU8 writes add_u8(dst, src, pixels, c, a, b, bias), kernels.AddU8 for c a multiple of 16.
//
//	for each pixel, 16 channels, 4 of them: v = (f32(dst)*a + f32(src)*b) + bias; round
//	narrow the 16 and store
func addU8(m *Module) {
	f := m.Func("add_u8")
	dst, src, pixels, c, a, b, bias := f.Param(I32), f.Param(I32), f.Param(I32), f.Param(I32), f.Param(I32), f.Param(I32), f.Param(I32)
	i, at := f.Local(I32), f.Local(I32)
	x, y, v := f.Local(V128), f.Local(V128), f.Locals(4, V128)
	// quarter is 4 of 16 codes as f32
	quarter := func(codes Local, q int) *Node {
		half := [...]string{"low", "high"}
		return Op("f32x4.convert_i32x4_s", Op("i32x4.extend_"+half[q%2]+"_i16x8_u", Op("i16x8.extend_"+half[q/2]+"_i8x16_u", codes)))
	}
	f.DoWhile(func() {
		f.Set(i, 0)
		f.DoWhile(func() {
			f.Set(x, Op("v128.load", dst))
			f.Set(y, Op("v128.load", src))
			f.Set(at, Op("i32.shl", i, 2))
			load := func(table Local, q int) *Node { return Op("v128.load", Op("i32.add", table, at)).Offset(16 * q) }
			for q := range v {
				sum := plus(Op("f32x4.mul", quarter(x, q), load(a, q)), Op("f32x4.mul", quarter(y, q), load(b, q)))
				f.Set(v[q], rounded(plus(sum, load(bias, q))))
			}
			f.Do(Op("v128.store", dst, codes(Op("i16x8.narrow_i32x4_s", v[0], v[1]), Op("i16x8.narrow_i32x4_s", v[2], v[3]))))
			f.Set(dst, Op("i32.add", dst, 16))
			f.Set(src, Op("i32.add", src, 16))
		}, Op("i32.lt_s", Tee(i, Op("i32.add", i, 16)), c))
	}, Op("i32.gt_s", Tee(pixels, Op("i32.sub", pixels, 1)), 0))
}

func plus(a, b Expr) *Node { return Op("f32x4.add", a, b) }
