package foreign

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"sort"
	"strings"
	"testing"

	"squeezenet/internal/testref"
	"squeezenet/picture"
	"squeezenet/squeezenet"
	"squeezenet/weights"
	"squeezenet/weights/safetensors"
	"squeezenet/weights/shipped"
	"squeezenet/weights/tensor"
)

// half rounds to the nearest IEEE 754 binary16, ties to even, and widens again.
func half(v float32) float32 {
	_, exp := math.Frexp(float64(v))
	step := math.Ldexp(1, max(exp-11, -24)) // 11 bits; below 2^-14 the steps are 2^-24
	return float32(math.RoundToEven(float64(v)/step) * step)
}

// Every file of the trained SqueezeNet 1.1, as the frameworks wrote it, gives the shipped weights to the
// bit.
func TestSameWeights(t *testing.T) {
	same := func(v float32) float32 { return v }
	for _, c := range []struct {
		file, pipeline string // what is recognised
		round          func(float32) float32
	}{
		{"npz/squeezenet1_1.npz", "caffe", same},
		{"safetensors/squeezenet1_1.safetensors", "torchvision", same},
		{"safetensors/squeezenet1_1_f16.safetensors", "torchvision", half},
		{"onnx/squeezenet1_1.onnx", "caffe", same},
		{"torch/squeezenet1_1.pth", "torchvision", same},
		{"torch/squeezenet1_1_legacy.pth", "torchvision", same},
		{"caffe/squeezenet_v1.1.caffemodel", "caffe", same},
		{"caffe/squeezenet_v1.1_legacy_shape.caffemodel", "caffe", same},
		{"tf", "torchvision", same},
		{"tf/squeezenet.ckpt.index", "torchvision", same},
		{"tf/squeezenet.ckpt.data-00000-of-00001", "torchvision", same},
		{"keras/squeezenet1_1.h5", "keras", same},
		{"keras/squeezenet1_1_weights.h5", "keras", same},
		{"keras/squeezenet1_1_keras3.h5", "keras", same},
		{"keras/squeezenet1_1.keras", "keras", same},
		{"keras/model.weights.h5", "keras", same},
	} {
		t.Run(c.file, func(t *testing.T) {
			m, err := Open(testref.Shared(t, "ref/"+c.file), Options{})
			if err != nil {
				t.Fatal(err)
			}
			want := shipped.Load(shipped.F32)
			if m.Arch != want.Arch || m.Pipeline != pipelines[c.pipeline] || !reflect.DeepEqual(m.Labels, want.Labels) {
				t.Errorf("architecture %s, pipeline %+v and %d labels, expected %s, %s and ImageNet's 1000", m.Arch, m.Pipeline, len(m.Labels), want.Arch, c.pipeline)
			}
			sameConvs(t, m, want, c.round)
		})
	}
}

func sameConvs(t *testing.T, got, want *weights.Model, round func(float32) float32) {
	t.Helper()
	if len(got.Convs) != len(want.Convs) {
		t.Fatalf("%d convolutions, expected %d", len(got.Convs), len(want.Convs))
	}
	for i, w := range want.Convs {
		g := got.Convs[i]
		if g.Name != w.Name || g.KH != w.KH || g.KW != w.KW || g.In != w.In || g.Out != w.Out || g.Linear != w.Linear {
			t.Errorf("convolution %d is %s %dx%dx%dx%d, linear %v, expected %s %dx%dx%dx%d, %v", i, g.Name, g.KH, g.KW, g.In, g.Out, g.Linear, w.Name, w.KH, w.KW, w.In, w.Out, w.Linear)
			continue
		}
		for _, v := range []struct {
			what      string
			got, want []float32
		}{{"kernel", g.Kernel, w.Kernel}, {"bias", g.Bias, w.Bias}} {
			if len(v.got) != len(v.want) {
				t.Errorf("%s: %d values in the %s, expected %d", w.Name, len(v.got), v.what, len(v.want))
				continue
			}
			for k := range v.want {
				if math.Float32bits(v.got[k]) != math.Float32bits(round(v.want[k])) {
					t.Errorf("%s: %s[%d] is %v, expected %v", w.Name, v.what, k, v.got[k], round(v.want[k]))
					break
				}
			}
		}
	}
}

