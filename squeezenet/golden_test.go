package squeezenet

import (
	"flag"
	"math"
	"strings"
	"testing"

	"github.com/sbinet/npyio/npz"

	"squeezenet/internal/testref"
	"squeezenet/picture"
	"squeezenet/weights"
	"squeezenet/weights/safetensors"
	"squeezenet/weights/shipped"
)

var update = flag.Bool("update", false, "make testdata again from ../shared and from what the network gives")

func float32Network(t testing.TB, o Options) *Network {
	t.Helper()
	n, err := New(shipped.Load(shipped.F32), o)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// tolerance is how far a float32 layer may lie from the reference's, which sums in another order. Each
// of the products on the path to the layer is rounded twice, each rounding at most 2^-24 of the largest
// value; independent roundings add up as the square root of their number, and 8 times that is never
// reached by chance.
func tolerance(values []float32, products int) float64 {
	return maxOf(values) * 8 * math.Sqrt(2*float64(products)) / (1 << 24)
}

// compare reports the layer's largest difference, and fails where it is beyond the tolerance.
func compare(t *testing.T, layer string, got, want []float32, tol float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("%s: %d values, the reference has %d", layer, len(got), len(want))
		return
	}
	worst, at := 0.0, 0
	for i := range want {
		if d := math.Abs(float64(got[i]) - float64(want[i])); !(d <= worst) {
			worst, at = d, i
		}
	}
	if !(worst <= tol) {
		t.Errorf("%s: value %d is %v, the reference says %v: differs by %.3g, tolerance %.3g", layer, at, got[at], want[at], worst, tol)
	}
	t.Logf("%-18s largest difference %.3g, tolerance %.3g", layer, worst, tol)
}

// products is the number of products along the way to each layer, by the layer's name.
func products(a *Arch) map[string]int {
	sum, c, at := 0, 3, map[string]int{}
	for _, l := range a.Layers {
		bypass := sum + c
		switch l.Op {
		case Conv:
			sum += l.Kernel * l.Kernel * c
			c = l.Out
		case Fire:
			sum += c + 9*l.Squeeze
			c = l.Expand1 + l.Expand3
		}
		at[l.Name], at[l.Name+"/bypass"] = sum, bypass
		if l.Bypass == Projection {
			sum += bypass
		}
		at[l.Name+"/add"] = sum
	}
	at["prob"] = sum
	return at
}

// goldenName is the name by which the reference dumps know a layer; "" for one that they have not.
func goldenName(layer string) string {
	switch {
	case layer == "pool10":
		return "logits"
	case strings.HasSuffix(layer, "/add"):
		return strings.TrimSuffix(layer, "/add") + "_EltAdd"
	case strings.HasSuffix(layer, "/bypass"):
		return strings.TrimSuffix(layer, "/bypass") + "_bypass"
	case strings.HasSuffix(layer, "/squeeze1x1"):
		return ""
	}
	return layer
}

// testLayers runs a golden's input through the network and compares every layer, by name.
func testLayers(t *testing.T, n *Network, golden testref.NPZ, want int) {
	t.Helper()
	x, shape := golden.Float32("x")
	features, err := n.ExtractFeaturesTensor(testref.NHWC(x, shape), shape[2], shape[3])
	if err != nil {
		t.Fatal(err)
	}
	k, compared := products(n.Arch), 0
	for _, f := range features {
		name := goldenName(f.Name)
		if name == "" {
			continue
		}
		values, shape := golden.Float32(name)
		if len(shape) == 4 {
			if f.H != shape[2] || f.W != shape[3] || f.C != shape[1] {
				t.Errorf("%s: shape %v, the reference has %v (NCHW)", f.Name, f.Shape, shape)
				continue
			}
			values = testref.NHWC(values, shape)
		}
		compare(t, f.Name, f.Data, values, tolerance(values, k[f.Name]))
		compared++
	}
	if compared != want {
		t.Errorf("%d layers compared, expected %d", compared, want)
	}
}

