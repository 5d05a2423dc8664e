// Package onnx reads the weights of a SqueezeNet from an ONNX model, whatever its tensors are called:
// each convolution is known by its place in the graph. It writes models as ONNX, too.
package onnx

import (
	"errors"
	"fmt"
	"slices"

	"squeezenet/squeezenet"
	"squeezenet/weights/tensor"
)

// A File is what a model holds.
type File struct {
	Producer string
	Arch     string          // a name of squeezenet.Archs
	Tensors  []tensor.Tensor // "fire2/squeeze1x1.weight" OIHW, "fire2/squeeze1x1.bias"
	Linear   bool            // there is no ReLU after conv10
	Metadata map[string]string
}

// A conv is a convolution with its place in the graph.
type conv struct {
	node           *node
	weight, bias   tensor.Tensor
	input          value
	relu           bool
	kernel, stride int
	pad            int
	fire           int // the Fire module whose expand or bypass it is, from 1; 0: none
	part           string
}

// A value is what an edge of the graph carries: the outputs of convolutions side by side.
type value struct {
	convs []*conv // nil: the picture
	pools int     // max poolings since the picture
	added bool    // a bypass is in it
	mean  bool    // averaged over the map
}

func (v value) same(w value) bool {
	return slices.Equal(v.convs, w.convs) && v.pools == w.pools && v.added == w.added && v.mean == w.mean
}

type fire struct {
	squeeze        *conv
	bypass         *conv
	added          bool
	input, outputs value
}

type matcher struct {
	*graph
	values map[string]value
	convs  []*conv
	fires  []*fire
}

// Read matches the graph with the architectures' tables. The error for a graph of another net names
// the node that does not fit.
func Read(data []byte) (*File, error) {
	g, err := parseModel(data)
	if err != nil {
		return nil, fmt.Errorf("onnx: %w", err)
	}
	m := &matcher{graph: g, values: map[string]value{}}
	for _, in := range g.inputs {
		if _, constant := g.consts[in]; !constant {
			m.values[in] = value{}
		}
	}
	for i := range g.nodes {
		n := &g.nodes[i]
		if err := m.follow(n); err != nil {
			return nil, fmt.Errorf("onnx: node %q (%s): %w", n.name, n.op, err)
		}
	}
	f, err := m.file()
	if err != nil {
		return nil, fmt.Errorf("onnx: the graph is not a SqueezeNet: %w", err)
	}
	return f, nil
}

// follow gives the node's output its value.
func (m *matcher) follow(n *node) error {
	if len(n.outputs) == 0 {
		return nil
	}
	out := n.outputs[0]
	if n.op == "Constant" {
		if n.value != nil {
			m.consts[out] = *n.value
		}
		return nil
	}
	if len(n.inputs) == 0 {
		return fmt.Errorf("it has no input")
	}
	in, live := m.values[n.inputs[0]]
	if !live {
		// Sums put the constant or the value first as they like; nodes on constants alone are shapes,
		// or an initialiser that is used twice.
		if c, ok := m.consts[n.inputs[0]]; ok && n.op == "Identity" {
			m.consts[out] = c
		}
		if n.op != "Add" || len(n.inputs) != 2 {
			return nil
		}
		if in, live = m.values[n.inputs[1]]; !live {
			return nil
		}
		n.inputs[0], n.inputs[1] = n.inputs[1], n.inputs[0]
	}
	switch n.op {
	case "Identity", "Dropout", "Transpose", "Cast", "Flatten", "Reshape", "Squeeze", "Softmax", "LogSoftmax":
		m.values[out] = in
	case "Relu":
		if in.added {
			return fmt.Errorf("a ReLU after a bypass's sum, expected none")
		}
		for _, c := range in.convs {
			c.relu = true
		}
		m.values[out] = in
	case "MaxPool":
		if k, s := n.ints["kernel_shape"], n.ints["strides"]; !slices.Equal(k, []int64{3, 3}) || !slices.Equal(s, []int64{2, 2}) {
			return fmt.Errorf("a max pooling of %v with stride %v, expected [3 3] and [2 2]", k, s)
		}
		in.pools++
		m.values[out] = in
	case "GlobalAveragePool", "ReduceMean", "AveragePool":
		in.mean = true
		m.values[out] = in
	case "Shape": // for a Reshape, computed beside the net
	case "Conv":
		return m.conv(n, in)
	case "Concat":
		return m.concat(n)
	case "Add", "Sum":
		return m.add(n, in)
	default:
		return fmt.Errorf("SqueezeNet has no such operation; is this another net, or a quantised one?")
	}
	return nil
}

