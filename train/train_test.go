package train

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"squeezenet/squeezenet"
)

// Blobs are pictures of made-up classes: features above 0 like those after ReLU, around a centre for
// each class, the further the easier.
func blobs(seed uint64, classes, each, features int, distance float64) []Example {
	r := rand.New(rand.NewPCG(seed, 1))
	var all []Example
	for class := range classes {
		for range each {
			x := make([]float32, features)
			for k := range x {
				v := r.NormFloat64()
				if k%classes == class {
					v += distance
				}
				x[k] = float32(math.Abs(v))
			}
			all = append(all, Example{x, class})
		}
	}
	return all
}

var letters = []string{"a", "b", "c", "d", "e"}

// trained runs a training to its end.
func trained(t *testing.T, classes int, examples []Example, seed uint64) *Trainer {
	t.Helper()
	tr, err := New(letters[:classes], examples, seed)
	if err != nil {
		t.Fatal(err)
	}
	for tr.Step() {
	}
	return tr
}

// Over many draws: half are dropped, what stays is doubled so that the mean does not move, and neither
// place nor neighbour matters (a word of random bits serves 64 places).
func TestDropout(t *testing.T) {
	const n, draws = 130, 20_000
	x := make([]float32, n)
	for k := range x {
		x[k] = float32(k + 1)
	}
	r := rand.New(rand.NewPCG(3, 4))
	dst := make([]float64, n)
	kept := make([]float64, n)
	pairs := make([]float64, n) // kept together with the place 64 before, or beside
	for range draws {
		dropout(dst, x, r)
		for k, v := range dst {
			switch v {
			case 0:
			case 2 * float64(x[k]):
				kept[k]++
				if dst[(k+64)%n] != 0 {
					pairs[k]++
				}
			default:
				t.Fatalf("place %d: %v of %v, expected 0 or the double", k, v, x[k])
			}
		}
	}
	// five deviations of a share among 20,000: sqrt(p(1-p)/draws)
	total := 0.0
	for k := range n {
		if got := kept[k] / draws; math.Abs(got-0.5) > 5*math.Sqrt(0.25/draws) {
			t.Errorf("place %d is kept in %.4f of the draws, expected 0.5", k, got)
		}
		if got := pairs[k] / draws; math.Abs(got-0.25) > 5*math.Sqrt(0.1875/draws) {
			t.Errorf("places %d and %d are kept together in %.4f of the draws, expected 0.25", k, (k+64)%n, got)
		}
		total += 2 * float64(x[k]) * kept[k] / draws
	}
	if want := n * (n + 1) / 2.0; math.Abs(total/want-1) > 0.01 {
		t.Errorf("the features' sum is %v on average, %v without dropout", total, want)
	}
}

// Inference has no dropout: the head, into which the standardisation went, gives what the descent has
// without it, each time.
func TestNoDropoutInInference(t *testing.T) {
	examples := blobs(1, 3, 10, 70, 1)
	all := []int{0, 3, 12, 15, 22, 28, 29}
	d := newDescent(3, examples, all, nil, 1, 1)
	for range 20 {
		d.step()
	}
	h := d.head(letters[:3])
	for i, e := range examples {
		d.answer(&e)
		d.scores()
		got := h.Logits(e.Features)
		if again := h.Logits(e.Features); !slices.Equal(got, again) {
			t.Fatalf("picture %d: %v, then %v", i, got, again)
		}
		for c, want := range d.logits {
			// float32 weights: 2^-24 of each product
			bound := math.Abs(float64(h.Bias[c])) + math.Abs(want)
			for k, v := range e.Features {
				bound += math.Abs(float64(h.Weights[k*3+c] * v))
			}
			if math.Abs(float64(got[c])-want) > bound/(1<<23) {
				t.Errorf("picture %d class %d: %v, expected %v", i, c, got[c], want)
			}
		}
	}
}

