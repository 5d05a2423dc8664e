package squeezenet

import (
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"squeezenet/picture"
	"squeezenet/weights"
	"squeezenet/weights/shipped"
)

func TestDescribeTotals(t *testing.T) {
	for _, c := range []struct {
		arch               string
		size, params, macs int
	}{
		{"squeezenet1_1", 227, 1_235_496, 387_747_520},
		{"squeezenet1_0", 227, 1_248_424, 861_339_936},
	} {
		a, err := Lookup(c.arch)
		if err != nil {
			t.Fatal(err)
		}
		all, err := a.Describe(c.size, c.size, 1000, false)
		if err != nil {
			t.Fatal(err)
		}
		params, macs := 0, 0
		for _, l := range all {
			params += l.Parameters
			macs += l.MACs
		}
		if params != c.params || macs != c.macs {
			t.Errorf("%s at %d: %d parameters and %d MACs, expected %d and %d", c.arch, c.size, params, macs, c.params, c.macs)
		}
	}
}

// What each layer reads, as the paper's figures 1 and 2 draw it: a Fire module's expands read its squeeze,
// whoever comes after reads both; a bypass leads past the module.
func TestDescribeInputs(t *testing.T) {
	for arch, want := range map[string]string{
		"squeezenet1_1": "pool1 max pooling <conv1>; fire2/squeeze1x1 convolution <pool1>; fire2/expand1x1 convolution <fire2/squeeze1x1>; " +
			"fire2/expand3x3 convolution <fire2/squeeze1x1>; fire3/squeeze1x1 convolution <fire2/expand1x1 fire2/expand3x3>; " +
			"conv1 convolution <>; conv10 convolution <fire9/expand1x1 fire9/expand3x3>; pool10 average pooling <conv10>",
		"squeezenet1_0_simple": "fire3/add sum <fire3/expand1x1 fire3/expand3x3 fire2/expand1x1 fire2/expand3x3>; fire4/squeeze1x1 convolution <fire3/add>; " +
			"fire5/add sum <fire5/expand1x1 fire5/expand3x3 pool4>; conv10 convolution <fire9/add>",
		"squeezenet1_0_complex": "fire2/bypass convolution <pool1>; fire2/add sum <fire2/expand1x1 fire2/expand3x3 fire2/bypass>; " +
			"fire3/add sum <fire3/expand1x1 fire3/expand3x3 fire2/add>; fire4/bypass convolution <fire3/add>; fire4/squeeze1x1 convolution <fire3/add>",
	} {
		a, err := Lookup(arch)
		if err != nil {
			t.Fatal(err)
		}
		all, err := a.Describe(227, 227, 10, false)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.SplitSeq(want, "; ") {
			name, _, _ := strings.Cut(line, " ")
			i := slices.IndexFunc(all, func(l LayerInfo) bool { return l.Name == name })
			if i < 0 {
				t.Errorf("%s: no layer %s", arch, name)
			} else if got := name + " " + string(all[i].Kind) + " <" + strings.Join(all[i].Inputs, " ") + ">"; got != line {
				t.Errorf("%s: %s, expected %s", arch, got, line)
			}
		}
	}
}

