package squeezenet

import "squeezenet/kernels"

// forward walks the plan, which is the table laid out: conv1, pool, the Fire modules, conv10, mean.
// visit, when given, sees each step done while its output is still there.
func (n *Network) forward(visit func(*step)) {
	n.ran = false
	for i := range n.plan.steps {
		s := &n.plan.steps[i]
		n.step(s)
		if visit != nil {
			visit(s)
		}
	}
	n.ran = true
}

func (n *Network) step(s *step) {
	if n.model.Quantised() {
		n.stepU8(s)
	} else {
		n.stepF32(s)
	}
}

func (n *Network) stepF32(s *step) {
	src := n.bufF32[s.src.buffer]
	switch s.op {
	case opConv:
		dst := n.scores
		if !s.final {
			dst = n.bufF32[s.dst.buffer]
		}
		relu := s.relu && !n.model.Convs[s.index].Linear
		if w := n.wino[s.index]; w != nil && min(s.dst.H, s.dst.W) >= 4 {
			kernels.ConvWinograd(dst, src, w, &s.win, s.dst.W, relu)
			return
		}
		kernels.ConvF32(dst, src, n.f32[s.index], &s.win, relu)
	case opPool:
		kernels.MaxPoolF32(n.bufF32[s.dst.buffer], src, s.src.C, s.src.H, s.src.W, s.dst.H, s.dst.W)
	case opAdd:
		dst, row := n.bufF32[s.dst.buffer], s.dst.W*s.dst.C
		for y := range s.dst.H {
			kernels.AddF32(dst[s.dst.at(y, 0):][:row], src[s.src.at(y, 0):][:row])
		}
	case opMean:
		n.mean(s.src)
	}
}

func (n *Network) stepU8(s *step) {
	src := n.bufU8[s.src.buffer]
	switch s.op {
	case opConv:
		if s.final {
			kernels.ConvU8F32(n.scores, src, n.u8[s.index], &s.win, !n.model.Convs[s.index].Linear)
			return
		}
		kernels.ConvU8(n.bufU8[s.dst.buffer], src, n.u8[s.index], &s.win)
	case opPool:
		kernels.MaxPoolU8(n.bufU8[s.dst.buffer], src, s.src.C, s.src.H, s.src.W, s.dst.H, s.dst.W)
	case opAdd:
		dst, row, a := n.bufU8[s.dst.buffer], s.dst.W*s.dst.C, &n.model.Adds[s.index]
		for y := range s.dst.H {
			kernels.AddU8(dst[s.dst.at(y, 0):][:row], src[s.src.at(y, 0):][:row], a.A, a.B, a.Bias)
		}
	case opMean:
		n.mean(s.src)
	}
}

// mean turns conv10's map into the logits.
func (n *Network) mean(scores *plane) {
	kernels.MeanF32(n.logits, n.scores, scores.H*scores.W, scores.C, scores.stride)
}
