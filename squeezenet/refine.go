package squeezenet

import (
	"errors"
	"strconv"

	"squeezenet/kernels"
)

// A Mask is where in the input a class is seen, pixel by pixel: (H, W), 0 to 255, which is the most.
type Mask struct {
	H, W int
	Data []uint8
}

// ClassMask is ClassMap sharp enough to see why, over the (h, w, 3) pixels of the last run. First the map
// is sampled twice as densely: what the last pool reads is pooled in its four phases, and the layers after
// it run on each (shift-and-stitch: Sermanet et al., arXiv:1312.6229, section 3.3). Then it is enlarged to
// the picture's pixels, each sample where the network looked, along the picture's edges (guided filter:
// He et al., 2013). In an int8 network the same bits on every machine. The results of the run stay.
//
// The scores of a head trained here mean something by their differences alone: they are taken less the
// mean of all classes.
func (n *Network) ClassMask(class int, rgb []uint8) (Mask, error) {
	switch {
	case !n.ran:
		return Mask{}, errors.New("squeezenet: class mask before a run")
	case class < 0 || class >= n.classes:
		return Mask{}, n.noClass(class)
	case len(rgb) != n.plan.h*n.plan.w*3:
		return Mask{}, errors.New("squeezenet: " + strconv.Itoa(len(rgb)) + " bytes of the picture; expected the " + strconv.Itoa(n.plan.h*n.plan.w*3) + " of the last run")
	}
	m := n.dense(class)
	g := n.plan.feature.grid
	mask := Mask{n.plan.h, n.plan.w, make([]uint8, n.plan.h*n.plan.w)}
	n.guide.filter(mask.Data, m, g.start-g.jump/2, g.jump/2, rgb, mask.H, mask.W)
	return mask, nil
}

// A phased is what a network needs to run its last layers again: (H+1, W+1, C) that the pool reads, and
// the features of the run, which come back afterwards.
type phased[T float32 | uint8] struct {
	shifted, features []T
}

// dense is the class's scores (2H, 2W), not below 0, at half the grid's jump: sample 2i+1 is the map's i,
// sample 2i lies half a jump before it.
func (n *Network) dense(class int) Map {
	f := n.plan.feature
	last := &n.model.Convs[len(n.model.Convs)-1]
	weights, bias := make([]float32, last.In), last.Bias[class]
	for k := range weights {
		weights[k] = weightOf(last.Kernel, last.Codes, last.Scale, k*last.Out, class)
	}
	if last.Linear {
		var mean float32
		for _, b := range last.Bias {
			mean += b
		}
		bias -= mean / float32(last.Out)
		for k := range weights {
			mean = 0
			for o := range last.Out {
				mean += weightOf(last.Kernel, last.Codes, last.Scale, k*last.Out, o)
			}
			weights[k] -= mean / float32(last.Out)
		}
	}
	m := Map{Shape{2 * f.H, 2 * f.W, 1}, make([]float32, 4*f.H*f.W)}
	if n.model.Quantised() {
		stitch(n, m, weights, bias, &n.phasedU8, n.bufU8, kernels.MaxPoolU8)
	} else {
		stitch(n, m, weights, bias, &n.phasedF32, n.bufF32, kernels.MaxPoolF32)
	}
	return m
}

// weightOf is a weight of the last layer, of an int8 one per code of its input.
func weightOf(kernel []float32, codes []int16, scale []float32, row, o int) float32 {
	if codes != nil {
		return float32(codes[row+o]) * scale[o]
	}
	return kernel[row+o]
}

func stitch[T float32 | uint8](n *Network, m Map, weights []float32, bias float32, p *phased[T], buffers [][]T, maxPool func(dst, src []T, c, h, w, oh, ow int)) {
	pool, f := &n.plan.steps[n.plan.pool], n.plan.feature
	src, features := pool.src, buffers[f.buffer]
	p.features = append(p.features[:0], features...)
	for phase := range 4 { // the last is the run's own
		dy, dx := 1-phase>>1, 1-phase&1 // rows and columns to shift by
		if phase < 3 {
			h, w := src.H+dy, src.W+dx
			p.shifted = p.shifted[:0]
			for y := range h {
				row := buffers[src.buffer][src.at(max(0, y-dy), 0):][:src.W*src.C]
				if dx == 1 { // the edge once more, as a clipped window sees it
					p.shifted = append(p.shifted, row[:src.C]...)
				}
				p.shifted = append(p.shifted, row...)
			}
			maxPool(buffers[pool.dst.buffer], p.shifted, src.C, h, w, pool.dst.H, pool.dst.W)
			for i := n.plan.pool + 1; !n.plan.steps[i].final; i++ {
				n.step(&n.plan.steps[i])
			}
		} else {
			copy(features, p.features)
		}
		for y := range f.H {
			for x := range f.W {
				var s float32
				for k, a := range features[f.at(y, x):][:f.C] {
					s += float32(float32(a) * weights[k])
				}
				m.Data[(2*y+1-dy)*m.W+2*x+1-dx] = max(0, s+bias)
			}
		}
	}
}

