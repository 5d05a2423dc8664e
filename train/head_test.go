package train

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"squeezenet/picture"
	"squeezenet/squeezenet"
	"squeezenet/weights"
)

// untrained is a model of an architecture with numbers by lot that keep every layer's values in a
// useful range.
func untrained(arch *squeezenet.Arch, int8 bool) *weights.Model {
	const classes = 5
	r := rand.New(rand.NewPCG(1, 2))
	random := func(n int, middle, spread float64) []float32 {
		v := make([]float32, n)
		for i := range v {
			v[i] = float32(middle + spread*(2*r.Float64()-1))
		}
		return v
	}
	m := &weights.Model{Arch: arch.Name, Pipeline: picture.Caffe, Source: "numbers by lot", Labels: make([]weights.Label, classes)}
	for i := range m.Labels {
		m.Labels[i] = weights.Label{WNID: "n00000000", Name: letters[i]}
	}
	for i, s := range arch.Convs(classes) {
		k := s.KH * s.KW * s.In
		c := weights.Conv{Name: s.Name, KH: s.KH, KW: s.KW, In: s.In, Out: s.Out}
		if !int8 {
			deviation := math.Sqrt(2 / float64(k))
			if i == 0 {
				deviation /= 70 // the deviation of pixels
			}
			c.Kernel = make([]float32, k*s.Out)
			for j := range c.Kernel {
				c.Kernel[j] = float32(r.NormFloat64() * deviation)
			}
			c.Bias = random(s.Out, 0.1, 0.2)
		} else {
			spread, input := 36., 40. // of codes
			if i == 0 {
				spread, input = 250, 150
			}
			limit := weights.MaxCode(i == 0, k)
			limit = min(limit, 440)
			c.Codes = make([]int16, k*s.Out)
			for j := range c.Codes {
				c.Codes[j] = int16(r.IntN(2*limit+1) - limit)
			}
			c.Scale = random(s.Out, 45/(math.Sqrt(float64(k))*spread*input), 0)
			c.Bias = random(s.Out, 10, 10)
			c.OutStep = random(s.Out, 0.05, 0.03)
			if strings.HasSuffix(s.Name, "/bypass") {
				c.OutZero = 60
			}
		}
		m.Convs = append(m.Convs, c)
	}
	names, channels := arch.Adds()
	for i, name := range names {
		if n := channels[i]; int8 {
			m.Adds = append(m.Adds, weights.Add{Name: name, A: random(n, 0.6, 0.1), B: random(n, 0.5, 0.1),
				Bias: random(n, 5, 5), OutStep: random(n, 0.05, 0.03), OutZero: 33})
		}
	}
	return m
}

func noise(seed uint64, n int) []uint8 {
	r := rand.New(rand.NewPCG(seed, 0))
	b := make([]uint8, n)
	for i := range b {
		b[i] = uint8(r.IntN(256))
	}
	return b
}

// On every architecture, float32 and int8: a head trained on the network's features, put into the
// model, written, read and run, gives what the head gives on the features.
func TestModelGivesTheHeadsLogits(t *testing.T) {
	for _, arch := range squeezenet.Archs {
		for _, int8 := range []bool{false, true} {
			name := arch.Name + " float32"
			if int8 {
				name = arch.Name + " int8"
			}
			t.Run(name, func(t *testing.T) {
				base := untrained(arch, int8)
				n, err := squeezenet.New(base, squeezenet.Options{})
				if err != nil {
					t.Fatal(err)
				}
				const side = 67
				var examples []Example
				if Features(n) != nil {
					t.Error("features before a run")
				}
				for i := range 12 {
					rgb := noise(uint64(i), side*side*3)
					for j := range rgb { // class 1 is darker
						rgb[j] >>= i % 3
					}
					if err := n.Run(rgb, side, side); err != nil {
						t.Fatal(err)
					}
					examples = append(examples, Example{Features(n), i % 3})
				}
				tr := trained(t, 3, examples, 1)
				model, err := tr.Head().Model(base)
				if err != nil {
					t.Fatal(err)
				}
				file, err := weights.Write(model)
				if err != nil {
					t.Fatal(err)
				}
				if model, err = weights.Read(file); err != nil {
					t.Fatal(err)
				}
				if want := []weights.Label{{Name: "a"}, {Name: "b"}, {Name: "c"}}; !slices.Equal(model.Labels, want) {
					t.Errorf("labels %v, expected %v", model.Labels, want)
				}
				if want := "Last layer trained on 12 pictures of 3 classes. numbers by lot"; model.Source != want || model.Arch != base.Arch || model.Quantised() != int8 {
					t.Errorf("source %q, expected %q; architecture %s, int8 %v", model.Source, want, model.Arch, model.Quantised())
				}
				if last := base.Convs[len(base.Convs)-1]; last.Out != 5 || last.Linear || base.Labels[0].WNID == "" {
					t.Error("the base model was changed")
				}
				own, err := squeezenet.New(model, squeezenet.Options{})
				if err != nil {
					t.Fatal(err)
				}
				if arch == squeezenet.Archs[0] { // it takes seconds
					want, err := own.SelfTest()
					if err != nil || model.Golden != want {
						t.Errorf("self-test %x (%v), the model says %x", want, err, model.Golden)
					}
				}
				last := &model.Convs[len(model.Convs)-1]
				step, zero := slices.Repeat([]float32{1}, last.In), uint8(0)
				if int8 {
					step, zero = featureCodes(arch, model)
				}
				lowest := float32(0)
				for i, e := range examples {
					rgb := noise(uint64(i), side*side*3)
					for j := range rgb {
						rgb[j] >>= i % 3
					}
					if err := own.Run(rgb, side, side); err != nil {
						t.Fatal(err)
					}
					for c, got := range own.Logits() {
						lowest = min(lowest, got)
						scores := own.Scores()
						want, bound := linear(last, c, e.Features, step, zero)
						roundings := scores.H*scores.W + 4
						if !int8 { // whose products and sums are integers
							roundings += 2 * len(e.Features)
						}
						bound *= float64(roundings) / (1 << 24)
						if math.Abs(float64(got)-want) > bound {
							t.Errorf("picture %d class %d: the model gives %v, on the features it is %v: they differ by more than %v", i, c, got, want, bound)
						} else if bound > 0.02 {
							t.Errorf("picture %d class %d: a tolerance of %v tests nothing", i, c, bound)
						}
					}
				}
				checkConv(t, tr.Head(), last, step, zero)
				if lowest == 0 {
					t.Error("no logit is below 0: whether there is a ReLU was not seen")
				}
			})
		}
	}
}

