// Package keras reads the weights of a Keras model: whole models and weights in HDF5 (.h5) of Keras 2
// and 3, Keras 3's .weights.h5, and its .keras archive.
package keras

import (
	"bytes"
	"fmt"
	"strings"

	"squeezenet/weights/tensor"
)

// A Model is what a file holds.
type Model struct {
	Tensors []tensor.Tensor // "conv1/kernel" HWIO, "conv1/bias", by the layers' names
	Sums    bool            // the model has layers of class Add
	bytes   int             // of the tensors, which may overlap in a damaged file
}

// ReadArchive reads a .keras file.
func ReadArchive(data []byte) (*Model, error) {
	members, err := tensor.Unzip(data, func(name string) bool { return name == "model.weights.h5" || name == "config.json" })
	if err != nil {
		return nil, fmt.Errorf("keras: %w", err)
	}
	var m *Model
	sums := false
	for _, member := range members {
		if member.Name == "config.json" {
			sums = hasSums(member.Data)
			continue
		}
		if m, err = Read(member.Data); err != nil {
			return nil, err
		}
	}
	if m == nil {
		return nil, fmt.Errorf("keras: the archive has no model.weights.h5: %w", tensor.ErrFormat)
	}
	m.Sums = m.Sums || sums
	return m, nil
}

// Read reads an HDF5 file. Optimiser and metrics are left out.
func Read(data []byte) (*Model, error) {
	root, err := open(data)
	m := &Model{Sums: hasSums(data)}
	if err == nil {
		err = m.collect(root, root)
	}
	if err != nil {
		return nil, fmt.Errorf("keras: %w", err)
	}
	return m, nil
}

// hasSums looks into the configuration, which is JSON in the archive and in a whole model's file.
func hasSums(config []byte) bool { return bytes.Contains(config, []byte(`"class_name": "Add"`)) }

func (m *Model) collect(o, parent *object) error {
	switch o.path {
	case "optimizer", "optimizer_weights", "metrics", "top_level_model_weights":
		return nil
	}
	for _, c := range o.children {
		if err := m.collect(c, o); err != nil {
			return err
		}
	}
	if o.data == nil && o.problem == "" {
		return nil
	}
	if o.problem == "" && !o.float {
		o.problem = "its numbers are not little-endian floats"
	}
	if o.problem != "" {
		return fmt.Errorf("dataset %q: %s", o.path, o.problem)
	}
	if m.bytes += len(o.data); m.bytes > tensor.MaxBytes {
		return fmt.Errorf("dataset %q: the datasets are larger than %d MiB: no SqueezeNet is that large", o.path, tensor.MaxBytes>>20)
	}
	t, err := tensor.New(name(o, parent), o.kind, o.shape, o.data)
	m.Tensors = append(m.Tensors, t)
	return err
}

// name finds the layer. Keras 3's own format has layers/conv2d_5/vars/0 with the layer's name as an
// attribute of vars (Keras 2's has no attribute: then it is "conv2d_5"), the older ones
// LAYER/LAYER/kernel:0 or LAYER/sequential/LAYER/kernel:0, with or without model_weights before it.
func name(o, parent *object) string {
	i := strings.LastIndexByte(o.path, '/')
	if i < 0 {
		return o.path
	}
	group, last := o.path[:i], o.path[i+1:]
	if path, ok := strings.CutSuffix(group, "/vars"); ok {
		layer := parent.name
		if layer == "" {
			layer = path[strings.LastIndexByte(path, '/')+1:]
		}
		switch last {
		case "0":
			last = "kernel"
		case "1":
			last = "bias"
		}
		return layer + "/" + last
	}
	group = strings.TrimPrefix(group, "model_weights/")
	for n := (len(group) - 1) / 2; n > 0; n-- {
		if layer := group[:n]; strings.HasPrefix(group, layer+"/") && strings.HasSuffix(group, "/"+layer) {
			return layer + "/" + last
		}
	}
	return group + "/" + last
}