// Every layer that Describe lists can be had, in its shape, and so can the modules; a part is the
// module's channels. Profile leaves the same results as a run.
func TestExtractFeatureAndProfile(t *testing.T) {
	for _, arch := range []string{"squeezenet1_1", "squeezenet1_0_simple", "squeezenet1_0_complex"} {
		n := random(t, arch)
		const side = 67
		x := noise(5, side*side*3)
		described, err := n.Arch.Describe(side, side, n.Classes(), false)
		if err != nil {
			t.Fatal(err)
		}
		all, err := n.ExtractFeatures(x, side, side)
		if err != nil {
			t.Fatal(err)
		}
		whole := map[string]Map{}
		for _, f := range all {
			whole[f.Name] = f.Map
		}
		check := func(name string, shape Shape, value func(p, c int) float32) {
			m, err := n.ExtractFeature(x, side, side, name)
			if err != nil || m.Shape != shape || len(m.Data) != shape.H*shape.W*shape.C {
				t.Errorf("%s, %s: %v with %d values (%v), expected %v", arch, name, m.Shape, len(m.Data), err, shape)
				return
			}
			for i, v := range m.Data {
				if want := value(i/shape.C, i%shape.C); v != want {
					t.Errorf("%s, %s: value %d is %v, expected %v", arch, name, i, v, want)
					return
				}
			}
		}
		for _, l := range described {
			from, first := l.Name, 0
			if module, part, _ := strings.Cut(l.Name, "/"); part == "expand1x1" || part == "expand3x3" {
				from = module
				if part == "expand3x3" {
					first = whole[module].C - l.Shape.C
				}
			}
			check(l.Name, l.Shape, func(p, c int) float32 { return whole[from].Data[p*whole[from].C+first+c] })
		}
		for _, f := range all[:len(all)-1] { // the last is prob
			check(f.Name, f.Shape, func(p, c int) float32 { return f.Data[p*f.C+c] })
		}
		if _, err := n.ExtractFeature(x, side, side, "fire10"); err == nil || !strings.Contains(err.Error(), `no layer "fire10"`) {
			t.Errorf("fire10: %v", err)
		}

		if err := n.Run(x, side, side); err != nil {
			t.Fatal(err)
		}
		want := slices.Clone(n.Logits())
		began := time.Now()
		times, err := n.Profile(x, side, side, 3, 0.02, func() float64 { return time.Since(began).Seconds() * 1000 })
		if err != nil || len(times) != len(described) || slices.Min(times) <= 0 {
			t.Errorf("%s: times %v (%v) of %d layers", arch, times, err, len(described))
		}
		if !slices.Equal(n.Logits(), want) {
			t.Errorf("%s: other logits after Profile", arch)
		}
	}
}