// How the guided filter goes: on a grid of every fourth pixel (fast guided filter: He and Sun,
// arXiv:1505.00996), with windows of four to each side of it, 16 pixels, which is the network's own jump;
// with less it cannot move what it was given to the next edge.
const (
	every   = 4
	radius  = 4
	epsilon = 1e-3 // of the colours' variance, 0..1: what differs by less than 0.03 is taken as one surface
)

// A guide is the filter's memory.
type guide struct {
	sums, means, across []float32 // of the grid
	scores              []float32 // (h, w)
}

// What is averaged at each place of the grid: colours, score, colours x score, colours x colours.
const terms = 3 + 1 + 3 + 6

// filter enlarges m, whose samples lie at start + i*jump pixels, to (h, w) bytes. Every product is rounded
// before it is added, so that the bits are the same on all processors.
func (g *guide) filter(dst []uint8, m Map, start, jump int, rgb []uint8, h, w int) {
	gh, gw := (h+every-1)/every, (w+every-1)/every
	if size := gh * gw * terms; len(g.sums) != size {
		g.sums, g.means, g.across = make([]float32, size), make([]float32, size), make([]float32, size)
	}
	at := 0
	for y := range gh {
		for x := range gw {
			var colours [3]int
			rows, columns := min(every, h-every*y), min(every, w-every*x)
			for v := range rows {
				for p := rgb[3*((every*y+v)*w+every*x):][:3*columns]; len(p) >= 3; p = p[3:] {
					colours[0] += int(p[0])
					colours[1] += int(p[1])
					colours[2] += int(p[2])
				}
			}
			t := (*[terms]float32)(g.sums[at:])
			at += terms
			score := m.sample(place(every*y, start, jump), place(every*x, start, jump))
			for c, sum := range colours {
				t[c] = float32(sum) / float32(255*rows*columns)
				t[4+c] = t[c] * score
			}
			t[3] = score
			t[7], t[8], t[9], t[10], t[11], t[12] = t[0]*t[0], t[0]*t[1], t[0]*t[2], t[1]*t[1], t[1]*t[2], t[2]*t[2]
		}
	}
	g.box(gh, gw, terms)
	// score = a * colour + b in each window; four numbers for each place
	for i := range gh * gw {
		t := (*[terms]float32)(g.means[i*terms:])
		a := fit(t)
		b := t[3]
		for c := range a {
			b -= float32(a[c] * t[c])
		}
		*(*[4]float32)(g.sums[4*i:]) = [4]float32{a[0] / 255, a[1] / 255, a[2] / 255, b} // of bytes
	}
	g.box(gh, gw, 4)

	if cap(g.scores) < h*w {
		g.scores = make([]float32, 0, h*w)
	}
	scores := g.scores[:0]
	var most float32
	row := g.across[:4*gw] // the numbers at a row of pixels
	for y := range h {
		first, second, part := between(y, gh)
		above, below := g.means[4*gw*first:][:4*gw], g.means[4*gw*second:][:4*gw]
		for i, a := range above {
			row[i] = a + float32((below[i]-a)*part)
		}
		colours := rgb[3*y*w:][:3*w]
		for x := range w {
			first, second, part := between(x, gw)
			p, q := (*[4]float32)(row[4*first:]), (*[4]float32)(row[4*second:])
			c := (*[3]uint8)(colours[3*x:])
			v := p[3] + float32((q[3]-p[3])*part)
			v += float32((p[0] + float32((q[0]-p[0])*part)) * float32(c[0]))
			v += float32((p[1] + float32((q[1]-p[1])*part)) * float32(c[1]))
			v += float32((p[2] + float32((q[2]-p[2])*part)) * float32(c[2]))
			scores = append(scores, v)
			if v > most { // max would be a call in wasm, as would those below
				most = v
			}
		}
	}
	if most == 0 {
		return // the class is seen nowhere
	}
	for i, v := range scores {
		if v > 0 {
			dst[i] = uint8(float32(v/most*255) + 0.5)
		}
	}
}

