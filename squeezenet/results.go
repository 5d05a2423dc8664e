package squeezenet

import (
	"errors"
	"math"
	"slices"
	"strconv"
)

// A Map is a layer's output: NHWC values of one picture, (H, W, C).
type Map struct {
	Shape
	Data []float32
}

// A Feature is a named layer's output.
type Feature struct {
	Name string
	Map
}

// A Prediction is one class with its probability.
type Prediction struct {
	Index       int
	WNID        string
	ClassName   string
	Probability float32 // 0..1
}

// Logits are the network's scores per class: conv10's map, averaged. The slice is the network's own,
// valid until the next run; nil before the first.
func (n *Network) Logits() []float32 {
	if !n.ran {
		return nil
	}
	return n.logits
}

// Probabilities are the softmax of the logits.
func (n *Network) Probabilities() []float32 {
	if !n.ran {
		return nil
	}
	return softmax(n.logits)
}

// softmax in float64, less the largest logit so that nothing overflows.
func softmax(logits []float32) []float32 {
	top := slices.Max(logits)
	p := make([]float32, len(logits))
	var sum float64
	for _, l := range logits {
		sum += math.Exp(float64(l - top))
	}
	for i, l := range logits {
		p[i] = float32(math.Exp(float64(l-top)) / sum)
	}
	return p
}

// TopK are the k likeliest classes, likeliest first; equal ones in the order of their index.
func (n *Network) TopK(k int) []Prediction {
	return n.topK(k, func(int) bool { return true })
}

// TopKOf are the k likeliest of some classes; their probabilities stay those among all. It fails when
// there is none, or one that the network does not have.
func (n *Network) TopKOf(k int, classes []uint32) ([]Prediction, error) {
	if len(classes) == 0 {
		return nil, errors.New("squeezenet: the likeliest of no classes; expected at least one")
	}
	allowed := make([]bool, n.classes)
	for _, c := range classes {
		if int64(c) >= int64(n.classes) {
			return nil, errors.New("squeezenet: class " + strconv.FormatUint(uint64(c), 10) + "; expected 0 to " + strconv.Itoa(n.classes-1))
		}
		allowed[c] = true
	}
	return n.topK(k, func(i int) bool { return allowed[i] }), nil
}

func (n *Network) topK(k int, allowed func(class int) bool) []Prediction {
	if !n.ran {
		return nil
	}
	k = max(0, min(k, n.classes))
	order := make([]int, 0, k+1)
	for i, v := range n.logits {
		if !allowed(i) {
			continue
		}
		at := len(order)
		for at > 0 && v > n.logits[order[at-1]] {
			at--
		}
		if at < k {
			order = slices.Insert(order, at, i)
			order = order[:min(len(order), k)]
		}
	}
	p := n.Probabilities()
	top := make([]Prediction, 0, len(order))
	for _, i := range order {
		top = append(top, Prediction{i, n.Labels[i].WNID, n.Labels[i].Name, p[i]})
	}
	return top
}

// ClassMap is conv10's map for a class, after ReLU: where in the picture the class is seen. Its mean
// is the class's logit. (H, W, 1).
func (n *Network) ClassMap(class int) (Map, error) {
	if !n.ran {
		return Map{}, errors.New("squeezenet: class map before a run")
	}
	if class < 0 || class >= n.classes {
		return Map{}, n.noClass(class)
	}
	s := n.plan.scores
	m := Map{Shape{s.H, s.W, 1}, make([]float32, s.H*s.W)}
	for i := range m.Data {
		m.Data[i] = n.scores[i*s.stride+class]
	}
	return m, nil
}

func (n *Network) noClass(class int) error {
	return errors.New("squeezenet: class " + strconv.Itoa(class) + "; expected 0 to " + strconv.Itoa(n.classes-1))
}

// Scores are conv10's maps of all classes after ReLU, (H, W, classes).
func (n *Network) Scores() Map {
	if !n.ran {
		return Map{}
	}
	return n.read(n.plan.scores)
}

// Features is the last module's output (fire9), what the classifier reads. (H, W, C)
func (n *Network) Features() Map {
	if !n.ran {
		return Map{}
	}
	return n.read(n.plan.feature)
}

// ExtractFeatures runs the network and returns every layer's output by name, in order: conv1, pool1,
// fire2/squeeze1x1, fire2, ..., conv10, pool10 (the logits), prob; in the bypass nets also fireN/bypass
// and fireN/add. Of an int8 network they are the values that the codes stand for. The maps are copies.
func (n *Network) ExtractFeatures(rgb []uint8, h, w int) ([]Feature, error) {
	return n.extract(func(visit func(*step)) error { return n.run(rgb, h, w, visit) })
}

