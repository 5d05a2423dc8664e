//go:build !js

package kernels

// Variant names the form in use: elsewhere than on js/wasm always "go".
func Variant() string { return "go" }

// Exactly runs f with those forms alone that give the same bits on every machine: here all do.
func Exactly(f func()) { f() }

type packedU8 struct{ pairsGo }

func (p *packedU8) pack(codes []int16, run, k, channels int, wide bool) {
	p.pairsGo.pack(codes, k, channels)
}

func convF32(dst, src []float32, w *WeightsF32, win *Windows, relu bool) {
	convF32Go(dst, src, w, win, relu)
}
func convU8(dst, src []uint8, w *WeightsU8, win *Windows) {
	convU8ToU8Go(dst, src, w, w.pairs, win)
}
func convU8F32(dst []float32, src []uint8, w *WeightsU8, win *Windows, relu bool) {
	convU8ToF32Go(dst, src, w, w.pairs, win, relu)
}
func maxPoolF32(dst, src []float32, c, h, w, oh, ow int) { maxPoolGo(dst, src, c, h, w, oh, ow) }
func maxPoolU8(dst, src []uint8, c, h, w, oh, ow int)    { maxPoolGo(dst, src, c, h, w, oh, ow) }
func meanF32(dst, src []float32, pixels, c, stride int)  { meanF32Go(dst, src, pixels, c, stride) }
func convWinograd(dst, src []float32, w *WeightsWinograd, relu bool) {
	convWinogradGo(dst, src, w, relu)
}
func normalise(dst []float32, rgb []uint8, bgr bool, mean, scale *[3]float32) {
	normaliseGo(dst, rgb, bgr, mean, scale)
}
func addF32(dst, src []float32)                    { addF32Go(dst, src) }
func addU8(dst, src []uint8, a, b, bias []float32) { addU8Go(dst, src, a, b, bias) }
func absSums(sums []int32, codes []int16) int      { return absSumsGo(sums, codes) }
func decodeRANS(dst []int16, r *RANS, t *RANSTables, taps []int32, first bool) bool {
	return decodeRANSGo(dst, r, t, taps, first)
}
