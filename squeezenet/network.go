package squeezenet

import (
	"errors"
	"strconv"

	"squeezenet/kernels"
	"squeezenet/weights"
)

// Options of a network.
type Options struct {
	FloorPooling bool // the article's VALID pooling in place of Caffe's, which rounds sizes up
}

// A Network is a model ready to run. It may be used again and again, for inputs of any size; it keeps
// its buffers, so it is for one goroutine at a time. Several may live side by side, each in a goroutine
// of its own. (In js/wasm, which has one thread, they share the kernels' scratch memory during a run.)
type Network struct {
	Arch    *Arch
	Labels  []weights.Label
	options Options
	model   *weights.Model
	classes int

	f32  []*kernels.WeightsF32 // f32 or u8, per convolution
	u8   []*kernels.WeightsU8
	wino []*kernels.WeightsWinograd // beside f32, for 3x3 kernels with stride 1; nil for the others

	plan   *plan
	bufF32 [][]float32 // the plan's buffers, of a float32 model
	bufU8  [][]uint8   // of an int8 model
	scores []float32   // (H, W, classes in whole panels): conv10 after ReLU
	logits []float32   // (classes)
	ran    bool

	phasedF32 phased[float32] // ClassMask's
	phasedU8  phased[uint8]
	guide     guide
}

// New makes a network of a model. It fails, naming every tensor that does not fit, when the model is
// not one of its architecture.
func New(m *weights.Model, o Options) (*Network, error) {
	a, err := Lookup(m.Arch)
	if err != nil {
		return nil, err
	}
	n := &Network{Arch: a, Labels: m.Labels, options: o, model: m}
	if len(m.Convs) > 0 {
		n.classes = m.Convs[len(m.Convs)-1].Out
	}
	if err := check(a, m, n.classes); err != nil {
		return nil, err
	}
	for i := range m.Convs {
		c := &m.Convs[i]
		k := c.KH * c.KW * c.In
		switch {
		case !m.Quantised():
			n.f32 = append(n.f32, kernels.PackF32(c.Kernel, c.Bias, k, c.Out))
			n.wino = append(n.wino, nil)
			if c.KH == 3 && c.In%4 == 0 { // conv1, the only one with a stride, reads 3 channels
				n.wino[i] = kernels.PackWinograd(c.Kernel, c.Bias, c.In, c.Out)
			}
		case i == 0:
			// The picture's bytes come as RGB, whatever order the weights were trained with.
			codes := c.Codes
			if m.Pipeline.BGR {
				codes = reverseInput(c)
			}
			n.u8 = append(n.u8, kernels.PackU8Wide(codes, c.Scale, c.Bias, c.KW*c.In, k, c.Out))
		case c.KH == 3: // with stride 1, as only conv1 has another
			n.u8 = append(n.u8, kernels.PackU83x3(c.Codes, c.Scale, c.Bias, c.In, c.Out))
		default:
			n.u8 = append(n.u8, kernels.PackU8(c.Codes, c.Scale, c.Bias, c.KW*c.In, k, c.Out))
		}
	}
	n.logits = make([]float32, n.classes)
	return n, nil
}

// check compares the model's convolutions with the architecture's, tensor by tensor.
func check(a *Arch, m *weights.Model, classes int) error {
	want := a.Convs(classes)
	var errs []error
	bad := func(name, found, expected string) {
		errs = append(errs, errors.New(name+": found "+found+", expected "+expected))
	}
	for i, w := range want {
		if i >= len(m.Convs) {
			bad(w.Name, "nothing", shapeOf(w))
			continue
		}
		c := &m.Convs[i]
		got := ConvShape{c.Name, c.KH, c.KW, c.In, c.Out}
		values, codes := len(c.Kernel), len(c.Codes)
		size := c.KH * c.KW * c.In * c.Out
		switch {
		case got != w:
			bad(w.Name, c.Name+" "+shapeOf(got), shapeOf(w))
		case m.Quantised() && (codes != size || len(c.Scale) != c.Out || len(c.Bias) != c.Out || len(c.OutStep) != c.Out):
			bad(w.Name, strconv.Itoa(codes)+" codes with "+strconv.Itoa(len(c.Scale))+" scales, "+strconv.Itoa(len(c.Bias))+" biases, "+strconv.Itoa(len(c.OutStep))+" steps", strconv.Itoa(size)+" codes and "+strconv.Itoa(c.Out)+" of each")
		case !m.Quantised() && (values != size || len(c.Bias) != c.Out):
			bad(w.Name, strconv.Itoa(values)+" weights and "+strconv.Itoa(len(c.Bias))+" biases", strconv.Itoa(size)+" and "+strconv.Itoa(c.Out))
		}
	}
	for _, c := range m.Convs[min(len(want), len(m.Convs)):] {
		bad(c.Name, "a convolution", "none: "+a.Title+" has "+strconv.Itoa(len(want)))
	}
	if len(m.Labels) != classes {
		bad("labels", strconv.Itoa(len(m.Labels)), strconv.Itoa(classes)+", one for each class of conv10")
	}
	names, channels := a.Adds()
	if !m.Quantised() {
		names = nil
	}
	for i, name := range names {
		if i >= len(m.Adds) {
			bad(name, "nothing", "scales of "+strconv.Itoa(channels[i])+" channels")
			continue
		}
		if s := &m.Adds[i]; s.Name != name || len(s.A) != channels[i] || len(s.B) != channels[i] || len(s.Bias) != channels[i] || len(s.OutStep) != channels[i] {
			bad(name, s.Name+" with "+strconv.Itoa(len(s.A))+" channels", strconv.Itoa(channels[i]))
		}
	}
	for _, s := range m.Adds[min(len(names), len(m.Adds)):] {
		bad(s.Name, "a sum", "none")
	}
	if len(errs) > 0 {
		return errors.New("squeezenet: the model does not fit " + a.Title + ":\n" + errors.Join(errs...).Error())
	}
	return nil
}

