// Package quantize turns a float32 model into an int8 one of a chosen size, without training: a few
// hundred pictures show what each layer reads. Same model, pictures and options, same bytes, on one
// kind of processor. The steps, for all layers in the network's order:
//
//  1. Activations get a step per channel, between the tensor's and the channel's best; the next layers'
//     weights take it in.
//  2. Weights get one step per layer (a channel with larger weights than 7 bits of it reach has its
//     own), coarser where the answer suffers less for a byte saved; that is measured, layer by layer,
//     as the answers' KL divergence.
//  3. Weights are rounded by GPTQ with the covariance of what the layer reads in the quantised network,
//     so that later layers make up for earlier ones.
//  4. Biases take up the mean of what is left.
package quantize

import (
	"errors"
	"fmt"
	"math"

	"squeezenet/kernels"
	"squeezenet/picture"
	"squeezenet/squeezenet"
	"squeezenet/weights"
)

// A Picture is pixels of which the network's input is cut: RGB bytes, (H, W, 3), at least the
// pipeline's crop on each side; best is its resized size.
type Picture struct {
	RGB  []uint8
	H, W int
}

// A Report says what a run gave, on the calibration pictures themselves.
type Report struct {
	Layers []Layer
	Bytes  int     // of the file, its labels apart
	KL     float64 // mean divergence of the answers from the float32 model's, nats
	Same   float64 // share of pictures with the same likeliest class
}

// A Layer is one convolution of a report.
type Layer struct {
	Name        string
	Sensitivity float64 // KL divergence when this layer alone has weights of half their deviation; 0: not measured
	Step        float64 // of weights, in deviations of the layer's weights
	Bytes       int
}

const (
	windowsEach = 100  // sampled in each crop for a layer's covariance
	damping     = 0.02 // of the covariance's mean diagonal
	answerShare = 0.8  // of the covariance of maps' means in that of the last layer
	alpha       = 0.5  // of a channel's own step in an expand's, geometrically; the rest is the tensor's
	probe       = 0.5  // step, in deviations, at which sensitivities are measured
	coarsest    = 1.4  // step, in deviations
	probes      = 16   // crops on which sensitivities are measured
)

// A Calibration is a float32 model with what pictures showed about it. It can be quantised to any
// number of sizes.
type Calibration struct {
	m        *weights.Model
	g        *graph
	last     []int // reader of each slot
	inputs   [][]uint8
	packed   []*kernels.WeightsF32 // the float32 model's
	logits   [][]float32           // (inputs)
	means    [][]float64           // of each convolution's sampled float32 windows, (K)
	ranges   [][]histogram         // of each op's output, (channels); nil for pools
	fine     *weights.Model        // with 7 bits per output channel
	seen     [][]float64           // by fine: each layer's covariance, in the float32 network's units; nil once measured
	plan     steps
	progress func(fraction float64, what string)
}

// Calibrate runs m, of float32, over the pictures. It fails when m is quantised already or not of a
// known architecture, and when a picture is too small. progress may be nil.
func Calibrate(m *weights.Model, pictures []Picture, progress func(fraction float64, what string)) (*Calibration, error) {
	if m.Quantised() {
		return nil, errors.New("quantize: the model is int8 already; give the float32 model")
	}
	if _, err := squeezenet.New(m, squeezenet.Options{}); err != nil {
		return nil, err
	}
	arch, err := squeezenet.Lookup(m.Arch)
	if err != nil {
		return nil, err
	}
	if len(pictures) == 0 {
		return nil, errors.New("quantize: no pictures to calibrate with; a hundred or more of the kind that the network will see are good")
	}
	r := &Calibration{m: m, g: newGraph(m, arch), progress: progress}
	if r.progress == nil {
		r.progress = func(float64, string) {}
	}
	r.last = r.g.lastReader()
	for i, p := range pictures {
		if side := m.Pipeline.Crop; p.H < side || p.W < side || len(p.RGB) != p.H*p.W*3 {
			return nil, fmt.Errorf("quantize: picture %d is %dx%d pixels with %d bytes, expected at least %dx%d", i, p.W, p.H, len(p.RGB), side, side)
		}
		r.inputs = append(r.inputs, cuts(p, m.Pipeline, i)...)
	}
	r.observe()
	r.fine, r.seen, err = r.quantise(steps{perChannel: true}, 0.5, 1)
	return r, err
}