func TestLossIsTheNetworks(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	rows := [][]float32{{1000, -1000, 999}, {-1e30, 1e30, 0}, {-500, -500, -500}}
	for range 20 {
		rows = append(rows, []float32{float32(r.NormFloat64() * 5), float32(r.NormFloat64() * 5), float32(r.NormFloat64() * 5)})
	}
	for _, row := range rows {
		for class := range row {
			want, err := squeezenet.Loss([][]float32{row}, []int{class})
			if err != nil {
				t.Fatal(err)
			}
			logits := []float64{float64(row[0]), float64(row[1]), float64(row[2])}
			if got := crossEntropy(logits, class); !(math.Abs(got-want) <= 1e-12*max(1, want)) {
				t.Errorf("loss of %v at %d: %v, expected %v", row, class, got, want)
			}
		}
	}
}

// The gradients of weights and biases, with one draw of dropout, against finite differences.
func TestGradient(t *testing.T) {
	examples := blobs(2, 4, 3, 37, 1)
	all := make([]int, len(examples))
	for i := range all {
		all[i] = i
	}
	d := newDescent(4, examples, all, nil, 1, 1)
	r := rand.New(rand.NewPCG(7, 8))
	for i := range d.w {
		d.w[i] = r.NormFloat64() / 4
	}
	for i := range d.b {
		d.b[i] = r.NormFloat64()
	}
	loss := func() float64 { // of the batch, with the draw of seed 9
		d.random = rand.New(rand.NewPCG(9, 9))
		clear(d.gradientW)
		clear(d.gradientB)
		var sum float64
		for i := range examples {
			dropout(d.z, examples[i].Features, d.random)
			d.standardise()
			sum += d.learn(examples[i].Class)
		}
		return sum
	}
	check := func(name string, parameters, gradient []float64) {
		loss()
		want := slices.Clone(gradient)
		for i := range parameters {
			const h = 1e-5 // the error of the central difference goes with h^2, its rounding with 1e-16/h
			was := parameters[i]
			parameters[i] = was + h
			up := loss()
			parameters[i] = was - h
			down := loss()
			parameters[i] = was
			if got := (up - down) / (2 * h); math.Abs(got-want[i]) > 1e-7*max(1, math.Abs(got)) {
				t.Errorf("%s %d: gradient %v, finite difference %v", name, i, want[i], got)
			}
		}
	}
	check("weight", d.w, d.gradientW)
	check("bias", d.b, d.gradientB)
}

// Momentum: under a steady gradient of g the speed goes to rate*g/(1-momentum). Weight decay: the
// weight rests where decay*w = -g.
func TestDescend(t *testing.T) {
	w, velocity := []float64{0}, []float64{0}
	for range 300 {
		descend(w, velocity, []float64{6}, 0.01, 0.5, 0)
	}
	if got, want := velocity[0], -0.01*3/(1-momentum); math.Abs(got/want-1) > 1e-9 {
		t.Errorf("speed %v, expected %v", got, want)
	}
	for range 3000 {
		descend(w, velocity, []float64{6}, 0.1, 0.5, 0.2)
	}
	if got := w[0]; math.Abs(got+15) > 1e-9 {
		t.Errorf("the weight rests at %v, expected -15", got)
	}
}

func TestSeedsRepeat(t *testing.T) {
	examples := blobs(3, 3, 12, 64, 0.5)
	a, b, c := trained(t, 3, examples, 7), trained(t, 3, examples, 7), trained(t, 3, examples, 8)
	bits := func(tr *Trainer) (all []uint32) {
		for _, v := range slices.Concat(tr.Head().Weights, tr.Head().Bias) {
			all = append(all, math.Float32bits(v))
		}
		for _, p := range tr.Report().Curve {
			all = append(all, uint32(math.Float64bits(p.Training)), uint32(math.Float64bits(p.HeldBack)))
		}
		return all
	}
	if !slices.Equal(bits(a), bits(b)) {
		t.Error("two trainings with seed 7 differ")
	}
	if slices.Equal(bits(a), bits(c)) {
		t.Error("seeds 7 and 8 give the same: the seed does nothing")
	}
}

