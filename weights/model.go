// Package weights holds trained models: the shipped files, the model in memory, and the container
// format that this project reads and writes (FORMAT.md). Each foreign format that can be read has a
// folder of its own, linked only where it is used. The package knows no architecture: that a model's
// tensors fit its network is checked by squeezenet.New.
package weights

import "squeezenet/picture"

// A Model is everything that is needed to answer: architecture, input pipeline, labels, parameters.
type Model struct {
	Arch     string // a name of squeezenet's table of architectures: "squeezenet1_1"
	Pipeline picture.Pipeline
	Labels   []Label // one per class
	Convs    []Conv  // in the network's order
	Adds     []Add   // of an int8 model of a net with bypasses, in the network's order
	Source   string  // where the weights come from and under which licence, one paragraph
	Golden   uint64  // what squeezenet's SelfTest gives with this model on every machine; 0: not known
	ID       string  // of the file that Read read: eight hex digits that cover all its bytes
}

// A Label names a class.
type Label struct {
	WNID string // WordNet id, "n02123045"; empty for a user's own classes
	Name string // synset, "tabby, tabby cat"
}

// A Conv is one convolution's parameters: either float32 (Kernel, Bias) or int8 (Codes, Scale, Bias,
// OutStep), never both. Kernels are HWIO: index ((y*KW+x)*In+i)*Out+o.
type Conv struct {
	Name            string // Caffe's layer name: "conv1", "fire2/squeeze1x1", ..., "conv10"
	KH, KW, In, Out int
	Linear          bool // no ReLU after it: the last layer of a classifier trained here

	Kernel []float32 // float32 model: (KH, KW, In, Out)
	Bias   []float32 // (Out); int8 model: in the output's code units

	// int8 model. With a(k) the input's codes (0..127; conv1: the picture's bytes 0..255, channel order
	// as the pipeline says, mean already in Bias):
	//	code(o) = clamp(roundeven(float32(sum_k Codes[k,o]*a(k)) * Scale[o] + Bias[o]), 0, 127)
	// each float32 operation rounded by itself. The output's value is code(o)*OutStep[o].
	// conv10 is not rounded nor clamped above: logit map(o) = max(0, sum*Scale[o] + Bias[o]).
	Codes   []int16   // (KH, KW, In, Out), within -63..63; conv1 within -2047..2047 (27 taps) or -447..447 (147)
	Scale   []float32 // (Out)
	OutStep []float32 // (Out): value of one output code; for conv10: 1
	OutZero uint8     // the code of the value 0: not 0 only for a bypass's convolution, whose values have signs
}

// An Add is the sum of a Fire module with its bypass in an int8 model: both are codes and so is the
// result, a code each with its own step.
//
//	code(i) = clamp(roundeven((module*A[i] + bypass*B[i]) + Bias[i]), 0, 127)
//
// Its value is (code(i) - OutZero)*OutStep[i]. Zero points of both inputs are in Bias; a convolution
// that reads a map with a zero point has -zero*sum(Codes)*Scale in its bias, and its padding is the
// zero point.
type Add struct {
	Name       string    // "fire3/add"
	A, B, Bias []float32 // (C)
	OutStep    []float32 // (C)
	OutZero    uint8
}

// Quantised reports whether the model holds int8 parameters.
func (m *Model) Quantised() bool { return len(m.Convs) > 0 && m.Convs[0].Codes != nil }
