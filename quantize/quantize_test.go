package quantize

import (
	"bytes"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"squeezenet/internal/testref"
	"squeezenet/picture"
	"squeezenet/squeezenet"
	"squeezenet/weights"
	"squeezenet/weights/foreign"
	"squeezenet/weights/shipped"
)

func TestRoundBeatsNearest(t *testing.T) {
	const k, o, rows = 40, 24, 500
	r := rand.New(rand.NewPCG(1, 2))
	// Inputs that go together: a few causes, mixed, and a little noise.
	x := make([]float64, rows*k)
	mix := make([]float64, 6*k)
	for i := range mix {
		mix[i] = r.NormFloat64()
	}
	for n := range rows {
		for c := range 6 {
			a := r.NormFloat64()
			for i := range k {
				x[n*k+i] += a * mix[c*k+i]
			}
		}
		for i := range k {
			x[n*k+i] += 0.3 * r.NormFloat64()
		}
	}
	h := make([]float64, k*k)
	for n := range rows {
		for i := range k {
			for j := range k {
				h[i*k+j] += x[n*k+i] * x[n*k+j] / rows
			}
		}
	}
	w, step := make([]float64, k*o), make([]float64, o)
	for i := range w {
		w[i] = r.NormFloat64()
	}
	for i := range step {
		step[i] = 0.5
	}
	loss := func(codes []int16) float64 {
		sum := 0.0
		for n := range rows {
			for c := range o {
				d := 0.0
				for i := range k {
					d += x[n*k+i] * (w[i*o+c] - float64(codes[i*o+c])*step[c])
				}
				sum += d * d
			}
		}
		return sum
	}
	nearest := make([]int16, k*o)
	for i, v := range w {
		nearest[i] = int16(math.RoundToEven(v / 0.5))
	}
	codes := round(w, append([]float64(nil), h...), step, 63, k, o, 0.01)
	if got, was := loss(codes), loss(nearest); got > was/4 {
		t.Errorf("squared error of the outputs %.0f, with each weight rounded to the nearest %.0f; expected a quarter or less", got, was)
	}
	for i, c := range round(w, h, step, 2, k, o, 0.01) {
		if c > 2 || c < -2 {
			t.Fatalf("code %d is %d, beyond the limit of 2", i, c)
		}
	}
}

// scenes are pictures with edges, ramps and noise, made up.
func scenes(n, side int) []Picture {
	r := rand.New(rand.NewPCG(5, 6))
	var all []Picture
	for range n {
		p := Picture{RGB: make([]uint8, side*side*3), H: side, W: side}
		for i := range p.RGB {
			p.RGB[i] = uint8(r.IntN(40))
		}
		for range 12 {
			y0, x0, h, w := r.IntN(side), r.IntN(side), r.IntN(side), r.IntN(side)
			colour := [3]int{r.IntN(200), r.IntN(200), r.IntN(200)}
			for y := y0; y < min(side, y0+h); y++ {
				for x := x0; x < min(side, x0+w); x++ {
					for c := range 3 {
						p.RGB[(y*side+x)*3+c] = uint8(colour[c] + int(p.RGB[(y*side+x)*3+c])%40 + (x-x0)*15/w)
					}
				}
			}
		}
		all = append(all, p)
	}
	return all
}

// smallInput is the shipped network for smaller pictures, so that tests are quick.
func smallInput() *weights.Model {
	m := *shipped.Load(shipped.F32)
	m.Pipeline.Resize, m.Pipeline.Crop = 76, 67
	return &m
}

func TestQuantise(t *testing.T) {
	m, pictures := smallInput(), scenes(8, 76)
	c, err := Calibrate(m, pictures, nil)
	if err != nil {
		t.Fatal(err)
	}
	fine, report, err := c.Quantise(0)
	if err != nil {
		t.Fatal(err)
	}
	if !fine.Quantised() || fine.Golden == 0 || report.KL > 0.02 || report.Same < 0.8 {
		t.Errorf("7 bits per channel: divergence %.4f, %.0f %% the same class; expected below 0.02, above 80 %%", report.KL, 100*report.Same)
	}
	for _, v := range fine.Convs {
		least := 30 // each channel uses its codes: its largest weight has the largest code or nearly
		for o := range v.Out {
			largest := 0
			for k := o; k < len(v.Codes); k += v.Out {
				largest = max(largest, int(v.Codes[k]), -int(v.Codes[k]))
			}
			if v.Bias[o] != 0 {
				least = min(least, largest)
			}
		}
		if least < 30 {
			t.Errorf("%s: a channel's largest code is %d, expected near 63", v.Name, least)
		}
	}

	const target = 500_000
	small, report, err := c.Quantise(target)
	if err != nil {
		t.Fatal(err)
	}
	file, err := weights.Write(small)
	if err != nil {
		t.Fatal(err)
	}
	sections, err := weights.Sections(file)
	if err != nil {
		t.Fatal(err)
	}
	size := len(file) - sections[1].Bytes
	if sections[1].Name != "labels" || size > target || size < target*98/100 || size != report.Bytes {
		t.Errorf("asked for %d bytes beside the labels, got %d, reported %d", target, size, report.Bytes)
	}
	if report.KL > 0.2 || report.KL < 0.001 {
		t.Errorf("%d bytes: divergence %.4f, expected 0.001 to 0.2", size, report.KL)
	}

	c, err = Calibrate(m, pictures, nil)
	if err != nil {
		t.Fatal(err)
	}
	again, _, err := c.Quantise(target)
	if err != nil {
		t.Fatal(err)
	}
	if b, err := weights.Write(again); err != nil || !bytes.Equal(b, file) {
		t.Errorf("the same again gives other bytes (error %v)", err)
	}
}

