// Package train makes a classifier of one's own classes: a new last layer on the features of a trained
// network, which stay as they are. As in the article it is dropout of one half on fire9's features, a
// 1x1 convolution and the mean over its map, under mean softmax cross-entropy. There is no ReLU before
// the mean, so both are linear and may change places: the features are averaged once, (512) values a
// picture, and what is trained is a logistic regression on them.
//
// It knows features, not pictures or files, and runs in the browser as well:
//
//	n.Run(rgb, side, side) // each picture
//	examples = append(examples, train.Example{train.Features(n), class})
//	...
//	t, err := train.New(names, examples, seed)
//	for t.Step() { // show t.Progress(); stop calling to cancel
//	}
//	model, err := t.Head().Model(base)
package train

import (
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"squeezenet/squeezenet"
)

// How the descent goes. Set by trial on groups of ImageNet's classes, where what counts is what a
// logistic regression gets on pictures that it did not see (TestReachesLogisticRegression).
const (
	folds     = 5    // each picture is held back from one of five trainings
	batch     = 16   // pictures a step
	rate      = 5e-3 // of the first step; falls as 1/(1 + epoch/rateHalf)
	rateHalf  = 50
	momentum  = 0.9
	decay     = 0.02 // weight decay: of decay/2 * |w|^2, on features standardised
	maxEpochs = 300
	patience  = 20 // epochs without a better loss on the held-back pictures before it stops
)

// An Example is a picture to learn from.
type Example struct {
	Features []float32 // of Features, all of one network
	Class    int       // index of its class
}

// Features are what a last layer reads of the picture that n ran last: the mean of the last module's
// output over the map that the last convolution makes of it, (channels). They are the values that an
// int8 network's codes stand for. Nil before a run.
func Features(n *squeezenet.Network) []float32 {
	m := n.Features()
	if m.Data == nil {
		return nil
	}
	pad := 0 // SqueezeNet 1.0 pads its last convolution with a border of zeros
	for _, l := range n.Arch.Layers {
		if l.Op == squeezenet.Conv {
			pad = l.Pad
		}
	}
	sum := make([]float64, m.C)
	for p := 0; p < len(m.Data); p += m.C {
		for c, v := range m.Data[p : p+m.C] {
			sum[c] += float64(v)
		}
	}
	f := make([]float32, m.C)
	for c, s := range sum {
		f[c] = float32(s / float64((m.H+2*pad)*(m.W+2*pad)))
	}
	return f
}

// A Trainer is a training under way. First five classifiers are trained, each without a fifth of the
// pictures; their loss on what they did not see says after how many epochs to stop, and their answers
// to it how good the classifier will be. Then one is trained on all pictures for as many epochs.
type Trainer struct {
	classes  []string
	examples []Example
	seed     uint64
	runs     []*descent // those of the folds, or the last one
	run      int        // the one that is at work
	report   Report
	stale    int // epochs since the best one
	last     bool
	head     *Head
}

// A Report says how training went, as far as it has come.
type Report struct {
	Curve     []Point  // one for each epoch of the five
	Epochs    int      // after how many of them the held-back pictures were told best
	Answers   []Answer // of each picture, what it was taken for then, by the classifier that had not seen it
	Confusion [][]int  // (classes, classes): pictures of class i that were taken for class j
}

// An Answer is the likeliest class of a picture.
type Answer struct {
	Class       int
	Probability float64 // 0..1
}

// A Point of the learning curve is an epoch, as means over pictures.
type Point struct {
	Training float64 // cross-entropy of the pictures trained on, with dropout
	HeldBack float64 // cross-entropy of the pictures held back
	Accuracy float64 // of the pictures held back, 0..1
}

// Accuracy is how many of the held-back pictures were told rightly, and of how many.
func (r *Report) Accuracy() (right, of int) {
	for i, row := range r.Confusion {
		right += row[i]
		for _, n := range row {
			of += n
		}
	}
	return right, of
}