// Quantise makes an int8 model whose file, its labels apart, takes at most target bytes, and little
// less. 0, and what is as much, gives the best model: weights of 7 bits with a step per output channel.
// It fails when the target cannot be met.
func (r *Calibration) Quantise(target int) (*weights.Model, *Report, error) {
	best, _, err := layerBytes(r.fine)
	if err != nil {
		return nil, nil, err
	}
	if target == 0 || target >= best {
		return r.finish(r.fine, steps{perChannel: true})
	}
	if r.seen != nil {
		r.plan, r.seen = r.sensitivities(r.seen), nil
	}
	aim := float64(target) * 0.98
	for try := range 4 {
		r.plan.fit(r.m, aim)
		q, _, err := r.quantise(r.plan, 0.3+0.15*float64(try), 0.45+0.15*float64(try))
		if err != nil {
			return nil, nil, err
		}
		got, _, err := layerBytes(q)
		if err != nil {
			return nil, nil, err
		}
		if got <= target && (got > target*995/1000 || try >= 2) {
			return r.finish(q, r.plan)
		}
		// What fit took the bytes for was off by the ratio, and will be so again.
		aim = r.plan.expected * 0.998 * float64(target) / float64(got)
	}
	return nil, nil, fmt.Errorf("quantize: the layers cannot be made to fit %d bytes; ask for more", target)
}

// cuts are the inputs that picture number i gives: the centre, and two corners, the second mirrored.
func cuts(p Picture, pipeline picture.Pipeline, i int) [][]uint8 {
	y, x := p.H-pipeline.Crop, p.W-pipeline.Crop
	return [][]uint8{
		cut(p, pipeline, y/2, x/2, i&2 != 0),
		cut(p, pipeline, i&1*y, i>>1&1*x, false),
		cut(p, pipeline, (1-i&1)*y, i>>1&1*x, true),
	}
}

// cut takes the network's input from y, x of a picture, in the network's channel order.
func cut(p Picture, pipeline picture.Pipeline, y0, x0 int, mirror bool) []uint8 {
	side := pipeline.Crop
	out := make([]uint8, 0, side*side*3)
	for y := range side {
		for x := range side {
			if mirror {
				x = side - 1 - x
			}
			px := p.RGB[((y0+y)*p.W+x0+x)*3:][:3]
			if pipeline.BGR {
				out = append(out, px[2], px[1], px[0])
			} else {
				out = append(out, px...)
			}
		}
	}
	return out
}

// tensor is a crop, (side, side, 3) in the network's order, as the float32 network reads it.
func (r *Calibration) tensor(dst []float32, bytes []uint8) {
	p := &r.m.Pipeline
	for i, v := range bytes {
		dst[i] = (float32(v) - p.Mean[i%3]) * p.Scale[i%3]
	}
}