func TestSeparable(t *testing.T) {
	tr := trained(t, 4, blobs(10, 4, 15, 128, 3), 1)
	report := tr.Report()
	if right, of := report.Accuracy(); right != of || of != 60 {
		t.Errorf("%d of %d held-back pictures are told rightly, expected 60 of 60", right, of)
	}
	for i, e := range blobs(11, 4, 50, 128, 3) { // others of the same classes
		logits := tr.Head().Logits(e.Features)
		if got := slices.Index(logits, slices.Max(logits)); got != e.Class {
			t.Errorf("new picture %d of class %d is taken for %d", i, e.Class, got)
		}
	}
}

// Classes by lot can only be learnt by heart: held-back pictures say so at once, and training ends
// patience epochs after their best, with a head of as many epochs as that.
func TestEarlyStopping(t *testing.T) {
	examples := blobs(20, 1, 60, 100, 0)
	for i := range examples {
		examples[i].Class = i % 2
	}
	tr, err := New(letters[:2], examples, 1)
	if err != nil {
		t.Fatal(err)
	}
	done := 0.0
	for tr.Step() {
		if p := tr.Progress(); p < done || p > 1 {
			t.Fatalf("progress goes from %v to %v", done, p)
		} else {
			done = p
		}
		if tr.Head() != nil {
			t.Fatal("a head before the end")
		}
	}
	r := tr.Report()
	if tr.Progress() != 1 || len(r.Curve) != r.Epochs+patience || r.Epochs > 30 {
		t.Errorf("stopped after %d epochs with the best at %d, progress %v; expected %d more than an early best", len(r.Curve), r.Epochs, tr.Progress(), patience)
	}
	for i, p := range r.Curve {
		if p.HeldBack < r.Curve[r.Epochs-1].HeldBack {
			t.Errorf("epoch %d has a lower loss on held-back pictures (%v) than the best, %d (%v)", i+1, p.HeldBack, r.Epochs, r.Curve[r.Epochs-1].HeldBack)
		}
	}
	if first, last := r.Curve[0].Training, r.Curve[len(r.Curve)-1].Training; last > first-0.1 {
		t.Errorf("the loss on the training pictures went from %v to %v: nothing was learnt by heart, the test shows nothing", first, last)
	}
	if right, of := r.Accuracy(); right < of/4 || right > of*3/4 {
		t.Errorf("%d of %d right where classes went by lot", right, of)
	}
	if tr.runs[0].epoch != r.Epochs {
		t.Errorf("the head was trained for %d epochs, expected %d", tr.runs[0].epoch, r.Epochs)
	}
	if tr.Step() {
		t.Error("there is more to do after the end")
	}
}

// The report's tables agree with each other.
func TestReport(t *testing.T) {
	examples := blobs(30, 3, 9, 60, 0.7)
	r := trained(t, 3, examples, 1).Report()
	var confusion [3][3]int
	for i, a := range r.Answers {
		confusion[examples[i].Class][a.Class]++
		if a.Probability < 1.0/3 || a.Probability > 1 {
			t.Errorf("picture %d: the likeliest of three classes has probability %v", i, a.Probability)
		}
	}
	right, of := r.Accuracy()
	if right == of || float64(right)/float64(of) != r.Curve[r.Epochs-1].Accuracy {
		t.Errorf("%d of %d right, the curve says %v; expected some wrong", right, of, r.Curve[r.Epochs-1].Accuracy)
	}
	for i, row := range r.Confusion {
		if !slices.Equal(row, confusion[i][:]) {
			t.Errorf("class %d: confusion %v, the answers make %v", i, row, confusion[i])
		}
	}
}

