//go:build js && wasm

package main

import (
	"strconv"
	"syscall/js"
	"unsafe"

	"squeezenet/train"
	"squeezenet/weights"
)

var errNoTraining = &fault{"bad-training", "no training is under way: trainBegin comes first"}

// trainCheck(names, counts) fails when a training of these classes, with as many pictures each, cannot begin.
func (b *bridge) trainCheck(args []js.Value) (any, error) {
	counts := make([]int, args[0].Length())
	for i := range counts {
		counts[i] = args[1].Index(i).Int()
	}
	if err := train.Check(texts(args[0]), counts); err != nil {
		return nil, &fault{"bad-training", sentence(err)}
	}
	return nil, nil
}

func texts(array js.Value) []string {
	all := make([]string, array.Length())
	for i := range all {
		all[i] = array.Index(i).String()
	}
	return all
}

// trainBegin(names, features, classes, seed) begins a training on the embeddings of n pictures, one after
// the other in features (a Uint8Array of float32), and the index of each one's class (Uint32Array). A
// training before it is forgotten.
func (b *bridge) trainBegin(args []js.Value) (any, error) {
	if b.network == nil {
		return nil, errNotLoaded
	}
	b.training = nil
	channels := b.model.Convs[len(b.model.Convs)-1].In
	classes := uint32s(args[2])
	n := len(classes) * channels
	if bytes := args[1].Length(); bytes != 4*n {
		return nil, &fault{"bad-training", strconv.Itoa(bytes) + " bytes of features for " + strconv.Itoa(len(classes)) + " pictures; expected " +
			strconv.Itoa(4*n) + ", " + strconv.Itoa(channels) + " float32 for each, as embedding() of this model gives them"}
	}
	features := make([]float32, n)
	copyFrom(args[1], unsafe.Pointer(unsafe.SliceData(features)), 4*n)
	examples := make([]train.Example, len(classes))
	for i, class := range classes {
		examples[i] = train.Example{Features: features[i*channels:][:channels], Class: int(class)}
	}
	t, err := train.New(texts(args[0]), examples, uint64(args[3].Int()))
	if err != nil {
		return nil, &fault{"bad-training", sentence(err)}
	}
	b.training = t
	return nil, nil
}

type training struct {
	Progress float64 `js:"progress"` // 0 to 1; it leaps when the training stops early
	More     bool    `js:"more"`     // whether there is more to do
}

// trainStep(milliseconds) trains for about that long.
func (b *bridge) trainStep(args []js.Value) (any, error) {
	if b.training == nil {
		return nil, errNoTraining
	}
	until := now() + args[0].Float()
	more := b.training.Step()
	for more && now() < until {
		more = b.training.Step()
	}
	return training{b.training.Progress(), more}, nil
}

type trained struct {
	Right   int      `js:"right"` // of the pictures, each judged by a classifier that had not seen it
	Of      int      `js:"of"`
	Answers []answer `js:"answers"` // for each picture, in trainBegin's order
}

type answer struct {
	Class       int     `js:"class"`
	Probability float64 `js:"probability"`
}

// trainFinish() gives what came of the training: the model's file, as "file" (Uint8Array), and how good it
// is. The training is then forgotten.
func (b *bridge) trainFinish([]js.Value) (any, error) {
	switch {
	case b.network == nil:
		return nil, errNotLoaded
	case b.training == nil:
		return nil, errNoTraining
	}
	head, report := b.training.Head(), b.training.Report()
	if head == nil {
		return nil, &fault{"bad-training", "the training is not done: call trainStep until it says that there is no more"}
	}
	m, err := head.Model(b.model)
	if err != nil {
		return nil, err
	}
	file, err := weights.Write(m)
	if err != nil {
		return nil, err
	}
	b.training = nil
	var t trained
	t.Right, t.Of = report.Accuracy()
	for _, a := range report.Answers {
		t.Answers = append(t.Answers, answer(a))
	}
	return withBytes(t, "file", file), nil
}

// trainCancel() forgets the training that is under way, if one is.
func (b *bridge) trainCancel([]js.Value) (any, error) {
	b.training = nil
	return nil, nil
}
