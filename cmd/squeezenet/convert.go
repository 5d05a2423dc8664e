package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"squeezenet/squeezenet"
	"squeezenet/weights"
	"squeezenet/weights/foreign"
)

func setupConvert(flags *flag.FlagSet) func(s streams, args []string) error {
	arch := flags.String("arch", "", "the architecture's `NAME` (describe -h lists them; default: told by the tensors' shapes)")
	pipeline := flags.String("pipeline", "", "the input that the weights expect, `NAME`: "+strings.Join(foreign.Pipelines(), ", ")+" (default: the source's own)")
	labels := flags.String("labels", "", "take the classes' names from `FILE`, one a line, with or without WordNet ids")
	return func(s streams, args []string) error {
		if len(args) != 2 {
			return usageError("a weight file to read and a file to write were expected")
		}
		in, out := args[0], args[1]
		o := foreign.Options{Arch: *arch, Pipeline: *pipeline}
		if *labels != "" {
			text, err := os.ReadFile(*labels)
			if err != nil {
				return err
			}
			if o.Labels, err = foreign.Labels(text); err != nil {
				return fmt.Errorf("%s: %w", *labels, err)
			}
		}
		m, err := openModel(in, o)
		if err != nil {
			return err
		}
		var data []byte
		switch filepath.Ext(out) {
		case ".sqz":
			if err = setGolden(m); err == nil {
				data, err = weights.Write(m)
			}
		case ".safetensors", ".onnx":
			data, err = foreign.Encode(out, m)
		default:
			return usageError(fmt.Sprintf("%s: the ending says what to write: .sqz, .safetensors or .onnx", out))
		}
		if err != nil {
			return err
		}
		if err := writeWhole(out, data); err != nil {
			return err
		}
		_, err = fmt.Fprintf(s.out, "%s: %s, %s, %s classes, %s bytes\n", out, m.Arch, precisionOf(m), number(len(m.Labels)), number(len(data)))
		return err
	}
}

// setGolden notes in a model what its self-test must give on every machine.
func setGolden(m *weights.Model) error {
	n, err := squeezenet.New(m, squeezenet.Options{})
	if err == nil {
		m.Golden, err = n.SelfTest()
	}
	return err
}