// Check says whether a training can begin: two classes or more, each with a name of its own and at least
// two pictures, so that one can be held back.
func Check(classes []string, pictures []int) error {
	if len(classes) < 2 {
		return errors.New("train: " + count(len(classes), "class") + "; give two or more, pictures of what is not meant make a good second one")
	}
	for i, name := range classes {
		switch {
		case strings.TrimSpace(name) == "" || strings.ContainsAny(name, "\t\n") || !utf8.ValidString(name):
			return errors.New("train: class " + strconv.Itoa(i+1) + " is named " + strconv.Quote(name) + "; give it a name without tabs and line ends")
		case slices.Contains(classes[:i], name):
			return errors.New("train: two classes are named " + strconv.Quote(name) + "; give each its own name")
		case pictures[i] < 2:
			return errors.New("train: class " + strconv.Quote(name) + " has " + count(pictures[i], "picture") + "; give it two or more (ten make a fair start), or leave the class out")
		}
	}
	return nil
}

// New begins a training. It fails as Check does, and when the features are not those of one network.
// The same examples in the same order with the same seed give the same classifier, to the bit on one
// kind of processor. The features are kept, not copied.
func New(classes []string, examples []Example, seed uint64) (*Trainer, error) {
	counts := make([]int, len(classes))
	for i, e := range examples {
		switch {
		case e.Class < 0 || e.Class >= len(classes):
			return nil, errors.New("train: picture " + strconv.Itoa(i) + " is of class " + strconv.Itoa(e.Class) + "; expected 0 to " + strconv.Itoa(len(classes)-1))
		case len(e.Features) == 0 || len(e.Features) != len(examples[0].Features):
			return nil, errors.New("train: picture " + strconv.Itoa(i) + " has " + strconv.Itoa(len(e.Features)) + " features, the first has " + strconv.Itoa(len(examples[0].Features)) + "; take them all from one network")
		}
		for _, v := range e.Features {
			if v-v != 0 {
				return nil, errors.New("train: picture " + strconv.Itoa(i) + " has a feature that is not a finite number; leave it out")
			}
		}
		counts[e.Class]++
	}
	if err := Check(classes, counts); err != nil {
		return nil, err
	}

	t := &Trainer{classes: slices.Clone(classes), examples: examples, seed: seed}
	fold := t.deal()
	for f := range min(folds, len(examples)) {
		var training, held []int
		for i := range examples {
			if fold[i] == f {
				held = append(held, i)
			} else {
				training = append(training, i)
			}
		}
		t.runs = append(t.runs, newDescent(len(classes), examples, training, held, seed, uint64(f)))
	}
	return t, nil
}

// count is none or one of something, in words.
func count(n int, of string) string {
	if n == 0 {
		return "no " + of
	}
	return "one " + of
}

// deal gives every picture its fold: each class is shuffled and dealt out, going on where the class
// before ended, so that a class of two has one picture left wherever one is held back.
func (t *Trainer) deal() []int {
	r := rand.New(rand.NewPCG(t.seed, folds))
	fold := make([]int, len(t.examples))
	next := 0
	order := r.Perm(len(t.examples))
	for class := range t.classes {
		for _, i := range order {
			if t.examples[i].Class == class {
				fold[i] = next % folds
				next++
			}
		}
	}
	return fold
}

// Step trains on a few pictures, and tells whether there is more to do.
func (t *Trainer) Step() bool {
	if t.head != nil {
		return false
	}
	if t.runs[t.run].step() {
		return true
	}
	if t.run++; t.run < len(t.runs) {
		return true
	}
	t.run = 0
	if t.last {
		if t.runs[0].epoch == t.report.Epochs {
			t.head = t.runs[0].head(t.classes)
		}
		return t.head == nil
	}
	t.judge()
	return true
}

