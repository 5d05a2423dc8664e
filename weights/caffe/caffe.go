// Package caffe reads the parameters of a .caffemodel (caffe.proto's NetParameter).
package caffe

import (
	"fmt"

	"squeezenet/weights/tensor"
)

// A Net is what a file holds of a trained net.
type Net struct {
	Tensors []tensor.Tensor // of each layer: "conv1.weight" OIHW, "conv1.bias"
	Sums    bool            // the net has layers of type Eltwise
}

// Read returns the blobs of the net's layers, in the two forms of a blob's shape: the field shape, and
// num, channels, height and width of files from before it.
func Read(data []byte) (*Net, error) {
	net := &Net{}
	err := tensor.Fields(data, func(num tensor.Field, _ uint64, data []byte) error {
		switch num {
		case 2:
			return fmt.Errorf("layers of Caffe's first format (field \"layers\"), expected \"layer\"; upgrade the file with Caffe's upgrade_net_proto_binary")
		case 100:
			return net.layer(data)
		}
		return nil
	})
	if err == nil && len(net.Tensors) == 0 {
		err = fmt.Errorf("no layer with parameters: %w", tensor.ErrFormat)
	}
	if err != nil {
		return nil, fmt.Errorf("caffe: %w", err)
	}
	return net, nil
}

func (net *Net) layer(data []byte) error {
	var name string
	var blobs []tensor.Tensor
	err := tensor.Fields(data, func(num tensor.Field, _ uint64, data []byte) error {
		switch num {
		case 1:
			name = string(data)
		case 2:
			net.Sums = net.Sums || string(data) == "Eltwise"
		case 7:
			b, err := blob(data)
			blobs = append(blobs, b)
			return err
		}
		return nil
	})
	if err == nil && len(blobs) > 2 {
		err = fmt.Errorf("%d blobs, expected weights and bias", len(blobs))
	}
	if err != nil {
		return fmt.Errorf("layer %q: %w", name, err)
	}
	for i, b := range blobs {
		b.Name = name + []string{".weight", ".bias"}[i]
		net.Tensors = append(net.Tensors, b)
	}
	return nil
}

func blob(data []byte) (tensor.Tensor, error) {
	var old [4]int64
	var dims []int64
	var packed []byte
	shaped := false
	err := tensor.Fields(data, func(num tensor.Field, number uint64, data []byte) error {
		switch num {
		case 1, 2, 3, 4:
			old[num-1] = int64(number)
		case 5:
			packed = append(packed, data...) // one field packed, or one a number
		case 7:
			shaped = true
			return tensor.Fields(data, func(num tensor.Field, number uint64, data []byte) error {
				if num == 1 {
					dims = tensor.Integers(dims, number, data)
				}
				return nil
			})
		}
		return nil
	})
	if err != nil {
		return tensor.Tensor{}, err
	}
	if !shaped {
		dims = old[:]
	}
	shape := make([]int, len(dims))
	for i, d := range dims {
		if shape[i] = int(d); int64(shape[i]) != d {
			shape[i] = -1 // refused with the shape
		}
	}
	return tensor.New("", tensor.F32, shape, packed)
}
