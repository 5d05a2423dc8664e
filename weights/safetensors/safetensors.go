// Package safetensors reads the weights of a SqueezeNet from a safetensors file
// (https://huggingface.co/docs/safetensors: a length, a JSON directory, the tensors' bytes).
package safetensors

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"sort"
	"strings"

	"squeezenet/weights"
)

// A Tensor is one entry of the file, its numbers widened to float32.
type Tensor struct {
	Name   string
	Shape  []int
	Values []float32
}

// maxHeader is the format's own limit on the JSON directory.
const maxHeader = 100_000_000

// Read returns the tensors of a file, sorted by name. F32, F16 and BF16 are read; the error for any
// other type, and for offsets that do not fit the file, names the tensor.
func Read(data []byte) ([]Tensor, error) {
	if len(data) < 8 {
		return nil, fmt.Errorf("safetensors: %d bytes, expected at least 8: not a safetensors file", len(data))
	}
	n := binary.LittleEndian.Uint64(data)
	if n > maxHeader || n > uint64(len(data)-8) {
		return nil, fmt.Errorf("safetensors: at offset 0: the directory is said to have %d bytes and %d follow: the file is cut short or not a safetensors file", n, len(data)-8)
	}
	var dir map[string]json.RawMessage
	if err := json.Unmarshal(data[8:8+n], &dir); err != nil {
		return nil, fmt.Errorf("safetensors: at offset 8: the directory is not JSON (%v): not a safetensors file", err)
	}
	body := data[8+n:]
	var tensors []Tensor
	for name, raw := range dir {
		if name == "__metadata__" {
			continue
		}
		t, err := tensor(raw, body)
		if err != nil {
			return nil, fmt.Errorf("safetensors: tensor %q: %w", name, err)
		}
		t.Name = name
		tensors = append(tensors, t)
	}
	sort.Slice(tensors, func(i, j int) bool { return tensors[i].Name < tensors[j].Name })
	return tensors, nil
}

func tensor(raw json.RawMessage, body []byte) (Tensor, error) {
	var e struct {
		DType   string    `json:"dtype"`
		Shape   []int     `json:"shape"`
		Offsets [2]uint64 `json:"data_offsets"`
	}
	if err := json.Unmarshal(raw, &e); err != nil {
		return Tensor{}, fmt.Errorf("its entry cannot be read: %w", err)
	}
	width := map[string]uint64{"F32": 4, "F16": 2, "BF16": 2}[e.DType]
	if width == 0 {
		return Tensor{}, fmt.Errorf("type %q, expected F32, F16 or BF16", e.DType)
	}
	begin, end := e.Offsets[0], e.Offsets[1]
	if begin > end || end > uint64(len(body)) {
		return Tensor{}, fmt.Errorf("bytes %d to %d, the file has %d: it is cut short", begin, end, len(body))
	}
	count := (end - begin) / width
	product := uint64(1)
	for _, d := range e.Shape {
		if d < 1 || uint64(d) > count || product > count {
			return Tensor{}, fmt.Errorf("shape %v does not fit %d bytes of %s", e.Shape, end-begin, e.DType)
		}
		product *= uint64(d)
	}
	if product*width != end-begin {
		return Tensor{}, fmt.Errorf("shape %v does not fit %d bytes of %s", e.Shape, end-begin, e.DType)
	}
	b := body[begin:end]
	t := Tensor{Shape: e.Shape, Values: make([]float32, count)}
	for i := range t.Values {
		switch e.DType {
		case "F32":
			t.Values[i] = math.Float32frombits(binary.LittleEndian.Uint32(b[4*i:]))
		case "BF16":
			t.Values[i] = math.Float32frombits(uint32(binary.LittleEndian.Uint16(b[2*i:])) << 16)
		case "F16":
			t.Values[i] = half(binary.LittleEndian.Uint16(b[2*i:]))
		}
	}
	return t, nil
}