func (m *matcher) constant(name string) (tensor.Tensor, error) {
	c, ok := m.consts[name]
	if !ok {
		return tensor.Tensor{}, fmt.Errorf("its input %q is no constant, expected the weights", name)
	}
	return c.floats()
}

func (m *matcher) conv(n *node, in value) error {
	if len(n.inputs) < 2 {
		return fmt.Errorf("%d inputs, expected 2 or 3", len(n.inputs))
	}
	w, err := m.constant(n.inputs[1])
	if err != nil {
		return err
	}
	if len(w.Shape) != 4 || w.Shape[2] != w.Shape[3] {
		return fmt.Errorf("weights %v, expected [out in k k]", w.Shape)
	}
	c := &conv{node: n, weight: w, input: in, kernel: w.Shape[2], stride: 1}
	if s := n.ints["strides"]; len(s) == 2 && s[0] == s[1] {
		c.stride = int(s[0])
	}
	switch pads, auto := n.ints["pads"], n.text["auto_pad"]; {
	case (auto == "SAME_UPPER" || auto == "SAME_LOWER") && c.stride == 1:
		c.pad = c.kernel / 2
	case auto == "VALID" || len(pads) == 0 && (auto == "" || auto == "NOTSET"):
	case len(pads) == 4 && pads[0] == pads[1] && pads[0] == pads[2] && pads[0] == pads[3]:
		c.pad = int(pads[0])
	default:
		return fmt.Errorf("padding %v %s, expected the same on all sides", pads, auto)
	}
	for _, name := range []string{"group", "dilations"} {
		for _, v := range n.ints[name] {
			if v != 1 {
				return fmt.Errorf("%s %v, expected 1", name, n.ints[name])
			}
		}
	}
	if len(n.inputs) > 2 && n.inputs[2] != "" {
		if c.bias, err = m.constant(n.inputs[2]); err != nil {
			return err
		}
	} else {
		c.bias = tensor.Tensor{Shape: []int{w.Shape[0]}, Values: make([]float32, w.Shape[0])}
	}
	m.convs = append(m.convs, c)
	m.values[n.outputs[0]] = value{convs: []*conv{c}, pools: in.pools}
	return nil
}

// concat closes a Fire module: expand1x1 and expand3x3 of one squeeze1x1.
func (m *matcher) concat(n *node) error {
	var parts []*conv
	for _, name := range n.inputs {
		v, ok := m.values[name]
		if !ok {
			return nil // of shapes
		}
		parts = append(parts, v.convs...)
	}
	if len(parts) != 2 || parts[0].kernel != 1 || parts[1].kernel != 3 || !parts[0].input.same(parts[1].input) ||
		len(parts[0].input.convs) != 1 || parts[0].fire+parts[1].fire > 0 {
		return fmt.Errorf("it does not join a 1x1 and a 3x3 convolution, in this order, of one squeeze convolution")
	}
	squeeze := parts[0].input.convs[0]
	f := &fire{squeeze: squeeze, input: squeeze.input, outputs: value{convs: parts, pools: squeeze.input.pools}}
	m.fires = append(m.fires, f)
	for i, c := range []*conv{squeeze, parts[0], parts[1]} {
		c.fire, c.part = len(m.fires), []string{"squeeze1x1", "expand1x1", "expand3x3"}[i]
	}
	m.values[n.outputs[0]] = f.outputs
	return nil
}

// add is a convolution's bias of its own, or the sum of a Fire module with its bypass.
func (m *matcher) add(n *node, in value) error {
	if len(n.inputs) != 2 {
		return fmt.Errorf("%d inputs, expected 2", len(n.inputs))
	}
	other, live := m.values[n.inputs[1]]
	if !live {
		b, err := m.constant(n.inputs[1])
		if err != nil {
			return err
		}
		if len(in.convs) != 1 || in.added || in.convs[0].relu {
			return fmt.Errorf("a constant is added to what is not one convolution's output")
		}
		c := in.convs[0]
		if len(b.Values) != c.weight.Shape[0] || len(c.node.inputs) > 2 {
			return fmt.Errorf("%d constants are added to a convolution of %d outputs, expected one bias for each", len(b.Values), c.weight.Shape[0])
		}
		c.bias = tensor.Tensor{Shape: c.bias.Shape, Values: b.Values}
		m.values[n.outputs[0]] = in
		return nil
	}
	for _, f := range m.fires {
		module, bypass := in, other
		if !module.same(f.outputs) {
			module, bypass = other, in
		}
		if !module.same(f.outputs) || f.added {
			continue
		}
		if len(bypass.convs) == 1 && bypass.convs[0].input.same(f.input) && bypass.convs[0].kernel == 1 {
			f.bypass = bypass.convs[0]
			f.bypass.fire, f.bypass.part = slices.Index(m.fires, f)+1, "bypass"
		} else if !bypass.same(f.input) {
			continue
		}
		f.added, f.outputs.added = true, true
		m.values[n.outputs[0]] = f.outputs
		return nil
	}
	return fmt.Errorf("it does not add a Fire module's input to its output")
}

