//go:build js && wasm && node

package main

import (
	"syscall/js"
	"time"

	"squeezenet/picture/decode"
)

const decodes = true

// decode(file: Uint8Array, crop) reads a picture file and runs the network on it.
func (b *bridge) decode(args []js.Value) (any, error) {
	if b.network == nil {
		return nil, errNotLoaded
	}
	b.crop, b.feeding = nil, false
	began := time.Now()
	file := make([]byte, args[0].Length())
	js.CopyBytesToGo(file, args[0])
	p, err := decode.Decode(file)
	if err != nil {
		return nil, pictureFault(err)
	}
	b.decoding = time.Since(began)
	fit := b.fit(args[1])
	began = time.Now()
	rgb, err := p.Crop(&b.resizer, b.model.Pipeline, fit)
	if err != nil {
		return nil, pictureFault(err)
	}
	b.resizing = time.Since(began)
	b.region = regionOf(p.W, p.H, b.model.Pipeline, fit)
	return b.run(rgb)
}