// linear is what a last layer makes of averaged features, of which (value/step + zero) are the codes
// for an int8 layer; and the sum of magnitudes, of which each rounding of the layer's float32
// arithmetic takes at most 2^-24.
func linear(v *weights.Conv, class int, features, step []float32, zero uint8) (sum, magnitude float64) {
	sum = float64(v.Bias[class])
	magnitude = math.Abs(sum)
	for k, f := range features {
		var product float64
		if v.Codes != nil {
			product = float64(v.Codes[k*v.Out+class]) * float64(v.Scale[class]) * (float64(f)/float64(step[k]) + float64(zero))
		} else {
			product = float64(v.Kernel[k*v.Out+class]) * float64(f)
		}
		sum += product
		magnitude += math.Abs(product)
	}
	return sum, magnitude
}

// checkConv compares the layer with the head: float32 weights are the head's; codes are the nearest,
// use their range, and give the head's logits at the mean of the pictures trained on.
func checkConv(t *testing.T, h *Head, v *weights.Conv, step []float32, zero uint8) {
	t.Helper()
	if !v.Linear || v.KH != 1 || v.KW != 1 || v.Out != 3 || v.Name != "conv10" {
		t.Errorf("last layer %q %dx%d with %d channels, linear %v", v.Name, v.KH, v.KW, v.Out, v.Linear)
	}
	if v.Codes == nil {
		if !slices.Equal(v.Kernel, h.Weights) || !slices.Equal(v.Bias, h.Bias) {
			t.Error("float32 weights are not the head's")
		}
		return
	}
	mean := make([]float32, v.In)
	for k, m := range h.mean {
		mean[k] = float32(m)
	}
	for c, want := range h.Logits(mean) {
		var largest int16
		for k, s := range step {
			code := v.Codes[k*v.Out+c]
			largest = max(largest, code, -code)
			if w := float64(h.Weights[k*v.Out+c]) * float64(s) / float64(v.Scale[c]); math.Abs(w-float64(code)) > 0.5001 {
				t.Errorf("weight %d of class %d is %v steps, its code %d", k, c, w, code)
			}
		}
		if largest != 63 {
			t.Errorf("class %d: the largest code is %d, expected 63", c, largest)
		}
		got, magnitude := linear(v, c, mean, step, zero)
		if math.Abs(got-float64(want)) > magnitude/(1<<20) {
			t.Errorf("class %d: %v at the mean of the features, the head gives %v", c, got, want)
		}
	}
}

func TestModelRefusesAnotherNet(t *testing.T) {
	base := untrained(squeezenet.Archs[0], false)
	h := trained(t, 2, blobs(1, 2, 3, 100, 1), 1).Head()
	if _, err := h.Model(base); err == nil || !strings.Contains(err.Error(), "trained on 100 features and SqueezeNet 1.1 has 512") {
		t.Errorf("a head of 100 features: %v", err)
	}
	h = trained(t, 2, blobs(1, 2, 3, 512, 1), 1).Head()
	base.Arch = "alexnet"
	if _, err := h.Model(base); err == nil || !strings.Contains(err.Error(), `unknown architecture "alexnet"`) {
		t.Errorf("a base of another net: %v", err)
	}
	base = untrained(squeezenet.Archs[0], false)
	base.Convs = base.Convs[:20]
	if _, err := h.Model(base); err == nil || !strings.Contains(err.Error(), "does not fit") {
		t.Errorf("a base without its last layers: %v", err)
	}
}
