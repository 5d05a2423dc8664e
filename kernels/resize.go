package kernels

// The picture resize: Pillow's BILINEAR (antialiased: the kernel widens when shrinking), whose
// arithmetic is integer, so its very bytes come out. Source: Pillow 13, src/libImaging/Resample.c.
// Two passes, along the rows and along the columns, each rounded to bytes.

// tapBits is the precision of a weight: 1.0 is 1<<22, Pillow's PRECISION_BITS.
const tapBits = 22

// Taps are the weights of one axis of a resize.
type Taps struct {
	First   int     // the first input that any output depends on; Start counts from here
	Count   int     // inputs from First on that the outputs depend on
	Width   int     // products in one output value: even, at most Count+1
	Start   []int32 // (outputs): first input of an output's window; never falls
	Weights []int32 // (outputs, Width): 1<<22 is 1; what a window does not fill is 0
}

// SetBilinear sets t for the outputs from <= x < to of an axis of in values resized to out values:
//
//	r = in/out, s = max(1, r), c = (x + 0.5)*r
//	window: max(0, trunc(c-s+0.5)) <= i < min(in, trunc(c+s+0.5))
//	weight(i) = max(0, 1 - |(i-c+0.5) * (1/s)|), divided by the window's sum, times 1<<22, rounded
//
// in float64, each operation rounded by itself (as Pillow is built for x86-64). t's memory is reused.
func (t *Taps) SetBilinear(in, out, from, to int) {
	r := float64(in) / float64(out)
	s := max(1, r)
	inverse := 1 / s
	window := func(x int) (c float64, lo, hi int) {
		c = float64((float64(x) + 0.5) * r)
		return c, max(0, int(c-s+0.5)), min(in, int(c+s+0.5))
	}
	t.Width = 0
	for x := from; x < to; x++ {
		_, lo, hi := window(x)
		t.Width = max(t.Width, hi-lo)
	}
	t.Width += t.Width & 1
	n := to - from
	t.Start = resized(t.Start, n)
	t.Weights = resized(t.Weights, n*t.Width)
	clear(t.Weights)
	for x := from; x < to; x++ {
		c, lo, hi := window(x)
		weight := func(i int) float64 {
			d := float64((float64(i) - c + 0.5) * inverse)
			return max(0, 1-max(d, -d))
		}
		sum := 0.0
		for i := lo; i < hi; i++ {
			sum += weight(i)
		}
		// A window is moved back from the end, so that its padding reads no more than one input past it.
		start := min(lo, max(0, in-t.Width))
		row := t.Weights[(x-from)*t.Width:][:t.Width]
		for i := lo; i < hi; i++ {
			row[i-start] = int32(float64(weight(i)/sum*(1<<tapBits)) + 0.5)
		}
		t.Start[x-from] = int32(start)
	}
	t.First = int(t.Start[0])
	t.Count = min(in, int(t.Start[n-1])+t.Width) - t.First
	for i := range t.Start {
		t.Start[i] -= int32(t.First)
	}
}

func resized(s []int32, n int) []int32 {
	if cap(s) < n {
		return make([]int32, n)
	}
	return s[:n]
}

// FlattenRGBA lays pixels (R, G, B, A bytes, not premultiplied) on white, in place:
//
//	c = round(c*a/255) + 255 - a for c of R, G, B, and then A = 255
//
// A tie cannot arise: 2*c*a is even, an odd multiple of 255 is not. Chromium's canvas holds
// round(c*a/255), and this rule makes of what it gives back the same number again, so that a canvas and
// a file come out alike (tried with every c and a; Firefox's canvas is one level off in a third of them).
func FlattenRGBA(px []uint8) { flattenRGBA(px[:len(px)/4*4]) }

func flattenRGBAGo(px []uint8) {
	for i := 0; i < len(px); i += 4 {
		p := px[i : i+4 : i+4]
		a := uint32(p[3])
		if a == 255 {
			continue
		}
		for c := range p[:3] {
			p[c] = uint8((uint32(p[c])*a+127)/255 + 255 - a)
		}
		p[3] = 255
	}
}