// random is a float32 network of an architecture with weights by lot and five classes.
func random(t *testing.T, arch string) *Network {
	t.Helper()
	a, err := Lookup(arch)
	if err != nil {
		t.Fatal(err)
	}
	m := &weights.Model{Arch: arch, Pipeline: shipped.Load(shipped.F32).Pipeline, Labels: make([]weights.Label, 5)}
	r := rand.New(rand.NewPCG(7, 7))
	for _, c := range a.Convs(5) {
		taps := c.KH * c.KW * c.In
		v := weights.Conv{Name: c.Name, KH: c.KH, KW: c.KW, In: c.In, Out: c.Out, Bias: make([]float32, c.Out)}
		for range taps * c.Out {
			v.Kernel = append(v.Kernel, float32(r.NormFloat64()/math.Sqrt(float64(taps))))
		}
		m.Convs = append(m.Convs, v)
	}
	n, err := New(m, Options{})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// The article's example: 3 channels, squeeze 3, expands of 4 each: 129 against 216; with 10: 150 against 720.
func TestFireParametersOfTheArticle(t *testing.T) {
	for _, c := range [][3]int{{3, 129, 216}, {10, 150, 720}} {
		if fire, plain := FireParameters(c[0], 3, 4, 4); fire != c[1] || plain != c[2] {
			t.Errorf("%d channels: %d and %d, the article says %d and %d", c[0], fire, plain, c[1], c[2])
		}
	}
}

func TestPooledSizes(t *testing.T) {
	for _, c := range []struct {
		n           int
		ceil, floor int
	}{{113, 56, 56}, {111, 55, 55}, {56, 28, 27}, {28, 14, 13}, {3, 1, 1}, {2, 1, 0}, {1, 0, 0}, {4, 2, 1}} {
		if got := pooled(c.n, false); got != c.ceil {
			t.Errorf("ceil of %d: %d, expected %d", c.n, got, c.ceil)
		}
		if got := pooled(c.n, true); got != c.floor {
			t.Errorf("floor of %d: %d, expected %d", c.n, got, c.floor)
		}
	}
}

func noise(seed uint64, n int) []uint8 {
	r := rand.New(rand.NewPCG(seed, 0))
	b := make([]uint8, n)
	for i := range b {
		b[i] = uint8(r.IntN(256))
	}
	return b
}

// Two networks side by side, each used for several sizes and again: the same bits each time.
func TestNetworksAreIndependentAndReusable(t *testing.T) {
	a, b := float32Network(t, Options{}), float32Network(t, Options{FloorPooling: true})
	type run struct {
		n    *Network
		h, w int
		want []float32
	}
	runs := []run{{a, 67, 67, nil}, {b, 67, 99, nil}, {a, 40, 83, nil}, {b, 64, 64, nil}}
	for round := range 3 {
		for i := range runs {
			r := &runs[i]
			if err := r.n.Run(noise(uint64(i), r.h*r.w*3), r.h, r.w); err != nil {
				t.Fatal(err)
			}
			if round == 0 {
				r.want = slices.Clone(r.n.Logits())
			} else if !slices.Equal(r.want, r.n.Logits()) {
				t.Errorf("round %d: run %d gives other logits than at first", round, i)
			}
		}
	}
}

func TestRunsDoNotAllocate(t *testing.T) {
	n := float32Network(t, Options{})
	x := noise(1, 67*67*3)
	if err := n.Run(x, 67, 67); err != nil {
		t.Fatal(err)
	}
	if got := testing.AllocsPerRun(3, func() { n.Run(x, 67, 67) }); got > 0 {
		t.Errorf("a run at the same size allocates %v times", got)
	}
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	for i := range 10 {
		size := 67 + i%3*16
		if err := n.Run(noise(1, size*size*3), size, size); err != nil {
			t.Fatal(err)
		}
	}
	n.Run(x, 67, 67)
	runtime.GC()
	runtime.ReadMemStats(&after)
	if after.HeapAlloc > before.HeapAlloc+1<<20 {
		t.Errorf("heap grew from %d to %d bytes over runs of mixed sizes", before.HeapAlloc, after.HeapAlloc)
	}
}

// A class's logit is the mean of its map.
func TestClassMapIsTheLogit(t *testing.T) {
	n := float32Network(t, Options{})
	if _, err := n.ClassMap(0); err == nil {
		t.Error("a class map before any run gave no error")
	}
	if err := n.Run(noise(2, 99*67*3), 99, 67); err != nil {
		t.Fatal(err)
	}
	for _, class := range []int{0, 281, 999} {
		m, err := n.ClassMap(class)
		if err != nil {
			t.Fatal(err)
		}
		var sum float32
		for _, v := range m.Data {
			sum += v
		}
		if got := sum / float32(len(m.Data)); got != n.Logits()[class] {
			t.Errorf("class %d: the map's mean is %v, the logit %v", class, got, n.Logits()[class])
		}
	}
	for _, class := range []int{-1, 1000} {
		if _, err := n.ClassMap(class); err == nil {
			t.Errorf("class %d gave a map", class)
		}
	}
}

func TestTopKAndProbabilities(t *testing.T) {
	n := float32Network(t, Options{})
	if n.TopK(5) != nil || n.Probabilities() != nil || n.Logits() != nil {
		t.Error("results before any run")
	}
	if err := n.Run(noise(3, 67*67*3), 67, 67); err != nil {
		t.Fatal(err)
	}
	var sum float64
	for _, p := range n.Probabilities() {
		sum += float64(p)
	}
	if math.Abs(sum-1) > 1e-5 {
		t.Errorf("the probabilities add up to %v", sum)
	}
	top := n.TopK(1000)
	if len(top) != 1000 || len(n.TopK(2000)) != 1000 || len(n.TopK(-1)) != 0 {
		t.Fatal("top-k is not as long as asked for or as there are classes")
	}
	for i := 1; i < len(top); i++ {
		a, b := top[i-1], top[i]
		la, lb := n.Logits()[a.Index], n.Logits()[b.Index]
		if la < lb || la == lb && a.Index > b.Index {
			t.Fatalf("place %d: class %d (%v) before class %d (%v)", i, a.Index, la, b.Index, lb)
		}
	}
	if got := top[0]; got.WNID != n.Labels[got.Index].WNID || got.ClassName == "" {
		t.Errorf("the first prediction %+v has not its class's label", got)
	}
}

func TestTopKOfSomeClasses(t *testing.T) {
	n := float32Network(t, Options{})
	if err := n.Run(noise(3, 67*67*3), 67, 67); err != nil {
		t.Fatal(err)
	}
	some := []uint32{999, 3, 281, 3}
	got, err := n.TopKOf(10, some)
	if err != nil {
		t.Fatal(err)
	}
	var want []Prediction
	for _, p := range n.TopK(1000) {
		if slices.Contains(some, uint32(p.Index)) {
			want = append(want, p)
		}
	}
	if len(want) != 3 || !slices.Equal(got, want) {
		t.Errorf("of %v: %v, expected %v", some, got, want)
	}
	if got, err := n.TopKOf(1, some); err != nil || !slices.Equal(got, want[:1]) {
		t.Errorf("the likeliest: %v (%v), expected %v", got, err, want[0])
	}
	for _, bad := range [][]uint32{nil, {1000}, {1, 1 << 31}} {
		if got, err := n.TopKOf(5, bad); err == nil {
			t.Errorf("of classes %v: %v, expected an error", bad, got)
		}
	}
}

func TestSizesThatDoNotFit(t *testing.T) {
	n := float32Network(t, Options{})
	for _, c := range []struct {
		h, w  int
		bytes int
		want  string
	}{
		{12, 227, 12 * 227 * 3, "expected at least"},
		{0, 0, 0, "expected at least"},
		{-1, 5, 0, "expected at least"},
		{1 << 20, 1 << 20, 0, "at most"},
		{67, 67, 67*67*3 - 1, "expected 13467"},
	} {
		if err := n.Run(make([]uint8, c.bytes), c.h, c.w); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%dx%d with %d bytes: %v, expected an error with %q", c.h, c.w, c.bytes, err, c.want)
		}
	}
	if err := n.Run(noise(1, 67*67*3), 67, 67); err != nil {
		t.Errorf("after refused inputs: %v", err)
	}
}

