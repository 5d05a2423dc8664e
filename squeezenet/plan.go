package squeezenet

import (
	"errors"
	"strconv"

	"squeezenet/kernels"
)

// A Shape is a map's size: rows, columns, channels.
type Shape struct{ H, W, C int }

func (s Shape) String() string {
	return strconv.Itoa(s.H) + "x" + strconv.Itoa(s.W) + "x" + strconv.Itoa(s.C)
}

// maxPixels bounds the input, so that no picture makes the plan take gigabytes: conv1's output has 16
// to 24 values for each pixel of it.
const maxPixels = 1 << 22

// A plane is a map in a buffer: NHWC, with a border of zeros where a reader pads.
type plane struct {
	Shape
	border int
	stride int   // values from one pixel to the next: C, or the classes in whole panels
	buffer int   // which of the network's buffers holds it
	convs  []int // the convolutions whose channels it holds, in order
	add    int   // or 1 + the index of the sum that it holds
	grid
}

// A grid is where a map's pixels lie in the input: the centre of what pixel i sees there, along each
// axis, is at start + i*jump input pixels, border of zeros and clipped windows apart.
type grid struct{ start, jump int }

// under is the grid of a kernel's or window's results over g.
func (g grid) under(size, stride, pad int) grid {
	return grid{g.start + g.jump*((size-1)/2-pad), g.jump * stride}
}

func (p *plane) pitch() int { return (p.W + 2*p.border) * p.stride }

// at is the offset of channel 0 at row y, column x; -1 and H (W) are in the border.
func (p *plane) at(y, x int) int { return (y+p.border)*p.pitch() + (x+p.border)*p.stride }

func (p *plane) size() int { return (p.H + 2*p.border) * p.pitch() }

type stepOp uint8

const (
	opConv stepOp = iota
	opPool
	opAdd
	opMean
)

// A step is one call of a kernel.
type step struct {
	op       stepOp
	src, dst *plane
	index    int // opConv, opAdd: index into the model's convolutions or sums
	relu     bool
	final    bool // opConv: conv10, whose result stays float32
	win      kernels.Windows
	channel0 int    // opConv: of dst, from which on it writes
	name     string // as Describe lists it
	layer    string // the layer whose output is whole after this step; "" when it is not yet
}

// A plan is the table laid out for one input size: which step reads and writes what, where.
type plan struct {
	h, w    int
	input   *plane
	steps   []step
	pool    int    // the last pool's step
	scores  *plane // conv10's map
	feature *plane // what conv10 reads: the last module's output
	buffers []int  // values in each buffer
}

// Buffers 0 to 4 are shared by planes whose lives do not meet; a plane with a border has its own, so
// that the border stays zero.
const (
	bufInput = iota
	bufEven
	bufOdd
	bufBypass
	bufScores
	bufKept // what the last pool reads: it stays, for refined class maps
	sharedBuffers
)

// pooled is the output size of 3x3 pooling with stride 2: Caffe's ceil, or floor (VALID); 0 when no
// window fits.
func pooled(n int, floor bool) int {
	window := 2 // a clipped window has at least its first two rows
	if floor {
		window = 3
	}
	if n < window {
		return 0
	}
	return (n-window)/2 + 1
}