// The four tables, by names and shapes alone, give the reference's logits.
func TestGoldens(t *testing.T) {
	for _, c := range []struct{ file, golden, arch, want string }{
		{"safetensors/squeezenet1_1.safetensors", "layers_83", "", "squeezenet1_1"},
		{"goldens/v1_0_plain.safetensors", "v1_0_plain_85", "", "squeezenet1_0"},
		{"goldens/v1_0_simple.safetensors", "v1_0_simple", "squeezenet1_0_simple", "squeezenet1_0_simple"},
		{"goldens/v1_0_complex.safetensors", "v1_0_complex", "", "squeezenet1_0_complex"},
	} {
		t.Run(c.golden, func(t *testing.T) {
			m, err := Open(testref.Shared(t, "ref/"+c.file), Options{Arch: c.arch})
			if err != nil {
				t.Fatal(err)
			}
			if m.Arch != c.want {
				t.Fatalf("recognised as %s, expected %s", m.Arch, c.want)
			}
			sameLogits(t, m, c.golden)
			for _, name := range []string{"x.onnx", "x.safetensors"} {
				file, err := Encode(name, m)
				if err != nil {
					t.Fatal(err)
				}
				path := filepath.Join(t.TempDir(), name)
				if err := os.WriteFile(path, file, 0o644); err != nil {
					t.Fatal(err)
				}
				again, err := Open(path, Options{})
				if err != nil {
					t.Fatal(err)
				}
				if !reflect.DeepEqual(again, m) {
					t.Errorf("%s: read again it is another model", name)
				}
			}
		})
	}
}

func sameLogits(t *testing.T, m *weights.Model, golden string) {
	t.Helper()
	n, err := squeezenet.New(m, squeezenet.Options{})
	if err != nil {
		t.Fatal(err)
	}
	z := testref.OpenNPZ(t, testref.Shared(t, "ref/goldens/"+golden+".npz"))
	x, shape := z.Float32("x")
	want, _ := z.Float32("logits")
	if err := n.RunTensor(testref.NHWC(x, shape), shape[2], shape[3]); err != nil {
		t.Fatal(err)
	}
	largest := float32(0)
	for _, v := range want {
		largest = max(largest, v)
	}
	for i, v := range n.Logits() {
		// The reference's own sums differ by 1e-6 of the largest value (PROVENANCE.md); 10 times that.
		if d := math.Abs(float64(v - want[i])); !(d <= 1e-5*float64(largest)) {
			t.Fatalf("logit %d is %v, expected %v", i, v, want[i])
		}
	}
}

// The article's network, restored by the checkpoint's path, gives what TensorFlow's run of the article's
// code with that checkpoint gave.
func TestArticleFromCheckpoint(t *testing.T) {
	m, err := Open(testref.Shared(t, "ref/tf")+"/squeezenet.ckpt", Options{Pipeline: "caffe"})
	if err != nil {
		t.Fatal(err)
	}
	if m.Pipeline != picture.Caffe {
		t.Errorf("pipeline %+v, asked for caffe", m.Pipeline)
	}
	a, err := squeezenet.NewArticle(m)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"random", "chelsea"} {
		run := testref.OpenNPZ(t, testref.Shared(t, "ref/tf/article_run_"+name+".npz"))
		x, shape := run.Float32("image")
		image := squeezenet.Batch{N: 1, Shape: squeezenet.Shape{H: shape[1], W: shape[2], C: shape[3]}, Data: x}
		features, err := a.ExtractFeatures(image)
		if err != nil {
			t.Fatal(err)
		}
		loss, err := a.Loss([]int{281})
		if err != nil {
			t.Fatal(err)
		}
		for what, got := range map[string][]float32{"features": features[12].Data, "logits": a.Classifier()[0], "loss": {float32(loss)}} {
			want, _ := run.Float32(what)
			if len(got) != len(want) {
				t.Errorf("%s: %d values of %s, expected %d", name, len(got), what, len(want))
				continue
			}
			largest, worst := 0.0, 0.0
			for i, v := range want {
				largest = max(largest, math.Abs(float64(v)))
				worst = max(worst, math.Abs(float64(got[i]-v)))
			}
			if !(worst <= 1e-4*largest) {
				t.Errorf("%s: %s differ by %v, expected at most 1e-4 of %v", name, what, worst, largest)
			}
		}
	}
}

