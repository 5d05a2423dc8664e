package kernels

import (
	"math"
	"strconv"
)

// WeightsU8 are a convolution's integer weights and requantisation, packed for the form in use.
type WeightsU8 struct {
	K, Channels int
	wide        bool      // the source holds bytes 0..255 and codes may be beyond int8: conv1
	scale, bias []float32 // (panels, 8)
	packedU8              // the codes, as the form in use wants them
}

// PackU8 packs codes given as (k, channels), which is HWIO flattened, within -63..63, for sources of
// codes 0..127. scale and bias turn a sum into an output code: see ConvU8. run is Windows.Run; k is a
// multiple of it.
func PackU8(codes []int16, scale, bias []float32, run, k, channels int) *WeightsU8 {
	return packU8(codes, scale, bias, run, k, channels, false)
}

// PackU8Wide is PackU8 for a source of bytes 0..255 and codes of up to 12 bits with their sign; the
// sum of |code| x 255 over a channel is below 2^24.
func PackU8Wide(codes []int16, scale, bias []float32, run, k, channels int) *WeightsU8 {
	return packU8(codes, scale, bias, run, k, channels, true)
}

func packU8(codes []int16, scale, bias []float32, run, k, channels int, wide bool) *WeightsU8 {
	n := Panels(channels) * Panel
	w := &WeightsU8{K: k, Channels: channels, wide: wide, scale: make([]float32, n), bias: make([]float32, n)}
	copy(w.scale, scale[:channels])
	copy(w.bias, bias[:channels])
	w.pack(codes, run, k, channels, wide)
	return w
}

// AbsSums adds up the magnitudes of codes (rows, channels), at most 65,535 rows, for each channel, and
// gives the largest:
//
//	for each channel o: sums[o] = |codes[0, o]| + |codes[1, o]| + ...
func AbsSums(sums []int32, codes []int16) (largest int) {
	if rows := len(codes) / len(sums); rows > math.MaxUint16 || rows*len(sums) != len(codes) {
		panic("kernels: AbsSums: " + strconv.Itoa(len(codes)) + " codes for " + strconv.Itoa(len(sums)) + " channels; expected 0 to 65535 whole rows")
	}
	return absSums(sums, codes)
}

func absSumsGo(sums []int32, codes []int16) (largest int) {
	clear(sums)
	for ; len(codes) > 0; codes = codes[len(sums):] {
		for o, w := range codes[:len(sums)] {
			v := max(int32(w), -int32(w))
			sums[o] += v
			largest = max(largest, int(v))
		}
	}
	return largest
}

// ConvU8 is a convolution of codes, requantised:
//
//	for each output pixel p, channel o:
//		s := 0
//		for y in 0..KH, i in 0..Run:
//			s += src[In[p]+y*Pitch+i] * code[y*Run+i, o]          // exact
//		v := float32(s)*scale[o] + bias[o]                          // each operation rounded to float32
//		dst[Out[p]+o] = clamp(roundeven(v), 0, 127)
//
// Every form gives the same bits. It panics when an offset lies outside its buffer.
func ConvU8(dst, src []uint8, w *WeightsU8, win *Windows) {
	win.check("ConvU8", w.K, w.Channels, len(src), len(dst))
	convU8(dst, src, w, win)
}

// ConvU8F32 is ConvU8 whose result stays a number: dst[Out[p]+o] = relu ? max(v, 0) : v. The last
// convolution uses it: its map is what the mean and the class maps are made of.
func ConvU8F32(dst []float32, src []uint8, w *WeightsU8, win *Windows, relu bool) {
	win.check("ConvU8F32", w.K, w.Channels, len(src), len(dst))
	convU8F32(dst, src, w, win, relu)
}

// magic is 1.5 * 2^23: adding it to a float32 below 2^22 leaves the nearest even integer in the low bits.
const magic = 12582912.0

// requantise is ConvU8's last two lines for one sum.
func requantise(sum int32, scale, bias float32) uint8 {
	return round(float32(float32(sum)*scale) + bias)
}

// round is the nearest even integer of a value below 2^22, clamped to a code.
func round(v float32) uint8 {
	r := int32(math.Float32bits(v+magic)) - 0x4B400000
	return uint8(max(0, min(127, r)))
}

// pairsGo are codes for the Go form: two channels in one int64, (panels, K, 4). One multiplication
// then makes two products: a*(x + y<<32) = a*x + (a*y)<<32, and the sums stay exact as long as each
// fits int32.
type pairsGo struct{ pairs []int64 }

func (g *pairsGo) pack(codes []int16, k, channels int) {
	g.pairs = make([]int64, Panels(channels)*k*Panel/2)
	for i := range k {
		for o := range channels {
			g.pairs[(o/Panel*k+i)*4+o%Panel/2] += int64(codes[i*channels+o]) << (o % 2 * 32)
		}
	}
}

// convU8Go computes tiles of 2 pixels x 8 channels and hands each tile's sums to put.
func convU8Go(src []uint8, w *WeightsU8, pairs []int64, win *Windows, put func(out int32, channel int, sums *[Panel]int32)) {
	k, run, last := w.K, win.Run, len(win.In)-1
	var sums [Panel]int32
	for p := 0; p <= last; p += 2 {
		p1 := min(p+1, last)
		in0, in1 := int(win.In[p]), int(win.In[p1])
		for c := 0; c < len(w.scale); c += Panel {
			var s00, s01, s02, s03, s10, s11, s12, s13 int64
			panel := pairs[c/Panel*k*4:][:k*4]
			for y := range win.KH {
				o := y * win.Pitch
				a0 := src[in0+o:][:run]
				a1 := src[in1+o:][:run]
				for i, b0 := range a0 {
					q := (*[4]int64)(panel[(y*run+i)*4:])
					v0, v1 := int64(b0), int64(a1[i])
					s00 += v0 * q[0]
					s01 += v0 * q[1]
					s02 += v0 * q[2]
					s03 += v0 * q[3]
					s10 += v1 * q[0]
					s11 += v1 * q[1]
					s12 += v1 * q[2]
					s13 += v1 * q[3]
				}
			}
			split(&sums, s00, s01, s02, s03)
			put(win.Out[p], c, &sums)
			split(&sums, s10, s11, s12, s13)
			put(win.Out[p1], c, &sums)
		}
	}
}

// split takes the two sums out of each pair.
func split(sums *[Panel]int32, pairs ...int64) {
	for i, s := range pairs {
		low := int32(s)
		sums[2*i], sums[2*i+1] = low, int32((s-int64(low))>>32)
	}
}

func convU8ToU8Go(dst, src []uint8, w *WeightsU8, pairs []int64, win *Windows) {
	convU8Go(src, w, pairs, win, func(out int32, c int, sums *[Panel]int32) {
		d := (*[Panel]uint8)(dst[int(out)+c:])
		scale, bias := (*[Panel]float32)(w.scale[c:]), (*[Panel]float32)(w.bias[c:])
		for l, s := range sums {
			d[l] = requantise(s, scale[l], bias[l])
		}
	})
}

func convU8ToF32Go(dst []float32, src []uint8, w *WeightsU8, pairs []int64, win *Windows, relu bool) {
	convU8Go(src, w, pairs, win, func(out int32, c int, sums *[Panel]int32) {
		d := (*[Panel]float32)(dst[int(out)+c:])
		scale, bias := (*[Panel]float32)(w.scale[c:]), (*[Panel]float32)(w.bias[c:])
		for l, s := range sums {
			v := float32(float32(s)*scale[l]) + bias[l]
			if relu {
				v = max(v, 0)
			}
			d[l] = v
		}
	})
}
