package squeezenet

import "slices"

// LayerInfo is one line of an architecture's description.
type LayerInfo struct {
	Name       string   // as ExtractFeature takes it
	Kind       Kind     // what it does
	Inputs     []string // the layers that it reads, in the order of their channels; none: the picture
	Shape      Shape    // of its output
	Parameters int      // weights and biases
	MACs       int      // multiplications with an addition
}

// A Kind is what a layer of a description does.
type Kind string

const (
	KindConvolution Kind = "convolution"     // with its bias and, where it has one, its ReLU
	KindMaxPool     Kind = "max pooling"     // 3x3, stride 2
	KindSum         Kind = "sum"             // of a Fire module and its bypass
	KindMean        Kind = "average pooling" // over the whole map
)

// AlexNetParameters is what the paper compares with (section 4.2): AlexNet's number of parameters.
const AlexNetParameters = 60_965_224

// Describe lists the architecture's layers for an h x w input, a Fire module as its convolutions. It
// fails when the input is below the architecture's minimum.
func (a *Arch) Describe(h, w, classes int, floor bool) ([]LayerInfo, error) {
	p, err := newPlan(a, h, w, classes, floor)
	if err != nil {
		return nil, err
	}
	convs := a.Convs(classes)
	// Who wrote what a buffer holds, as the steps are walked in their order.
	writers := make([]struct {
		of    *plane
		names []string
	}, len(p.buffers))
	var all []LayerInfo
	for _, s := range p.steps {
		l := LayerInfo{Name: s.name, Inputs: writers[s.src.buffer].names}
		switch s.op {
		case opConv:
			c := convs[s.index]
			taps := c.KH * c.KW * c.In
			l.Kind, l.Shape = KindConvolution, Shape{s.dst.H, s.dst.W, c.Out}
			l.Parameters, l.MACs = (taps+1)*c.Out, taps*c.Out*s.dst.H*s.dst.W
		case opPool:
			l.Kind, l.Shape = KindMaxPool, s.dst.Shape
		case opAdd: // in place
			l.Kind, l.Shape = KindSum, s.dst.Shape
			l.Inputs = slices.Concat(writers[s.dst.buffer].names, l.Inputs)
		case opMean:
			l.Kind, l.Shape = KindMean, Shape{1, 1, classes}
		}
		all = append(all, l)
		if s.dst == nil {
			continue
		}
		if to := &writers[s.dst.buffer]; to.of == s.dst { // a Fire module's second half
			to.names = append(to.names, l.Name)
		} else {
			to.of, to.names = s.dst, []string{l.Name}
		}
	}
	return all, nil
}

// FireParameters are the weights of one Fire module and of the single 3x3 layer that would give as
// many channels, biases apart: c·s + s·(e1 + 9·e3) against c·9·(e1 + e3), as the article counts.
func FireParameters(c, s, e1, e3 int) (fire, plain int) {
	return c*s + s*(e1+9*e3), c * 9 * (e1 + e3)
}
