package kernels

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
}

// K is the number of products in one output value.
func (w *Windows) K() int { return w.KH * w.Run }

// Panel is how many output channels a packed weight panel holds. A convolution writes whole panels:
// at every output pixel the destination has room for the channel count rounded up to Panel, and what
// is beyond the channels is written with zeros. The padding is why ConvX may write only where the next
// pixel's or the next layer's values are not yet stored: see squeezenet's plan.
const Panel = 8
