package kernels

import (
	"math"
	"slices"
	"unsafe"
)

// A form is a way to compute: in Go, or by the functions of simd/kernels.wasm (formSIMD) or
// simd/kernels-relaxed.wasm (any). The numbers are those of web/instantiate.mjs.
type form int32

const (
	formGo form = iota
	formSIMD
	formDot
	formPair
)

// active is the form in use: the loader's choice, unless the engine computes it wrongly, as V8 11's
// baseline compiler does with the relaxed dot (it overwrites the sum when it is short of registers).
var active form

func init() {
	plainer := [...]form{formSIMD: formGo, formDot: formPair, formPair: formSIMD}
	for active = form(loaded()); active != formGo && !sound(); {
		active = plainer[active]
	}
}

// sound reports whether the form in use convolves codes as the Go form does.
func sound() bool {
	const k, pixels = 32, 7
	win := &Windows{KH: 1, Run: k, In: make([]int32, pixels), Out: make([]int32, pixels)}
	src, codes := make([]uint8, k*pixels), make([]int16, k*Panel)
	scale, bias := make([]float32, Panel), make([]float32, Panel)
	for i := range src {
		src[i] = uint8(i * 37 % 128)
	}
	for i := range codes {
		codes[i], scale[i%Panel], bias[i%Panel] = int16(i*29%127-63), 1.0/512, 64
	}
	for p := range pixels {
		win.In[p], win.Out[p] = int32(p*k), int32(p*Panel)
	}
	w := PackU8(codes, scale, bias, k, k, Panel)
	gotF, wantF := make([]float32, pixels*Panel), make([]float32, pixels*Panel)
	got, want := make([]uint8, pixels*Panel), make([]uint8, pixels*Panel)
	convU8F32(gotF, src, w, win, false)
	convU8(got, src, w, win)
	var pairs pairsGo
	pairs.pack(codes, k, Panel)
	convU8ToF32Go(wantF, src, w, pairs.pairs, win, false)
	convU8ToU8Go(want, src, w, pairs.pairs, win)
	return slices.Equal(gotF, wantF) && slices.Equal(got, want)
}

// Variant names the form in use: "go", "simd", "relaxed-dot" or "relaxed-pair".
func Variant() string { return active.String() }

func (f form) String() string {
	return [...]string{"go", "simd", "relaxed-dot", "relaxed-pair"}[f]
}

// The functions of the kernels' module, instantiated on Go's memory by web/instantiate.mjs. Their
// specifications are in simd: conv.go, pool.go. They check nothing.

//go:wasmimport kernels variant
func loaded() int32

//go:wasmimport kernels conv_f32_simd
//go:noescape
func convF32SIMD(dst, src, weights, bias, in, out unsafe.Pointer, pixels, panels, kh, words, pitch int32, floor float32)

//go:wasmimport kernels conv_f32_relaxed
//go:noescape
func convF32Relaxed(dst, src, weights, bias, in, out unsafe.Pointer, pixels, panels, kh, words, pitch int32, floor float32)

//go:wasmimport kernels conv_winograd_simd
//go:noescape
func convWinogradSIMD(dst, src, weights, bias, srcTiles, dstTiles unsafe.Pointer, tiles, panels, in, pitch, outStride, outPitch int32, scratch unsafe.Pointer, floor float32)

//go:wasmimport kernels conv_winograd_relaxed
//go:noescape
func convWinogradRelaxed(dst, src, weights, bias, srcTiles, dstTiles unsafe.Pointer, tiles, panels, in, pitch, outStride, outPitch int32, scratch unsafe.Pointer, floor float32)

//go:wasmimport kernels conv_u8_simd
//go:noescape
func convU8SIMD(dst, src, weights, scale, bias, in, out unsafe.Pointer, pixels, panels, kh, words, pitch int32)

//go:wasmimport kernels conv_u8_dot
//go:noescape
func convU8Dot(dst, src, weights, scale, bias, in, out unsafe.Pointer, pixels, panels, kh, words, pitch int32)

