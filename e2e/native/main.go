// Command native prints, for a model and pictures, the SHA-256 of each picture's logits and conv10
// maps (little-endian float32) as the native program computes them: what browsers and Node must match.
//
//	go run ./e2e/native MODEL PICTURE...
package main

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"os"

	"squeezenet/picture"
	"squeezenet/picture/decode"
	"squeezenet/squeezenet"
	"squeezenet/weights"
)

func main() {
	model, err := os.ReadFile(os.Args[1])
	check(err)
	m, err := weights.Read(model)
	check(err)
	n, err := squeezenet.New(m, squeezenet.Options{})
	check(err)
	var r picture.Resizer
	for _, file := range os.Args[2:] {
		data, err := os.ReadFile(file)
		check(err)
		p, err := decode.Decode(data)
		check(err)
		rgb, err := p.Crop(&r, m.Pipeline, m.Pipeline.Fit)
		check(err)
		check(n.Run(rgb, m.Pipeline.Crop, m.Pipeline.Crop))
		fmt.Println(hash(n.Logits()), hash(n.Scores().Data))
	}
}

func hash(values []float32) string {
	h := sha256.New()
	binary.Write(h, binary.LittleEndian, values)
	return fmt.Sprintf("%x", h.Sum(nil))
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
