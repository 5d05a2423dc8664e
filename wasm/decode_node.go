//go:build js && wasm && node

package main

import (
	"syscall/js"

	"squeezenet/picture/decode"
)

const decodes = true

// decode(file: Uint8Array, crop) reads a picture file and runs the network on it.
func (b *bridge) decode(args []js.Value) (any, error) {
	if b.network == nil {
		return nil, errNotLoaded
	}
	b.crop, b.feeding = nil, false
	began := now()
	file := make([]byte, args[0].Length())
	js.CopyBytesToGo(file, args[0])
	p, err := decode.Decode(file)
	if err != nil {
		return nil, pictureFault(err)
	}
	b.decoding = now() - began
	fit := b.fit(args[1])
	began = now()
	rgb, err := p.Crop(&b.resizer, b.model.Pipeline, fit)
	if err != nil {
		return nil, pictureFault(err)
	}
	b.resizing = now() - began
	b.region = regionOf(p.W, p.H, b.model.Pipeline, fit)
	return b.run(rgb)
}