// newPlan walks the table once for an h x w input.
func newPlan(a *Arch, h, w, classes int, floor bool) (*plan, error) {
	if h < 1 || w < 1 || h > maxPixels || w > maxPixels || h*w > maxPixels {
		return nil, errors.New("squeezenet: input of " + strconv.Itoa(h) + "x" + strconv.Itoa(w) + " pixels; expected at least " +
			minInput(a, floor) + " and at most " + strconv.Itoa(maxPixels) + " pixels in all")
	}
	p := &plan{h: h, w: w, buffers: make([]int, sharedBuffers)}
	last := 0 // the last pool
	for i, l := range a.Layers {
		if l.Op == MaxPool {
			last = i
		}
	}
	put := func(s Shape, border, buffer int) *plane {
		if border > 0 {
			buffer = len(p.buffers)
			p.buffers = append(p.buffers, 0)
		}
		pl := &plane{Shape: s, border: border, stride: s.C, buffer: buffer}
		if buffer == bufScores {
			pl.stride = kernels.Panels(s.C) * kernels.Panel
		}
		p.buffers[buffer] = max(p.buffers[buffer], pl.size())
		return pl
	}
	// other is the shared buffer for what layer i makes of x, which does not live in it.
	other := func(i int, x *plane) int {
		switch {
		case i == last-1:
			return bufKept
		case x.buffer == bufEven:
			return bufOdd
		}
		return bufEven
	}
	convs := a.Convs(classes)
	conv, sum := 0, 0
	addConv := func(src, dst *plane, kernel, stride, pad, channel0 int, relu bool, layer string) {
		dst.convs = append(dst.convs, conv)
		p.steps = append(p.steps, step{op: opConv, src: src, dst: dst, index: conv, relu: relu,
			final: dst.buffer == bufScores, win: windows(src, dst, kernel, stride, pad, channel0),
			channel0: channel0, name: convs[conv].Name, layer: layer})
		conv++
	}
	// addSum adds a map to y, in place: the result is another plane in the same buffer.
	addSum := func(bypass, y *plane, layer string) *plane {
		whole := *y
		sum++
		whole.convs, whole.add = nil, sum
		p.steps = append(p.steps, step{op: opAdd, src: bypass, dst: &whole, index: sum - 1, name: layer, layer: layer})
		return &whole
	}

	x := put(Shape{h, w, 3}, 0, bufInput) // (H, W, C)
	x.jump = 1
	p.input = x
	for i, l := range a.Layers {
		border := 0 // what the next layer pads its input with
		for _, next := range a.Layers[i+1:] {
			if next.Op != Dropout {
				border = next.Pad
				break
			}
		}
		var y *plane
		switch l.Op {
		case Conv:
			s := Shape{(x.H+2*l.Pad-l.Kernel)/l.Stride + 1, (x.W+2*l.Pad-l.Kernel)/l.Stride + 1, l.Out}
			if x.H+2*l.Pad < l.Kernel || x.W+2*l.Pad < l.Kernel {
				s = Shape{}
			}
			buffer := other(i, x)
			if l.Out == 0 {
				s.C, buffer = classes, bufScores
				p.feature = x
			}
			if err := fits(a, l.Name, s, h, w, floor); err != nil {
				return nil, err
			}
			y = put(s, border, buffer)
			y.grid = x.under(l.Kernel, l.Stride, l.Pad)
			addConv(x, y, l.Kernel, l.Stride, l.Pad, 0, true, l.Name)
			if l.Out == 0 {
				p.scores = y
			}
		case MaxPool:
			s := Shape{pooled(x.H, floor), pooled(x.W, floor), x.C}
			if err := fits(a, l.Name, s, h, w, floor); err != nil {
				return nil, err
			}
			y = put(s, border, other(i, x))
			y.convs, y.add, y.grid = x.convs, x.add, x.under(3, 2, 0)
			p.pool = len(p.steps)
			p.steps = append(p.steps, step{op: opPool, src: x, dst: y, name: l.Name, layer: l.Name})
		case Fire:
			squeezed := put(Shape{x.H, x.W, l.Squeeze}, 1, 0)
			y = put(Shape{x.H, x.W, l.Expand1 + l.Expand3}, border, other(i, x))
			y.grid = x.grid
			addConv(x, squeezed, 1, 1, 0, 0, true, l.Name+"/squeeze1x1")
			addConv(squeezed, y, 1, 1, 0, 0, true, "")
			addConv(squeezed, y, 3, 1, 1, l.Expand1, true, l.Name)
			switch l.Bypass {
			case Identity:
				y = addSum(x, y, l.Name+"/add")
			case Projection:
				b := put(y.Shape, 0, bufBypass)
				addConv(x, b, 1, 1, 0, 0, false, l.Name+"/bypass")
				y = addSum(b, y, l.Name+"/add")
			}
		case Dropout:
			continue
		case AvgPool:
			p.steps = append(p.steps, step{op: opMean, src: x, name: l.Name, layer: l.Name})
			continue
		}
		x = y
	}
	return p, nil
}

// fits refuses an input of which a layer would leave nothing.
func fits(a *Arch, layer string, s Shape, h, w int, floor bool) error {
	if s.H > 0 && s.W > 0 {
		return nil
	}
	return errors.New("squeezenet: input of " + strconv.Itoa(h) + "x" + strconv.Itoa(w) + " pixels leaves nothing at layer " + layer +
		"; expected at least " + minInput(a, floor))
}

// minInput is the smallest square input of an architecture, for messages.
func minInput(a *Arch, floor bool) string {
	for n := 1; ; n++ {
		side, ok := n, true
		for _, l := range a.Layers {
			switch l.Op {
			case Conv:
				ok = ok && side+2*l.Pad >= l.Kernel
				side = (side+2*l.Pad-l.Kernel)/l.Stride + 1
			case MaxPool:
				side = pooled(side, floor)
			}
			ok = ok && side > 0
		}
		if ok {
			return strconv.Itoa(n) + "x" + strconv.Itoa(n)
		}
	}
}

// windows lays a square kernel over src, its results into dst from channel0 on.
func windows(src, dst *plane, kernel, stride, pad, channel0 int) kernels.Windows {
	w := kernels.Windows{KH: kernel, Run: kernel * src.C, Pitch: src.pitch(), Width: dst.W,
		In: make([]int32, 0, dst.H*dst.W), Out: make([]int32, 0, dst.H*dst.W)}
	for y := range dst.H {
		in, out := src.at(y*stride-pad, -pad), dst.at(y, 0)+channel0
		for range dst.W {
			w.In = append(w.In, int32(in))
			w.Out = append(w.Out, int32(out))
			in += stride * src.stride
			out += dst.stride
		}
	}
	return w
}