// place is where the middle of a block, whose first pixel is given, lies among a map's samples.
func place(first, start, jump int) float32 {
	return (float32(first-start) + float32(every-1)/2) / float32(jump)
}

// between says which two blocks a pixel lies between, and how far from the first to the second, 0 to 1.
func between(pixel, blocks int) (first, second int, part float32) {
	f := (float32(pixel) - float32(every-1)/2) / every
	if f <= 0 {
		return 0, 0, 0
	}
	if first = int(f); first >= blocks-1 {
		return blocks - 1, blocks - 1, 0
	}
	return first, first + 1, f - float32(first)
}

// sample is the map between its pixels, bilinear; outside, what is nearest.
func (m Map) sample(y, x float32) float32 {
	y, x = min(max(y, 0), float32(m.H-1)), min(max(x, 0), float32(m.W-1))
	y0, x0 := int(y), int(x)
	y1, x1 := min(y0+1, m.H-1), min(x0+1, m.W-1)
	fy, fx := y-float32(y0), x-float32(x0)
	above := m.Data[y0*m.W+x0] + float32((m.Data[y0*m.W+x1]-m.Data[y0*m.W+x0])*fx)
	below := m.Data[y1*m.W+x0] + float32((m.Data[y1*m.W+x1]-m.Data[y1*m.W+x0])*fx)
	return above + float32((below-above)*fy)
}

// box makes means of sums, (h, w, c) both: over the windows of radius, clipped at the edges.
func (g *guide) box(h, w, c int) {
	average(g.across, g.sums, h, w, w*c, c, c)
	average(g.means, g.across, w, h, c, w*c, c)
}

// average takes means along an axis of n places, `step` values apart, in each of `lines` lines.
func average(dst, src []float32, lines, n, line, step, c int) {
	var sums [terms]float32
	for l := range lines {
		src, dst := src[l*line:], dst[l*line:]
		sum := sums[:c]
		clear(sum)
		for i := range min(radius, n) {
			for k, v := range src[i*step:][:c] {
				sum[k] += v
			}
		}
		for i := range n {
			if enters := i + radius; enters < n {
				for k, v := range src[enters*step:][:c] {
					sum[k] += v
				}
			}
			share := 1 / float32(min(n-1, i+radius)-max(0, i-radius)+1)
			to := dst[i*step:][:c]
			for k, v := range sum {
				to[k] = v * share
			}
			if leaves := i - radius; leaves >= 0 {
				for k, v := range src[leaves*step:][:c] {
					sum[k] -= v
				}
			}
		}
	}
}

// fit solves (covariance of the colours + epsilon) a = covariance of colours and score, by Cramer's rule,
// in float64: of nearly one colour the determinant is small.
func fit(t *[terms]float32) [3]float32 {
	cov := func(product float32, i, j int) float64 {
		return float64(product) - float64(float64(t[i])*float64(t[j]))
	}
	xx, xy, xz := cov(t[7], 0, 0)+epsilon, cov(t[8], 0, 1), cov(t[9], 0, 2)
	yy, yz, zz := cov(t[10], 1, 1)+epsilon, cov(t[11], 1, 2), cov(t[12], 2, 2)+epsilon
	u, v, w := cov(t[4], 0, 3), cov(t[5], 1, 3), cov(t[6], 2, 3)
	// the adjugate's upper half
	minor := func(a, b, c, d float64) float64 { return float64(a*b) - float64(c*d) }
	axx, axy, axz := minor(yy, zz, yz, yz), minor(xz, yz, xy, zz), minor(xy, yz, xz, yy)
	ayy, ayz, azz := minor(xx, zz, xz, xz), minor(xy, xz, xx, yz), minor(xx, yy, xy, xy)
	sum := func(a, b, c, d, e, f float64) float64 { return float64(a*b) + float64(c*d) + float64(e*f) }
	det := sum(xx, axx, xy, axy, xz, axz)
	return [3]float32{float32(sum(axx, u, axy, v, axz, w) / det), float32(sum(axy, u, ayy, v, ayz, w) / det), float32(sum(axz, u, ayz, v, azz, w) / det)}
}
