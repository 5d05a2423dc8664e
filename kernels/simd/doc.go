// Command simd assembles the SIMD forms of package kernels: kernels.wasm needs SIMD (simd128),
// kernels-relaxed.wasm has the same functions and those that need relaxed SIMD besides. peaks.wasm
// holds the inner idioms alone, for the benchmark (bench.mjs). The files are committed; go generate
// makes them again, and a test fails when they are not what this program emits.
//
// A kernel's way from here to its caller, as for widen:
//
//  1. A function in a file named for the operation emits it (pool.go): func widen(m *Module). Its
//     comment is its specification: parameters, units, what it may assume. Package asm has the
//     instructions. At most 16 vectors may live at once, or V8 spills. A ragged end is a last vector
//     or tile that overlaps the one before it.
//  2. plain, or relaxed where it needs that, calls it (main.go). A name with dot, pair or relaxed in
//     it is one that only kernels-relaxed.wasm has.
//  3. go generate ./kernels/simd.
//  4. kernels/*_js.go declares it under //go:wasmimport kernels NAME and //go:noescape, with
//     unsafe.Pointer for addresses and int32 or float32 for numbers, and calls it where active is not
//     formGo; web/instantiate.mjs links every function that Go imports from "kernels".
//  5. The Go form stays, and the test of both runs under inEveryForm:
//     GOOS=js GOARCH=wasm go test -exec "$PWD/wasm/exec/run.mjs" ./kernels
//
// A kernel is called with addresses of Go slices: it checks nothing, so its caller does.
package main

//go:generate go run . .
