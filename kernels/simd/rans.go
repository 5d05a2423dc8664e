package main

import . "squeezenet/kernels/simd/asm"

// rans writes rans_first and rans_next(dst, n, r, tables, taps, data, words) i32, kernels.DecodeRANS
// of n integers, at least one, of a kernel's first tap or a later one. r is a kernels.RANS, of which
// State, Mean and Shift are read and State and Mean written, tables a kernels.RANSTables; taps may be
// 0 in rans_first. Of the words of data it gives how many were read, or -1 when there were too few.
//
// The data may be anything: contexts and symbols index by values that the tables bound, slots by 12
// bits, spans by 6, and words are counted. So the kernel needs no SIMD, only to be small: V8's first
// compiler makes of it what would take ten times as long in Go.
func rans(m *Module, name string, first bool) {
	const (
		atMean, atShift    = 8, 12
		atSymbols, atSpans = 1024, 1024 + 36<<12
	)
	f := m.Func(name, I32)
	i32 := func() Local { return f.Param(I32) }
	dst, n, r, tables, taps, data, words := i32(), i32(), i32(), i32(), i32(), i32(), i32()
	mean, shift, tap, c, v, span, extra, sign, read := f.Local(I32), f.Local(I32), f.Local(I32), f.Local(I32), f.Local(I32),
		f.Local(I32), f.Local(I32), f.Local(I32), f.Local(I32)
	state := f.Local(I64)
	low := func() *Node { return Op("i32.wrap_i64", state) }
	advance := func(l Local, by any) { f.Set(l, Op("i32.add", l, by)) }
	shiftState := func(by Expr) { f.Set(state, Op("i64.shr_u", state, Op("i64.extend_i32_u", by))) }

	f.Set(state, Op("i64.load", r))
	f.Set(mean, Op("i32.load", r).Offset(atMean))
	f.Set(shift, Op("i32.load", r).Offset(atShift))
	f.DoWhile(func() {
		// the context
		if first {
			f.Set(c, Op("i32.shr_s", mean, 4))
		} else {
			f.Set(tap, Op("i32.load", taps))
			f.Set(c, Op("i32.shr_s", Op("i32.add", mean, tap), 5))
		}
		f.If(Op("i32.gt_u", c, 1023), func() { f.Set(c, 1023) })
		f.Set(c, Op("i32.load8_u", Op("i32.add", tables, c)))
		// the class, and the state before it
		f.Set(v, Op("i32.load8_u", Op("i32.add", tables, Op("i32.or", Op("i32.shl", c, 12), Op("i32.and", low(), 4095)))).Offset(atSymbols))
		f.Set(span, Op("i32.load", Op("i32.add", tables, Op("i32.shl", Op("i32.or", Op("i32.shl", c, 6), Op("i32.and", v, 63)), 2))).Offset(atSpans))
		f.Set(state, Op("i64.add",
			Op("i64.mul", Op("i64.extend_i32_u", Op("i32.and", span, 0xffff)), Op("i64.shr_u", state, I64Const(12))),
			Op("i64.extend_i32_s", Op("i32.sub", Op("i32.and", low(), 4095), Op("i32.shr_u", span, 16)))))
		// further bits
		f.If(Op("i32.ge_u", v, 16), func() {
			f.Set(extra, Op("i32.sub", Op("i32.shr_u", v, 2), 2))
			f.Set(v, Op("i32.or", Op("i32.shl", Op("i32.add", Op("i32.and", v, 3), 4), extra),
				Op("i32.and", low(), Op("i32.sub", Op("i32.shl", 1, extra), 1))))
			shiftState(extra)
		})
		// the sign: extra is 1 unless v is 0
		f.Set(extra, Op("i32.ne", v, 0))
		f.Set(sign, Op("i32.and", low(), extra))
		shiftState(extra)
		f.Do(Op("i32.store16", dst, Op("i32.add", Op("i32.xor", v, Op("i32.sub", 0, sign)), sign)))
		f.If(Op("i64.lt_u", state, I64Const(1<<31)), func() {
			f.If(Op("i32.eq", read, words), func() { f.Return(-1) })
			f.Set(state, Op("i64.or", Op("i64.shl", state, I64Const(32)), Op("i64.load32_u", data)))
			advance(data, 4)
			advance(read, 1)
		})
		// the means
		f.Set(v, Op("i32.shl", v, 8))
		advance(mean, Op("i32.shr_s", Op("i32.sub", v, mean), shift))
		if first {
			f.If(Op("i32.ne", taps, 0), func() {
				f.Do(Op("i32.store", taps, v))
				advance(taps, 4)
			})
		} else {
			f.Do(Op("i32.store", taps, Op("i32.add", tap, Op("i32.shr_s", Op("i32.sub", v, tap), 2))))
			advance(taps, 4)
		}
		advance(dst, 2)
	}, Op("i32.gt_s", Tee(n, Op("i32.sub", n, 1)), 0))
	f.Do(Op("i64.store", r, state))
	f.Do(Op("i32.store", r, mean).Offset(atMean))
	f.Return(read)
}