// ExtractFeaturesTensor is ExtractFeatures for an input as RunTensor takes it.
func (n *Network) ExtractFeaturesTensor(x []float32, h, w int) ([]Feature, error) {
	return n.extract(func(visit func(*step)) error { return n.runTensor(x, h, w, visit) })
}

// ExtractFeature runs the network and returns one layer's output, by a name that Describe lists or
// ExtractFeatures gives: "fire2" is the module's whole output, "fire2/expand1x1" a part of it.
func (n *Network) ExtractFeature(rgb []uint8, h, w int, name string) (Map, error) {
	var m Map
	err := n.run(rgb, h, w, func(s *step) {
		switch {
		case s.op == opMean && s.layer == name:
			m = Map{Shape{1, 1, n.classes}, slices.Clone(n.logits)}
		case s.layer == name:
			m = n.read(s.dst)
		case s.name == name:
			m = n.read(s.dst).channels(s.channel0, n.model.Convs[s.index].Out)
		}
	})
	if err == nil && m.Data == nil {
		err = errors.New("squeezenet: " + n.Arch.Title + " has no layer " + strconv.Quote(name))
	}
	return m, err
}

// channels are n of a map's, from the first one on.
func (m Map) channels(first, n int) Map {
	part := Map{Shape{m.H, m.W, n}, make([]float32, 0, m.H*m.W*n)}
	for at := first; at < len(m.Data); at += m.C {
		part.Data = append(part.Data, m.Data[at:at+n]...)
	}
	return part
}

func (n *Network) extract(run func(visit func(*step)) error) ([]Feature, error) {
	var all []Feature
	err := run(func(s *step) {
		switch {
		case s.op == opMean:
			all = append(all, Feature{s.layer, Map{Shape{1, 1, n.classes}, slices.Clone(n.logits)}})
		case s.layer != "":
			all = append(all, Feature{s.layer, n.read(s.dst)})
		}
	})
	if err != nil {
		return nil, err
	}
	return append(all, Feature{"prob", Map{Shape{1, 1, n.classes}, n.Probabilities()}}), nil
}

// read copies a plane out of its buffer, without border and padding; codes become their values.
func (n *Network) read(p *plane) Map {
	if n.model.Quantised() && p != n.plan.scores {
		m := Map{p.Shape, make([]float32, 0, p.H*p.W*p.C)}
		var steps []float32 // (C): value of a step
		var zero uint8      // code of 0
		if p.add > 0 {
			steps, zero = n.model.Adds[p.add-1].OutStep, n.model.Adds[p.add-1].OutZero
		}
		for _, c := range p.convs {
			steps = append(steps, n.model.Convs[c].OutStep...)
			zero = n.model.Convs[c].OutZero
		}
		src := n.bufU8[p.buffer]
		for y := range p.H {
			for x := range p.W {
				for i, code := range src[p.at(y, x):][:p.C] {
					m.Data = append(m.Data, float32(int(code)-int(zero))*steps[i])
				}
			}
		}
		return m
	}
	if p == n.plan.scores {
		return n.readF32(p, n.scores)
	}
	return n.readF32(p, n.bufF32[p.buffer])
}

func (n *Network) readF32(p *plane, src []float32) Map {
	m := Map{p.Shape, make([]float32, 0, p.H*p.W*p.C)}
	for y := range p.H {
		for x := range p.W {
			m.Data = append(m.Data, src[p.at(y, x):][:p.C]...)
		}
	}
	return m
}

// Loss is the mean softmax cross-entropy of a batch, (batch, classes) logits and a label each, as the
// article's graph computes it: log sum exp(logit) - logit[label], with the largest logit taken out so
// that nothing overflows. It fails when a label is not a class.
func Loss(logits [][]float32, labels []int) (float64, error) {
	if len(logits) == 0 || len(logits) != len(labels) {
		return 0, errors.New("squeezenet: loss of " + strconv.Itoa(len(logits)) + " rows of logits with " + strconv.Itoa(len(labels)) + " labels; expected one label for each, and at least one")
	}
	var total float64
	for i, row := range logits {
		if labels[i] < 0 || labels[i] >= len(row) {
			return 0, errors.New("squeezenet: label " + strconv.Itoa(labels[i]) + " of picture " + strconv.Itoa(i) + "; expected 0 to " + strconv.Itoa(len(row)-1))
		}
		top := float64(slices.Max(row))
		var sum float64
		for _, l := range row {
			sum += math.Exp(float64(l) - top)
		}
		total += top + math.Log(sum) - float64(row[labels[i]])
	}
	return total / float64(len(logits)), nil
}
