package onnx

import (
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"

	"squeezenet/internal/testref"
	"squeezenet/squeezenet"
	"squeezenet/weights"
	"squeezenet/weights/tensor"
)

// numbers are what the tests put into the tensor of a name.
func numbers(name string, n int) []float32 {
	h := fnv.New32a()
	h.Write([]byte(name))
	seed := h.Sum32()
	v := make([]float32, n)
	for i := range v {
		seed = seed*1664525 + 1013904223
		v[i] = float32(int32(seed)) / (1 << 33)
	}
	return v
}

// filled is a graph of testdata, whose initialisers have no numbers (weights/foreign/seeds), with them.
func filled(t testing.TB, file string) []byte {
	return edit(t, testref.ReadFile(t, "testdata/"+file), func(num protowire.Number, field []byte) []byte {
		if num != 7 {
			return field
		}
		return edit(t, field, func(num protowire.Number, field []byte) []byte {
			c, err := parseConstant(field)
			if num != 5 || err != nil || c.dataType != float {
				return field
			}
			n, err := tensor.Count(c.dims, 1<<24)
			if err != nil {
				t.Fatal(err)
			}
			raw, err := binary.Append(nil, binary.LittleEndian, numbers(c.name, n))
			if err != nil {
				t.Fatal(err)
			}
			m := message(field)
			m.bytes(9, raw)
			return m
		})
	})
}

// edit passes every length-delimited field of a message through change.
func edit(t testing.TB, b []byte, change func(protowire.Number, []byte) []byte) []byte {
	var out message
	for len(b) > 0 {
		num, typ, n := protowire.ConsumeTag(b)
		m := protowire.ConsumeFieldValue(num, typ, b[max(n, 0):])
		if n < 0 || m < 0 {
			t.Fatal("the seed is no protobuf message")
		}
		if typ == protowire.BytesType {
			v, _ := protowire.ConsumeBytes(b[n:])
			out.bytes(num, change(num, slices.Clone(v)))
		} else {
			out = append(out, b[:n+m]...)
		}
		b = b[n+m:]
	}
	return out
}

// torchvisionNames are features.3.squeeze for fire2/squeeze1x1 and so on.
func torchvisionNames(arch string) map[string]string {
	a, _ := squeezenet.Lookup(arch)
	names := map[string]string{"conv1": "features.0", "conv10": "classifier.1"}
	for i, l := range a.Layers {
		names[l.Name+"/squeeze1x1"] = fmt.Sprintf("features.%d.squeeze", i+1)
		names[l.Name+"/expand1x1"] = fmt.Sprintf("features.%d.expand1x1", i+1)
		names[l.Name+"/expand3x3"] = fmt.Sprintf("features.%d.expand3x3", i+1)
	}
	return names
}

// Graphs as PyTorch's two exporters and tf2onnx write them: every tensor comes from its place in the
// graph, also where expand3x3 is computed before expand1x1.
func TestExporters(t *testing.T) {
	for _, c := range []struct{ file, arch string }{
		{"torch_squeezenet1_1_torchscript.onnx", "squeezenet1_1"},
		{"torch_squeezenet1_1_dynamo.onnx", "squeezenet1_1"},
		{"torch_squeezenet1_0_torchscript.onnx", "squeezenet1_0_torchvision"},
		{"torch_squeezenet1_0_dynamo.onnx", "squeezenet1_0_torchvision"},
		{"tf2onnx_squeezenet1_1.onnx", "squeezenet1_1"},
	} {
		f, err := Read(filled(t, c.file))
		if err != nil {
			t.Errorf("%s: %v", c.file, err)
			continue
		}
		if f.Arch != c.arch || f.Linear {
			t.Errorf("%s: recognised as %s, linear %v, expected %s, false", c.file, f.Arch, f.Linear, c.arch)
		}
		got := map[string]tensor.Tensor{}
		for _, v := range f.Tensors {
			got[v.Name] = v
		}
		names := torchvisionNames(c.arch)
		a, _ := squeezenet.Lookup(c.arch)
		for _, s := range a.Convs(1000) {
			weight, bias := names[s.Name]+".weight", names[s.Name]+".bias"
			if f.Producer == "tf2onnx" {
				weight, bias = "squeezenet1_1/"+s.Name+"/Conv2D/ReadVariableOp:0", "squeezenet1_1/"+s.Name+"/BiasAdd/ReadVariableOp:0"
			}
			for _, want := range []tensor.Tensor{
				{Name: s.Name + ".weight", Shape: []int{s.Out, s.In, s.KH, s.KW}, Values: numbers(weight, s.Out*s.In*s.KH*s.KW)},
				{Name: s.Name + ".bias", Shape: []int{s.Out}, Values: numbers(bias, s.Out)},
			} {
				if g := got[want.Name]; !reflect.DeepEqual(g, want) {
					t.Errorf("%s: %s has shape %v and other numbers than %s, expected %v", c.file, want.Name, g.Shape, weight, want.Shape)
				}
			}
		}
	}
}

func TestAnotherNet(t *testing.T) {
	_, err := Read(filled(t, "torch_resnet18.onnx"))
	if err == nil || !strings.Contains(err.Error(), "onnx: node ") {
		t.Errorf("ResNet 18: %v, expected the first node that no SqueezeNet has", err)
	}
}

