package main

import . "squeezenet/kernels/simd/asm"

// pack writes name(dst, src, words, panels, channels): codes (k, channels) of int16 become words (panels,
// words, 8), each of as many codes one below the other as there are rows. panels, at least one, are
// whole; combine makes the two vectors of 8 words of the rows' 8 codes each.
func pack(m *Module, name string, rows int, combine func(row []Local) [2]*Node) {
	f := m.Func(name)
	i32 := func() Local { return f.Param(I32) }
	dst, src, words, panels, channels := i32(), i32(), i32(), i32(), i32()
	at, i := f.Local(I32), f.Local(I32)
	row := f.Locals(rows, V128)
	f.Set(channels, Op("i32.shl", channels, 1)) // bytes from now on
	f.DoWhile(func() {
		f.Set(at, src)
		f.Set(i, words)
		f.DoWhile(func() {
			for _, r := range row {
				f.Set(r, Op("v128.load", at))
				f.Set(at, Op("i32.add", at, channels))
			}
			for half, v := range combine(row) {
				f.Do(Op("v128.store", dst, v).Offset(16 * half))
			}
			f.Set(dst, Op("i32.add", dst, 32))
		}, Op("i32.gt_s", Tee(i, Op("i32.sub", i, 1)), 0))
		f.Set(src, Op("i32.add", src, 16))
	}, Op("i32.gt_s", Tee(panels, Op("i32.sub", panels, 1)), 0))
}

// packI16 makes words of two int16.
func packI16(m *Module) {
	pack(m, "pack_i16", 2, func(row []Local) [2]*Node {
		return [2]*Node{
			Op("i8x16.shuffle", row[0], row[1]).Lanes(0, 1, 16, 17, 2, 3, 18, 19, 4, 5, 20, 21, 6, 7, 22, 23),
			Op("i8x16.shuffle", row[0], row[1]).Lanes(8, 9, 24, 25, 10, 11, 26, 27, 12, 13, 28, 29, 14, 15, 30, 31),
		}
	})
}

// packI8 makes words of the low bytes of four.
func packI8(m *Module) {
	pack(m, "pack_i8", 4, func(row []Local) [2]*Node {
		a, b := Op("i8x16.narrow_i16x8_s", row[0], row[1]), Op("i8x16.narrow_i16x8_s", row[2], row[3])
		return [2]*Node{
			Op("i8x16.shuffle", a, b).Lanes(0, 8, 16, 24, 1, 9, 17, 25, 2, 10, 18, 26, 3, 11, 19, 27),
			Op("i8x16.shuffle", a, b).Lanes(4, 12, 20, 28, 5, 13, 21, 29, 6, 14, 22, 30, 7, 15, 23, 31),
		}
	})
}

// absSums writes abs_sums(sums, codes, rows, channels) i32, kernels.AbsSums of at least one row of at
// least 8 channels: the last vector of channels begins at channels-8.
func absSums(m *Module) {
	f := m.Func("abs_sums", I32)
	i32 := func() Local { return f.Param(I32) }
	sums, codes, rows, channels := i32(), i32(), i32(), i32()
	o, at, i := f.Local(I32), f.Local(I32), f.Local(I32)
	v, largest, sum := f.Local(V128), f.Local(V128), f.Locals(2, V128)
	lane := func(l int) *Node { return Op("i16x8.extract_lane_u", largest).Lanes(l) }
	f.DoWhile(func() {
		f.If(Op("i32.gt_s", o, Op("i32.sub", channels, 8)), func() { f.Set(o, Op("i32.sub", channels, 8)) })
		f.Set(at, Op("i32.add", codes, Op("i32.shl", o, 1)))
		f.Set(sum[0], I32x4(0))
		f.Set(sum[1], I32x4(0))
		f.Set(i, rows)
		f.DoWhile(func() {
			f.Set(v, Op("i16x8.abs", Op("v128.load", at)))
			f.Set(largest, Op("i16x8.max_u", largest, v))
			f.Set(sum[0], Op("i32x4.add", sum[0], Op("i32x4.extend_low_i16x8_u", v)))
			f.Set(sum[1], Op("i32x4.add", sum[1], Op("i32x4.extend_high_i16x8_u", v)))
			f.Set(at, Op("i32.add", at, Op("i32.shl", channels, 1)))
		}, Op("i32.gt_s", Tee(i, Op("i32.sub", i, 1)), 0))
		f.Set(at, Op("i32.add", sums, Op("i32.shl", o, 2)))
		f.Do(Op("v128.store", at, sum[0]))
		f.Do(Op("v128.store", at, sum[1]).Offset(16))
	}, Op("i32.lt_s", Tee(o, Op("i32.add", o, 8)), channels))
	// the largest of the lanes
	f.Set(i, lane(0))
	for l := 1; l < 8; l++ {
		f.If(Op("i32.gt_u", lane(l), i), func() { f.Set(i, lane(l)) })
	}
	f.Return(i)
}
