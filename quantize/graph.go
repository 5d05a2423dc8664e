package quantize

import (
	"squeezenet/kernels"
	"squeezenet/squeezenet"
	"squeezenet/weights"
)

// A slot is a map between layers, NHWC, of one size for all pictures.
type slot struct {
	h, w, c int
	border  int // of zeros (or zero points) where a reader pads
	stride  int // values from one pixel to the next: c in whole panels
}

func (s *slot) pitch() int           { return (s.w + 2*s.border) * s.stride }
func (s *slot) at(y, x int) int      { return (y+s.border)*s.pitch() + (x+s.border)*s.stride }
func (s *slot) size() int            { return (s.h + 2*s.border) * s.pitch() }
func (s *slot) row(y int) (a, b int) { a = s.at(y, 0); return a, a + s.w*s.stride }

type opKind uint8

const (
	opConv opKind = iota
	opPool
	opAdd
)

// An op makes one slot, or some channels of it, of others.
type op struct {
	kind     opKind
	src, dst int
	other    int // opAdd: dst = src + other
	index    int // opConv: of the model's convolutions; opAdd: of its sums
	relu     bool
	final    bool // the last convolution: stays float32
	channel0 int  // opConv: of dst
	win      kernels.Windows
}

// A graph is an architecture laid out for one input size, every value in a slot of its own. It differs
// from the plan by which squeezenet runs in that nothing is overwritten, so that layers can be run one
// at a time, from anywhere.
type graph struct {
	slots []slot
	ops   []op
	adds  []string
}

func newGraph(m *weights.Model, a *squeezenet.Arch) *graph {
	side := m.Pipeline.Crop
	g := &graph{slots: []slot{{h: side, w: side, c: 3, stride: 3}}}
	put := func(h, w, c int) int {
		g.slots = append(g.slots, slot{h: h, w: w, c: c, stride: kernels.Panels(c) * kernels.Panel})
		return len(g.slots) - 1
	}
	conv := 0
	type geometry struct{ kernel, stride, pad int }
	var shapes []geometry
	add := func(o op, kernel, stride, pad int) {
		g.slots[o.src].border = max(g.slots[o.src].border, pad)
		g.ops = append(g.ops, o)
		shapes = append(shapes, geometry{kernel, stride, pad})
	}
	addConv := func(src, dst, channel0, kernel, stride, pad int, relu bool) {
		last := conv == len(m.Convs)-1
		add(op{kind: opConv, src: src, dst: dst, index: conv, relu: relu && !m.Convs[conv].Linear, final: last, channel0: channel0}, kernel, stride, pad)
		conv++
	}
	x := 0
	for _, l := range a.Layers {
		h, w, c := g.slots[x].h, g.slots[x].w, g.slots[x].c
		switch l.Op {
		case squeezenet.Conv:
			y := put((h+2*l.Pad-l.Kernel)/l.Stride+1, (w+2*l.Pad-l.Kernel)/l.Stride+1, m.Convs[conv].Out)
			addConv(x, y, 0, l.Kernel, l.Stride, l.Pad, true)
			x = y
		case squeezenet.MaxPool:
			y := put((h-2)/2+1, (w-2)/2+1, c) // Caffe's size: rounded up
			add(op{kind: opPool, src: x, dst: y}, 0, 0, 0)
			x = y
		case squeezenet.Fire:
			s, y := put(h, w, l.Squeeze), put(h, w, l.Expand1+l.Expand3)
			addConv(x, s, 0, 1, 1, 0, true)
			addConv(s, y, 0, 1, 1, 0, true)
			addConv(s, y, l.Expand1, 3, 1, 1, true)
			other := x
			if l.Bypass == squeezenet.Projection {
				other = put(h, w, l.Expand1+l.Expand3)
				addConv(x, other, 0, 1, 1, 0, false)
			}
			x = y
			if l.Bypass != squeezenet.NoBypass {
				x = put(h, w, l.Expand1+l.Expand3)
				add(op{kind: opAdd, src: y, other: other, dst: x, index: len(g.adds)}, 0, 0, 0)
				g.adds = append(g.adds, l.Name+"/add")
			}
		}
	}
	for i := range g.ops { // now that the borders are known
		if o := &g.ops[i]; o.kind == opConv {
			o.win = windows(&g.slots[o.src], &g.slots[o.dst], shapes[i].kernel, shapes[i].stride, shapes[i].pad, o.channel0)
		}
	}
	return g
}

