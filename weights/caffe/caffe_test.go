package caffe

import (
	"encoding/binary"
	"reflect"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"

	"squeezenet/internal/testref"
	"squeezenet/weights/tensor"
)

type message []byte

func (m message) number(field protowire.Number, v uint64) message {
	return protowire.AppendVarint(protowire.AppendTag(m, field, protowire.VarintType), v)
}

func (m message) bytes(field protowire.Number, b []byte) message {
	return protowire.AppendBytes(protowire.AppendTag(m, field, protowire.BytesType), b)
}

func floats(v ...float32) []byte {
	b, _ := binary.Append(nil, binary.LittleEndian, v)
	return b
}

// net is a NetParameter of a layer with two blobs and one without, in the field of a layer.
func net(layer protowire.Number, kernel message) message {
	bias := message(nil).number(1, 1).number(2, 1).number(3, 1).number(4, 2).bytes(5, floats(7, 8))
	conv := message(nil).bytes(1, []byte("conv1")).bytes(2, []byte("Convolution")).bytes(7, kernel).bytes(7, bias)
	sum := message(nil).bytes(1, []byte("sum")).bytes(2, []byte("Eltwise"))
	return message(nil).bytes(1, []byte("a net")).bytes(layer, conv).bytes(layer, sum)
}

func TestRead(t *testing.T) {
	want := &Net{Sums: true, Tensors: []tensor.Tensor{
		{Name: "conv1.weight", Shape: []int{2, 1, 1, 2}, Values: []float32{1, 2, 3, 4}},
		{Name: "conv1.bias", Shape: []int{1, 1, 1, 2}, Values: []float32{7, 8}},
	}}
	shape := message(nil).number(1, 2).number(1, 1).number(1, 1).number(1, 2)
	separate := message(nil).number(1, 2).number(2, 1).number(3, 1).number(4, 2)
	for _, v := range []float32{1, 2, 3, 4} {
		separate = protowire.AppendTag(separate, 5, protowire.Fixed32Type)
		separate = append(separate, floats(v)...)
	}
	for what, kernel := range map[string]message{
		"shape":                     message(nil).bytes(5, floats(1, 2, 3, 4)).bytes(7, shape),
		"shape, packed":             message(nil).bytes(5, floats(1, 2, 3, 4)).bytes(7, message(nil).bytes(1, []byte{2, 1, 1, 2})),
		"old shape, numbers single": separate,
	} {
		got, err := Read(net(100, kernel))
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %v, %v, expected %v", what, got, err, want)
		}
	}
}

func TestRefused(t *testing.T) {
	good := message(nil).bytes(5, floats(1, 2)).bytes(7, message(nil).bytes(1, []byte{2}))
	for want, data := range map[string][]byte{
		"upgrade_net_proto_binary":                                       net(2, good),
		"no layer with parameters":                                       message(nil).bytes(1, []byte("a net")),
		`layer "conv1": tensor "": shape [3] is more than the 2 numbers`: net(100, message(nil).bytes(5, floats(1, 2)).bytes(7, message(nil).bytes(1, []byte{3}))),
		"more than the 2 numbers":                                        net(100, message(nil).bytes(5, floats(1, 2)).bytes(7, message(nil).number(1, 1<<63))),
		"cut short":                                                      net(100, good)[:60],
	} {
		if _, err := Read(data); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, expected ... %s", err, want)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(net(100, message(nil).bytes(5, floats(1, 2)).bytes(7, message(nil).bytes(1, []byte{2})))))
	testref.Seeds(f, "", "ref/caffe/squeezenet_v1.1.caffemodel", "ref/caffe/squeezenet_v1.1_legacy_shape.caffemodel")
	f.Fuzz(func(t *testing.T, data []byte) {
		if n, err := Read(data); err == nil {
			testref.Shapes(t, n.Tensors)
		}
	})
}
