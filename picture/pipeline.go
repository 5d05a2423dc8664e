// Package picture turns a picture of any size and shape into a network's input, exactly as the
// weights expect it: orientation, alpha flattened on white, antialiased resize, crop, channel order,
// mean. It knows pixels, not networks. File decoders are in picture/decode, which the web build does
// not link: browsers decode for themselves.
package picture

import (
	"errors"
	"strconv"

	"squeezenet/kernels"
)

// Fit is how a picture that is not square meets the network's square.
type Fit uint8

const (
	Squash  Fit = iota // both sides to Resize, the shape changes (Caffe's release)
	Cover              // the shorter side to Resize, then the centre crop (torchvision)
	Contain            // the longer side to Crop, the rest filled with the mean colour: nothing is cut off
)

// A Pipeline says what a network wants to see. It travels with the weights.
type Pipeline struct {
	Fit    Fit        // the default; a caller may ask for another
	Resize int        // side in pixels that the picture is resized to before the crop
	Crop   int        // side in pixels of the centre crop: the network's input
	BGR    bool       // channel order of the network's input
	Mean   [3]float32 // per channel, in the network's order, in 0..255
	Scale  [3]float32 // per channel: input = (value - Mean) * Scale, value in 0..255
}

func (f Fit) String() string {
	switch f {
	case Squash:
		return "squash"
	case Cover:
		return "cover"
	case Contain:
		return "contain"
	}
	return "fit " + strconv.Itoa(int(f))
}

// Caffe is the pipeline of the Caffe release of SqueezeNet 1.0 and 1.1.
var Caffe = Pipeline{Fit: Squash, Resize: 256, Crop: 227, BGR: true, Mean: [3]float32{104, 117, 123}, Scale: [3]float32{1, 1, 1}}

// Tensor writes RGB pixels, (H, W, 3) bytes, into dst as the network's input, (H, W, 3) values:
//
//	dst = (value - Mean) * Scale, channels in the network's order
func (p *Pipeline) Tensor(dst []float32, rgb []uint8) {
	kernels.Normalise(dst, rgb, p.BGR, p.Mean, p.Scale)
}

func (p Pipeline) check(fit Fit) error {
	if fit > Contain {
		return errors.New("picture: " + fit.String() + ": squash, cover and contain are known")
	}
	if p.Crop < 1 || p.Resize < p.Crop || p.Resize > maxResize {
		return errors.New("picture: pipeline resizes to " + strconv.Itoa(p.Resize) + " and crops " + strconv.Itoa(p.Crop) +
			": a crop of 1 or more, no larger than the resized side, which is at most " + strconv.Itoa(maxResize) + ", was expected")
	}
	for _, m := range p.Mean {
		if !(m >= 0 && m <= 255) {
			return errors.New("picture: pipeline has a mean outside 0..255; check the model's pipeline")
		}
	}
	return nil
}