// The smallest input that a message names is one that runs, and the next smaller one does not.
func TestSmallestInput(t *testing.T) {
	for _, a := range Archs {
		for _, floor := range []bool{false, true} {
			side := 0
			for _, c := range minInput(a, floor) {
				if c == 'x' {
					break
				}
				side = side*10 + int(c-'0')
			}
			if _, err := newPlan(a, side, side, 10, floor); err != nil {
				t.Errorf("%s, floor %v: %v", a.Name, floor, err)
			}
			if _, err := newPlan(a, side-1, side-1, 10, floor); err == nil {
				t.Errorf("%s, floor %v: %d runs though %d is said to be the least", a.Name, floor, side-1, side)
			}
		}
	}
}

func TestModelsThatDoNotFit(t *testing.T) {
	good := shipped.Load(shipped.F32)
	for _, c := range []struct {
		name  string
		spoil func(m *weights.Model)
		want  string
	}{
		{"unknown architecture", func(m *weights.Model) { m.Arch = "resnet" }, `unknown architecture "resnet"`},
		{"other architecture", func(m *weights.Model) { m.Arch = "squeezenet1_0" }, "conv1: found conv1 3x3x3x64, expected 7x7x3x96"},
		{"no tensors", func(m *weights.Model) { m.Convs = nil }, "conv1: found nothing"},
		{"one missing", func(m *weights.Model) { m.Convs = m.Convs[:25] }, "conv10: found nothing"},
		{"one too many", func(m *weights.Model) { m.Convs = append(m.Convs, m.Convs[0]) }, "expected none"},
		{"kernel too short", func(m *weights.Model) { m.Convs[3].Kernel = m.Convs[3].Kernel[1:] }, "fire2/expand3x3: found 9215 weights"},
		{"labels", func(m *weights.Model) { m.Labels = m.Labels[:5] }, "labels: found 5, expected 1000"},
	} {
		m := *good
		m.Convs = slices.Clone(good.Convs)
		c.spoil(&m)
		if _, err := New(&m, Options{}); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, expected an error with %q", c.name, err, c.want)
		}
	}
}