//go:wasmimport kernels conv_u8_pair
//go:noescape
func convU8Pair(dst, src, weights, scale, bias, in, out unsafe.Pointer, pixels, panels, kh, words, pitch int32)

//go:wasmimport kernels conv_u8_f32_simd
//go:noescape
func convU8F32SIMD(dst, src, weights, scale, bias, in, out unsafe.Pointer, pixels, panels, kh, words, pitch int32, floor float32)

//go:wasmimport kernels conv_u8_f32_dot
//go:noescape
func convU8F32Dot(dst, src, weights, scale, bias, in, out unsafe.Pointer, pixels, panels, kh, words, pitch int32, floor float32)

//go:wasmimport kernels conv_u8_f32_pair
//go:noescape
func convU8F32Pair(dst, src, weights, scale, bias, in, out unsafe.Pointer, pixels, panels, kh, words, pitch int32, floor float32)

//go:wasmimport kernels widen
//go:noescape
func widenSIMD(dst, src unsafe.Pointer, n int32)

//go:wasmimport kernels max_pool_f32
//go:noescape
func maxPoolF32SIMD(dst, src unsafe.Pointer, c, h, w, oh, ow int32)

//go:wasmimport kernels max_pool_u8
//go:noescape
func maxPoolU8SIMD(dst, src unsafe.Pointer, c, h, w, oh, ow int32)

//go:wasmimport kernels mean_f32
//go:noescape
func meanF32SIMD(dst, src unsafe.Pointer, pixels, c, stride int32)

//go:wasmimport kernels add_f32
//go:noescape
func addF32SIMD(dst, src unsafe.Pointer, n int32)

//go:wasmimport kernels add_u8
//go:noescape
func addU8SIMD(dst, src unsafe.Pointer, pixels, c int32, a, b, bias unsafe.Pointer)

//go:wasmimport kernels normalise
//go:noescape
func normaliseSIMD(dst, src unsafe.Pointer, n int32, order, mean, scale unsafe.Pointer)

//go:wasmimport kernels pack_i16
//go:noescape
func packI16(dst, src unsafe.Pointer, words, panels, channels int32)

//go:wasmimport kernels pack_i8
//go:noescape
func packI8(dst, src unsafe.Pointer, words, panels, channels int32)

//go:wasmimport kernels abs_sums
//go:noescape
func absSumsSIMD(sums, codes unsafe.Pointer, rows, channels int32) int32

//go:wasmimport kernels rans_first
//go:noescape
func ransFirst(dst unsafe.Pointer, n int32, r, tables, taps, data unsafe.Pointer, words int32) int32

//go:wasmimport kernels rans_next
//go:noescape
func ransNext(dst unsafe.Pointer, n int32, r, tables, taps, data unsafe.Pointer, words int32) int32

func ptr[T any](s []T) unsafe.Pointer { return unsafe.Pointer(unsafe.SliceData(s)) }

// maxTile is the most pixels that a tile of the SIMD forms has.
const maxTile = 6

var shortIn, shortOut [maxTile]int32

// tables are a convolution's windows for the SIMD forms: fewer than a tile's are filled up with the
// last one, which is then computed more than once.
func tables(win *Windows) (in, out unsafe.Pointer, pixels int32) {
	n := len(win.In)
	if n >= maxTile {
		return ptr(win.In), ptr(win.Out), int32(n)
	}
	for i := range maxTile {
		shortIn[i], shortOut[i] = win.In[min(i, n-1)], win.Out[min(i, n-1)]
	}
	return unsafe.Pointer(&shortIn), unsafe.Pointer(&shortOut), maxTile
}

// floorOf is the least result of a convolution.
func floorOf(relu bool) float32 {
	if relu {
		return 0
	}
	return float32(math.Inf(-1))
}

// exact puts relaxed_madd aside.
var exact bool

// Exactly runs f with those forms alone that give the same bits on every machine: float32 without
// relaxed_madd.
func Exactly(f func()) {
	exact = true
	defer func() { exact = false }()
	f()
}

// fused reports whether float32 goes by relaxed_madd.
func fused() bool { return active > formSIMD && !exact }