// Every architecture comes back from our own file, by its graph.
func TestWrite(t *testing.T) {
	for _, a := range squeezenet.Archs {
		for _, linear := range []bool{false, true} {
			m := model(a)
			m.Convs[len(m.Convs)-1].Linear = linear
			data, err := Write(m, map[string]string{"key": "value"})
			if err != nil {
				t.Fatal(err)
			}
			f, err := Read(data)
			if err != nil {
				t.Errorf("%s: %v", a.Name, err)
				continue
			}
			if f.Arch != a.Name || f.Linear != linear || f.Metadata["key"] != "value" {
				t.Errorf("%s, linear %v: recognised as %s, linear %v, metadata %v", a.Name, linear, f.Arch, f.Linear, f.Metadata)
			}
			got := map[string][]float32{}
			for _, v := range f.Tensors {
				got[v.Name] = v.Values
			}
			for _, c := range m.Convs {
				if !slices.Equal(tensor.HWIO(got[c.Name+".weight"], c.Out, c.In, c.KH*c.KW), c.Kernel) || !slices.Equal(got[c.Name+".bias"], c.Bias) {
					t.Errorf("%s: %s has other numbers", a.Name, c.Name)
				}
			}
		}
	}
}

func model(a *squeezenet.Arch) *weights.Model {
	m := &weights.Model{Arch: a.Name, Labels: make([]weights.Label, 3)}
	for _, s := range a.Convs(3) {
		m.Convs = append(m.Convs, weights.Conv{Name: s.Name, KH: s.KH, KW: s.KW, In: s.In, Out: s.Out,
			Kernel: numbers(s.Name, s.KH*s.KW*s.In*s.Out), Bias: numbers(s.Name+" bias", s.Out)})
	}
	return m
}

// One node of a true graph changed at a time: each is another net, and is refused with the reason.
func TestRefused(t *testing.T) {
	a, _ := squeezenet.Lookup("squeezenet1_0_simple")
	data, err := Write(model(a), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		node   string
		change func(n *node) []message // changes the node and gives its attributes
		want   string
	}{
		{"conv1", func(n *node) []message { return []message{ints("strides", 1, 1)} }, `"conv1" stands for conv1: kernel 7, stride 1, padding 0, expected 7, 2, 0`},
		{"conv1", func(n *node) []message { return []message{ints("strides", 2, 2), ints("dilations", 2, 2)} }, "dilations [2 2], expected 1"},
		{"fire5/expand3x3", func(n *node) []message { return []message{ints("pads", 0, 1, 0, 1)} }, "padding [0 1 0 1]"},
		{"pool4", func(n *node) []message { return []message{ints("kernel_shape", 2, 2), ints("strides", 2, 2)} }, "a max pooling of [2 2]"},
		{"pool4", func(n *node) []message { n.op = "Identity"; return []message{} }, "after 1 poolings in place of 2"},
		{"fire4/squeeze1x1_relu", func(n *node) []message { n.op = "Identity"; return []message{} }, "stands for fire4/squeeze1x1: a ReLU after it is false, expected true"},
		{"fire3/concat", func(n *node) []message { slices.Reverse(n.inputs); return []message{} }, "does not join a 1x1 and a 3x3"},
		{"fire3/add", func(n *node) []message { n.op = "Identity"; return []message{} }, "has not the bypass of"},
		{"fire3/add", func(n *node) []message { n.op = "Mul"; return []message{} }, "SqueezeNet has no such operation"},
		{"fire3/add", func(n *node) []message { n.inputs[1] = "conv1"; return []message{} }, "does not add a Fire module's input to its output"},
		{"fire9/squeeze1x1", func(n *node) []message { n.inputs[1] = "fire9/squeeze1x1"; return []message{} }, "is no constant"},
	} {
		file := edit(t, data, func(num protowire.Number, field []byte) []byte {
			if num != 7 {
				return field
			}
			return edit(t, field, func(num protowire.Number, field []byte) []byte {
				n, err := parseNode(field)
				if num != 1 || err != nil || n.name != c.node {
					return field
				}
				var m message
				attributes := c.change(&n)
				for _, in := range n.inputs {
					m.text(1, in)
				}
				m.text(2, n.outputs[0])
				m.text(3, n.name)
				m.text(4, n.op)
				for _, a := range attributes {
					m.bytes(5, a)
				}
				return m
			})
		})
		if _, err := Read(file); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v\nexpected ... %s", c.node, err, c.want)
		}
	}
}

func TestConstants(t *testing.T) {
	bits := func(v float32) []byte { return binary.LittleEndian.AppendUint32(nil, math.Float32bits(v)) }
	for _, c := range []struct {
		c    constant
		want string
	}{
		{constant{name: "w", dims: []int{1}, dataType: 1, packed: bits(3)}, ""},
		{constant{name: "w", dims: []int{2}, dataType: 1, raw: bits(3)}, "is more than the 1 numbers"},
		{constant{name: "w", dims: []int{4}, dataType: 3, raw: bits(3)}, "a quantised model is not read"},
		{constant{name: "w", dims: []int{1}, dataType: 1, external: true}, "in another file"},
	} {
		v, err := c.c.floats()
		if c.want == "" && (err != nil || v.Values[0] != 3) || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%+v: %v, %v, expected ... %s", c.c, v, err, c.want)
		}
	}
}

func FuzzRead(f *testing.F) {
	testref.Seeds(f, "testdata/*", "ref/onnx/squeezenet1_1.onnx", "ref/onnx/squeezenet1_1_int8_qdq.onnx")
	f.Fuzz(func(t *testing.T, data []byte) {
		if file, err := Read(data); err == nil {
			testref.Shapes(t, file.Tensors)
		}
	})
}