// TestCodesMeanWhatTheySay compares every layer's codes, times their step, with the float32 network.
func TestCodesMeanWhatTheySay(t *testing.T) {
	m, pictures := smallInput(), scenes(6, 76)
	c, err := Calibrate(m, pictures, nil)
	if err != nil {
		t.Fatal(err)
	}
	q, _, err := c.Quantise(0)
	if err != nil {
		t.Fatal(err)
	}
	rgb := cut(pictures[0], picture.Pipeline{Crop: 67}, 4, 4, false)
	var want []squeezenet.Feature
	for _, model := range []*weights.Model{m, q} {
		n, err := squeezenet.New(model, squeezenet.Options{})
		if err != nil {
			t.Fatal(err)
		}
		got, err := n.ExtractFeatures(rgb, 67, 67)
		if err != nil {
			t.Fatal(err)
		}
		if want == nil {
			want = got
			continue
		}
		if len(got) != len(want) {
			t.Fatalf("%d layers, float32 has %d", len(got), len(want))
		}
		for i := range want {
			signal, noise := 0.0, 0.0
			for j, v := range want[i].Data {
				d := float64(got[i].Data[j] - v)
				signal, noise = signal+float64(v)*float64(v), noise+d*d
			}
			if ratio := math.Sqrt(noise / signal); !(ratio < 0.12) {
				t.Errorf("%s: differs from float32 by %.1f %% of its size, expected below 12 %%", want[i].Name, 100*ratio)
			}
		}
	}
}

// TestBypasses quantises the nets of the paper's section 6, whose sums have signs.
func TestBypasses(t *testing.T) {
	for _, arch := range []string{"simple", "complex"} {
		file := testref.Shared(t, "ref/goldens/v1_0_"+arch+".safetensors")
		m, err := foreign.Open(file, foreign.Options{Arch: "squeezenet1_0_" + arch})
		if err != nil {
			t.Fatal(err)
		}
		m.Pipeline = picture.Caffe
		m.Pipeline.Resize, m.Pipeline.Crop = 92, 83
		c, err := Calibrate(m, scenes(3, 92), nil)
		if err != nil {
			t.Errorf("%s: %v", arch, err)
			continue
		}
		_, report, err := c.Quantise(0)
		if err != nil {
			t.Errorf("%s: %v", arch, err)
			continue
		}
		if !(report.KL < 0.1) {
			t.Errorf("%s bypass: divergence %.4f from float32, expected below 0.1", arch, report.KL)
		}
	}
}

func TestRefused(t *testing.T) {
	m := smallInput()
	if _, err := Calibrate(m, nil, nil); err == nil || !strings.Contains(err.Error(), "no pictures") {
		t.Errorf("no pictures: error %v", err)
	}
	if _, err := Calibrate(m, []Picture{{RGB: make([]uint8, 66*80*3), H: 66, W: 80}}, nil); err == nil || !strings.Contains(err.Error(), "picture 0 is 80x66") {
		t.Errorf("a picture that is too small: error %v", err)
	}
	other := *m
	other.Arch = "alexnet"
	if _, err := Calibrate(&other, scenes(1, 76), nil); err == nil || !strings.Contains(err.Error(), "alexnet") {
		t.Errorf("unknown architecture: error %v", err)
	}
	c, err := Calibrate(m, scenes(1, 76), nil)
	if err != nil {
		t.Fatal(err)
	}
	q, _, err := c.Quantise(0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Calibrate(q, scenes(1, 76), nil); err == nil || !strings.Contains(err.Error(), "int8 already") {
		t.Errorf("an int8 model: error %v", err)
	}
	if _, _, err := c.Quantise(50_000); err == nil || !strings.Contains(err.Error(), "cannot be made to fit") {
		t.Errorf("50 kB: error %v", err)
	}
}