func convF32(dst, src []float32, w *WeightsF32, win *Windows, relu bool) {
	if active == formGo {
		convF32Go(dst, src, w, win, relu)
		return
	}
	conv := convF32SIMD
	if fused() {
		conv = convF32Relaxed
	}
	in, out, pixels := tables(win)
	conv(ptr(dst), ptr(src), ptr(w.panels), ptr(w.bias), in, out, pixels, int32(Panels(w.Channels)),
		int32(win.KH), int32(win.Run), int32(4*win.Pitch), floorOf(relu))
}

func convWinograd(dst, src []float32, w *WeightsWinograd, relu bool) {
	if active == formGo {
		convWinogradGo(dst, src, w, relu)
		return
	}
	t := &w.tiles
	t.atLeast(winoGroup)
	conv := convWinogradSIMD
	if fused() {
		conv = convWinogradRelaxed
	}
	conv(ptr(dst), ptr(src), ptr(w.panels), ptr(w.bias), ptr(t.src), ptr(t.dst), int32(len(t.src)), int32(Panels(w.Channels)),
		int32(w.In), int32(4*t.pitch), int32(4*t.outStride), int32(4*t.outPitch), ptr(w.scratch), floorOf(relu))
}

// packedU8 are codes as the form in use wants them.
type packedU8 struct {
	pairsGo
	form  form
	words []uint32 // SIMD forms: (panels, KH, words of a run, 8 channels), each two i16 or four i8
	wino  winoU8
}

func (p *packedU8) pack(codes []int16, run, k, channels int, wide bool) {
	p.form = active
	if p.form == formGo {
		p.pairsGo.pack(codes, k, channels)
		return
	}
	if wide || run%4 != 0 {
		p.form = formSIMD
	}
	in, mask, packed := 4, uint32(0xFF), packI8 // values in a word
	if p.form == formSIMD {
		in, mask, packed = 2, 0xFFFF, packI16
	}
	perRun := (run + in - 1) / in
	perPanel := k / run * perRun * Panel
	p.words = make([]uint32, Panels(channels)*perPanel)
	done := 0 // channels
	if run%in == 0 && channels >= Panel {
		done = channels &^ (Panel - 1)
		packed(ptr(p.words), ptr(codes), int32(k/in), int32(done/Panel), int32(channels))
	}
	for o := done; o < channels; o++ {
		for i := range k {
			word, shift := i/run*perRun+i%run/in, i%run%in*(32/in)
			p.words[o/Panel*perPanel+word*Panel+o%Panel] |= (uint32(codes[i*channels+o]) & mask) << shift
		}
	}
}

func absSums(sums []int32, codes []int16) int {
	if active == formGo || len(sums) < 8 || len(codes) == 0 {
		return absSumsGo(sums, codes)
	}
	return int(absSumsSIMD(ptr(sums), ptr(codes), int32(len(codes)/len(sums)), int32(len(sums))))
}

func decodeRANS(dst []int16, r *RANS, t *RANSTables, taps []int32, first bool) bool {
	if active == formGo || len(dst) == 0 {
		return decodeRANSGo(dst, r, t, taps, first)
	}
	decode := ransNext
	if first {
		decode = ransFirst
	}
	words := decode(ptr(dst), int32(len(dst)), unsafe.Pointer(r), unsafe.Pointer(t), ptr(taps), ptr(r.Data), int32(len(r.Data)/4))
	if words < 0 {
		return false
	}
	r.Data = r.Data[4*words:]
	return true
}

// wide is the source of the wide form, widened. It is shared by all convolutions and only grows.
var wide []int16

// source is what the form of the weights reads, with a run's words and the pitch in bytes. Runs of
// an odd length read one value past their end, whose weight is 0.
func (p *packedU8) source(src []uint8, win *Windows) (s unsafe.Pointer, words, pitch int32) {
	if p.form != formSIMD {
		return ptr(src), int32(win.Run / 4), int32(win.Pitch)
	}
	if len(wide) < len(src)+1 {
		wide = make([]int16, len(src)+1)
	}
	if len(src) >= 16 {
		widenSIMD(ptr(wide), ptr(src), int32(len(src)))
	} else {
		for i, a := range src {
			wide[i] = int16(a)
		}
	}
	return ptr(wide), int32((win.Run + 1) / 2), int32(2 * win.Pitch)
}