func shapeOf(c ConvShape) string {
	return strconv.Itoa(c.KH) + "x" + strconv.Itoa(c.KW) + "x" + strconv.Itoa(c.In) + "x" + strconv.Itoa(c.Out)
}

// reverseInput swaps the first and last input channel of conv1: BGR weights for RGB pixels.
func reverseInput(c *weights.Conv) []int16 {
	codes := make([]int16, len(c.Codes))
	for i := range c.KH * c.KW * c.In {
		copy(codes[i*c.Out:][:c.Out], c.Codes[(i/3*3+2-i%3)*c.Out:])
	}
	return codes
}

// prepare makes the plan and the buffers for an input size, unless they are there.
func (n *Network) prepare(h, w int) error {
	if n.plan != nil && n.plan.h == h && n.plan.w == w {
		return nil
	}
	p, err := newPlan(n.Arch, h, w, n.classes, n.options.FloorPooling)
	if err != nil {
		return err
	}
	n.plan, n.bufF32, n.bufU8, n.ran = p, nil, nil, false
	for i, size := range p.buffers {
		switch {
		case i == bufScores:
			n.scores = make([]float32, size)
			size = 0
		case i == bufInput && n.model.Quantised():
			size = 0 // the caller's bytes are read where they are
		}
		if n.model.Quantised() {
			n.bufU8 = append(n.bufU8, make([]uint8, size))
		} else {
			n.bufF32 = append(n.bufF32, make([]float32, size))
		}
	}
	for _, s := range p.steps {
		if s.op == opAdd && s.dst.border > 0 && n.model.Quantised() {
			fill(n.bufU8[s.dst.buffer], n.model.Adds[s.index].OutZero) // padding is the code of 0
		}
	}
	return nil
}

func fill(codes []uint8, code uint8) {
	for i := range codes {
		codes[i] = code
	}
}

// Run computes the network for a picture of h x w RGB pixels, (h, w, 3) bytes, already resized and
// cropped. The results are then in Logits, Probabilities, TopK, Features and ClassMap, until the next
// run. It fails when the size is below the network's minimum or does not match the bytes.
func (n *Network) Run(rgb []uint8, h, w int) error { return n.run(rgb, h, w, nil) }

// RunTensor computes a float32 network for an input (h, w, 3) as the weights expect it: channels in
// the network's order, mean subtracted, scaled. It fails for an int8 network, which reads bytes.
func (n *Network) RunTensor(x []float32, h, w int) error { return n.runTensor(x, h, w, nil) }

func (n *Network) run(rgb []uint8, h, w int, visit func(*step)) error {
	if err := n.prepare(h, w); err != nil {
		return err
	}
	if len(rgb) != h*w*3 {
		return errors.New("squeezenet: " + strconv.Itoa(len(rgb)) + " bytes for " + strconv.Itoa(h) + "x" + strconv.Itoa(w) + " RGB pixels; expected " + strconv.Itoa(h*w*3))
	}
	if n.model.Quantised() {
		n.bufU8[bufInput] = rgb
	} else {
		n.model.Pipeline.Tensor(n.bufF32[bufInput], rgb)
	}
	n.forward(visit)
	return nil
}

func (n *Network) runTensor(x []float32, h, w int, visit func(*step)) error {
	if n.model.Quantised() {
		return errors.New("squeezenet: an int8 network reads the picture's bytes, not a float32 tensor; use a float32 model")
	}
	if err := n.prepare(h, w); err != nil {
		return err
	}
	if len(x) != h*w*3 {
		return errors.New("squeezenet: " + strconv.Itoa(len(x)) + " values for an input of " + strconv.Itoa(h) + "x" + strconv.Itoa(w) + "x3; expected " + strconv.Itoa(h*w*3))
	}
	copy(n.bufF32[bufInput], x)
	n.forward(visit)
	return nil
}

// Quantised reports whether the network computes with int8 weights.
func (n *Network) Quantised() bool { return n.model.Quantised() }

// Classes is the number of classes.
func (n *Network) Classes() int { return n.classes }

// Profile runs the network some rounds and tells how many milliseconds each layer took, in the order of
// Describe: the least of the rounds, as other work can only make a layer slower. In each the layer is
// computed again and again for the given milliseconds (once, if that is 0), as browsers' clocks tell parts
// of a millisecond only roughly. The clock gives milliseconds. The results are then those of Run.
func (n *Network) Profile(rgb []uint8, h, w, rounds int, each float64, clock func() float64) ([]float64, error) {
	if err := n.prepare(h, w); err != nil {
		return nil, err
	}
	least := make([]float64, len(n.plan.steps))
	for round := range rounds {
		i := 0
		began := clock()
		err := n.run(rgb, h, w, func(s *step) {
			took, turns := clock()-began, 1.0
			for ; took < each; took = clock() - began {
				n.step(s)
				turns++
			}
			if took /= turns; round == 0 || took < least[i] {
				least[i] = took
			}
			i++
			began = clock()
		})
		if err != nil {
			return nil, err
		}
	}
	return least, n.run(rgb, h, w, nil) // once more: a sum adds its bypass in place, each time
}