func TestLayersAgainstONNXRuntime(t *testing.T) {
	golden := testref.OpenNPZ(t, testref.Shared(t, "ref/goldens/layers_83.npz"))
	testLayers(t, float32Network(t, Options{}), golden, 15)
}

// The sample in testdata is every 37th value of each layer of layers_83.npz: what a checkout without
// ../shared tests with.
const sampleStep = 37

func TestLayersAgainstSample(t *testing.T) {
	n := float32Network(t, Options{})
	if *update {
		golden := testref.OpenNPZ(t, testref.Shared(t, "ref/goldens/layers_83.npz"))
		x, shape := golden.Float32("x")
		w, err := npz.Create("testdata/layers_83_sample.npz")
		if err != nil {
			t.Fatal(err)
		}
		w.Write("x.npy", testref.NHWC(x, shape))
		features, _ := n.ExtractFeaturesTensor(testref.NHWC(x, shape), 83, 83)
		for _, f := range features {
			if name := goldenName(f.Name); name != "" {
				values, shape := golden.Float32(name)
				if len(shape) == 4 {
					values = testref.NHWC(values, shape)
				}
				w.Write(f.Name+".npy", sample(values))
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
	}
	golden := testref.OpenNPZ(t, "testdata/layers_83_sample.npz")
	x, _ := golden.Float32("x")
	features, err := n.ExtractFeaturesTensor(x, 83, 83)
	if err != nil {
		t.Fatal(err)
	}
	k, compared := products(n.Arch), 0
	for _, f := range features {
		if goldenName(f.Name) == "" {
			continue
		}
		values, _ := golden.Float32(f.Name)
		compare(t, f.Name, sample(f.Data), values, tolerance(f.Data, k[f.Name]))
		compared++
	}
	if compared != 15 {
		t.Errorf("%d layers compared, expected 15", compared)
	}
}

func sample(values []float32) []float32 {
	var s []float32
	for i := 0; i < len(values); i += sampleStep {
		s = append(s, values[i])
	}
	return s
}

// The article's own graph, run by TensorFlow: VALID pooling, 224x224; both pictures as one batch.
func TestArticleGraph(t *testing.T) {
	a, err := NewArticle(shipped.Load(shipped.F32))
	if err != nil {
		t.Fatal(err)
	}
	image := Batch{Shape: Shape{224, 224, 3}}
	var golden []testref.NPZ
	for _, name := range []string{"random", "chelsea"} {
		g := testref.OpenNPZ(t, testref.Shared(t, "ref/tf/article_run_"+name+".npz"))
		x, _ := g.Float32("image")
		image.Data = append(image.Data, x...)
		image.N++
		golden = append(golden, g)
	}
	layers, err := a.ExtractFeatures(image)
	if err != nil {
		t.Fatal(err)
	}
	if len(layers) != 13 || len(a.Layers) != 17 || layers[12].Name != "features/layer12" || a.Layers[13].Name != "classifier/layer0" || a.Layers[16].Name != "classifier/layer3" {
		t.Fatalf("%d layers of features and %d in all, expected 13 and 17 in the article's order", len(layers), len(a.Layers))
	}
	var mean float64
	for i, g := range golden {
		want, _ := g.Float32("features")
		features := a.Features()
		compare(t, "features", features.At(i).Data, want, 1e-4*maxOf(want))
		want, _ = g.Float32("logits")
		compare(t, "logits", a.Classifier()[i], want, 1e-4*maxOf(want))
		loss, _ := g.Float32("loss")
		mean += float64(loss[0]) / 2
	}
	if loss, err := a.Loss([]int{281, 281}); err != nil || math.Abs(loss-mean) > 1e-4*mean {
		t.Errorf("loss %v (%v), TensorFlow says %v", loss, err, mean)
	}
	// What the article keeps from before ReLU is what ReLU makes the next entry of.
	for _, i := range []int{0, 14} {
		negative := false
		for j, v := range a.Layers[i].Data {
			negative = negative || v < 0
			if max(v, 0) != a.Layers[i+1].Data[j] {
				t.Fatalf("%s: value %d is %v, and %v in %s", a.Layers[i].Name, j, v, a.Layers[i+1].Data[j], a.Layers[i+1].Name)
			}
		}
		if !negative {
			t.Errorf("%s: no value is below 0", a.Layers[i].Name)
		}
	}
}

func maxOf(values []float32) float64 {
	top := 0.0
	for _, v := range values {
		top = max(top, math.Abs(float64(v)))
	}
	return top
}

// The 1.0 nets against the NumPy reference: 7x7 conv1, conv10 with a border, bypasses, rounding up.
func TestVersion10AgainstReference(t *testing.T) {
	for _, c := range []struct {
		arch, weights, golden string
		layers                int
	}{
		{"squeezenet1_0", "v1_0_plain", "v1_0_plain", 15},
		{"squeezenet1_0", "v1_0_plain", "v1_0_plain_85", 15},
		{"squeezenet1_0_simple", "v1_0_simple", "v1_0_simple", 19},
		{"squeezenet1_0_complex", "v1_0_complex", "v1_0_complex", 27},
	} {
		t.Run(c.golden, func(t *testing.T) {
			golden := testref.OpenNPZ(t, testref.Shared(t, "ref/goldens/"+c.golden+".npz"))
			n, err := New(caffeNamed(t, c.arch, testref.ReadFile(t, testref.Shared(t, "ref/goldens/"+c.weights+".safetensors"))), Options{})
			if err != nil {
				t.Fatal(err)
			}
			testLayers(t, n, golden, c.layers)
		})
	}
}

// caffeNamed makes a model of a safetensors file whose tensors have our own layers' names.
func caffeNamed(t *testing.T, arch string, file []byte) *weights.Model {
	t.Helper()
	tensors, _, err := safetensors.Read(file)
	if err != nil {
		t.Fatal(err)
	}
	named := map[string][]float32{}
	for _, v := range tensors {
		named[v.Name] = v.Values
	}
	a, err := Lookup(arch)
	if err != nil {
		t.Fatal(err)
	}
	m := &weights.Model{Arch: arch, Pipeline: picture.Caffe, Labels: make([]weights.Label, 1000)}
	for _, s := range a.Convs(1000) {
		oihw := named[s.Name+".weight"]
		kernel := make([]float32, len(oihw))
		taps := s.KH * s.KW
		for i := range oihw {
			o, in, tap := i/taps/s.In, i/taps%s.In, i%taps
			kernel[(tap*s.In+in)*s.Out+o] = oihw[i]
		}
		m.Convs = append(m.Convs, weights.Conv{Name: s.Name, KH: s.KH, KW: s.KW, In: s.In, Out: s.Out, Kernel: kernel, Bias: named[s.Name+".bias"]})
	}
	return m
}

// The reference pictures, by the reference's own crops: resize and decoder are tested in picture.
func TestReferencePictures(t *testing.T) {
	crops := testref.OpenNPZ(t, testref.Shared(t, "ref/pictures/crops_227_rgb_u8.npz"))
	outputs := testref.OpenNPZ(t, testref.Shared(t, "ref/pictures/expected_outputs.npz"))
	n := float32Network(t, Options{})
	for _, name := range []string{"chelsea.png", "coffee.png", "rocket.jpg", "astronaut.png", "china.jpg", "flower.jpg"} {
		rgb, _ := crops.Uint8(name)
		if err := n.Run(rgb, 227, 227); err != nil {
			t.Fatal(err)
		}
		logits, _ := outputs.Float32(name + "/logits")
		prob, _ := outputs.Float32(name + "/prob")
		compare(t, name+" logits", n.Logits(), logits, tolerance(logits, products(n.Arch)["pool10"]))
		compare(t, name+" prob", n.Probabilities(), prob, 1e-5)
	}
}
