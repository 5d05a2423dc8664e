// Package squeezenet is the network: its architectures as data, the forward pass over a table, every
// layer's output, class maps, loss and top-k. It computes with kernels and knows neither files nor
// pictures: a weights.Model goes in with pixels already of the network's size.
package squeezenet

import (
	"errors"
	"strconv"
	"strings"
)

// Op is what a layer of an architecture's table does.
type Op uint8

const (
	Conv    Op = iota // convolution, bias, ReLU
	MaxPool           // 3x3, stride 2
	Fire              // squeeze1x1, then expand1x1 and expand3x3 side by side (paper, section 3.2)
	Dropout           // nothing in inference; 50 % in training
	AvgPool           // mean over the whole map
)

// Bypass is how a Fire module's input joins its output (paper, section 6).
type Bypass uint8

const (
	NoBypass   Bypass = iota
	Identity          // output + input
	Projection        // output + 1x1 convolution of the input, no ReLU on it
)

// A Layer is a row of an architecture's table. An Out of 0 stands for the number of classes.
type Layer struct {
	Name                      string
	Op                        Op
	Kernel, Stride, Pad       int // Conv
	Out                       int // Conv
	Squeeze, Expand1, Expand3 int // Fire: output channels of its three convolutions
	Bypass                    Bypass
}

// An Arch is a table of layers, read top to bottom like the paper's Table 1.
type Arch struct {
	Name   string
	Title  string
	Layers []Layer
}

// Archs are the architectures known here.
var Archs = []*Arch{
	{Name: "squeezenet1_1", Title: "SqueezeNet 1.1", Layers: []Layer{
		{Name: "conv1", Op: Conv, Kernel: 3, Stride: 2, Out: 64},
		{Name: "pool1", Op: MaxPool},
		{Name: "fire2", Op: Fire, Squeeze: 16, Expand1: 64, Expand3: 64},
		{Name: "fire3", Op: Fire, Squeeze: 16, Expand1: 64, Expand3: 64},
		{Name: "pool3", Op: MaxPool},
		{Name: "fire4", Op: Fire, Squeeze: 32, Expand1: 128, Expand3: 128},
		{Name: "fire5", Op: Fire, Squeeze: 32, Expand1: 128, Expand3: 128},
		{Name: "pool5", Op: MaxPool},
		{Name: "fire6", Op: Fire, Squeeze: 48, Expand1: 192, Expand3: 192},
		{Name: "fire7", Op: Fire, Squeeze: 48, Expand1: 192, Expand3: 192},
		{Name: "fire8", Op: Fire, Squeeze: 64, Expand1: 256, Expand3: 256},
		{Name: "fire9", Op: Fire, Squeeze: 64, Expand1: 256, Expand3: 256},
		{Name: "drop9", Op: Dropout},
		{Name: "conv10", Op: Conv, Kernel: 1, Stride: 1},
		{Name: "pool10", Op: AvgPool},
	}},
	v10("squeezenet1_0", "SqueezeNet 1.0", 1, NoBypass, NoBypass),
	v10("squeezenet1_0_simple", "SqueezeNet 1.0 with simple bypass", 1, NoBypass, Identity),
	v10("squeezenet1_0_complex", "SqueezeNet 1.0 with complex bypass", 1, Projection, Identity),
	v10("squeezenet1_0_torchvision", "SqueezeNet 1.0 of torchvision", 0, NoBypass, NoBypass),
}

// v10 is the paper's Table 1 with a bypass around the even modules (fire2, 4, 6, 8) and the odd ones.
// conv10's padding of 1 is the release's; torchvision's weights were trained without.
func v10(name, title string, pad int, even, odd Bypass) *Arch {
	return &Arch{Name: name, Title: title, Layers: []Layer{
		{Name: "conv1", Op: Conv, Kernel: 7, Stride: 2, Out: 96},
		{Name: "pool1", Op: MaxPool},
		{Name: "fire2", Op: Fire, Squeeze: 16, Expand1: 64, Expand3: 64, Bypass: even},
		{Name: "fire3", Op: Fire, Squeeze: 16, Expand1: 64, Expand3: 64, Bypass: odd},
		{Name: "fire4", Op: Fire, Squeeze: 32, Expand1: 128, Expand3: 128, Bypass: even},
		{Name: "pool4", Op: MaxPool},
		{Name: "fire5", Op: Fire, Squeeze: 32, Expand1: 128, Expand3: 128, Bypass: odd},
		{Name: "fire6", Op: Fire, Squeeze: 48, Expand1: 192, Expand3: 192, Bypass: even},
		{Name: "fire7", Op: Fire, Squeeze: 48, Expand1: 192, Expand3: 192, Bypass: odd},
		{Name: "fire8", Op: Fire, Squeeze: 64, Expand1: 256, Expand3: 256, Bypass: even},
		{Name: "pool8", Op: MaxPool},
		{Name: "fire9", Op: Fire, Squeeze: 64, Expand1: 256, Expand3: 256, Bypass: odd},
		{Name: "drop9", Op: Dropout},
		{Name: "conv10", Op: Conv, Kernel: 1, Stride: 1, Pad: pad},
		{Name: "pool10", Op: AvgPool},
	}}
}

// Lookup finds an architecture by its name.
func Lookup(name string) (*Arch, error) {
	names := make([]string, len(Archs))
	for i, a := range Archs {
		if a.Name == name {
			return a, nil
		}
		names[i] = a.Name
	}
	return nil, errors.New("squeezenet: unknown architecture " + strconv.Quote(name) + "; known are " + strings.Join(names, ", "))
}

// A ConvShape is one convolution of an architecture: what a model must bring for it.
type ConvShape struct {
	Name            string // Caffe's name: "conv1", "fire2/squeeze1x1", "fire2/bypass"
	KH, KW, In, Out int
}

// Adds lists the sums of the architecture's bypasses, in order: "fire3/add" and its channels.
func (a *Arch) Adds() (names []string, channels []int) {
	for _, l := range a.Layers {
		if l.Bypass != NoBypass {
			names, channels = append(names, l.Name+"/add"), append(channels, l.Expand1+l.Expand3)
		}
	}
	return names, channels
}

// Convs lists the architecture's convolutions for a number of classes, in the order in which weights
// are stored: as the layers are computed, and a module's bypass after its expands.
func (a *Arch) Convs(classes int) []ConvShape {
	var convs []ConvShape
	c := 3
	add := func(name string, k, in, out int) { convs = append(convs, ConvShape{name, k, k, in, out}) }
	for _, l := range a.Layers {
		switch l.Op {
		case Conv:
			out := l.Out
			if out == 0 {
				out = classes
			}
			add(l.Name, l.Kernel, c, out)
			c = out
		case Fire:
			add(l.Name+"/squeeze1x1", 1, c, l.Squeeze)
			add(l.Name+"/expand1x1", 1, l.Squeeze, l.Expand1)
			add(l.Name+"/expand3x3", 3, l.Squeeze, l.Expand3)
			if l.Bypass == Projection {
				add(l.Name+"/bypass", 1, c, l.Expand1+l.Expand3)
			}
			c = l.Expand1 + l.Expand3
		}
	}
	return convs
}
