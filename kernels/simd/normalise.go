package main

import . "squeezenet/kernels/simd/asm"

// normalise writes normalise(dst, src, n, order, mean, scale), the body of kernels.Normalise: 12 bytes,
// which are 4 pixels, at a time, while 16 of the n are left. order is the 16 indices of a swizzle, mean
// and scale are 12 f32 each.
func normalise(m *Module) {
	f := m.Func("normalise")
	dst, src, n, order, mean, scale := f.Param(I32), f.Param(I32), f.Param(I32), f.Param(I32), f.Param(I32), f.Param(I32)
	bytes, wide := f.Local(V128), f.Local(V128)
	f.While(Op("i32.ge_s", n, 16), func() {
		f.Set(bytes, Op("i8x16.swizzle", Op("v128.load", src), Op("v128.load", order)))
		for i := range 3 {
			switch i {
			case 0:
				f.Set(wide, Op("i32x4.extend_low_i16x8_u", Op("i16x8.extend_low_i8x16_u", bytes)))
			case 1:
				f.Set(wide, Op("i32x4.extend_high_i16x8_u", Op("i16x8.extend_low_i8x16_u", bytes)))
			case 2:
				f.Set(wide, Op("i32x4.extend_low_i16x8_u", Op("i16x8.extend_high_i8x16_u", bytes)))
			}
			f.Do(Op("v128.store", dst, Op("f32x4.mul",
				Op("f32x4.sub", Op("f32x4.convert_i32x4_s", wide), Op("v128.load", mean).Offset(16*i)),
				Op("v128.load", scale).Offset(16*i))).Offset(16 * i))
		}
		f.Set(src, Op("i32.add", src, 12))
		f.Set(dst, Op("i32.add", dst, 48))
		f.Set(n, Op("i32.sub", n, 12))
	})
}
