package main

import (
	"flag"
	"fmt"
	"os"

	"squeezenet/picture"
	"squeezenet/picture/decode"
	"squeezenet/squeezenet"
	"squeezenet/weights"
	"squeezenet/weights/shipped"
)

// modelFlags choose the model of a command.
type modelFlags struct{ file, precision *string }

func addModelFlags(flags *flag.FlagSet) modelFlags {
	return modelFlags{
		flags.String("model", "", "use the model in `FILE` in place of the one that is built in"),
		flags.String("precision", "", "int8 or float32: which of the built-in models, or what FILE must be (default: int8)"),
	}
}

func (f modelFlags) load() (*weights.Model, error) {
	precision := *f.precision
	if precision != "" && precision != "int8" && precision != "float32" {
		return nil, usageError(fmt.Sprintf("--precision %s: int8 and float32 are known", precision))
	}
	if *f.file == "" {
		return shipped.Load(shipped.F32), nil
	}
	data, err := os.ReadFile(*f.file)
	if err != nil {
		return nil, err
	}
	m, err := weights.Read(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", *f.file, err)
	}
	if found := precisionOf(m); precision != "" && precision != found {
		return nil, fmt.Errorf("%s: the model is %s, and --precision asks for %s: give another model, or leave --precision out", *f.file, found, precision)
	}
	return m, nil
}

func precisionOf(m *weights.Model) string {
	if m.Quantised() {
		return "int8"
	}
	return "float32"
}

// A worker classifies pictures, one after the other.
type worker struct {
	pipeline picture.Pipeline
	network  *squeezenet.Network
	resizer  picture.Resizer
}

func newWorker(m *weights.Model) (*worker, error) {
	n, err := squeezenet.New(m, squeezenet.Options{})
	if err != nil {
		return nil, err
	}
	return &worker{pipeline: m.Pipeline, network: n}, nil
}

// classify reads a picture file's bytes and gives its k likeliest classes.
func (w *worker) classify(data []byte, k int) ([]squeezenet.Prediction, error) {
	p, err := decode.Decode(data)
	if err != nil {
		return nil, err
	}
	rgb, err := p.Crop(&w.resizer, w.pipeline, w.pipeline.Fit)
	if err != nil {
		return nil, err
	}
	if err := w.network.Run(rgb, w.pipeline.Crop, w.pipeline.Crop); err != nil {
		return nil, err
	}
	return w.network.TopK(k), nil
}
