package main

import (
	"fmt"
	"os"
	"path/filepath"

	. "squeezenet/kernels/simd/asm"
)

// files are what this command writes.
var files = []struct {
	name  string
	build func(m *Module)
}{
	{"kernels.wasm", plain},
	{"kernels-relaxed.wasm", func(m *Module) { plain(m); relaxed(m) }},
	{"peaks.wasm", peaks},
}

// plain are the functions that need simd128 alone.
func plain(m *Module) {
	convF32(4, mulThenAdd).emit(m, "conv_f32_simd")
	winoF32(convF32(4, mulThenAdd)).emit(m, "conv_winograd_simd")
	winoU8().emit(m, "conv_winograd_u8")
	packWinoU8(m)
	wideForm(toU8()).emit(m, "conv_u8_simd")
	wideForm(toF32()).emit(m, "conv_u8_f32_simd")
	widen(m)
	maxPool(m, "max_pool_f32", "f32x4.pmax")
	maxPool(m, "max_pool_u8", "i8x16.max_u")
	mean(m)
	addF32(m)
	addU8(m)
	normalise(m)
	flatten(m)
	resizeRows(m)
	resizeColumns(m)
	rans(m, "rans_first", true)
	rans(m, "rans_next", false)
	packI16(m)
	packI8(m)
	absSums(m)
}

// relaxed are the functions that need relaxed SIMD.
func relaxed(m *Module) {
	convF32(6, madd).emit(m, "conv_f32_relaxed")
	winoF32(convF32(4, madd)).emit(m, "conv_winograd_relaxed")
	dotForm(toU8()).emit(m, "conv_u8_dot")
	dotForm(toF32()).emit(m, "conv_u8_f32_dot")
	pairForm(toU8()).emit(m, "conv_u8_pair")
	pairForm(toF32()).emit(m, "conv_u8_f32_pair")
	probe(m)
}

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: simd DIRECTORY")
		os.Exit(2)
	}
	for _, f := range files {
		m := NewModule("go", "mem")
		f.build(m)
		wasm, err := m.Encode()
		if err == nil {
			err = os.WriteFile(filepath.Join(os.Args[1], f.name), wasm, 0o644)
		}
		if err != nil {
			fmt.Fprintf(os.Stderr, "%s:\n%v\n", f.name, err)
			os.Exit(1)
		}
	}
}