func TestLoss(t *testing.T) {
	got, err := Loss([][]float32{{1, 2, 3}, {1000, 0, -1000}}, []int{2, 1})
	want := (math.Log(math.Exp(-2)+math.Exp(-1)+1) + 1000) / 2
	if err != nil || math.Abs(got-want) > 1e-9 {
		t.Errorf("loss %v (%v), expected %v", got, err, want)
	}
	for _, c := range []struct {
		logits [][]float32
		labels []int
	}{{nil, nil}, {[][]float32{{1, 2}}, []int{2}}, {[][]float32{{1, 2}}, []int{-1}}, {[][]float32{{1, 2}}, []int{0, 1}}} {
		if _, err := Loss(c.logits, c.labels); err == nil {
			t.Errorf("logits %v with labels %v gave no error", c.logits, c.labels)
		}
	}
}

// int8Model is a SqueezeNet 1.1 of 8 classes with made-up codes, and steps that differ by channel.
func int8Model() *weights.Model {
	m := &weights.Model{Arch: "squeezenet1_1", Pipeline: picture.Caffe, Labels: make([]weights.Label, 8)}
	a, _ := Lookup(m.Arch)
	r := rand.New(rand.NewPCG(7, 8))
	for _, s := range a.Convs(8) {
		k := s.KH * s.KW * s.In
		c := weights.Conv{Name: s.Name, KH: s.KH, KW: s.KW, In: s.In, Out: s.Out, Codes: make([]int16, k*s.Out),
			Scale: make([]float32, s.Out), Bias: make([]float32, s.Out), OutStep: make([]float32, s.Out)}
		for i := range c.Codes {
			c.Codes[i] = int16(r.IntN(41) - 20)
		}
		for o := range s.Out {
			c.Scale[o] = 1 / (12 * float32(math.Sqrt(float64(k)))) // of the size of its inputs
			c.Bias[o] = float32(r.IntN(20))
			c.OutStep[o] = 0.25 + float32(o%7)/8
		}
		m.Convs = append(m.Convs, c)
	}
	return m
}

