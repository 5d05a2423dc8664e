// Package kernels holds the arithmetic that the network spends its time in: convolution, pooling,
// the mean over a map, and the picture resize, as plain functions over slices. Each function's doc
// comment is its specification as a short loop. Each exists in a Go form (this folder: any platform,
// the reference and the fallback) and, for js/wasm, in a SIMD form (the folder simd assembles it; the
// files named *_js.go call it). Callers cannot tell them apart. Nothing here knows of layers, models
// or pictures, and nothing of this project is imported.
//
// Names: OPERATION + TYPE of what is read: ConvF32, ConvU8, MaxPoolU8. The Go form of ConvU8 is
// convU8Go in conv_u8.go; its SIMD forms are built by simd/conv_u8.go and exported as conv_u8_VARIANT;
// its test is TestConvU8 in kernels_test.go. A SIMD form that gives other bits than the Go form
// (relaxed_madd) says so in its doc comment; every other one gives the same bits.
package kernels
