package main

import . "squeezenet/kernels/simd/asm"

// A step adds products to a sum. Its operand is the sum, so that nothing can be taken out of a loop.
type step func(w, sum Local) *Node

func dotStep(w, sum Local) *Node { return Op("i32x4.relaxed_dot_i8x16_i7x16_add_s", w, w, sum) }

func pairStep(w, sum Local) *Node {
	dot := func(a, b Local) *Node { return Op("i16x8.relaxed_dot_i8x16_i7x16_s", a, b) }
	return Op("i32x4.add", sum, Op("i32x4.extadd_pairwise_i16x8_s", Op("i16x8.add", dot(w, sum), dot(sum, w))))
}

// steps emits `turns` turns of 12 steps, each on a sum of its own: enough to hide an instruction's
// latency. One lane of all is the function's result, so that nothing is dead.
func steps(f *Func, turns Local, s step) {
	w, sums := f.Local(V128), f.Locals(12, V128)
	f.Set(w, F32x4(1.5))
	for i, sum := range sums {
		f.Set(sum, Op("f32x4.splat", Op("f32.convert_i32_s", Op("i32.add", turns, i))))
	}
	f.DoWhile(func() {
		for _, sum := range sums {
			f.Set(sum, s(w, sum))
		}
	}, Op("i32.gt_s", Tee(turns, Op("i32.sub", turns, 1)), 0))
	for _, sum := range sums[1:] {
		f.Set(sums[0], Op("v128.xor", sums[0], sum))
	}
	f.Return(Op("i32x4.extract_lane", sums[0]).Lanes(0))
}

// peaks are the inner idioms in registers, without memory: name(turns).
func peaks(m *Module) {
	peak := func(name string, s step) {
		f := m.Func(name, I32)
		steps(f, f.Param(I32), s)
	}
	peak("f32_simd", func(w, sum Local) *Node { return mulThenAdd(sum, w, sum) })
	peak("f32_relaxed", func(w, sum Local) *Node { return madd(sum, w, sum) })
	peak("u8_simd", func(w, sum Local) *Node { return Op("i32x4.add", sum, Op("i32x4.dot_i16x8_s", sum, w)) })
	peak("u8_dot", dotStep)
	peak("u8_pair", pairStep)
}

// probe writes probe(pair, turns), by which the loader times the two idioms over equally many products.
func probe(m *Module) {
	f := m.Func("probe", I32)
	pair, turns := f.Param(I32), f.Param(I32)
	f.If(Op("i32.ne", pair, 0), func() { steps(f, turns, pairStep) })
	f.Set(turns, Op("i32.shl", turns, 1))
	steps(f, turns, dotStep)
}