// observe runs the float32 network over the inputs: logits, means of windows, ranges of outputs.
func (r *Calibration) observe() {
	g := r.g
	for i := range r.m.Convs {
		c := &r.m.Convs[i]
		r.packed = append(r.packed, kernels.PackF32(c.Kernel, c.Bias, c.KH*c.KW*c.In, c.Out))
	}
	r.logits = make([][]float32, len(r.inputs))
	r.ranges = make([][]histogram, len(g.ops))
	r.means = make([][]float64, len(r.m.Convs))
	for i, o := range g.ops {
		switch o.kind {
		case opConv:
			r.means[o.index] = make([]float64, o.win.K())
			r.ranges[i] = make([]histogram, r.m.Convs[o.index].Out)
		case opAdd:
			r.ranges[i] = make([]histogram, g.slots[o.dst].c)
		}
	}
	maps := g.newFloats()
	row := make([]float32, 4096)
	for n, in := range r.inputs {
		r.progress(0.5*float64(n)/float64(len(r.inputs)), "running the float32 network")
		r.tensor(maps[0], in)
		for i := range g.ops {
			o := &g.ops[i]
			g.run(o, maps, maps, r.packed)
			if o.kind == opConv {
				at := positions(o.index, n, windowsEach, len(o.win.In))
				mean := r.means[o.index]
				for _, p := range at {
					gather(row, maps[o.src], o, p)
					for k := range mean {
						mean[k] += float64(row[k]) / float64(len(at)*len(r.inputs))
					}
				}
			}
			if r.ranges[i] == nil || o.final {
				continue
			}
			s, h := &g.slots[o.dst], r.ranges[i]
			for y := range s.h {
				a, b := s.row(y)
				for ; a < b; a += s.stride {
					for c, v := range maps[o.dst][a+o.channel0:][:len(h)] {
						h[c].add(v)
					}
				}
			}
		}
		r.logits[n] = g.logits(maps[len(maps)-1])
	}
}

// quantise makes the int8 model, layer after layer, each calibrated on what the ones before it give.
// It also returns each layer's covariance, scaled to the float32 network's units.
func (r *Calibration) quantise(plan steps, from, to float64) (*weights.Model, [][]float64, error) {
	g := r.g
	q := &weights.Model{Arch: r.m.Arch, Pipeline: r.m.Pipeline, Labels: r.m.Labels, Source: r.m.Source,
		Convs: make([]weights.Conv, len(r.m.Convs)), Adds: make([]weights.Add, len(g.adds))}
	covariances := make([][]float64, len(r.m.Convs))
	units := make([]unit, len(g.slots)) // of each slot's codes
	units[0] = unit{step: make([]float64, 3)}
	for c := range 3 {
		units[0].step[c] = float64(r.m.Pipeline.Scale[c])
	}
	maps := make([][][]uint8, len(r.inputs)) // (inputs, slots)
	for n := range maps {
		maps[n] = make([][]uint8, len(g.slots))
		maps[n][0] = r.inputs[n]
	}
	for i := range g.ops {
		o := &g.ops[i]
		r.progress(from+(to-from)*float64(i)/float64(len(g.ops)), "rounding weights")
		var packed *kernels.WeightsU8
		var sum *weights.Add
		switch o.kind {
		case opConv:
			c := &q.Convs[o.index]
			covariances[o.index] = r.convolution(c, plan, i, units, maps)
			k := c.KH * c.KW * c.In
			if o.index == 0 {
				packed = kernels.PackU8Wide(c.Codes, c.Scale, c.Bias, o.win.Run, k, c.Out)
			} else {
				packed = kernels.PackU8(c.Codes, c.Scale, c.Bias, o.win.Run, k, c.Out)
			}
		case opPool:
			units[o.dst] = units[o.src]
		case opAdd:
			q.Adds[o.index] = r.sum(i, units)
			sum = &q.Adds[o.index]
		}
		if o.final {
			break
		}
		parallel(len(maps), func(n int) {
			m := maps[n]
			if m[o.dst] == nil {
				m[o.dst] = make([]uint8, g.slots[o.dst].size())
				if z := units[o.dst].zero; z != 0 {
					for j := range m[o.dst] {
						m[o.dst][j] = z // padding is the code of 0
					}
				}
			}
			g.runCodes(o, m, nil, packed, sum)
			for s := range m {
				if r.last[s] == i {
					m[s] = nil
				}
			}
		})
	}
	if err := q.Check(); err != nil {
		return nil, nil, err
	}
	return q, covariances, nil
}