// judge looks at the folds after an epoch, and ends them when the held-back pictures gain no more.
func (t *Trainer) judge() {
	var p Point
	var trained, right, held int
	answers := make([]Answer, len(t.examples))
	confusion := make([][]int, len(t.classes))
	for i := range confusion {
		confusion[i] = make([]int, len(t.classes))
	}
	for _, d := range t.runs {
		p.Training += d.loss
		trained += len(d.training)
		for _, i := range d.held {
			class := t.examples[i].Class
			loss, answer := d.answer(&t.examples[i])
			p.HeldBack += loss
			answers[i] = answer
			confusion[class][answer.Class]++
			if answer.Class == class {
				right++
			}
		}
		held += len(d.held)
	}
	p.Training /= float64(trained)
	p.HeldBack /= float64(held)
	p.Accuracy = float64(right) / float64(held)

	r := &t.report
	r.Curve = append(r.Curve, p)
	t.stale++
	if r.Epochs == 0 || p.HeldBack < r.Curve[r.Epochs-1].HeldBack {
		r.Epochs, r.Answers, r.Confusion, t.stale = len(r.Curve), answers, confusion, 0
	}
	if t.stale == patience || len(r.Curve) == maxEpochs {
		all := make([]int, len(t.examples))
		for i := range all {
			all[i] = i
		}
		t.runs = []*descent{newDescent(len(t.classes), t.examples, all, nil, t.seed, folds)}
		t.last = true
	}
}

// Progress is the part that is done, 0 to 1. It leaps when the folds stop early.
func (t *Trainer) Progress() float64 {
	switch {
	case t.head != nil:
		return 1
	case t.last:
		return 0.8 + 0.2*float64(t.runs[0].epoch)/float64(t.report.Epochs)
	}
	return 0.8 * float64(len(t.report.Curve)) / maxEpochs
}

// Report is how training went so far.
func (t *Trainer) Report() Report { return t.report }

// Head is the trained classifier; nil until Step is done.
func (t *Trainer) Head() *Head { return t.head }

// A descent is one training: stochastic gradient descent with momentum on the cross-entropy of
// softmax(w·z + b), where z are the features after dropout less their mean, over their deviation after
// dropout (which is never far below their mean, so that no picture throws the descent off).
type descent struct {
	examples       []Example
	training, held []int     // which of them
	mean, inverse  []float64 // (features): z = (x - mean) * inverse
	w, b           []float64 // (classes, features), (classes)
	velocityW      []float64
	velocityB      []float64
	gradientW      []float64
	gradientB      []float64
	random         *rand.Rand
	order          []int   // training, shuffled each epoch
	at             int     // how many of them were seen in this epoch
	epoch          int     // how many are done
	loss           float64 // sum over the epoch's pictures

	z, logits []float64 // of one picture
}

func newDescent(classes int, examples []Example, training, held []int, seed, stream uint64) *descent {
	features := len(examples[0].Features)
	d := &descent{examples: examples, training: training, held: held,
		mean: make([]float64, features), inverse: make([]float64, features),
		w: make([]float64, classes*features), b: make([]float64, classes),
		velocityW: make([]float64, classes*features), velocityB: make([]float64, classes),
		gradientW: make([]float64, classes*features), gradientB: make([]float64, classes),
		random: rand.New(rand.NewPCG(seed, stream)), order: slices.Clone(training),
		z: make([]float64, features), logits: make([]float64, classes)}
	for _, i := range training {
		for k, v := range examples[i].Features {
			d.mean[k] += float64(v) / float64(len(training))
			d.inverse[k] += float64(v) * float64(v) / float64(len(training))
		}
	}
	for k, square := range d.inverse { // E(x^2); dropout makes it twice that
		if square > 0 { // else the feature is never there: it stays out
			d.inverse[k] = 1 / math.Sqrt(2*square-d.mean[k]*d.mean[k])
		}
	}
	return d
}

// step trains on one batch, and tells whether the epoch goes on after it.
func (d *descent) step() bool {
	if d.at == 0 {
		d.loss = 0
		d.random.Shuffle(len(d.order), func(i, j int) { d.order[i], d.order[j] = d.order[j], d.order[i] })
	}
	pictures := d.order[d.at:min(d.at+batch, len(d.order))]
	clear(d.gradientW)
	clear(d.gradientB)
	for _, i := range pictures {
		e := &d.examples[i]
		dropout(d.z, e.Features, d.random)
		d.standardise()
		d.loss += d.learn(e.Class)
	}
	size := rate / (1 + float64(d.epoch)/rateHalf)
	descend(d.w, d.velocityW, d.gradientW, size, 1/float64(len(pictures)), decay)
	descend(d.b, d.velocityB, d.gradientB, size, 1/float64(len(pictures)), 0)
	if d.at += len(pictures); d.at < len(d.order) {
		return true
	}
	d.at = 0
	d.epoch++
	return false
}

