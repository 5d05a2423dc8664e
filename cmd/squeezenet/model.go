package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"squeezenet/picture"
	"squeezenet/picture/decode"
	"squeezenet/squeezenet"
	"squeezenet/weights"
	"squeezenet/weights/foreign"
	"squeezenet/weights/shipped"
)

// modelFlags choose the model of a command.
type modelFlags struct{ file, precision *string }

func addModelFlags(flags *flag.FlagSet) modelFlags {
	return modelFlags{
		flags.String("model", "", "use the model, or another program's weights, in `FILE` in place of what is built in"),
		flags.String("precision", "", "int8 or float32: which of the built-in models, or what FILE must be (default: int8)"),
	}
}

func (f modelFlags) load() (*weights.Model, error) {
	precision := *f.precision
	if precision != "" && precision != "int8" && precision != "float32" {
		return nil, usageError(fmt.Sprintf("--precision %s: int8 and float32 are known", precision))
	}
	if *f.file == "" {
		if precision == "float32" {
			return shipped.Load(shipped.F32), nil
		}
		return shipped.Load(shipped.Int8), nil
	}
	m, err := openModel(*f.file, foreign.Options{})
	if err != nil {
		return nil, err
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

// run reads a picture file and runs the network on it.
func (w *worker) run(file string, stdin io.Reader) error {
	data, err := readFile(file, stdin)
	if err != nil {
		return err
	}
	p, err := decode.Decode(data)
	if err != nil {
		return err
	}
	rgb, err := p.Crop(&w.resizer, w.pipeline, w.pipeline.Fit)
	if err != nil {
		return err
	}
	return w.network.Run(rgb, w.pipeline.Crop, w.pipeline.Crop)
}

// openModel reads a model file of this project, which its content or its name's ending tells, or a
// weight file of another program. The error begins with the path.
func openModel(path string, o foreign.Options) (*weights.Model, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	head := make([]byte, 4)
	n, _ := io.ReadFull(f, head) // a folder is a checkpoint's
	if string(head[:n]) != "\x89SQZ" && filepath.Ext(path) != ".sqz" {
		return foreign.Open(path, o)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	m, err := weights.Read(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if o.Arch != "" && o.Arch != m.Arch {
		return nil, fmt.Errorf("%s: the model is of %s, and --arch asks for %s: leave --arch out", path, m.Arch, o.Arch)
	}
	if o.Pipeline != "" {
		if m.Quantised() {
			return nil, fmt.Errorf("%s: the input of an int8 model is part of its numbers: convert the float32 model, then quantise it", path)
		}
		if m.Pipeline, err = foreign.Pipeline(o.Pipeline); err != nil {
			return nil, err
		}
	}
	if o.Labels != nil {
		if len(o.Labels) != len(m.Labels) {
			return nil, fmt.Errorf("%s: the model has %d classes and the labels are %d", path, len(m.Labels), len(o.Labels))
		}
		m.Labels = o.Labels
	}
	return m, nil
}

// writeModel writes a model file, whole or not at all.
func writeModel(path string, m *weights.Model) error {
	data, err := weights.Write(m)
	if err != nil {
		return err
	}
	return writeWhole(path, data)
}

// writeWhole writes a file whole or not at all: it takes its name when it is complete.
func writeWhole(path string, data []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // nothing is there any more when all went well
	_, err = f.Write(data)
	if err == nil {
		err = f.Chmod(0o644)
	}
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	return err
}
