//go:build js && wasm && !node

package main

import "syscall/js"

// Browsers decode pictures themselves, and decoders weigh 270 kB compressed.
const decodes = false

func (b *bridge) decode([]js.Value) (any, error) {
	return nil, &fault{"internal", "this build has no picture decoders; squeezenet-node.wasm has"}
}
