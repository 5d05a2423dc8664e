package kernels

import "strconv"

// Windows says where a convolution's output pixels find their input and put their result. Every
// convolution of the family is then one matrix product: pixels x channels, summed over KH runs of
// contiguous values (NHWC: a kernel row of KW pixels x C channels is contiguous in memory).
// Padding is a border that the source buffer really has, so no window is ever cut.
//
// All offsets and strides count values, not bytes.
type Windows struct {
	KH    int     // runs in a window: the kernel's height
	Run   int     // values in a run: the kernel's width x the input's channels
	Pitch int     // from one run to the next in the source: its row length with border x channels
	In    []int32 // per output pixel: where its window's first value is in the source
	Out   []int32 // per output pixel: where its channel 0 goes in the destination
	Width int     // pixels in a row, where the output is a map whose rows follow each other; 0: not said
}

// K is the number of products in one output value.
func (w *Windows) K() int { return w.KH * w.Run }

// Panel is how many output channels a packed weight panel holds. A convolution writes whole panels:
// at every output pixel the destination has room for the channel count rounded up to Panel, and what
// lies beyond the channels is written with zeros.
const Panel = 8

// Panels is the number of panels that hold the channels.
func Panels(channels int) int { return (channels + Panel - 1) / Panel }

// check panics when a window would read or write outside its buffers: the SIMD forms have no bounds
// checks of their own. Its cost is one pass over the offsets, less than a thousandth of the products.
func (w *Windows) check(op string, k, channels, src, dst int) {
	if w.K() != k {
		panic("kernels: " + op + ": windows have " + strconv.Itoa(w.K()) + " products, weights " + strconv.Itoa(k))
	}
	if len(w.In) != len(w.Out) || len(w.In) == 0 {
		panic("kernels: " + op + ": " + strconv.Itoa(len(w.In)) + " input offsets, " + strconv.Itoa(len(w.Out)) + " output offsets")
	}
	lastIn := int32(src - (w.KH-1)*w.Pitch - w.Run)
	lastOut := int32(dst - Panels(channels)*Panel)
	for i, in := range w.In {
		if out := w.Out[i]; in < 0 || in > lastIn || out < 0 || out > lastOut {
			panic("kernels: " + op + ": pixel " + strconv.Itoa(i) + " lies outside its buffers")
		}
	}
}
