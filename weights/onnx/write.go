package onnx

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"maps"
	"slices"

	"google.golang.org/protobuf/encoding/protowire"

	"squeezenet/squeezenet"
	"squeezenet/weights"
	"squeezenet/weights/tensor"
)

const (
	irVersion = 8
	opset     = 13 // MaxPool's ceil_mode came with 10, Softmax over one axis with 13
	float     = 1  // TensorProto.FLOAT
)

// message builds a protobuf message; field numbers are onnx.proto3's.
type message []byte

func (m *message) number(field protowire.Number, v int64) {
	*m = protowire.AppendVarint(protowire.AppendTag(*m, field, protowire.VarintType), uint64(v))
}

func (m *message) bytes(field protowire.Number, b []byte) {
	*m = protowire.AppendBytes(protowire.AppendTag(*m, field, protowire.BytesType), b)
}

func (m *message) text(field protowire.Number, s string) { m.bytes(field, []byte(s)) }

// Write makes an ONNX model of a float32 model. Its input "x" is (n, 3, h, w), channels in the order of
// the model's pipeline, mean subtracted and scaled; its outputs "logits" and "prob" are (n, classes).
// Names of tensors are the layers' with _w (OIHW) and _b. metadata goes into the model's properties.
func Write(m *weights.Model, metadata map[string]string) ([]byte, error) {
	a, err := squeezenet.Lookup(m.Arch)
	if err != nil {
		return nil, err
	}
	if m.Quantised() {
		return nil, fmt.Errorf("onnx: an int8 model cannot be written, expected a float32 one; write the model that it was made from")
	}
	var g message
	convs := m.Convs
	// node appends a NodeProto of one output, which is its name, too.
	node := func(op, out string, inputs []string, attributes ...message) string {
		var n message
		for _, in := range inputs {
			n.text(1, in)
		}
		n.text(2, out)
		n.text(3, out)
		n.text(4, op)
		for _, a := range attributes {
			n.bytes(5, a)
		}
		g.bytes(1, n)
		return out
	}
	var initialisers []message
	conv := func(in string, stride, pad int) string {
		c := convs[0]
		convs = convs[1:]
		kernel := tensor.OIHW(c.Kernel, c.Out, c.In, c.KH*c.KW)
		initialisers = append(initialisers, initialiser(c.Name+"_w", kernel, c.Out, c.In, c.KH, c.KW), initialiser(c.Name+"_b", c.Bias, c.Out))
		return node("Conv", c.Name, []string{in, c.Name + "_w", c.Name + "_b"},
			ints("kernel_shape", c.KH, c.KW), ints("strides", stride, stride), ints("pads", pad, pad, pad, pad))
	}
	relu := func(in string) string { return node("Relu", in+"_relu", []string{in}) }

	if want := a.Convs(len(m.Labels)); len(want) != len(convs) {
		return nil, fmt.Errorf("onnx: the model has %d convolutions, expected the %d of %s", len(convs), len(want), a.Title)
	}
	x := "x"
	for _, l := range a.Layers {
		switch l.Op {
		case squeezenet.Conv:
			linear := convs[0].Linear
			if x = conv(x, l.Stride, l.Pad); !linear {
				x = relu(x)
			}
		case squeezenet.MaxPool:
			x = node("MaxPool", l.Name, []string{x}, ints("kernel_shape", 3, 3), ints("strides", 2, 2), integer("ceil_mode", 1))
		case squeezenet.Fire:
			in := x
			squeeze := relu(conv(in, 1, 0))
			e1 := relu(conv(squeeze, 1, 0))
			e3 := relu(conv(squeeze, 1, 1))
			x = node("Concat", l.Name+"/concat", []string{e1, e3}, integer("axis", 1))
			switch l.Bypass {
			case squeezenet.Projection:
				x = node("Add", l.Name+"/add", []string{x, conv(in, 1, 0)})
			case squeezenet.Identity:
				x = node("Add", l.Name+"/add", []string{x, in})
			}
		case squeezenet.AvgPool:
			x = node("GlobalAveragePool", l.Name, []string{x})
			node("Flatten", "logits", []string{x}, integer("axis", 1))
			node("Softmax", "prob", []string{"logits"}, integer("axis", 1))
		}
	}
	g.text(2, m.Arch)
	for _, t := range initialisers {
		g.bytes(5, t)
	}
	g.bytes(11, valueInfo("x", "n", 3, "h", "w"))
	g.bytes(12, valueInfo("logits", "n", len(m.Labels)))
	g.bytes(12, valueInfo("prob", "n", len(m.Labels)))

	var model, set message
	model.number(1, irVersion)
	model.text(2, "squeezenet")
	if m.Source != "" {
		model.text(6, m.Source)
	}
	model.bytes(7, g)
	set.number(2, opset)
	model.bytes(8, set)
	for _, key := range slices.Sorted(maps.Keys(metadata)) {
		var entry message
		entry.text(1, key)
		entry.text(2, metadata[key])
		model.bytes(14, entry)
	}
	return model, nil
}

// ints is an AttributeProto of integers.
func ints(name string, values ...int) (a message) {
	a.text(1, name)
	for _, v := range values {
		a.number(8, int64(v))
	}
	a.number(20, 7) // INTS
	return a
}

// integer is an AttributeProto of one integer.
func integer(name string, v int) (a message) {
	a.text(1, name)
	a.number(3, int64(v))
	a.number(20, 2) // INT
	return a
}

// initialiser is a TensorProto with raw data.
func initialiser(name string, values []float32, shape ...int) (t message) {
	var raw bytes.Buffer
	binary.Write(&raw, binary.LittleEndian, values) // a bytes.Buffer does not fail
	for _, d := range shape {
		t.number(1, int64(d))
	}
	t.number(2, float)
	t.text(8, name)
	t.bytes(9, raw.Bytes())
	return t
}

// valueInfo is a ValueInfoProto of floats; sides are numbers or names of any number.
func valueInfo(name string, sides ...any) (v message) {
	var shape, tensorType, typ message
	for _, s := range sides {
		var side message
		switch s := s.(type) {
		case int:
			side.number(1, int64(s))
		case string:
			side.text(2, s)
		}
		shape.bytes(1, side)
	}
	tensorType.number(1, float)
	tensorType.bytes(2, shape)
	typ.bytes(1, tensorType)
	v.text(1, name)
	v.bytes(2, typ)
	return v
}
