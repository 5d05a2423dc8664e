package squeezenet

import (
	"errors"
	"strconv"

	"squeezenet/kernels"
	"squeezenet/weights"
)

// A Batch is maps of one size: (N, H, W, C) values.
type Batch struct {
	N int
	Shape
	Data []float32
}

// At is picture i's map, a part of the batch.
func (b *Batch) At(i int) Map {
	n := b.H * b.W * b.C
	return Map{b.Shape, b.Data[i*n:][:n]}
}

// An ArticleLayer is one entry of the article's list of layers.
type ArticleLayer struct {
	Name string // "features/layer0" ... "features/layer12", "classifier/layer0" ... "classifier/layer3"
	Batch
	Err error // why an int8 model has no values here: its convolutions do not keep what comes before ReLU
}

// An Article is the network through the interface of the article's class (CS231n's form): every layer
// in its order, features, classifier, loss; VALID pooling. To restore it from a TensorFlow checkpoint
// read the model with Open of weights/foreign: foreign.Open(path, foreign.Options{Pipeline: "caffe"}) for
// the released weights, and NewArticle(m).
type Article struct {
	Network *Network
	Layers  []ArticleLayer // of the last Run: the 13 of extract_features, then the classifier's 4
}

// NewArticle makes the article's network of a model, which must be a SqueezeNet 1.1.
func NewArticle(m *weights.Model) (*Article, error) {
	if m.Arch != "squeezenet1_1" {
		return nil, errors.New("squeezenet: the article's network is squeezenet1_1, the model is " + m.Arch)
	}
	n, err := New(m, Options{FloorPooling: true})
	if err != nil {
		return nil, err
	}
	return &Article{Network: n}, nil
}

// articleNames gives the index in the article's list for what a step leaves: [before ReLU, after].
var articleNames = map[string][2]string{
	"conv1": {"features/layer0", "features/layer1"},
	"pool1": {"", "features/layer2"}, "fire2": {"", "features/layer3"}, "fire3": {"", "features/layer4"},
	"pool3": {"", "features/layer5"}, "fire4": {"", "features/layer6"}, "fire5": {"", "features/layer7"},
	"pool5": {"", "features/layer8"}, "fire6": {"", "features/layer9"}, "fire7": {"", "features/layer10"},
	"fire8": {"", "features/layer11"}, "fire9": {"", "features/layer12"},
	"conv10": {"classifier/layer1", "classifier/layer2"},
	"pool10": {"", "classifier/layer3"},
}

var errPreActivation = errors.New("squeezenet: an int8 network fuses ReLU into its convolutions and keeps nothing from before it; use a float32 model")

// Run computes the layers of a batch of inputs as the weights expect them: (N, H, W, 3), channels in the
// network's order, mean subtracted.
func (a *Article) Run(image Batch) error {
	if image.C != 3 || image.N < 1 || len(image.Data) != image.N*image.H*image.W*image.C {
		return errors.New("squeezenet: a batch of " + strconv.Itoa(image.N) + " times " + image.Shape.String() + " with " +
			strconv.Itoa(len(image.Data)) + " values; expected at least one picture of 3 channels")
	}
	return a.run(image.N, func(i int, visit func(*step)) error {
		return a.Network.runTensor(image.At(i).Data, image.H, image.W, visit)
	})
}

// RunPictures is Run for pictures of h x w RGB pixels, (h, w, 3) bytes each; an int8 model has no other.
func (a *Article) RunPictures(rgb [][]uint8, h, w int) error {
	return a.run(len(rgb), func(i int, visit func(*step)) error { return a.Network.run(rgb[i], h, w, visit) })
}

func (a *Article) run(pictures int, run func(i int, visit func(*step)) error) error {
	var layers []ArticleLayer
	for i := range pictures {
		at := 0
		add := func(name string, m Map, err error) {
			if i == 0 {
				layers = append(layers, ArticleLayer{Name: name, Batch: Batch{N: pictures, Shape: m.Shape}, Err: err})
			}
			layers[at].Data = append(layers[at].Data, m.Data...)
			at++
		}
		err := run(i, func(s *step) {
			names, ok := articleNames[s.layer]
			if !ok {
				return
			}
			switch {
			case names[0] == "":
			case a.Network.Quantised():
				add(names[0], Map{Shape: s.dst.Shape}, errPreActivation)
			default:
				add(names[0], a.Network.preActivation(s), nil)
			}
			if s.op == opMean {
				add(names[1], Map{Shape{1, 1, a.Network.classes}, a.Network.logits}, nil)
				return
			}
			add(names[1], a.Network.read(s.dst), nil)
			if s.layer == "fire9" {
				add("classifier/layer0", a.Network.read(s.dst), nil)
			}
		})
		if err != nil {
			return err
		}
	}
	a.Layers = layers
	return nil
}

// preActivation computes a float32 convolution once more, without its ReLU.
func (n *Network) preActivation(s *step) Map {
	values := make([]float32, s.dst.size())
	kernels.ConvF32(values, n.bufF32[s.src.buffer], n.f32[s.index], &s.win, false)
	return n.readF32(s.dst, values)
}

// ExtractFeatures runs a batch and returns the article's features/layer0 to features/layer12, in order.
func (a *Article) ExtractFeatures(image Batch) ([]ArticleLayer, error) {
	if err := a.Run(image); err != nil {
		return nil, err
	}
	return a.Layers[:13], nil
}

// Features is the last layer of ExtractFeatures, (N, H, W, 512), of the last run.
func (a *Article) Features() Batch {
	if a.Layers == nil {
		return Batch{}
	}
	return a.Layers[12].Batch
}

// Classifier is the logits of the last run, a row of classes for each picture.
func (a *Article) Classifier() [][]float32 {
	if a.Layers == nil {
		return nil
	}
	last := &a.Layers[len(a.Layers)-1].Batch
	rows := make([][]float32, last.N)
	for i := range rows {
		rows[i] = last.At(i).Data
	}
	return rows
}

// Loss is the mean softmax cross-entropy of the last run's batch.
func (a *Article) Loss(labels []int) (float64, error) { return Loss(a.Classifier(), labels) }
