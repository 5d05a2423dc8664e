package onnx

import (
	"fmt"
	"math"

	"squeezenet/weights/tensor"
)

// The parts of onnx.proto that a SqueezeNet needs. Field numbers are onnx.proto3's.

type graph struct {
	producer string
	nodes    []node
	consts   map[string]constant // initialisers
	inputs   []string
	metadata map[string]string
}

type node struct {
	name, op        string
	inputs, outputs []string
	ints            map[string][]int64 // attributes of one or several integers
	text            map[string]string  // attributes of a string
	value           *constant          // attribute "value" of a Constant
}

// A constant is a TensorProto, not yet decoded.
type constant struct {
	name     string
	dims     []int
	dataType int64
	raw      []byte
	packed   []byte // float_data
	external bool
}

func parseModel(data []byte) (*graph, error) {
	g := &graph{consts: map[string]constant{}, metadata: map[string]string{}}
	found := false
	err := tensor.Fields(data, func(num tensor.Field, _ uint64, data []byte) error {
		switch num {
		case 2:
			g.producer = string(data)
		case 7:
			found = true
			return g.parse(data)
		case 14:
			var entry [2]string
			err := tensor.Fields(data, func(num tensor.Field, _ uint64, data []byte) error {
				if num == 1 || num == 2 {
					entry[num-1] = string(data)
				}
				return nil
			})
			g.metadata[entry[0]] = entry[1]
			return err
		}
		return nil
	})
	if err == nil && !found {
		err = fmt.Errorf("there is no graph: %w", tensor.ErrFormat)
	}
	return g, err
}

func (g *graph) parse(data []byte) error {
	return tensor.Fields(data, func(num tensor.Field, _ uint64, data []byte) error {
		switch num {
		case 1:
			n, err := parseNode(data)
			g.nodes = append(g.nodes, n)
			return err
		case 5:
			c, err := parseConstant(data)
			g.consts[c.name] = c
			return err
		case 11:
			return tensor.Fields(data, func(num tensor.Field, _ uint64, data []byte) error {
				if num == 1 {
					g.inputs = append(g.inputs, string(data))
				}
				return nil
			})
		}
		return nil
	})
}

func parseNode(data []byte) (node, error) {
	n := node{ints: map[string][]int64{}, text: map[string]string{}}
	err := tensor.Fields(data, func(num tensor.Field, _ uint64, data []byte) error {
		switch num {
		case 1:
			n.inputs = append(n.inputs, string(data))
		case 2:
			n.outputs = append(n.outputs, string(data))
		case 3:
			n.name = string(data)
		case 4:
			n.op = string(data)
		case 5:
			return n.parseAttribute(data)
		}
		return nil
	})
	return n, err
}

func (n *node) parseAttribute(data []byte) error {
	var name, text string
	var ints []int64
	var value *constant
	err := tensor.Fields(data, func(num tensor.Field, number uint64, data []byte) error {
		switch num {
		case 1:
			name = string(data)
		case 3, 8:
			ints = tensor.Integers(ints, number, data)
		case 4:
			text = string(data)
		case 5:
			c, err := parseConstant(data)
			value = &c
			return err
		}
		return nil
	})
	n.ints[name], n.text[name] = ints, text
	if name == "value" {
		n.value = value
	}
	return err
}

func parseConstant(data []byte) (constant, error) {
	var c constant
	var dims []int64
	err := tensor.Fields(data, func(num tensor.Field, number uint64, data []byte) error {
		switch num {
		case 1:
			dims = tensor.Integers(dims, number, data)
		case 2:
			c.dataType = int64(number)
		case 4:
			c.packed = append(c.packed, data...)
		case 8:
			c.name = string(data)
		case 9:
			c.raw = data
		case 14:
			c.external = number == 1
		}
		return nil
	})
	for _, d := range dims {
		if d < 0 || d > math.MaxInt32 {
			return c, fmt.Errorf("tensor %q: a side of %d", c.name, d)
		}
		c.dims = append(c.dims, int(d))
	}
	return c, err
}

// floats decodes the constant.
func (c *constant) floats() (tensor.Tensor, error) {
	types := map[int64]tensor.Type{1: tensor.F32, 10: tensor.F16, 11: tensor.F64, 16: tensor.BF16}
	t, ok := types[c.dataType]
	switch {
	case !ok:
		return tensor.Tensor{}, fmt.Errorf("tensor %q: numbers of type %d, expected float (1), float16 (10), double (11) or bfloat16 (16): a quantised model is not read, convert its float original", c.name, c.dataType)
	case c.external:
		return tensor.Tensor{}, fmt.Errorf("tensor %q: its numbers are in another file, expected them in this one; export it with external_data=False", c.name)
	case c.raw == nil && t == tensor.F32:
		return tensor.New(c.name, t, c.dims, c.packed)
	}
	return tensor.New(c.name, t, c.dims, c.raw)
}