func windows(src, dst *slot, kernel, stride, pad, channel0 int) kernels.Windows {
	w := kernels.Windows{KH: kernel, Run: kernel * src.c, Pitch: src.pitch()}
	for y := range dst.h {
		for x := range dst.w {
			w.In = append(w.In, int32(src.at(y*stride-pad, x*stride-pad)))
			w.Out = append(w.Out, int32(dst.at(y, x)+channel0))
		}
	}
	return w
}

// floats are a picture's float32 maps, by slot.
type floats [][]float32

func (g *graph) newFloats() floats {
	f := make(floats, len(g.slots))
	for i := range f {
		f[i] = make([]float32, g.slots[i].size())
	}
	return f
}

// run computes one op in float32, reading from src and writing to dst, which may be the same.
func (g *graph) run(o *op, dst, src floats, w []*kernels.WeightsF32) {
	a, b := &g.slots[o.src], &g.slots[o.dst]
	switch o.kind {
	case opConv:
		kernels.ConvF32(dst[o.dst], src[o.src], w[o.index], &o.win, o.relu)
	case opPool:
		kernels.MaxPoolF32(dst[o.dst], src[o.src], a.c, a.h, a.w, b.h, b.w)
	case opAdd:
		other := &g.slots[o.other]
		for y := range b.h {
			d, dEnd := b.row(y)
			s, sEnd := a.row(y)
			t, tEnd := other.row(y)
			copy(dst[o.dst][d:dEnd], src[o.src][s:sEnd])
			kernels.AddF32(dst[o.dst][d:dEnd], src[o.other][t:tEnd])
		}
	}
}

// runCodes computes one op over codes; the last convolution goes to final instead.
func (g *graph) runCodes(o *op, maps [][]uint8, final []float32, w *kernels.WeightsU8, sum *weights.Add) {
	a, b := &g.slots[o.src], &g.slots[o.dst]
	switch {
	case o.kind == opConv && o.final:
		kernels.ConvU8F32(final, maps[o.src], w, &o.win, o.relu)
	case o.kind == opConv:
		kernels.ConvU8(maps[o.dst], maps[o.src], w, &o.win)
	case o.kind == opPool:
		kernels.MaxPoolU8(maps[o.dst], maps[o.src], a.c, a.h, a.w, b.h, b.w)
	case o.kind == opAdd:
		other := &g.slots[o.other]
		for y := range b.h {
			d, dEnd := b.row(y)
			s, sEnd := a.row(y)
			t, tEnd := other.row(y)
			copy(maps[o.dst][d:dEnd], maps[o.src][s:sEnd])
			kernels.AddU8(maps[o.dst][d:dEnd], maps[o.other][t:tEnd], sum.A, sum.B, sum.Bias)
		}
	}
}

// logits is the mean over the last convolution's map.
func (g *graph) logits(scores []float32) []float32 {
	s := &g.slots[len(g.slots)-1]
	l := make([]float32, s.c)
	kernels.MeanF32(l, scores, s.h*s.w, s.c, s.stride)
	return l
}

// lastReader tells for each slot the index of the last op that reads it.
func (g *graph) lastReader() []int {
	last := make([]int, len(g.slots))
	for i, o := range g.ops {
		last[o.src] = i
		if o.kind == opAdd {
			last[o.other] = i
		}
	}
	return last
}