// The decoded 1.0 net answers as its reference decoding does.
func TestDeepCompression(t *testing.T) {
	m, err := Open(testref.Shared(t, "ref/deep-compression/compressed_SqueezeNet.net"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	if m.Arch != "squeezenet1_0" || m.Pipeline != picture.Caffe {
		t.Errorf("recognised as %s, %+v", m.Arch, m.Pipeline)
	}
	n, err := squeezenet.New(m, squeezenet.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var expected map[string]struct {
		Top5      [][2]float64
		LogitsMax float64 `json:"logits_max"`
	}
	if err := json.Unmarshal(testref.ReadFile(t, testref.Shared(t, "ref/deep-compression/expected.json")), &expected); err != nil {
		t.Fatal(err)
	}
	crops := testref.OpenNPZ(t, testref.Shared(t, "ref/pictures/crops_227_rgb_u8.npz"))
	for name, want := range expected {
		rgb, _ := crops.Uint8(name)
		if err := n.Run(rgb, 227, 227); err != nil {
			t.Fatal(err)
		}
		for i, p := range n.TopK(5) {
			// The reference rounds probabilities to six places.
			if p.Index != int(want.Top5[i][0]) || math.Abs(float64(p.Probability)-want.Top5[i][1]) > 5e-6 {
				t.Errorf("%s: place %d is class %d with %v, expected %v", name, i+1, p.Index, p.Probability, want.Top5[i])
			}
		}
	}
}

// Deep Compression's file, of 0.68 MB, in our container: the same values, in less than 0.56 MB without labels.
func TestDeepCompressionRecoded(t *testing.T) {
	m, err := Open(testref.Shared(t, "ref/deep-compression/compressed_SqueezeNet.net"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	file, err := weights.Write(m)
	if err != nil {
		t.Fatal(err)
	}
	again, err := weights.Read(file)
	if err != nil {
		t.Fatal(err)
	}
	sameConvs(t, again, m, func(v float32) float32 { return v })
	sections, err := weights.Sections(file)
	if err != nil {
		t.Fatal(err)
	}
	bytes := len(file)
	for _, s := range sections {
		if s.Name == "labels" {
			bytes -= s.Bytes
		}
	}
	if bytes == len(file) || bytes >= 560_000 {
		t.Errorf("%d bytes, %d without labels; expected labels and below 560000", len(file), bytes)
	}
	t.Logf("%d bytes without labels", bytes)
}

// model is a small SqueezeNet 1.1 of three classes with numbers of its own.
func model() *weights.Model {
	a, _ := squeezenet.Lookup("squeezenet1_1")
	m := &weights.Model{Arch: a.Name, Pipeline: pipelines["0..1"], Source: "a test", Labels: []weights.Label{{Name: "a cat, or so"}, {WNID: "n02123045", Name: "tabby"}, {Name: "15"}}}
	seed := uint32(1)
	for _, s := range a.Convs(3) {
		v := weights.Conv{Name: s.Name, KH: s.KH, KW: s.KW, In: s.In, Out: s.Out, Kernel: make([]float32, s.KH*s.KW*s.In*s.Out), Bias: make([]float32, s.Out)}
		for _, values := range [][]float32{v.Kernel, v.Bias} {
			for i := range values {
				seed = seed*1664525 + 1013904223
				values[i] = float32(int32(seed)) / (1 << 33)
			}
		}
		m.Convs = append(m.Convs, v)
	}
	return m
}

// What leaves comes back the same: every number, label, pipeline and the missing ReLU.
func TestRoundTrip(t *testing.T) {
	for _, linear := range []bool{false, true} {
		m := model()
		m.Convs[25].Linear = linear
		for _, name := range []string{"x.onnx", "x.safetensors"} {
			path := write(t, name, encode(t, name, m))
			again, err := Open(path, Options{})
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(again, m) {
				t.Errorf("%s, linear %v: read again it is another model", name, linear)
			}
			if again, err = Open(path, Options{Pipeline: "caffe", Labels: []weights.Label{{Name: "x"}, {Name: "y"}, {Name: "z"}}}); err != nil || again.Pipeline != picture.Caffe || again.Labels[2].Name != "z" {
				t.Errorf("%s: the options do not overrule the file: %v", name, err)
			}
		}
	}
	if _, err := Encode("x.h5", model()); err == nil || !strings.Contains(err.Error(), "expected .safetensors or .onnx") {
		t.Errorf("x.h5: %v", err)
	}
}

func encode(t *testing.T, name string, m *weights.Model) []byte {
	t.Helper()
	b, err := Encode(name, m)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func write(t *testing.T, name string, data []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// Every naming and both layouts lead to the same model.
func TestNamings(t *testing.T) {
	m := model()
	file, _, err := safetensors.Read(encode(t, "x.safetensors", m))
	if err != nil {
		t.Fatal(err)
	}
	a, _ := squeezenet.Lookup(m.Arch)
	ours := namings[torchvision].names(a)
	convs := a.Convs(3)
	for _, c := range []struct {
		name string
		hwio bool
		of   func(i int, conv, param string) string // param: "kernel" or "bias"
	}{
		{"Caffe", false, func(_ int, conv, param string) string { return conv + "." + param }},
		{"Caffe behind DataParallel", false, func(_ int, conv, param string) string { return "module." + conv + "." + param }},
		{"Keras 3", true, func(_ int, conv, param string) string { return strings.ReplaceAll(conv, "/", "_") + "/" + param }},
		{"TensorFlow Keras", true, func(_ int, conv, param string) string { return "net/" + conv + "/" + param + ":0" }},
		{"Keras, numbered", true, func(i int, _, param string) string {
			return strings.TrimSuffix(fmt.Sprintf("conv2d_%d", i), "_0") + "/" + param
		}},
	} {
		byName := map[string]tensor.Tensor{}
		for _, v := range file {
			byName[v.Name] = v
		}
		found := &contents{format: "a test"}
		for i, s := range convs {
			base := strings.ReplaceAll(ours[s.Name], "/", ".")
			w, b := byName[base+".weight"], byName[base+".bias"]
			w.Name, b.Name = c.of(i, s.Name, "kernel"), c.of(i, s.Name, "bias")
			if c.hwio {
				w.Shape, w.Values = []int{s.KH, s.KW, s.In, s.Out}, tensor.HWIO(w.Values, s.Out, s.In, s.KH*s.KW)
			}
			found.tensors = append(found.tensors, w, b)
		}
		sort.Slice(found.tensors, func(i, j int) bool { return found.tensors[i].Name < found.tensors[j].Name })
		got, err := found.model(Options{})
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		sameConvs(t, got, m, func(v float32) float32 { return v })
	}
}

// What does not fit is said tensor by tensor.
func TestMismatch(t *testing.T) {
	nan, inf := float32(math.NaN()), float32(math.Inf(-1))
	for _, c := range []struct {
		what   string
		change func(map[string]*tensor.Tensor)
		o      Options
		want   []string
	}{
		{"two missing", func(m map[string]*tensor.Tensor) {
			delete(m, "features.3.squeeze.bias")
			delete(m, "classifier.1.weight")
		}, Options{}, []string{"features/3/squeeze bias: found nothing, expected [16]", "classifier/1 weight: found nothing, expected [1000 512 1 1]"}},
		{"one too many", func(m map[string]*tensor.Tensor) {
			m["fc.weight"] = &tensor.Tensor{Name: "fc.weight", Shape: []int{2}, Values: []float32{1, 2}}
		}, Options{}, []string{"fc.weight: found [2], expected nothing: it is no part of SqueezeNet 1.1"}},
		{"wrong shape", func(m map[string]*tensor.Tensor) {
			m["features.4.expand3x3.weight"].Shape = []int{64, 16, 1, 9}
		}, Options{}, []string{"features.4.expand3x3.weight: found [64 16 1 9], expected [64 16 3 3]"}},
		{"not finite", func(m map[string]*tensor.Tensor) {
			m["features.0.weight"].Values[5] = nan
			m["features.12.squeeze.bias"].Values[3] = inf
		}, Options{}, []string{"features.0.weight: found NaN at 5, expected finite numbers", "features.12.squeeze.bias: found -Inf at 3"}},
		{"another architecture", func(map[string]*tensor.Tensor) {}, Options{Arch: "squeezenet1_0"},
			[]string{"not those of SqueezeNet 1.0", "features.0.weight: found [64 3 3 3], expected [96 3 7 7]"}},
		{"no such architecture", func(map[string]*tensor.Tensor) {}, Options{Arch: "alexnet"}, []string{`unknown architecture "alexnet"`}},
		{"no such pipeline", func(map[string]*tensor.Tensor) {}, Options{Pipeline: "rgb"}, []string{`pipeline "rgb", expected one of 0..1, caffe, keras, torchvision`}},
		{"too few labels", func(map[string]*tensor.Tensor) {}, Options{Labels: []weights.Label{{Name: "x"}}}, []string{"1 labels for the 3 classes of conv10"}},
		{"conv1 of another net", func(m map[string]*tensor.Tensor) { m["features.0.weight"].Shape = []int{64, 3, 9, 1} }, Options{},
			[]string{"features.0.weight: found [64 3 9 1], expected 64 kernels of 3x3x3 (SqueezeNet 1.1) or 96 of 7x7x3 (1.0)"}},
		{"another net", func(m map[string]*tensor.Tensor) { delete(m, "features.0.weight") }, Options{}, []string{"none of the 51 tensors is conv1's weight", "not a SqueezeNet"}},
	} {
		tensors, _, err := safetensors.Read(encode(t, "x.safetensors", model()))
		if err != nil {
			t.Fatal(err)
		}
		byName := map[string]*tensor.Tensor{}
		for i := range tensors {
			byName[tensors[i].Name] = &tensors[i]
		}
		c.change(byName)
		var file []tensor.Tensor
		for _, v := range byName {
			file = append(file, *v)
		}
		path := write(t, "x.safetensors", safetensors.Write(file, nil))
		_, err = Open(path, c.o)
		for _, want := range append(c.want, path+": ") {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %v\nexpected ... %s", c.what, err, want)
			}
		}
	}
}

// Files that are no weight files, or not whole.
func TestRefused(t *testing.T) {
	folder := t.TempDir()
	var bomb bytes.Buffer
	z := zip.NewWriter(&bomb)
	for _, name := range []string{"a.npy", "b.npy"} {
		w, err := z.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		zeros := make([]byte, 1<<20)
		for range tensor.MaxBytes >> 20 * 3 / 4 {
			w.Write(zeros)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	if bomb.Len() > 1<<20 {
		t.Fatalf("the zip bomb has %d bytes", bomb.Len())
	}
	for _, c := range []struct {
		path string
		want string
	}{
		{write(t, "empty.h5", nil), "the file is empty"},
		{write(t, "picture.onnx", []byte("\x89PNG\r\n\x1a\n")), "begins with 89 50 4e 47 0d 0a 1a 0a and is none of"},
		{write(t, "bomb.npz", bomb.Bytes()), `"b.npy" makes the zip archive unpack to more than 256 MiB`},
		{write(t, "text.zip", []byte("PK\x05\x06"+strings.Repeat("\x00", 18))), "a zip archive without"},
		{write(t, "cut.npz", []byte("PK\x03\x04")), "the zip archive cannot be read"},
		{filepath.Join(folder, "missing.pth"), "missing.pth: "},
		{folder, `the folder of a TensorFlow checkpoint with its file "checkpoint"`},
		{write(t, "x.index", testref.ReadFile(t, "../tfcheckpoint/testdata/adam.ckpt.index")), "must stand beside the index: x.data-00000-of-00001: "},
		{"../tfcheckpoint/testdata", "conv1/weights: found [2 3], expected 64 kernels"},
		{"../torch/testdata/evil_protocol2.pkl", `it asks for "posix.system"`},
		{"../keras/testdata/keras3.keras", "conv1/kernel: found [3 3 1 2], expected 64 kernels"},
	} {
		_, err := Open(c.path, Options{})
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), c.path+": ") {
			t.Errorf("%v\nexpected ... %s", err, c.want)
		}
	}
}

func TestLabels(t *testing.T) {
	want := []weights.Label{{WNID: "n02123045", Name: "tabby, tabby cat"}, {WNID: "n02123159", Name: "tiger cat"}}
	for _, text := range []string{
		"n02123045 tabby, tabby cat\nn02123159 tiger cat\n",
		"0\tn02123045\ttabby, tabby cat\r\n1\tn02123159\ttiger cat",
		"\ufeffn02123045\ttabby, tabby cat\nn02123159\ttiger cat\n",
	} {
		if got, err := Labels([]byte(text)); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%q: %v, %v, expected %v", text, got, err, want)
		}
	}
	for text, want := range map[string]string{
		"0\ta\n2\tb\n": "line 2 has the class number 2, expected 1",
		"a\n\nb\n":     "line 2 has no name",
		"\xff\n":       "not UTF-8",
	} {
		if _, err := Labels([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, expected ... %s", text, err, want)
		}
	}
}

// Open's way from bytes to a model never panics.
func FuzzOpen(f *testing.F) {
	testref.Seeds(f, "../*/testdata/*.*")
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) == 0 {
			return
		}
		if c, err := recognise("x", data); err == nil {
			testref.Shapes(t, c.tensors)
			c.model(Options{})
		}
	})
}