// A unit says what a slot's codes mean: value = (code - zero)*step, by channel.
type unit struct {
	step []float64
	zero uint8
}

// convolution quantises the convolution of op i into c, given the codes that it reads.
func (r *Calibration) convolution(c *weights.Conv, plan steps, i int, units []unit, maps [][][]uint8) []float64 {
	o, from := &r.g.ops[i], &r.m.Convs[r.g.ops[i].index]
	*c = weights.Conv{Name: from.Name, KH: from.KH, KW: from.KW, In: from.In, Out: from.Out, Linear: from.Linear}
	k, in, out := o.win.K(), units[o.src], from.Out

	total := newMoments(k)
	const block = 16 // pictures: bounds the memory that moments take
	blocks := make([]*moments, (len(maps)+block-1)/block)
	parallel(len(blocks), func(b int) {
		m := newMoments(k)
		for n := b * block; n < min(len(maps), (b+1)*block); n++ {
			at := positions(o.index, n, windowsEach, len(o.win.In))
			rows := make([]uint8, len(at)*k)
			for j, p := range at {
				gather(rows[j*k:], maps[n][o.src], o, p)
			}
			m.add(rows)
		}
		blocks[b] = m
	})
	for _, m := range blocks {
		total.merge(m)
	}
	covariance := total.covariance()
	if o.final {
		r.addMeans(covariance, o, maps)
	}
	scaled := make([]float64, len(covariance)) // in the float32 network's units
	for a := range k {
		for b := range k {
			scaled[a*k+b] = covariance[a*k+b] * in.step[a%from.In] * in.step[b%from.In]
		}
	}

	// The output's unit.
	step := make([]float64, out)
	ranges := r.ranges[i]
	switch {
	case o.final:
		for j := range step {
			step[j] = 1
		}
	case !o.relu:
		s, zero := signedUnit(ranges)
		c.OutZero = zero
		for j := range step {
			step[j] = s
		}
	default:
		// Few channels carry everything out of conv1 and the squeezes, which so need all of their codes.
		share := 1.0
		if o.channel0 > 0 || i+1 < len(r.g.ops) && r.g.ops[i+1].dst == o.dst {
			share = alpha
		}
		step = activationSteps(ranges, share)
	}
	c.OutStep = make([]float32, out)
	for j := range step {
		c.OutStep[j] = float32(step[j])
	}
	u := &units[o.dst]
	if u.step == nil {
		u.step = make([]float64, r.g.slots[o.dst].c)
	}
	copy(u.step[o.channel0:], step)
	u.zero = c.OutZero

	// The weights' steps, in units of the input's codes.
	w := make([]float64, k*out)
	largest, square := make([]float64, out), 0.0
	for j, v := range from.Kernel {
		w[j] = float64(v) * in.step[j/out%from.In]
		largest[j%out] = max(largest[j%out], math.Abs(w[j]))
		square += w[j] * w[j]
	}
	limit := weights.MaxCode(o.index == 0, k)
	one := 0.0 // of the whole layer
	if !plan.perChannel {
		one = max(plan.relative[o.index]*math.Sqrt(square/float64(len(w))), 1e-12)
	}
	d, same := make([]float64, out), true
	for j := range d {
		d[j] = max(one, largest[j]/(float64(limit)+0.4), 1e-12)
		same = same && d[j] == one
	}
	c.Scale = make([]float32, out)
	for j := range d {
		if same {
			c.Scale[j] = float32(one) / c.OutStep[j] // which the file says in few bytes
		} else {
			c.Scale[j] = shorten(d[j]/step[j], 10)
		}
		d[j] = float64(c.Scale[j]) * step[j]
	}
	c.Codes = round(w, covariance, d, limit, k, out, damping)

	// The bias makes the mean over the windows that of the float32 network.
	c.Bias = make([]float32, out)
	mean := total.mean()
	grid := 1.0 / 16 // of a code
	if o.final {
		grid = 1.0 / 128 // of a logit
	}
	for j := range out {
		b := float64(from.Bias[j])
		for a := range k {
			b += float64(from.Kernel[a*out+j])*r.means[o.index][a] - float64(c.Codes[a*out+j])*d[j]*mean[a]
		}
		c.Bias[j] = float32(math.RoundToEven((b/step[j]+float64(c.OutZero))/grid) * grid)
	}
	return scaled
}

