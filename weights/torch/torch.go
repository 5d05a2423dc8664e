// Package torch reads the tensors of a file that torch.save wrote of a state_dict, in the zip format
// (since PyTorch 1.6) and in the one before. Its unpickler executes nothing, and refuses whatever is no
// tensor with the name that the file asked for.
package torch

import (
	"encoding/binary"
	"errors"
	"fmt"
	"path"
	"strings"

	"squeezenet/weights/tensor"
)

// magicNumber is the first pickle of the old format, 0x1950a86a20f9469cfc6c, as bytes.
const magicNumber = "\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19"

// Read returns the tensors in the file's order, by their names in the state_dict: of a dictionary of
// tensors, or of the one called state_dict, model_state_dict or model in a checkpoint that has one.
func Read(data []byte) ([]tensor.Tensor, error) {
	read := readOld
	if strings.HasPrefix(string(data[:min(2, len(data))]), "PK") {
		read = readZip
	}
	tensors, err := read(data)
	if err != nil {
		return nil, fmt.Errorf("torch: %w", err)
	}
	return tensors, nil
}

// readZip reads PREFIX/data.pkl and the storages PREFIX/data/KEY.
func readZip(data []byte) ([]tensor.Tensor, error) {
	isStorage := func(name string) bool { return path.Base(path.Dir(name)) == "data" }
	members, err := tensor.Unzip(data, func(name string) bool {
		return isStorage(name) || path.Base(name) == "data.pkl" || path.Base(name) == "byteorder"
	})
	if err != nil {
		return nil, err
	}
	var pickle []byte
	numbers := map[string][]byte{}
	for _, m := range members {
		switch {
		case isStorage(m.Name):
			numbers[path.Base(m.Name)] = m.Data
		case path.Base(m.Name) == "data.pkl":
			pickle = m.Data
		case string(m.Data) != "little":
			return nil, fmt.Errorf("byte order %q, expected \"little\"", m.Data)
		}
	}
	if pickle == nil {
		return nil, fmt.Errorf("the archive has no data.pkl: %w", tensor.ErrFormat)
	}
	value, _, err := unpickle(pickle)
	if err != nil {
		return nil, err
	}
	return stateDict(value, numbers)
}

// readOld reads five pickles in a row (magic number, version, system, the value, the storages' keys)
// and then each storage: its count, 8 bytes, and its numbers.
func readOld(data []byte) ([]tensor.Tensor, error) {
	var values [5]any
	rest := data
	for i := range values {
		var err error
		if values[i], rest, err = unpickle(rest); err != nil {
			return nil, err
		}
		if i == 0 && values[0] != magicNumber {
			return nil, fmt.Errorf("it does not begin with PyTorch's magic number: %w", tensor.ErrFormat)
		}
	}
	keys, ok := values[4].(*list)
	if !ok {
		return nil, fmt.Errorf("the list of storages is missing: %w", tensor.ErrFormat)
	}
	widths := map[string]int{}
	err := views(values[3], func(_ string, v view) error {
		widths[v.storage.key] = storages[v.storage.kind].width
		return nil
	})
	if err != nil {
		return nil, err
	}
	numbers := map[string][]byte{}
	for _, k := range keys.items {
		key, _ := k.(string)
		width, ok := widths[key]
		if !ok {
			return nil, fmt.Errorf("storage %q belongs to no tensor of the state_dict; save model.state_dict() alone", key)
		}
		if len(rest) < 8 {
			return nil, fmt.Errorf("storage %s is missing: %w", key, tensor.ErrFormat)
		}
		count := binary.LittleEndian.Uint64(rest)
		rest = rest[8:]
		if count > uint64(len(rest)/width) {
			return nil, fmt.Errorf("storage %s is said to have %d numbers and %d bytes follow: %w", key, count, len(rest), tensor.ErrFormat)
		}
		numbers[key], rest = rest[:int(count)*width], rest[int(count)*width:]
	}
	return stateDict(values[3], numbers)
}

// views calls f for every tensor of the state_dict in value.
func views(value any, f func(name string, v view) error) error {
	d, ok := value.(*dict)
	if !ok {
		return errors.New("it holds no dictionary of tensors; save model.state_dict()")
	}
	for i, k := range d.keys {
		inner, ok := d.values[i].(*dict)
		if ok && (k == "state_dict" || k == "model_state_dict" || k == "model") {
			d = inner
			break
		}
	}
	for i, k := range d.keys {
		name, ok1 := k.(string)
		v, ok2 := d.values[i].(view)
		if !ok1 || !ok2 {
			return fmt.Errorf("entry %q is no tensor; save model.state_dict()", name)
		}
		if err := f(name, v); err != nil {
			return fmt.Errorf("tensor %q: %w", name, err)
		}
	}
	return nil
}

func stateDict(value any, numbers map[string][]byte) ([]tensor.Tensor, error) {
	var tensors []tensor.Tensor
	total := 0 // two tensors may share their numbers
	err := views(value, func(name string, v view) error {
		s := storages[v.storage.kind]
		data, ok := numbers[v.storage.key]
		if !ok {
			return fmt.Errorf("its numbers, storage %s, are not in the file: %w", v.storage.key, tensor.ErrFormat)
		}
		shape, err := ints(v.shape)
		if err != nil {
			return err
		}
		stride, err := ints(v.stride)
		if err != nil {
			return err
		}
		have := len(data) / s.width
		n, err := tensor.Count(shape, have)
		last, contiguous := int(v.offset), true
		for i, step := len(shape)-1, 1; i >= 0 && err == nil && len(stride) == len(shape); i-- {
			last += max(shape[i]-1, 0) * min(stride[i], have)
			contiguous = contiguous && stride[i] == step
			step *= shape[i]
		}
		if err != nil || len(stride) != len(shape) || v.offset < 0 || v.offset > int64(have) || n > 0 && last >= have {
			return fmt.Errorf("shape %v with strides %v from %d on does not fit a storage of %d numbers", shape, stride, v.offset, have)
		}
		if total += 4 * n; total > tensor.MaxBytes {
			return fmt.Errorf("the tensors are larger than %d MiB: no SqueezeNet is that large", tensor.MaxBytes>>20)
		}
		data = data[int(v.offset)*s.width:]
		var values []float32
		if contiguous {
			values = tensor.Floats(s.kind, data[:n*s.width])
		} else {
			values = make([]float32, n)
		}
		for i := 0; !contiguous && i < n; i++ {
			at, rest := 0, i
			for d := len(shape) - 1; d >= 0; d-- {
				at += rest % shape[d] * stride[d]
				rest /= shape[d]
			}
			values[i] = tensor.Floats(s.kind, data[at*s.width:][:s.width])[0]
		}
		tensors = append(tensors, tensor.Tensor{Name: name, Shape: shape, Values: values})
		return nil
	})
	return tensors, err
}

// ints are the whole numbers of a shape or of strides.
func ints(t tuple) ([]int, error) {
	if len(t) > 8 {
		return nil, fmt.Errorf("%d sides, expected at most 4", len(t))
	}
	out := make([]int, len(t))
	for i, v := range t {
		n, ok := v.(int64)
		if !ok || n < 0 || n > 1<<31-1 {
			return nil, errors.New("its shape or strides are not whole numbers of at most 31 bits")
		}
		out[i] = int(n)
	}
	return out, nil
}