func TestInt8RefusesTensors(t *testing.T) {
	n, err := New(int8Model(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := n.RunTensor(make([]float32, 67*67*3), 67, 67); err == nil || !strings.Contains(err.Error(), "int8") {
		t.Errorf("a tensor for an int8 network: %v", err)
	}
}

// The article's list of an int8 network: what comes before ReLU is refused, every other entry has the
// codes times their steps, of all pictures.
func TestArticleOfInt8(t *testing.T) {
	m := int8Model()
	a, err := NewArticle(m)
	if err != nil {
		t.Fatal(err)
	}
	const h, w = 67, 71
	pictures := [][]uint8{noise(1, h*w*3), noise(2, h*w*3)}
	if err := a.RunPictures(pictures, h, w); err != nil {
		t.Fatal(err)
	}
	if len(a.Layers) != 17 {
		t.Fatalf("%d layers, expected the article's 17", len(a.Layers))
	}
	steps := map[string][]float32{} // by layer
	for _, c := range m.Convs {
		name, _, _ := strings.Cut(c.Name, "/expand")
		steps[name] = append(steps[name], c.OutStep...)
	}
	for i, l := range a.Layers {
		if i == 0 || i == 14 {
			if l.Err != errPreActivation || len(l.Data) != 0 {
				t.Errorf("%s: %d values and error %v, expected none and %v", l.Name, len(l.Data), l.Err, errPreActivation)
			}
			continue
		}
		if l.Err != nil || l.N != 2 || len(l.Data) != 2*l.H*l.W*l.C {
			t.Fatalf("%s: %d values of %d times %v, error %v", l.Name, len(l.Data), l.N, l.Shape, l.Err)
		}
		if slices.Equal(l.At(0).Data, l.At(1).Data) {
			t.Errorf("%s: the same for both pictures", l.Name)
		}
		// What the entry holds the codes of; none for conv10's scores and logits.
		from := []string{"", "conv1", "conv1", "fire2", "fire3", "fire3", "fire4", "fire5", "fire5", "fire6", "fire7", "fire8", "fire9", "fire9", "", "", ""}[i]
		if from == "" {
			continue
		}
		step, largest := steps[from], float32(0)
		if len(step) != l.C {
			t.Fatalf("%s: %d channels, expected %d", l.Name, l.C, len(step))
		}
		for j, v := range l.Data {
			code := v / step[j%l.C]
			if code != float32(int(code)) || code < 0 || code > 127 {
				t.Fatalf("%s: value %d is %v, not a code of 0 to 127 times %v", l.Name, j, v, step[j%l.C])
			}
			largest = max(largest, code)
		}
		if largest < 20 {
			t.Errorf("%s: the largest code is %v, so the test says little", l.Name, largest)
		}
	}
	// One value from the definition: weights.Conv.
	const y, x, o = 3, 5, 11
	conv1, sum := &m.Convs[0], 0
	for k := range 27 {
		row, column, channel := k/9, k/3%3, 2-k%3 // the weights' order is BGR
		sum += int(conv1.Codes[k*64+o]) * int(pictures[1][((2*y+row)*w+2*x+column)*3+channel])
	}
	code := min(max(math.RoundToEven(float64(float32(float32(sum)*conv1.Scale[o])+conv1.Bias[o])), 0), 127)
	first := a.Layers[1].At(1)
	if got, want := first.Data[(y*first.W+x)*64+o], float32(code)*conv1.OutStep[o]; got != want {
		t.Errorf("features/layer1 at %d, %d, channel %d: %v, expected %v", y, x, o, got, want)
	}
	if maps := a.Layers[15].At(1); math.Abs(float64(mean(maps, 3)-a.Classifier()[1][3])) > 1e-3 {
		t.Errorf("the mean of conv10's map is %v, the logit %v", mean(maps, 3), a.Classifier()[1][3])
	}
}

func mean(m Map, channel int) float32 {
	sum := float32(0)
	for i := channel; i < len(m.Data); i += m.C {
		sum += m.Data[i]
	}
	return sum / float32(m.H*m.W)
}

func BenchmarkRun(b *testing.B) {
	n := float32Network(b, Options{})
	x := noise(1, 227*227*3)
	for b.Loop() {
		if err := n.Run(x, 227, 227); err != nil {
			b.Fatal(err)
		}
	}
}

// The digest that a shipped model carries is what this machine computes. If a change alters results on
// purpose, `go run ./weights/make` and the quantiser write the new one into the models.
func TestSelfTestIsGolden(t *testing.T) {
	for name, file := range map[string][]byte{"float32": shipped.F32, "int8": shipped.Int8} {
		m := shipped.Load(file)
		n, err := New(m, Options{})
		if err != nil {
			t.Fatal(err)
		}
		got, err := n.SelfTest()
		if err != nil || got != m.Golden || got == 0 {
			t.Errorf("%s: digest %016x (%v), the model says %016x", name, got, err, m.Golden)
		}
	}
}
