package main

import . "squeezenet/kernels/simd/asm"

// The integer forms of kernels.ConvU8 and ConvU8F32. All give the same sums: the ranges (weights
// -63..63, codes 0..127) are chosen so that no instruction saturates.

// dotForm multiplies four codes and adds them at once: one instruction with AVX-VNNI or sdot.
func dotForm(c conv) conv {
	c.tile, c.valueLog, c.unroll, c.start = 6, 0, 4, (*tile).zero
	c.products = func(t *tile, words int) {
		for k := range words {
			t.loadWeights(k, 0)
			for p, s := range t.sum {
				t.Set(t.a, t.splat(p, k))
				for h := range s {
					t.Set(s[h], Op("i32x4.relaxed_dot_i8x16_i7x16_add_s", t.w[h], t.a, s[h]))
				}
			}
		}
	}
	return c
}

// pairForm sums two products, then two of those sums, in 16 bits (2*2*127*63 = 32,004 fits) and widens
// the result once: faster where the dot above is a sequence.
func pairForm(c conv) conv {
	c.tile, c.valueLog, c.unroll, c.start = 4, 0, 4, (*tile).zero
	c.products = func(t *tile, words int) {
		dot := func(w, a Expr) *Node { return Op("i16x8.relaxed_dot_i8x16_i7x16_s", w, a) }
		for k := 0; k < words; k += 2 {
			pair := k+1 < words
			t.loadWeights(k, 0)
			if pair {
				t.loadWeights(k+1, 2)
			}
			b := t.Local(V128)
			for p, s := range t.sum {
				t.Set(t.a, t.splat(p, k))
				if pair {
					t.Set(b, t.splat(p, k+1))
				}
				for h := range s {
					sum := dot(t.w[h], t.a)
					if pair {
						sum = Op("i16x8.add", sum, dot(t.w[2+h], b))
					}
					t.Set(s[h], Op("i32x4.add", s[h], Op("i32x4.extadd_pairwise_i16x8_s", sum)))
				}
			}
		}
	}
	return c
}

// wideForm takes values widened to 16 bits, two in a word. It needs no relaxed SIMD, and is the only
// form of conv1, whose bytes and weights do not fit the others.
func wideForm(c conv) conv {
	c.tile, c.valueLog, c.unroll, c.start = 4, 1, 4, (*tile).zero
	c.products = func(t *tile, words int) {
		for k := range words {
			t.loadWeights(k, 0)
			for p, s := range t.sum {
				t.Set(t.a, t.splat(p, k))
				for h := range s {
					t.Set(s[h], Op("i32x4.add", s[h], Op("i32x4.dot_i16x8_s", t.a, t.w[h])))
				}
			}
		}
	}
	return c
}

// rescale makes numbers of the sums, v = f32(sum)*scale + bias, and hands each vector to then.
func (t *tile) rescale(then func(s Local)) {
	scale, bias := t.w[0], t.w[1]
	for h := range 2 {
		t.Set(scale, Op("v128.load", t.scale).Offset(16*h))
		t.Set(bias, Op("v128.load", t.bias).Offset(16*h))
		for _, s := range t.sum {
			t.Set(s[h], Op("f32x4.add", Op("f32x4.mul", Op("f32x4.convert_i32x4_s", s[h]), scale), bias))
			then(s[h])
		}
	}
}

// rounded is the nearest even integer of numbers below 2^22: adding 1.5*2^23 leaves it in the low bits,
// and subtracting the bits of that as an integer takes it out. nearest and trunc_sat are long on x64.
func rounded(v Expr) *Node {
	const magic, magicBits = 12582912, 0x4B400000
	return Op("i32x4.sub", Op("f32x4.add", v, F32x4(magic)), I32x4(magicBits))
}

// codes are 16 codes of two vectors of 16-bit integers: saturation bounds them above by 127.
func codes(a, b Expr) *Node {
	return Op("i8x16.max_s", Op("i8x16.narrow_i16x8_s", a, b), I32x4(0))
}

// toU8 finishes with codes.
func toU8() conv {
	return conv{outLog: 0, finish: func(t *tile) {
		t.rescale(func(s Local) { t.Set(s, rounded(s)) })
		for p := 0; p < t.n; p += 2 { // two pixels fill a vector
			a, b := t.sum[p], t.sum[p+1]
			t.Set(a[0], codes(Op("i16x8.narrow_i32x4_s", a[0], a[1]), Op("i16x8.narrow_i32x4_s", b[0], b[1])))
			t.Do(Op("v128.store64_lane", t.out(p), a[0]).Lanes(0))
			t.Do(Op("v128.store64_lane", t.out(p+1), a[0]).Lanes(1))
		}
	}}
}

// toF32 finishes with numbers.
func toF32() conv {
	return conv{outLog: 2, finish: func(t *tile) {
		t.rescale(func(s Local) { t.Set(s, t.atLeast(s)) })
		for p, s := range t.sum {
			t.Do(Op("v128.store", t.out(p), s[0]))
			t.Do(Op("v128.store", t.out(p), s[1]).Offset(16))
		}
	}}
}
