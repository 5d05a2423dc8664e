// Package npz reads the arrays of a NumPy archive: a zip of .npy files (numpy.lib.format, versions 1
// to 3).
package npz

import (
	"encoding/binary"
	"fmt"
	"strconv"
	"strings"

	"squeezenet/weights/tensor"
)

var types = map[string]tensor.Type{"<f4": tensor.F32, "<f2": tensor.F16, "<f8": tensor.F64}

// Read returns the arrays in the archive's order, named without ".npy". Little-endian f2, f4 and f8
// in C order are read; the error for any other names the array.
func Read(data []byte) ([]tensor.Tensor, error) {
	members, err := tensor.Unzip(data, func(name string) bool { return strings.HasSuffix(name, ".npy") })
	if err != nil {
		return nil, fmt.Errorf("npz: %w", err)
	}
	var tensors []tensor.Tensor
	for _, m := range members {
		t, err := array(strings.TrimSuffix(m.Name, ".npy"), m.Data)
		if err != nil {
			return nil, fmt.Errorf("npz: %w", err)
		}
		tensors = append(tensors, t)
	}
	return tensors, nil
}

func array(name string, b []byte) (tensor.Tensor, error) {
	bad := func(format string, args ...any) (tensor.Tensor, error) {
		return tensor.Tensor{}, fmt.Errorf("array %q: "+format, append([]any{name}, args...)...)
	}
	// Magic, version, length of the header (2 bytes; from version 2 on 4), header, numbers.
	if len(b) < 12 || string(b[:6]) != "\x93NUMPY" || b[6] < 1 || b[6] > 3 {
		return bad("it does not begin as a .npy file of version 1 to 3: %w", tensor.ErrFormat)
	}
	start, n := 10, int64(binary.LittleEndian.Uint16(b[8:]))
	if b[6] > 1 {
		start, n = 12, int64(binary.LittleEndian.Uint32(b[8:]))
	}
	if n > int64(len(b)-start) {
		return bad("its header is said to have %d bytes and %d follow: %w", n, len(b)-start, tensor.ErrFormat)
	}
	header, body := string(b[start:start+int(n)]), b[start+int(n):]
	descr := strings.Trim(entry(header, "descr", ","), "'\"")
	t, ok := types[descr]
	if !ok {
		return bad("numbers of type %q, expected <f4, <f2 or <f8; save it with .astype('<f4')", descr)
	}
	if order := entry(header, "fortran_order", ","); order != "False" {
		return bad("fortran_order is %q, expected False; save it through numpy.ascontiguousarray", order)
	}
	var shape []int
	for side := range strings.SplitSeq(strings.Trim(entry(header, "shape", ")"), "("), ",") {
		if side = strings.TrimSpace(side); side == "" {
			continue
		}
		d, err := strconv.Atoi(side)
		if err != nil {
			return bad("%q in the shape, expected a number", side)
		}
		shape = append(shape, d)
	}
	return tensor.New(name, t, shape, body)
}

// entry is the text of a value in the header's dictionary, up to the delimiter end.
func entry(header, key, end string) string {
	_, rest, _ := strings.Cut(header, "'"+key+"':")
	value, _, _ := strings.Cut(rest, end)
	return strings.TrimSpace(value)
}
