// Command make writes weights/shipped/squeezenet1_1-f32.sqz from the reference artefacts:
//
//	go run ./weights/make ../shared/ref weights/shipped/squeezenet1_1-f32.sqz
package main

import (
	"fmt"
	"os"
	"path/filepath"

	"squeezenet/squeezenet"
	"squeezenet/weights"
	"squeezenet/weights/foreign"
)

const source = "SqueezeNet v1.1, trained on ImageNet (ILSVRC 2012) and released by DeepScale for Caffe under the BSD 2-clause licence " +
	"(github.com/forresti/SqueezeNet), taken from the Python package ndf 0.1.4 (MIT, Primoz Godec). " +
	"Class names: @tensorflow-models/mobilenet 2.1.1 (Apache-2.0)."

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: go run ./weights/make REF OUT")
		os.Exit(2)
	}
	if err := run(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ref, out string) error {
	tsv, err := os.ReadFile(filepath.Join(ref, "labels", "imagenet1k.tsv"))
	if err != nil {
		return err
	}
	labels, err := foreign.Labels(tsv)
	if err != nil {
		return err
	}
	m, err := foreign.Open(filepath.Join(ref, "safetensors", "squeezenet1_1.safetensors"), foreign.Options{Pipeline: "caffe", Labels: labels})
	if err != nil {
		return err
	}
	m.Source = source
	n, err := squeezenet.New(m, squeezenet.Options{})
	if err != nil {
		return err
	}
	if m.Golden, err = n.SelfTest(); err != nil {
		return err
	}
	b, err := weights.Write(m)
	if err != nil {
		return err
	}
	return os.WriteFile(out, b, 0o644)
}