// addMeans mixes the covariance of the maps' means into the last layer's: its answer is a mean.
func (r *Calibration) addMeans(covariance []float64, o *op, maps [][][]uint8) {
	k, s := o.win.K(), &r.g.slots[o.src]
	if k != s.c {
		return // not a 1x1 convolution
	}
	rows := make([]float64, len(maps)*k)
	all := make([]float64, k)
	for n := range maps {
		row := rows[n*k:][:k]
		for y := range s.h {
			for x := range s.w {
				for i, v := range maps[n][o.src][s.at(y, x):][:k] {
					row[i] += float64(v) / float64(s.h*s.w)
				}
			}
		}
		for i, v := range row {
			all[i] += v / float64(len(maps))
		}
	}
	for i := range covariance {
		covariance[i] *= 1 - answerShare
	}
	share := answerShare / float64(len(maps))
	parallel(k, func(i int) {
		for n := range maps {
			row := rows[n*k:][:k]
			f := share * (row[i] - all[i])
			for j, v := range row {
				covariance[i*k+j] += f * (v - all[j])
			}
		}
	})
}

// sum makes the scales of the sum of op i.
func (r *Calibration) sum(i int, units []unit) weights.Add {
	o := &r.g.ops[i]
	a, b := units[o.src], units[o.other]
	n := r.g.slots[o.dst].c
	step, zero := signedUnit(r.ranges[i])
	s := weights.Add{Name: r.g.adds[o.index], OutZero: zero,
		A: make([]float32, n), B: make([]float32, n), Bias: make([]float32, n), OutStep: make([]float32, n)}
	u := unit{step: make([]float64, n), zero: zero}
	for c := range n {
		s.A[c], s.B[c] = shorten(a.step[c]/step, 12), shorten(b.step[c]/step, 12)
		s.Bias[c] = shorten(float64(zero)-float64(a.zero)*float64(s.A[c])-float64(b.zero)*float64(s.B[c]), 14)
		s.OutStep[c], u.step[c] = float32(step), step
	}
	units[o.dst] = u
	return s
}

// activationSteps are the steps of a layer after ReLU: between the best for the whole tensor and, with
// share 1, for the channel. Few bits of them are kept, for the file's sake.
func activationSteps(ranges []histogram, share float64) []float64 {
	var all histogram
	for i := range ranges {
		all.merge(&ranges[i])
	}
	tensor := max(all.step(), 1e-6)
	unit := math.Exp2(math.Floor(math.Log2(tensor)) - 6)
	steps := make([]float64, len(ranges))
	for c := range ranges {
		channel := max(ranges[c].step(), tensor*0.02)
		s := max(channel, math.Pow(channel, share)*math.Pow(tensor, 1-share))
		steps[c] = math.Ceil(s/unit) * unit
	}
	return steps
}

// signedUnit is the step and zero point of a whole tensor whose values may be negative.
func signedUnit(ranges []histogram) (step float64, zero uint8) {
	var all histogram
	for i := range ranges {
		all.merge(&ranges[i])
	}
	step = float64(shorten(max(float64(all.top)-float64(all.low), 1e-6)/126, 8))
	return step, uint8(math.Ceil(float64(-all.low) / step))
}

// shorten keeps n bits of a number's mantissa, which the file stores in little space.
func shorten(v float64, n int) float32 {
	if v == 0 {
		return 0
	}
	unit := math.Exp2(math.Floor(math.Log2(math.Abs(v))) - float64(n-1))
	return float32(math.RoundToEven(v/unit) * unit)
}