// dropout sets half of the features to 0, each by a toss of its own, and doubles the others, so that
// the mean stays and nothing is to be scaled when the classifier is used.
func dropout(dst []float64, features []float32, random *rand.Rand) {
	var tosses uint64
	for k, v := range features {
		if k%64 == 0 {
			tosses = random.Uint64()
		}
		dst[k] = float64(v) * float64(tosses&1) * 2
		tosses >>= 1
	}
}

func (d *descent) standardise() {
	for k, mean := range d.mean {
		d.z[k] = (d.z[k] - mean) * d.inverse[k]
	}
}

// scores computes the logits of d.z.
func (d *descent) scores() {
	for c := range d.logits {
		d.logits[c] = d.b[c] + dot(d.w[c*len(d.z):][:len(d.z)], d.z)
	}
}

// dot goes in blocks by array pointers, which is near three times as fast in wasm: one check of bounds a block.
func dot(a, b []float64) float64 {
	var s0, s1, s2, s3 float64
	for len(a) >= 8 && len(b) >= 8 {
		x, y := (*[8]float64)(a), (*[8]float64)(b)
		s0 += x[0]*y[0] + x[4]*y[4]
		s1 += x[1]*y[1] + x[5]*y[5]
		s2 += x[2]*y[2] + x[6]*y[6]
		s3 += x[3]*y[3] + x[7]*y[7]
		a, b = a[8:], b[8:]
	}
	for k, v := range a {
		s0 += v * b[k]
	}
	return (s0 + s1) + (s2 + s3)
}

// addScaled adds scale*b to a, in blocks as dot.
func addScaled(a []float64, scale float64, b []float64) {
	for len(a) >= 8 && len(b) >= 8 {
		x, y := (*[8]float64)(a), (*[8]float64)(b)
		x[0] += scale * y[0]
		x[1] += scale * y[1]
		x[2] += scale * y[2]
		x[3] += scale * y[3]
		x[4] += scale * y[4]
		x[5] += scale * y[5]
		x[6] += scale * y[6]
		x[7] += scale * y[7]
		a, b = a[8:], b[8:]
	}
	for k := range a {
		a[k] += scale * b[k]
	}
}

// learn adds the gradient of d.z's loss to the batch's, and returns the loss.
func (d *descent) learn(class int) float64 {
	d.scores()
	loss := crossEntropy(d.logits, class)
	for c, g := range d.logits {
		d.gradientB[c] += g
		addScaled(d.gradientW[c*len(d.z):][:len(d.z)], g, d.z)
	}
	return loss
}

// answer tells a picture's class, without dropout, and its loss.
func (d *descent) answer(e *Example) (loss float64, best Answer) {
	for k, v := range e.Features {
		d.z[k] = float64(v)
	}
	d.standardise()
	d.scores()
	for c, l := range d.logits {
		if l > d.logits[best.Class] {
			best.Class = c
		}
	}
	loss = crossEntropy(d.logits, e.Class)
	best.Probability = d.logits[best.Class]
	if best.Class == e.Class {
		best.Probability++
	}
	return loss, best
}

// crossEntropy is log sum exp(logit) - logit[class], with the largest logit taken out so that nothing
// overflows. The logits become its gradient: their softmax, less 1 at the class.
func crossEntropy(logits []float64, class int) float64 {
	top, right := slices.Max(logits), logits[class]
	var sum float64
	for c, l := range logits {
		logits[c] = math.Exp(l - top)
		sum += logits[c]
	}
	for c := range logits {
		logits[c] /= sum
	}
	logits[class]--
	return top + math.Log(sum) - right
}

// descend makes a step of gradient descent with momentum; scale makes a mean of the gradients' sum.
func descend(w, velocity, gradient []float64, rate, scale, decay float64) {
	for i, g := range gradient {
		velocity[i] = momentum*velocity[i] - rate*(g*scale+decay*w[i])
		w[i] += velocity[i]
	}
}
