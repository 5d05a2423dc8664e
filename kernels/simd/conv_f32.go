package main

import . "squeezenet/kernels/simd/asm"

// convF32 is kernels.ConvF32 in tiles of n pixels x 8 channels. The sum starts at the bias and goes in
// the order of k. muladd is one step of it.
func convF32(n int, muladd func(a, w, sum Local) *Node) conv {
	return conv{
		tile: n, valueLog: 2, outLog: 2, unroll: 4,
		start: func(t *tile) {
			for _, s := range t.sum {
				t.Set(s[0], Op("v128.load", t.bias))
				t.Set(s[1], Op("v128.load", t.bias).Offset(16))
			}
		},
		products: func(t *tile, words int) {
			for k := range words {
				t.loadWeights(k, 0)
				for p, s := range t.sum {
					t.Set(t.a, t.splat(p, k))
					t.Set(s[0], muladd(t.a, t.w[0], s[0]))
					t.Set(s[1], muladd(t.a, t.w[1], s[1]))
				}
			}
		},
		finish: func(t *tile) {
			for p, s := range t.sum {
				out := t.Local(I32)
				t.Set(out, t.out(p))
				for h := range s {
					t.Do(Op("v128.store", out, t.atLeast(s[h])).Offset(16 * h))
				}
			}
		},
	}
}

// atLeast is max(floor, x): pmax(a, b) is a < b ? b : a, one instruction where max is seven (it passes
// NaN on). With a floor of 0 it never gives -0.
func (t *tile) atLeast(x Local) *Node { return Op("f32x4.pmax", t.floor, x) }

// mulThenAdd rounds twice, as the Go form does.
func mulThenAdd(a, w, sum Local) *Node { return Op("f32x4.add", sum, Op("f32x4.mul", a, w)) }

// madd rounds once or twice, as the processor likes it: other bits than the Go form.
func madd(a, w, sum Local) *Node { return Op("f32x4.relaxed_madd", a, w, sum) }
