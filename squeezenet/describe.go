package squeezenet

// LayerInfo is one line of an architecture's description.
type LayerInfo struct {
	Name       string // as ExtractFeatures names it
	Shape      Shape  // of its output
	Parameters int    // weights and biases
	MACs       int    // multiplications with an addition
}

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
	var all []LayerInfo
	for _, s := range p.steps {
		switch s.op {
		case opConv:
			c := convs[s.index]
			taps := c.KH * c.KW * c.In
			all = append(all, LayerInfo{c.Name, Shape{s.dst.H, s.dst.W, c.Out}, (taps + 1) * c.Out, taps * c.Out * s.dst.H * s.dst.W})
		case opMean:
			all = append(all, LayerInfo{s.layer, Shape{1, 1, classes}, 0, 0})
		default:
			all = append(all, LayerInfo{s.layer, s.dst.Shape, 0, 0})
		}
	}
	return all, nil
}

// FireParameters are the weights of one Fire module and of the single 3x3 layer that would give as
// many channels, biases apart: c·s + s·(e1 + 9·e3) against c·9·(e1 + e3), as the article counts.
func FireParameters(c, s, e1, e3 int) (fire, plain int) {
	return c*s + s*(e1+9*e3), c * 9 * (e1 + e3)
}
