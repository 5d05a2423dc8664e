// Package deepcompression reads the compressed SqueezeNet 1.0 of the Deep Compression release
// (Han, Mao, Dally, 2016; github.com/songhan/SqueezeNet-Deep-Compression): per convolution a codebook
// of 256 values, and for each weight that was kept its code and the gap since the last.
package deepcompression

import (
	"encoding/binary"
	"fmt"

	"squeezenet/squeezenet"
	"squeezenet/weights/tensor"
)

// Arch is the architecture of the file.
const Arch = "squeezenet1_0"

const (
	classes = 1000
	layers  = 26
)

// A Layer is one convolution of the file, codes and gaps undone.
type Layer struct {
	Name     string
	Shape    []int // OIHW
	Codebook []float32
	Bias     []float32
	Codes    []uint8 // a code for each weight, OIHW; weights that were not kept have code 0
}

// Is tells whether data has the size that a file with these counts has: there is no magic number.
func Is(data []byte) bool {
	_, size := sizes(data)
	return size == len(data)
}

// sizes are the counts at the file's head and the bytes of the whole file by them; of a file too short
// for a head, the head's.
func sizes(data []byte) (counts []int, size int) {
	if len(data) < 4*layers {
		return nil, 4 * layers
	}
	a, _ := squeezenet.Lookup(Arch)
	size = 4 * layers
	for i, s := range a.Convs(classes) {
		n := int(binary.LittleEndian.Uint32(data[4*i:]))
		counts = append(counts, n)
		size += 4*256 + 4*s.Out + n + (n+1)/2
	}
	return counts, size
}

// Layers decodes the file, little endian: uint32 count of entries per convolution; then for each
// convolution float32 codebook[256], float32 bias[out], uint8 code[count], and gaps of 4 bits, low
// nibble first. Entry i stands at position sum(gap[0..i]+1)-1 of the OIHW tensor.
func Layers(data []byte) ([]Layer, error) {
	counts, size := sizes(data)
	if size != len(data) {
		return nil, fmt.Errorf("deepcompression: %d bytes, expected %d by the counts at its head: %w", len(data), size, tensor.ErrFormat)
	}
	a, err := squeezenet.Lookup(Arch)
	if err != nil {
		return nil, err
	}
	at := data[4*layers:]
	next := func(n int) []byte {
		b := at[:n]
		at = at[n:]
		return b
	}
	var out []Layer
	for i, s := range a.Convs(classes) {
		l := Layer{Name: s.Name, Shape: []int{s.Out, s.In, s.KH, s.KW}, Codes: make([]uint8, s.Out*s.In*s.KH*s.KW)}
		l.Codebook = tensor.Floats(tensor.F32, next(4*256))
		l.Bias = tensor.Floats(tensor.F32, next(4*s.Out))
		codes, gaps := next(counts[i]), next((counts[i]+1)/2)
		position := -1
		for j, c := range codes {
			position += int(gaps[j/2]>>(j%2*4)&15) + 1
			if position >= len(l.Codes) {
				return nil, fmt.Errorf("deepcompression: %s: entry %d stands at %d, expected below %d: the file is damaged", s.Name, j, position, len(l.Codes))
			}
			l.Codes[position] = c
		}
		out = append(out, l)
	}
	return out, nil
}

// Read gives the layers' weights and biases as tensors in Caffe's names.
func Read(data []byte) ([]tensor.Tensor, error) {
	layers, err := Layers(data)
	if err != nil {
		return nil, err
	}
	var tensors []tensor.Tensor
	for _, l := range layers {
		values := make([]float32, len(l.Codes))
		for i, c := range l.Codes {
			values[i] = l.Codebook[c]
		}
		tensors = append(tensors, tensor.Tensor{Name: l.Name + ".weight", Shape: l.Shape, Values: values},
			tensor.Tensor{Name: l.Name + ".bias", Shape: []int{len(l.Bias)}, Values: l.Bias})
	}
	return tensors, nil
}
