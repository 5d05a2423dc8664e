//go:build js && wasm

// Command wasm is the network's bridge to JavaScript: pixels in by bands of rows, options in and
// predictions, times, layers and faults out as small structs. It computes nothing itself.
//
// The caller puts a function on globalThis under a name that it makes up and passes that name as
// argument 1; main takes the function, deletes the name and calls it with the bridge, an object of
// functions. Each returns what it says below, or {error: {code, message}}; none throws.
package main

import (
	"syscall/js"
	_ "unsafe" // linkname

	"github.com/norunners/vert"
)

func main() {
	args := programArgs()
	if len(args) != 2 {
		panic("squeezenet: started without the name of a receiver; squeezenet.mjs starts this program")
	}
	setGCPercent(-1) // until rest: what loading leaves behind is not worth a pause before the first answer
	receive := js.Global().Get(args[1])
	js.Global().Delete(args[1])
	b := &bridge{}
	receive.Invoke(map[string]any{
		"init":        function(b.init),
		"begin":       function(b.begin),
		"feed":        function(b.feed),
		"decode":      function(b.decode),
		"finish":      function(b.finish),
		"top":         function(b.top),
		"labels":      function(b.labels),
		"output":      function(b.output),
		"embedding":   function(b.embedding),
		"classMap":    function(b.classMap),
		"layers":      function(b.layers),
		"trainCheck":  function(b.trainCheck),
		"trainBegin":  function(b.trainBegin),
		"trainStep":   function(b.trainStep),
		"trainFinish": function(b.trainFinish),
		"trainCancel": function(b.trainCancel),
		"selfTest":    function(b.selfTest),
		"rest":        function(b.rest),
		"dispose":     function(b.dispose),
	})
	select {}
}

// os.Args and debug.SetGCPercent would bring packages os and fmt; these are what they call.

//go:linkname programArgs os.runtime_args
func programArgs() []string

//go:linkname setGCPercent runtime/debug.setGCPercent
func setGCPercent(percent int32) int32

// A fault is an error with a code on which callers may rely.
type fault struct {
	Code    string `js:"code"`
	Message string `js:"message"`
}

func (f *fault) Error() string { return f.Message }

// function makes a JavaScript function of f: its struct becomes an object, its error or panic {error}.
func function(f func(args []js.Value) (any, error)) js.Func {
	return js.FuncOf(func(_ js.Value, args []js.Value) (answer any) {
		defer func() {
			if r := recover(); r != nil {
				message := "the Go program failed: "
				switch r := r.(type) {
				case error:
					message += r.Error()
				case string:
					message += r
				}
				answer = failure(&fault{"internal", message})
			}
		}()
		for len(args) < 4 { // what a caller leaves out is undefined, as in JavaScript
			args = append(args, js.Undefined())
		}
		result, err := f(args)
		if err != nil {
			return failure(err)
		}
		return vert.ValueOf(result).JSValue()
	})
}

func failure(err error) js.Value {
	f, ok := err.(*fault)
	if !ok {
		f = &fault{"internal", err.Error()}
	}
	return vert.ValueOf(struct {
		Error *fault `js:"error"`
	}{f}).JSValue()
}
