package quantize

import (
	"math"

	"squeezenet/kernels"
	"squeezenet/weights"
)

// steps is how coarse each layer's weights become.
type steps struct {
	perChannel  bool      // every channel as fine as its largest weight allows, and nothing below
	relative    []float64 // (layers): step, in deviations of the layer's weights
	sensitivity []float64 // (layers): see Layer
	expected    float64   // bytes that fit took this for
}

// fit chooses the steps for a number of bytes: with a divergence of sensitivity*(step/probe)^2 and a bit
// saved per weight by each doubling of the step, the least divergence in all has step^2 in proportion
// to weights/sensitivity.
func (s *steps) fit(m *weights.Model, target float64) {
	low, high := -12.0, 6.0 // of the common factor's logarithm
	for range 24 {
		middle := (low + high) / 2
		s.expected = 0
		for i := range m.Convs {
			c := &m.Convs[i]
			s.relative[i] = min(coarsest, math.Exp2(middle)*math.Sqrt(float64(len(c.Kernel))/s.sensitivity[i])/1000)
			s.expected += entropy(c, s.relative[i]*deviation(c.Kernel))
		}
		if s.expected > target {
			low = middle
		} else {
			high = middle
		}
	}
}

func deviation(v []float32) float64 {
	sum := 0.0
	for _, x := range v {
		sum += float64(x) * float64(x)
	}
	return math.Sqrt(sum / float64(len(v)))
}

// entropy is the information in the layer's weights, in bytes, when they are rounded to a step, or in a
// channel with larger weights than its codes reach, to what reaches them.
func entropy(c *weights.Conv, step float64) float64 {
	limit := weights.MaxCode(false, 0)
	steps := make([]float64, c.Out)
	for k, v := range c.Kernel {
		steps[k%c.Out] = max(steps[k%c.Out], step, math.Abs(float64(v))/float64(limit), 1e-12)
	}
	counts := make([]int, 2*limit+1)
	for k, v := range c.Kernel {
		counts[limit+int(math.RoundToEven(float64(v)/steps[k%c.Out]))]++
	}
	bits, n := 0.0, float64(len(c.Kernel))
	for _, k := range counts {
		if k > 0 {
			bits -= float64(k) * math.Log2(float64(k)/n)
		}
	}
	return bits / 8
}

// sensitivities rounds one layer at a time to the same relative step, leaves all others in float32,
// and measures what that does to the answers.
func (r *Calibration) sensitivities(covariances [][]float64) steps {
	g, layers := r.g, len(r.m.Convs)
	perturbed := make([]*kernels.WeightsF32, layers)
	for i := range r.m.Convs {
		c := &r.m.Convs[i]
		k := c.KH * c.KW * c.In
		w, d := make([]float64, len(c.Kernel)), make([]float64, c.Out)
		step := max(probe*deviation(c.Kernel), 1e-12)
		for j, v := range c.Kernel {
			w[j] = float64(v)
		}
		for j := range d {
			d[j] = step
		}
		codes := round(w, covariances[i], d, math.MaxInt16, k, c.Out, damping)
		kernel, bias := make([]float32, len(w)), make([]float32, c.Out)
		copy(bias, c.Bias)
		for j, q := range codes {
			kernel[j] = float32(float64(q) * step)
			bias[j%c.Out] += (c.Kernel[j] - kernel[j]) * float32(r.means[i][j/c.Out])
		}
		perturbed[i] = kernels.PackF32(kernel, bias, k, c.Out)
	}

	count := min(probes, len(r.inputs))
	divergences := make([][]float64, count) // (probes, layers)
	parallel(count, func(n int) {
		if n%4 == 0 {
			r.progress(0.3*float64(n)/float64(count), "measuring each layer's weight in the answer")
		}
		input := n * len(r.inputs) / count
		divergences[n] = make([]float64, layers)
		exact, changed := g.newFloats(), g.newFloats()
		r.tensor(exact[0], r.inputs[input])
		for i := range g.ops {
			g.run(&g.ops[i], exact, exact, r.packed)
		}
		packed := make([]*kernels.WeightsF32, layers)
		maps := make(floats, len(g.slots)) // what is seen: exact until changed
		for start := range g.ops {
			layer := g.ops[start].index
			if g.ops[start].kind != opConv {
				continue
			}
			copy(packed, r.packed)
			packed[layer] = perturbed[layer]
			copy(maps, exact)
			for i := start; i < len(g.ops); i++ {
				o := &g.ops[i]
				touched := func(s int) bool { return &maps[s][0] == &changed[s][0] }
				if i > start && !touched(o.src) && !(o.kind == opAdd && touched(o.other)) {
					continue
				}
				if !touched(o.dst) {
					copy(changed[o.dst], exact[o.dst]) // a module's other half
					maps[o.dst] = changed[o.dst]
				}
				g.run(o, maps, maps, packed)
			}
			divergences[n][layer] = Divergence(r.logits[input], g.logits(maps[len(maps)-1]))
		}
	})
	s := steps{relative: make([]float64, layers), sensitivity: make([]float64, layers)}
	for i := range s.sensitivity {
		for _, d := range divergences {
			s.sensitivity[i] += d[i] / float64(count)
		}
		s.sensitivity[i] = max(s.sensitivity[i], 1e-9)
	}
	return s
}

// Divergence is KL(softmax(p) || softmax(q)), in nats.
func Divergence(p, q []float32) float64 {
	lp, lq := logSum(p), logSum(q)
	kl := 0.0
	for i := range p {
		a, b := float64(p[i])-lp, float64(q[i])-lq
		kl += math.Exp(a) * (a - b)
	}
	return kl
}

func logSum(logits []float32) float64 {
	top := math.Inf(-1)
	for _, l := range logits {
		top = max(top, float64(l))
	}
	sum := 0.0
	for _, l := range logits {
		sum += math.Exp(float64(l) - top)
	}
	return top + math.Log(sum)
}