// ResizeRows resizes rows of RGBA pixels along the row and drops their alpha:
//
//	for y < rows, x < len(t.Start), c < 3:
//		s := 1<<21 + sum over k < t.Width of t.Weights[x*t.Width+k] * src[y*srcPitch+4*(t.Start[x]+k)+c]
//		dst[y*dstPitch+3*x+c] = min(255, s>>22)
//
// Pitches count bytes. A destination row is 3*len(t.Start)+1 bytes (the last is written at will), a
// source row 4*t.Count, and one pixel past the last row is read (its weight is 0). It panics when a
// row lies outside its buffer.
func ResizeRows(dst []uint8, dstPitch int, src []uint8, srcPitch, rows int, t *Taps) {
	if rows == 0 {
		return
	}
	d, s := (rows-1)*dstPitch+3*len(t.Start)+1, (rows-1)*srcPitch+4*t.Count+4
	if rows < 0 || dstPitch < 3*len(t.Start)+1 || srcPitch < 4*t.Count || d > len(dst) || s > len(src) {
		panic("kernels: ResizeRows: rows lie outside their buffer")
	}
	resizeRows(dst, dstPitch, src, srcPitch, rows, t)
}

func resizeRowsGo(dst []uint8, dstPitch int, src []uint8, srcPitch, rows int, t *Taps) {
	const half = 1 << (tapBits - 1)
	for y := range rows {
		s := src[y*srcPitch:]
		d := dst[y*dstPitch:][:3*len(t.Start)]
		for x, start := range t.Start {
			w := t.Weights[x*t.Width:][:t.Width]
			px := s[4*int(start):][:4*len(w)]
			r, g, b := int32(half), int32(half), int32(half)
			for len(px) >= 4 && len(w) >= 1 {
				r += w[0] * int32(px[0])
				g += w[0] * int32(px[1])
				b += w[0] * int32(px[2])
				px, w = px[4:], w[1:]
			}
			d[3*x] = uint8(min(255, r>>tapBits))
			d[3*x+1] = uint8(min(255, g>>tapBits))
			d[3*x+2] = uint8(min(255, b>>tapBits))
		}
	}
}

// ResizeColumns sums rows of bytes into one:
//
//	for i < n:
//		dst[i] = min(255, (1<<21 + sum over k of weights[k] * src[k*pitch+i]) >> 22)
//
// n is a multiple of 16, len(weights) even and not 0. It panics when a row lies outside its buffer.
func ResizeColumns(dst []uint8, n int, src []uint8, pitch int, weights []int32) {
	if n%16 != 0 || len(weights)%2 != 0 || len(weights) == 0 || pitch < n || n > len(dst) || (len(weights)-1)*pitch+n > len(src) {
		panic("kernels: ResizeColumns: rows lie outside their buffer")
	}
	resizeColumns(dst, n, src, pitch, weights)
}

func resizeColumnsGo(dst []uint8, n int, src []uint8, pitch int, weights []int32) {
	// 4 columns at a time: their sums stay in registers
	for i := 0; i+4 <= n; i += 4 {
		a, b, c, d := int32(1<<(tapBits-1)), int32(1<<(tapBits-1)), int32(1<<(tapBits-1)), int32(1<<(tapBits-1))
		for k, w := range weights {
			s := src[k*pitch+i:][:4]
			a += w * int32(s[0])
			b += w * int32(s[1])
			c += w * int32(s[2])
			d += w * int32(s[3])
		}
		o := dst[i:][:4]
		o[0] = uint8(min(255, a>>tapBits))
		o[1] = uint8(min(255, b>>tapBits))
		o[2] = uint8(min(255, c>>tapBits))
		o[3] = uint8(min(255, d>>tapBits))
	}
}
