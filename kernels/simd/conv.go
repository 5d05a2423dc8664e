package main

import . "squeezenet/kernels/simd/asm"

// A conv is the generator of the tiled convolution; what differs between types and instruction sets
// are its fields. All see the source as words of 4 bytes (one f32, two i16, four codes): a word of a
// pixel is spread over a vector and meets two vectors of weights, one word for each of a panel's 8
// output channels.
type conv struct {
	tile     int // pixels in a tile: 2*tile sums live in registers, with operands at most 16 vectors
	valueLog int // log2 of the bytes of a source value, in which Windows.In counts
	outLog   int // the same for the destination
	unroll   int // words in the inner loop's body

	// start sets a tile's sums.
	start func(c *tile)
	// products adds those of n words, which lie at byte 4*word of the pixels.
	products func(c *tile, n int)
	// finish stores a tile's sums.
	finish func(c *tile)
}

// A tile is the state of one convolution while it is emitted.
type tile struct {
	*Func
	n           int
	px          []Local    // addresses: the tile's pixels' next words,
	weights     Local      // the panel's,
	scale, bias Local      // its scales and biases
	sum         [][2]Local // vectors: per pixel 8 channels,
	w           []Local    // weights,
	a           Local      // a spread word,
	floor       Local      // the least result
	out         func(pixel int) *Node
}

// block is how many pixels meet a panel's weights before the next panel's: a multiple of every tile.
// Between 48 and 200 it makes no difference; with 24 or all pixels f32 is up to 1.4 times slower.
const block = 96

// emit writes the function
//
//	name(dst, src, weights, scale, bias, in, out, pixels, panels, KH, words, pitch, floor)
//
// words is a run's length in words, pitch counts bytes, pixels is at least a tile. weights are (panels,
// K words, 8 channels) words, scale and bias (panels, 8) f32; f32 forms have no scale, and only forms
// that give f32 have floor, their least result (0 is ReLU). Panels go outside of a block's tiles, so
// that a panel's weights and a block's source stay in the first cache:
//
//	for each block of pixels, panel, tile of the block:
//		tile starts at pixel min(t, pixels-tile)     // the last one covers some pixels twice
//		start; for KH runs, their words: products; finish
func (c conv) emit(m *Module, name string) {
	f := m.Func(name)
	i32 := func() Local { return f.Param(I32) }
	dst, src, weights := i32(), i32(), i32()
	var scales Local
	if c.valueLog != 2 {
		scales = i32()
	}
	biases, in, out := i32(), i32(), i32()
	pixels, panels, kh, words, pitch := i32(), i32(), i32(), i32(), i32()
	t := &tile{Func: f, n: c.tile}
	if c.outLog == 2 {
		least := f.Param(F32)
		t.floor = f.Local(V128)
		f.Set(t.floor, Op("f32x4.splat", least))
	}
	t.weights, t.scale, t.bias, t.px = f.Local(I32), f.Local(I32), f.Local(I32), f.Locals(c.tile, I32)
	panel, d, first, last, at, i, y := f.Local(I32), f.Local(I32), f.Local(I32), f.Local(I32), f.Local(I32), f.Local(I32), f.Local(I32)
	w := f.Local(I32)
	t.a, t.w = f.Local(V128), f.Locals(4, V128)
	for range c.tile {
		t.sum = append(t.sum, [2]Local{f.Local(V128), f.Local(V128)})
	}
	t.out = func(pixel int) *Node {
		return Op("i32.add", d, scaled(Op("i32.load", Op("i32.add", out, i)).Offset(4*pixel), c.outLog))
	}
	advance := func(l Local, by any) { f.Set(l, Op("i32.add", l, by)) }

	// what a run leaves to the next one's start
	f.Set(pitch, Op("i32.sub", pitch, Op("i32.shl", words, 2)))
	f.DoWhile(func() {
		f.Set(last, Op("i32.add", first, block))
		f.If(Op("i32.gt_s", last, pixels), func() { f.Set(last, pixels) })
		f.Set(w, weights)
		if c.valueLog != 2 {
			f.Set(t.scale, scales)
		}
		f.Set(t.bias, biases)
		f.Set(d, dst)
		f.Set(panel, panels)
		f.DoWhile(func() {
			f.Set(at, first)
			f.DoWhile(func() {
				// the tile's windows
				f.Set(i, at)
				f.If(Op("i32.gt_s", i, Op("i32.sub", pixels, c.tile)), func() { f.Set(i, Op("i32.sub", pixels, c.tile)) })
				f.Set(i, Op("i32.shl", i, 2))
				for p, px := range t.px {
					f.Set(px, Op("i32.add", src, scaled(Op("i32.load", Op("i32.add", in, i)).Offset(4*p), c.valueLog)))
				}
				f.Set(t.weights, w)
				c.start(t)
				// KH runs
				f.Set(y, kh)
				f.DoWhile(func() {
					left := f.Local(I32)
					loop := func(n int) {
						f.While(Op("i32.ge_s", left, n), func() {
							c.products(t, n)
							advance(t.weights, 32*n)
							for _, px := range t.px {
								advance(px, 4*n)
							}
							advance(left, -n)
						})
					}
					f.Set(left, words)
					loop(c.unroll)
					loop(1)
					for _, px := range t.px {
						advance(px, pitch)
					}
				}, Op("i32.gt_s", Tee(y, Op("i32.sub", y, 1)), 0))
				c.finish(t)
				advance(at, c.tile)
			}, Op("i32.lt_s", at, last))
			f.Set(w, t.weights)
			advance(d, 8<<c.outLog)
			advance(t.scale, 32)
			advance(t.bias, 32)
		}, Op("i32.gt_s", Tee(panel, Op("i32.sub", panel, 1)), 0))
		f.Set(first, last)
	}, Op("i32.lt_s", first, pixels))
}

func scaled(values *Node, log int) *Node {
	if log == 0 {
		return values
	}
	return Op("i32.shl", values, log)
}

// splat spreads word k of pixel p.
func (t *tile) splat(p, k int) *Node { return Op("v128.load32_splat", t.px[p]).Offset(4 * k) }

// loadWeights loads the two weight vectors of word k into w[at], w[at+1].
func (t *tile) loadWeights(k, at int) {
	t.Set(t.w[at], Op("v128.load", t.weights).Offset(32*k))
	t.Set(t.w[at+1], Op("v128.load", t.weights).Offset(32*k+16))
}

func (t *tile) zero() {
	for _, s := range t.sum {
		t.Set(s[0], I32x4(0))
		t.Set(s[1], I32x4(0))
	}
}