// file names the convolutions, and compares the graph with the table of its architecture.
func (m *matcher) file() (*File, error) {
	if len(m.fires) != 8 {
		return nil, fmt.Errorf("%d Fire modules found among %d convolutions, expected 8", len(m.fires), len(m.convs))
	}
	var first, last *conv
	for _, c := range m.convs {
		switch {
		case c.fire > 0:
		case first == nil:
			first = c
		case last == nil:
			last = c
		default:
			return nil, fmt.Errorf("convolution %q is no part of a Fire module, and neither the first nor the last", c.node.name)
		}
	}
	if last == nil {
		return nil, fmt.Errorf("the first or the last convolution is missing")
	}

	f := &File{Producer: m.producer, Metadata: m.metadata, Arch: m.arch(first, last), Linear: !last.relu}
	a, err := squeezenet.Lookup(f.Arch)
	if err != nil {
		return nil, err
	}
	var problems []error
	emit := func(name string, c *conv, input value, kernel, stride, pad int, relu bool) {
		switch {
		case !c.input.same(input):
			problems = append(problems, fmt.Errorf("%q stands for %s and does not take its input from the layer before, or after %d poolings in place of %d", c.node.name, name, c.input.pools, input.pools))
		case c.kernel != kernel || c.stride != stride || c.pad != pad:
			problems = append(problems, fmt.Errorf("%q stands for %s: kernel %d, stride %d, padding %d, expected %d, %d, %d", c.node.name, name, c.kernel, c.stride, c.pad, kernel, stride, pad))
		case c.relu != relu:
			problems = append(problems, fmt.Errorf("%q stands for %s: a ReLU after it is %v, expected %v", c.node.name, name, c.relu, relu))
		}
		c.weight.Name, c.bias.Name = name+".weight", name+".bias"
		f.Tensors = append(f.Tensors, c.weight, c.bias)
	}
	var at value
	fires := m.fires
	for _, l := range a.Layers {
		switch l.Op {
		case squeezenet.Conv:
			c, relu := first, true
			if l.Out == 0 {
				c, relu = last, last.relu
			}
			emit(l.Name, c, at, l.Kernel, l.Stride, l.Pad, relu)
			at = value{convs: []*conv{c}, pools: at.pools}
		case squeezenet.MaxPool:
			at.pools++
		case squeezenet.Fire:
			fire := fires[0]
			fires = fires[1:]
			expands := fire.outputs.convs
			emit(l.Name+"/squeeze1x1", fire.squeeze, at, 1, 1, 0, true)
			squeezed := value{convs: []*conv{fire.squeeze}, pools: at.pools}
			emit(l.Name+"/expand1x1", expands[0], squeezed, 1, 1, 0, true)
			emit(l.Name+"/expand3x3", expands[1], squeezed, 3, 1, 1, true)
			if fire.bypass != nil {
				emit(l.Name+"/bypass", fire.bypass, at, 1, 1, 0, false)
			}
			if has := fire.added; has != (l.Bypass != squeezenet.NoBypass) || (fire.bypass != nil) != (l.Bypass == squeezenet.Projection) {
				problems = append(problems, fmt.Errorf("%s has not the bypass of %s", l.Name, a.Title))
			}
			at = fire.outputs
		}
	}
	return f, errors.Join(problems...)
}

// arch tells the architectures apart by the first convolution, the bypasses and the last's padding; file
// checks the rest.
func (m *matcher) arch(first, last *conv) string {
	switch {
	case first.kernel == 3:
		return "squeezenet1_1"
	case m.fires[0].added:
		return "squeezenet1_0_complex"
	case m.fires[1].added:
		return "squeezenet1_0_simple"
	case last.pad == 0:
		return "squeezenet1_0_torchvision"
	}
	return "squeezenet1_0"
}
