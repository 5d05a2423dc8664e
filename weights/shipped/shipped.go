// Package shipped holds the trained model files of this project (see weights/LICENSES.md), for native
// programs and tests. The web build does not link it: a page fetches its model.
package shipped

import (
	_ "embed"

	"squeezenet/weights"
)

// F32 is SqueezeNet 1.1 as released, float32.
//
//go:embed squeezenet1_1-f32.sqz
var F32 []byte

// Int8 is the same network in int8, of less than 0.6 MB: the default. weights/README.md has the command
// that made it.
//
//go:embed squeezenet1_1.sqz
var Int8 []byte

// Load reads one of the files above.
func Load(file []byte) *weights.Model {
	m, err := weights.Read(file)
	if err != nil {
		panic(err) // the file is part of the program
	}
	return m
}