func convU8(dst, src []uint8, w *WeightsU8, win *Windows) {
	if w.form == formGo {
		convU8ToU8Go(dst, src, w, w.pairs, win)
		return
	}
	if w.convWinograd(dst, src, win) {
		return
	}
	conv := convU8SIMD
	switch w.form {
	case formDot:
		conv = convU8Dot
	case formPair:
		conv = convU8Pair
	}
	in, out, pixels := tables(win)
	s, words, pitch := w.source(src, win)
	conv(ptr(dst), s, ptr(w.words), ptr(w.scale), ptr(w.bias), in, out, pixels, int32(Panels(w.Channels)),
		int32(win.KH), words, pitch)
}

func convU8F32(dst []float32, src []uint8, w *WeightsU8, win *Windows, relu bool) {
	if w.form == formGo {
		convU8ToF32Go(dst, src, w, w.pairs, win, relu)
		return
	}
	conv := convU8F32SIMD
	switch w.form {
	case formDot:
		conv = convU8F32Dot
	case formPair:
		conv = convU8F32Pair
	}
	in, out, pixels := tables(win)
	s, words, pitch := w.source(src, win)
	conv(ptr(dst), s, ptr(w.words), ptr(w.scale), ptr(w.bias), in, out, pixels, int32(Panels(w.Channels)),
		int32(win.KH), words, pitch, floorOf(relu))
}

func maxPoolF32(dst, src []float32, c, h, w, oh, ow int) {
	if active == formGo || c < 4 {
		maxPoolGo(dst, src, c, h, w, oh, ow)
		return
	}
	maxPoolF32SIMD(ptr(dst), ptr(src), int32(4*c), int32(h), int32(w), int32(oh), int32(ow))
}

func maxPoolU8(dst, src []uint8, c, h, w, oh, ow int) {
	if active == formGo || c < 16 {
		maxPoolGo(dst, src, c, h, w, oh, ow)
		return
	}
	maxPoolU8SIMD(ptr(dst), ptr(src), int32(c), int32(h), int32(w), int32(oh), int32(ow))
}

func meanF32(dst, src []float32, pixels, c, stride int) {
	if active == formGo || c < 4 {
		meanF32Go(dst, src, pixels, c, stride)
		return
	}
	meanF32SIMD(ptr(dst), ptr(src), int32(pixels), int32(c), int32(4*stride))
}

func normalise(dst []float32, rgb []uint8, bgr bool, mean, scale *[3]float32) {
	done := 0
	if active != formGo && len(rgb) >= 16 {
		var order [16]uint8 // of four pixels
		var means, scales [12]float32
		for i := range means {
			c := i % 3
			if order[i] = uint8(i); bgr {
				order[i] = uint8(i - c + 2 - c)
			}
			means[i], scales[i] = mean[c], scale[c]
		}
		normaliseSIMD(ptr(dst), ptr(rgb), int32(len(rgb)), unsafe.Pointer(&order), unsafe.Pointer(&means), unsafe.Pointer(&scales))
		done = (len(rgb) - 4) / 12 * 12
	}
	normaliseGo(dst[done:], rgb[done:], bgr, mean, scale)
}

func addF32(dst, src []float32) {
	n := 0
	if active != formGo && len(dst) >= 4 {
		n = len(dst) &^ 3
		addF32SIMD(ptr(dst), ptr(src), int32(n))
	}
	addF32Go(dst[n:], src[n:])
}

func addU8(dst, src []uint8, a, b, bias []float32) {
	c := len(a)
	if active == formGo || c%16 != 0 || len(dst) == 0 {
		addU8Go(dst, src, a, b, bias)
		return
	}
	addU8SIMD(ptr(dst), ptr(src), int32(len(dst)/c), int32(c), ptr(a), ptr(b), ptr(bias))
}