// half widens an IEEE 754 binary16, exactly.
func half(h uint16) float32 {
	sign, exp, frac := uint32(h&0x8000)<<16, uint32(h>>10)&31, uint32(h&1023)
	switch exp {
	case 0:
		return math.Float32frombits(sign | math.Float32bits(float32(frac)/(1<<24)))
	case 31:
		return math.Float32frombits(sign | 0x7f800000 | frac<<13)
	}
	return math.Float32frombits(sign | (exp+112)<<23 | frac<<13)
}

// torchvision's names: features.N of conv1 and of each Fire module, in the two releases.
var fires = map[string][]int{
	"squeezenet1_1": {3, 4, 6, 7, 9, 10, 11, 12},
	"squeezenet1_0": {3, 4, 5, 7, 8, 9, 10, 12},
}

// Convs orders the tensors as the network's convolutions, turned from OIHW to HWIO. Names are
// torchvision's (features.0.weight ... classifier.1.bias) or Caffe's (conv1.weight,
// fire2/squeeze1x1.weight, ...). It returns the architecture too: "squeezenet1_1" or "squeezenet1_0".
// Missing, ill-shaped and left-over tensors are errors that name all of them.
func Convs(tensors []Tensor) ([]weights.Conv, string, error) {
	byName := make(map[string]Tensor, len(tensors))
	for _, t := range tensors {
		byName[t.Name] = t
	}
	arch := "squeezenet1_1"
	for _, name := range []string{"features.0.weight", "conv1.weight"} {
		if t, ok := byName[name]; ok && len(t.Shape) == 4 && t.Shape[2] == 7 {
			arch = "squeezenet1_0"
		}
	}
	_, torch := byName["features.0.weight"]

	var convs []weights.Conv
	var problems []string
	add := func(name, torchName string) {
		from := name
		if torch {
			from = torchName
		}
		w, okW := byName[from+".weight"]
		b, okB := byName[from+".bias"]
		delete(byName, from+".weight")
		delete(byName, from+".bias")
		switch {
		case !okW || !okB:
			problems = append(problems, fmt.Sprintf("%s.weight and %s.bias: missing one or both", from, from))
		case len(w.Shape) != 4 || len(b.Shape) != 1 || b.Shape[0] != w.Shape[0]:
			problems = append(problems, fmt.Sprintf("%s: weight %v and bias %v, expected [out in height width] and [out]", from, w.Shape, b.Shape))
		default:
			convs = append(convs, hwio(name, w, b))
		}
	}
	add("conv1", "features.0")
	for i, n := range fires[arch] {
		for _, part := range []string{"squeeze1x1", "expand1x1", "expand3x3"} {
			torchPart := strings.TrimSuffix(part, "1x1")
			if part != "squeeze1x1" {
				torchPart = part
			}
			add(fmt.Sprintf("fire%d/%s", i+2, part), fmt.Sprintf("features.%d.%s", n, torchPart))
		}
	}
	add("conv10", "classifier.1")
	for _, t := range tensors {
		if _, left := byName[t.Name]; left {
			problems = append(problems, t.Name+": not part of "+arch)
		}
	}
	if len(problems) > 0 {
		return nil, "", errors.New("safetensors: not a SqueezeNet in torchvision's or Caffe's names:\n  " + strings.Join(problems, "\n  "))
	}
	return convs, arch, nil
}

func hwio(name string, w, b Tensor) weights.Conv {
	v := weights.Conv{Name: name, Out: w.Shape[0], In: w.Shape[1], KH: w.Shape[2], KW: w.Shape[3], Bias: b.Values}
	v.Kernel = make([]float32, len(w.Values))
	for o := range v.Out {
		for i := range v.In {
			for p := range v.KH * v.KW {
				v.Kernel[(p*v.In+i)*v.Out+o] = w.Values[(o*v.In+i)*v.KH*v.KW+p]
			}
		}
	}
	return v
}
