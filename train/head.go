package train

import (
	"errors"
	"math"
	"strconv"

	"squeezenet/squeezenet"
	"squeezenet/weights"
)

// A Head is a trained last layer: logits = features * Weights + Bias.
type Head struct {
	Classes []string
	Weights []float32 // (features, classes), as a 1x1 convolution's kernel is stored
	Bias    []float32 // (classes)

	mean     []float64 // (features): of the pictures trained on
	pictures int       // how many those were
}

// head takes the standardisation into the weights: w·((x - mean)*inverse) + b.
func (d *descent) head(classes []string) *Head {
	h := &Head{Classes: classes, Weights: make([]float32, len(d.w)), Bias: make([]float32, len(d.b)),
		mean: d.mean, pictures: len(d.training)}
	for c, b := range d.b {
		for k, w := range d.w[c*len(d.z):][:len(d.z)] {
			w *= d.inverse[k]
			b -= w * d.mean[k]
			h.Weights[k*len(d.b)+c] = float32(w)
		}
		h.Bias[c] = float32(b)
	}
	return h
}

// Logits are a picture's scores, (classes): no dropout. The model of Model gives the same but for its
// rounding.
func (h *Head) Logits(features []float32) []float32 {
	sums := make([]float64, len(h.Bias))
	for c, b := range h.Bias {
		sums[c] = float64(b)
	}
	for k, v := range features {
		for c, w := range h.Weights[k*len(sums):][:len(sums)] {
			sums[c] += float64(w) * float64(v)
		}
	}
	logits := make([]float32, len(sums))
	for c, s := range sums {
		logits[c] = float32(s)
	}
	return logits
}

// Model is base, on whose features the head was trained, with the head in the place of its last
// convolution and the head's classes for labels: float32 or int8 as base is, whole and checked, with
// the digest of its self-test. All other layers are base's own slices. It fails when the head was
// trained on another network's features.
func (h *Head) Model(base *weights.Model) (*weights.Model, error) {
	arch, err := squeezenet.Lookup(base.Arch)
	if err != nil {
		return nil, err
	}
	if _, err := squeezenet.New(base, squeezenet.Options{}); err != nil {
		return nil, err
	}
	m := *base
	m.Convs = append([]weights.Conv(nil), base.Convs...)
	last := &m.Convs[len(m.Convs)-1]
	if features := len(h.Weights) / len(h.Bias); features != last.In {
		return nil, errors.New("train: the head was trained on " + strconv.Itoa(features) + " features and " + arch.Title + " has " + strconv.Itoa(last.In) + "; give the model that the features came from")
	}
	*last = weights.Conv{Name: last.Name, KH: 1, KW: 1, In: last.In, Out: len(h.Bias), Linear: true}
	if base.Quantised() {
		step, zero := featureCodes(arch, base)
		h.quantise(last, step, zero)
	} else {
		last.Kernel, last.Bias = h.Weights, h.Bias
	}
	m.Labels = make([]weights.Label, len(h.Classes))
	for i, name := range h.Classes {
		m.Labels[i].Name = name
	}
	m.Source = "Last layer trained on " + strconv.Itoa(h.pictures) + " pictures of " + strconv.Itoa(len(h.Classes)) + " classes. " + base.Source
	m.Golden, m.ID = 0, ""
	if err := m.Check(); err != nil {
		return nil, err
	}
	n, err := squeezenet.New(&m, squeezenet.Options{})
	if err != nil {
		return nil, err
	}
	if m.Golden, err = n.SelfTest(); err != nil {
		return nil, err
	}
	return &m, nil
}

// featureCodes says what the codes of an int8 network's last module stand for: value = (code - zero) *
// step, (channels) steps.
func featureCodes(arch *squeezenet.Arch, m *weights.Model) (step []float32, zero uint8) {
	var module squeezenet.Layer
	for _, l := range arch.Layers {
		if l.Op == squeezenet.Fire {
			module = l
		}
	}
	if module.Bypass != squeezenet.NoBypass {
		sum := m.Adds[len(m.Adds)-1]
		return sum.OutStep, sum.OutZero
	}
	for _, c := range m.Convs {
		if c.Name == module.Name+"/expand1x1" || c.Name == module.Name+"/expand3x3" {
			step = append(step, c.OutStep...)
		}
	}
	return step, 0
}

// quantise rounds the head to codes that multiply those of the features. What rounding changes in a
// picture of mean features is taken out by the bias, as most of the features' weight is in their mean.
func (h *Head) quantise(v *weights.Conv, step []float32, zero uint8) {
	n := len(h.Bias)
	limit := float64(weights.MaxCode(false, v.In))
	v.Codes = make([]int16, len(h.Weights))
	v.Scale, v.Bias, v.OutStep = make([]float32, n), make([]float32, n), make([]float32, n)
	for o := range n {
		var largest float64
		for k, s := range step {
			w := float64(h.Weights[k*n+o]) * float64(s)
			largest = max(largest, w, -w)
		}
		scale := largest / limit
		if largest == 0 {
			scale = 1
		}
		v.Scale[o], v.OutStep[o] = float32(scale), 1
		scale = float64(v.Scale[o])
		bias := float64(h.Bias[o])
		for k, s := range step {
			w := float64(h.Weights[k*n+o]) * float64(s)
			code := min(limit, max(-limit, math.RoundToEven(w/scale)))
			v.Codes[k*n+o] = int16(code)
			bias += (w-scale*code)*h.mean[k]/float64(s) - scale*code*float64(zero)
		}
		v.Bias[o] = float32(bias)
	}
}
