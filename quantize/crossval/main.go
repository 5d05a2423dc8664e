// Command crossval measures what quantisation costs, on pictures that it was not calibrated with:
// pictures are split in two halves, each calibrates a model that the other half tests.
//
//	go run ./quantize/crossval [-targets 0,600000,500000] [-crops 10] DIR
//
// DIR holds pictures whose names begin with a WordNet id. Every picture is tested in up to ten crops
// (the centre, the corners, and these mirrored); the interval is of the difference to float32 in top-1,
// 95 %, with pictures as independent and their crops as not. It takes about 10 s a picture of one core.
package main

import (
	"flag"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"squeezenet/picture"
	"squeezenet/picture/decode"
	"squeezenet/quantize"
	"squeezenet/squeezenet"
	"squeezenet/weights"
	"squeezenet/weights/shipped"
)

func main() {
	targets := flag.String("targets", "0,600000,500000", "bytes of each model, labels apart; 0 is 7 bits with a step per output channel")
	crops := flag.Int("crops", 10, "of each picture, 1 to 10")
	flag.Parse()
	if flag.NArg() != 1 || *crops < 1 || *crops > 10 {
		flag.Usage()
		os.Exit(2)
	}
	if err := run(flag.Arg(0), *targets, *crops); err != nil {
		fmt.Fprintln(os.Stderr, "crossval:", err)
		os.Exit(1)
	}
}

type sample struct {
	quantize.Picture
	class  int
	logits [][]float32 // of the float32 network, (crops)
}

func run(dir, targets string, crops int) error {
	m := shipped.Load(shipped.F32)
	samples, err := load(dir, m)
	if err != nil {
		return err
	}
	exact, err := squeezenet.New(m, squeezenet.Options{})
	if err != nil {
		return err
	}
	for i := range samples {
		s := &samples[i]
		for c := range crops {
			if err := exact.Run(cut(s.Picture, m.Pipeline.Crop, c), m.Pipeline.Crop, m.Pipeline.Crop); err != nil {
				return err
			}
			s.logits = append(s.logits, slices.Clone(exact.Logits()))
		}
	}
	fmt.Printf("%d pictures, %d crops each, two folds\n", len(samples), crops)
	fmt.Println("    bytes  KL      same    top-1 f32  top-1 int8  difference     top-5 f32  top-5 int8")
	sizes := strings.Split(targets, ",")
	results := make([]result, len(sizes))
	for fold := range 2 {
		var calibration []quantize.Picture
		for i, s := range samples {
			if i%2 == fold {
				calibration = append(calibration, s.Picture)
			}
		}
		c, err := quantize.Calibrate(m, calibration, nil)
		if err != nil {
			return err
		}
		for i, t := range sizes {
			target, err := strconv.Atoi(t)
			if err != nil {
				return err
			}
			q, report, err := c.Quantise(target)
			if err != nil {
				return err
			}
			results[i].bytes = max(results[i].bytes, report.Bytes)
			if err := results[i].test(q, samples, 1-fold); err != nil {
				return err
			}
		}
	}
	for i := range results {
		results[i].print()
	}
	return nil
}

func load(dir string, m *weights.Model) ([]sample, error) {
	files, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	class := map[string]int{}
	for i, l := range m.Labels {
		class[l.WNID] = i
	}
	whole := m.Pipeline
	whole.Crop = whole.Resize
	var r picture.Resizer
	var samples []sample
	for _, f := range files {
		c, ok := class[f.Name()[:min(9, len(f.Name()))]]
		if !ok {
			continue
		}
		data, err := os.ReadFile(filepath.Join(dir, f.Name()))
		if err != nil {
			return nil, err
		}
		p, err := decode.Decode(data)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", f.Name(), err)
		}
		rgb, err := p.Crop(&r, whole, whole.Fit)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", f.Name(), err)
		}
		samples = append(samples, sample{Picture: quantize.Picture{RGB: slices.Clone(rgb), H: whole.Crop, W: whole.Crop}, class: c})
	}
	if len(samples) < 2 {
		return nil, fmt.Errorf("%s: %d pictures whose names begin with a known WordNet id, expected more", dir, len(samples))
	}
	return samples, nil
}

// cut is crop c of ten: centre, corners, and from 5 on mirrored.
func cut(p quantize.Picture, side, c int) []uint8 {
	y0, x0 := (p.H-side)/2, (p.W-side)/2
	if k := c % 5; k > 0 {
		y0, x0 = (k-1)/2*(p.H-side), (k-1)%2*(p.W-side)
	}
	out := make([]uint8, 0, side*side*3)
	for y := range side {
		for x := range side {
			if c >= 5 {
				x = side - 1 - x
			}
			out = append(out, p.RGB[((y0+y)*p.W+x0+x)*3:][:3]...)
		}
	}
	return out
}

// A result is one size over both folds: counts of crops.
type result struct {
	bytes                                   int
	n, kl, same, top1, top5, exact1, exact5 float64
	differences                             []float64 // by picture: share of crops right in int8, less that in float32
}

// test runs the model over the pictures of one half.
func (r *result) test(q *weights.Model, samples []sample, half int) error {
	net, err := squeezenet.New(q, squeezenet.Options{})
	if err != nil {
		return err
	}
	side := q.Pipeline.Crop
	for i, s := range samples {
		if i%2 != half {
			continue
		}
		difference := 0.0
		for c, exact := range s.logits {
			if err := net.Run(cut(s.Picture, side, c), side, side); err != nil {
				return err
			}
			got := net.Logits()
			top := 0
			for rankOf(exact, top) > 0 {
				top++
			}
			rank, rankExact := rankOf(got, s.class), rankOf(exact, s.class)
			r.n++
			r.kl += quantize.Divergence(exact, got)
			r.same += count(rankOf(got, top) < 1)
			r.exact1 += count(rankExact < 1)
			r.exact5 += count(rankExact < 5)
			r.top1 += count(rank < 1)
			r.top5 += count(rank < 5)
			difference += (count(rank < 1) - count(rankExact < 1)) / float64(len(s.logits))
		}
		r.differences = append(r.differences, difference)
	}
	return nil
}

func (r *result) print() {
	mean, square, n := 0.0, 0.0, float64(len(r.differences))
	for _, d := range r.differences {
		mean += d / n
	}
	for _, d := range r.differences {
		square += (d - mean) * (d - mean) / (n - 1)
	}
	percent := func(v float64) float64 { return 100 * v / r.n }
	fmt.Printf("%9d  %.4f  %5.1f %%  %7.1f %%  %8.1f %%  %+5.1f ± %.1f    %7.1f %%  %8.1f %%\n", r.bytes, r.kl/r.n, percent(r.same),
		percent(r.exact1), percent(r.top1), 100*mean, 196*math.Sqrt(square/n), percent(r.exact5), percent(r.top5))
}

// rankOf is how many classes have a larger logit, or the same and come first.
func rankOf(logits []float32, class int) int {
	rank := 0
	for i, l := range logits {
		if l > logits[class] || l == logits[class] && i < class {
			rank++
		}
	}
	return rank
}

func count(b bool) float64 {
	if b {
		return 1
	}
	return 0
}