// Each picture is held back once, and nowhere is a class without a picture to learn from.
func TestFolds(t *testing.T) {
	for _, counts := range [][]int{{2, 2}, {2, 3, 2}, {11, 2, 5, 7}, {2, 40}} {
		var examples []Example
		for class, n := range counts {
			examples = append(examples, blobs(uint64(n), 1, n, 5, 0)...)
			for i := range n {
				examples[len(examples)-1-i].Class = class
			}
		}
		tr, err := New(letters[:len(counts)], examples, 1)
		if err != nil {
			t.Fatal(err)
		}
		heldBack := make([]int, len(examples))
		for f, d := range tr.runs {
			seen := make([]int, len(counts))
			for _, i := range d.training {
				seen[examples[i].Class]++
			}
			if slices.Contains(seen, 0) || len(d.held) == 0 || len(d.held)+len(d.training) != len(examples) {
				t.Errorf("%v: fold %d trains on %v and holds back %d", counts, f, seen, len(d.held))
			}
			for _, i := range d.held {
				heldBack[i]++
			}
		}
		for i, n := range heldBack {
			if n != 1 {
				t.Errorf("%v: picture %d is held back %d times", counts, i, n)
			}
		}
		for tr.Step() {
		}
		if tr.Head() == nil {
			t.Errorf("%v: no head", counts)
		}
	}
}

// Features far from 0 that hardly differ, that never differ, and that are never there do not throw the
// descent off.
func TestAwkwardFeatures(t *testing.T) {
	examples := blobs(40, 2, 20, 64, 3)
	for i, e := range examples {
		e.Features[0] = 1000 + float32(i%7)
		e.Features[1] = 1e-20
		e.Features[2] = 0
		e.Features[3] = 1e9
		e.Features[4] *= 1e6
	}
	tr := trained(t, 2, examples, 1)
	r := tr.Report()
	if right, of := r.Accuracy(); right < of-1 {
		t.Errorf("%d of %d right", right, of)
	}
	for i, w := range tr.Head().Weights {
		if w-w != 0 || i/2 == 2 && w != 0 {
			t.Errorf("feature %d has weight %v", i/2, w)
		}
	}
}

// 200 pictures of ten classes that are hard to tell apart, from the features to the head.
func BenchmarkTrain200(b *testing.B) {
	examples := blobs(60, 10, 20, 512, 1)
	names := strings.Split("abcdefghij", "")
	epochs := 0
	for b.Loop() {
		t, err := New(names, examples, 1)
		if err != nil {
			b.Fatal(err)
		}
		for t.Step() {
		}
		epochs = t.Report().Epochs
	}
	b.ReportMetric(float64(epochs), "epochs")
}

func TestRefusals(t *testing.T) {
	good := blobs(50, 2, 3, 4, 1)
	with := func(i int, e Example) []Example {
		all := slices.Clone(good)
		all[i] = e
		return all
	}
	x := good[0].Features
	for _, c := range []struct {
		classes  []string
		examples []Example
		want     string
	}{
		{nil, nil, "no class; give two or more"},
		{[]string{"a", "\xff"}, good, `class 2 is named "\xff"`},
		{[]string{"a"}, good[:3], "one class; give two or more"},
		{[]string{"a", " "}, good, `class 2 is named " "`},
		{[]string{"a", "b\tc"}, good, `class 2 is named "b\tc"`},
		{[]string{"a", "a"}, good, `two classes are named "a"`},
		{[]string{"a", "b", "c"}, good, `class "c" has no picture; give it two or more`},
		{[]string{"a", "b"}, good[:4], `class "b" has one picture; give it two or more`},
		{[]string{"a", "b"}, with(2, Example{x, 2}), "picture 2 is of class 2; expected 0 to 1"},
		{[]string{"a", "b"}, with(2, Example{x, -1}), "picture 2 is of class -1"},
		{[]string{"a", "b"}, with(4, Example{x[:3], 1}), "picture 4 has 3 features, the first has 4"},
		{[]string{"a", "b"}, with(0, Example{nil, 0}), "picture 0 has 0 features"},
		{[]string{"a", "b"}, with(1, Example{[]float32{1, float32(math.NaN()), 0, 0}, 0}), "picture 1 has a feature that is not a finite number"},
		{[]string{"a", "b"}, with(1, Example{[]float32{1, 0, 0, float32(math.Inf(1))}, 0}), "picture 1 has a feature that is not a finite number"},
	} {
		tr, err := New(c.classes, c.examples, 1)
		if tr != nil || err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v, %d pictures: %v, expected %q", c.classes, len(c.examples), err, c.want)
		}
	}
}
