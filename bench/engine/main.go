//go:build js && wasm

// Command engine is the network as bench/ times it: a crop's bytes are put in, the probabilities come
// out, and nothing else (no resize, no messages), which is what the peers' run functions do. It is
// started as the product's own program is: argument 1 names the function on globalThis that takes it.
package main

import (
	"os"
	"syscall/js"
	"unsafe"

	"squeezenet/kernels"
	"squeezenet/squeezenet"
	"squeezenet/weights"
)

const side = 227

func main() {
	receive := js.Global().Get(os.Args[1])
	js.Global().Delete(os.Args[1])
	var network *squeezenet.Network
	crop := make([]uint8, side*side*3)
	functions := map[string]func(args []js.Value) (any, error){
		// load(model: Uint8Array) gives the form of the kernels.
		"load": func(args []js.Value) (any, error) {
			file := make([]byte, args[0].Length())
			js.CopyBytesToGo(file, args[0])
			model, err := weights.Read(file)
			if err != nil {
				return nil, err
			}
			network, err = squeezenet.New(model, squeezenet.Options{})
			return kernels.Variant(), err
		},
		// set(rgb: Uint8Array) takes a crop, (227, 227, 3).
		"set": func(args []js.Value) (any, error) {
			js.CopyBytesToGo(crop, args[0])
			return nil, nil
		},
		// run(probabilities: Uint8Array) computes, and writes the 1000 float32.
		"run": func(args []js.Value) (any, error) {
			if err := network.Run(crop, side, side); err != nil {
				return nil, err
			}
			p := network.Probabilities()
			js.CopyBytesToJS(args[0], unsafe.Slice((*byte)(unsafe.Pointer(&p[0])), 4*len(p)))
			return nil, nil
		},
		// profile(turns) gives [{name, macs, ms}]: each layer's least time.
		"profile": func(args []js.Value) (any, error) {
			return profile(network, crop, args[0].Int())
		},
	}
	object := map[string]any{}
	for name, f := range functions {
		object[name] = js.FuncOf(func(_ js.Value, args []js.Value) any {
			answer, err := f(args)
			if err != nil {
				return js.Global().Get("Error").New(err.Error())
			}
			return answer
		})
	}
	receive.Invoke(object)
	select {}
}

var performance = js.Global().Get("performance")

func clock() float64 { return performance.Call("now").Float() }

func profile(network *squeezenet.Network, crop []uint8, turns int) (any, error) {
	layers, err := network.Arch.Describe(side, side, network.Classes(), false)
	if err != nil {
		return nil, err
	}
	times, err := network.Profile(crop, side, side, turns, 0, clock)
	if err != nil {
		return nil, err
	}
	var rows []any
	for i, l := range layers {
		rows = append(rows, map[string]any{"name": l.Name, "macs": l.MACs, "ms": times[i]})
	}
	return js.ValueOf(rows), nil
}
