// Package foreign turns weight files of other programs into models: it recognises a file's format,
// its naming, layout and architecture, and says tensor by tensor what does not fit. The readers of
// the formats are the folders beside it.
package foreign

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"sort"
	"strings"

	"squeezenet/picture"
	"squeezenet/squeezenet"
	"squeezenet/weights"
	"squeezenet/weights/shipped"
	"squeezenet/weights/tensor"
)

// Options say what a file does not, or overrule what is taken from it.
type Options struct {
	Arch     string          // a name of squeezenet.Archs; "": recognised from the shapes
	Pipeline string          // a name of Pipelines; "": the source's own
	Labels   []weights.Label // nil: ImageNet's where there are 1000 classes, else "class 0", "class 1", ...
}

// contents is what a reader found in a file.
type contents struct {
	format   string // "a Caffe model"
	tensors  []tensor.Tensor
	arch     string // where the file has a graph that tells; else ""
	sums     bool   // the file has a list of layers, and sums among them: a net with bypasses
	linear   bool   // there is no ReLU after conv10
	pipeline string // where the format or the file tells; else ""

	// Of a file that this project wrote.
	own    *picture.Pipeline
	labels []weights.Label
	source string
}

// A naming is how one framework names the convolutions of SqueezeNet. Names are compared with every
// separator (dot, underscore, colon) turned into a slash, in lower case.
type naming struct {
	first    string                                 // conv1's name
	pipeline string                                 // of the weights that usually come with these names
	layer    func(i int, l squeezenet.Layer) string // nil: numbered in the network's order
	parts    map[string]string                      // where they differ from Caffe's
}

// row is the index of a table's row in the list of layers of torchvision and of the article's code,
// where conv1's ReLU is a layer.
func row(prefix string) func(int, squeezenet.Layer) string {
	return func(i int, l squeezenet.Layer) string {
		if i == 0 {
			return "features/" + prefix + "0"
		}
		if l.Name == "conv10" {
			return "classifier/" + prefix + "1" // after its dropout
		}
		return fmt.Sprintf("features/%s%d", prefix, i+1)
	}
}

// torchvision is the index of its naming.
const torchvision = 1

var namings = []naming{
	// Caffe's release, Keras, and every file that took its names over.
	{"conv1", "caffe", func(_ int, l squeezenet.Layer) string { return l.Name }, nil},
	// features.0.weight ... features.3.squeeze.weight ... classifier.1.weight
	torchvision: {"features/0", "torchvision", row(""), map[string]string{"squeeze1x1": "squeeze"}},
	// The article's and CS231n's TensorFlow code: features/layer3/fire/e11/weights
	{"features/layer0", "torchvision", row("layer"), map[string]string{"squeeze1x1": "fire/squeeze", "expand1x1": "fire/e11", "expand3x3": "fire/e33", "bypass": "fire/bypass"}},
	// Keras without its layers' names: conv2d, conv2d_1, ..., conv2d_25
	{"conv2d", "keras", nil, nil},
}

// names maps the convolutions' names in an architecture's table to those of the naming.
func (n *naming) names(a *squeezenet.Arch) map[string]string {
	names := map[string]string{}
	if n.layer == nil { // numbered
		for i, s := range a.Convs(1) {
			names[s.Name] = fmt.Sprintf("%s/%d", n.first, i)
		}
		names["conv1"] = n.first
		return names
	}
	for i, l := range a.Layers {
		base := n.layer(i, l)
		names[l.Name] = base
		for _, part := range []string{"squeeze1x1", "expand1x1", "expand3x3", "bypass"} {
			names[l.Name+"/"+part] = base + "/" + cmp.Or(n.parts[part], part)
		}
	}
	return names
}

// complexNet is the only architecture with convolutions in its bypasses.
const complexNet = "squeezenet1_0_complex"

// bypass is the name of the first of them.
func (n *naming) bypass() string {
	a, _ := squeezenet.Lookup(complexNet)
	return n.names(a)["fire2/bypass"]
}

// params are the words for a convolution's two tensors.
var params = map[string]string{
	"kernel": "weight", "weight": "weight", "weights": "weight", "w": "weight",
	"bias": "bias", "biases": "bias", "b": "bias",
}

// split turns a tensor's name into the convolution's, normalised, and "weight" or "bias" ("" when it
// is neither): "fire2_squeeze1x1/kernel:0" into "fire2/squeeze1x1" and "weight".
func split(name string) (conv, param string) {
	name = strings.TrimSuffix(strings.ToLower(name), ":0")
	name = strings.NewReplacer(".", "/", "_", "/", ":", "/").Replace(name)
	i := strings.LastIndexByte(name, '/')
	return name[:max(i, 0)], params[name[i+1:]]
}

// model matches the tensors with an architecture.
func (c *contents) model(o Options) (*weights.Model, error) {
	f := fit{left: map[string]*tensor.Tensor{}}
	for i := range c.tensors {
		t := &c.tensors[i]
		conv, param := split(t.Name)
		key := conv + " " + param
		if param == "" {
			key = t.Name // of no convolution, so it will be left over
		}
		if f.left[key] != nil {
			return nil, fmt.Errorf("%q and %q are two tensors for one place", f.left[key].Name, t.Name)
		}
		f.left[key] = t
	}
	conv1 := f.find(c.tensors)
	if conv1 == nil {
		return nil, fmt.Errorf("none of the %d tensors is conv1's weight by the names of Caffe (conv1), Keras (conv1, conv2d), torchvision (features.0) or CS231n (features/layer0): not a SqueezeNet%s", len(c.tensors), some(c.tensors))
	}
	arch := cmp.Or(o.Arch, c.arch, f.arch(c.sums))
	if arch == "" {
		return nil, fmt.Errorf("%s: found %v, expected 64 kernels of 3x3x3 (SqueezeNet 1.1) or 96 of 7x7x3 (1.0)", conv1.Name, conv1.Shape)
	}
	a, err := squeezenet.Lookup(arch)
	if err != nil {
		return nil, err
	}
	m := &weights.Model{Arch: arch, Source: cmp.Or(c.source, "read from "+c.format)}
	if m.Convs, err = f.convs(a); err != nil {
		return nil, err
	}
	last := &m.Convs[len(m.Convs)-1]
	last.Linear = c.linear

	if c.own != nil && o.Pipeline == "" {
		m.Pipeline = *c.own
	} else if m.Pipeline, err = Pipeline(cmp.Or(o.Pipeline, c.pipeline, f.naming.pipeline)); err != nil {
		return nil, err
	}
	switch {
	case o.Labels != nil:
		m.Labels = o.Labels
	case c.labels != nil:
		m.Labels = c.labels
	default:
		m.Labels = defaultLabels(last.Out)
	}
	if len(m.Labels) != last.Out {
		return nil, fmt.Errorf("%d labels for the %d classes of conv10, expected one for each", len(m.Labels), last.Out)
	}
	return m, m.Check()
}

// A fit is the matching of tensors with the convolutions of a table.
type fit struct {
	left     map[string]*tensor.Tensor // "fire2/squeeze1x1 weight"; what is matched is taken out
	naming   *naming
	prefix   string // before all names: "module/", "model/"
	oihw     bool   // else HWIO
	kernel   int    // conv1's
	problems []string
}

// find looks for conv1's weight, which tells naming, prefix and layout.
func (f *fit) find(tensors []tensor.Tensor) (conv1 *tensor.Tensor) {
	for i := range tensors {
		conv, param := split(tensors[i].Name)
		for j := range namings {
			prefix, ok := strings.CutSuffix(conv, namings[j].first)
			if ok && param == "weight" && (prefix == "" || strings.HasSuffix(prefix, "/")) && (conv1 == nil || len(prefix) < len(f.prefix)) {
				f.naming, f.prefix, conv1 = &namings[j], prefix, &tensors[i]
			}
		}
	}
	if conv1 != nil && len(conv1.Shape) == 4 {
		switch s := conv1.Shape; {
		case s[1] == 3 && s[2] == s[3]:
			f.oihw, f.kernel = true, s[2]
		case s[2] == 3 && s[0] == s[1]:
			f.kernel = s[0]
		}
	}
	return conv1
}

// arch recognises the architecture; sums says that the file tells of a net with bypasses.
func (f *fit) arch(sums bool) string {
	switch {
	case f.kernel == 3:
		return "squeezenet1_1"
	case f.kernel != 7:
		return ""
	case f.naming.layer != nil && f.left[f.prefix+f.naming.bypass()+" weight"] != nil:
		return complexNet
	case sums:
		return "squeezenet1_0_simple"
	case f.naming == &namings[torchvision]:
		return "squeezenet1_0_torchvision"
	}
	return "squeezenet1_0"
}

// convs takes the table's convolutions. The error lists every tensor that is missing, left over, of
// another shape or not finite.
func (f *fit) convs(a *squeezenet.Arch) ([]weights.Conv, error) {
	var convs []weights.Conv
	names := f.naming.names(a)
	for _, s := range a.Convs(classes(f.left[f.prefix+names["conv10"]+" weight"], f.oihw)) {
		shape := []int{s.KH, s.KW, s.In, s.Out}
		if f.oihw {
			shape = []int{s.Out, s.In, s.KH, s.KW}
		}
		kernel, bias := f.take(names[s.Name]+" weight", shape), f.take(names[s.Name]+" bias", []int{s.Out})
		if f.oihw && len(f.problems) == 0 {
			kernel = tensor.HWIO(kernel, s.Out, s.In, s.KH*s.KW)
		}
		convs = append(convs, weights.Conv{Name: s.Name, KH: s.KH, KW: s.KW, In: s.In, Out: s.Out, Kernel: kernel, Bias: bias})
	}
	for _, t := range f.left {
		f.problems = append(f.problems, fmt.Sprintf("%s: found %v, expected nothing: it is no part of %s", t.Name, t.Shape, a.Title))
	}
	if len(f.problems) > 0 {
		sort.Strings(f.problems)
		return nil, errors.New("the tensors are not those of " + a.Title + ":\n  " + strings.Join(f.problems, "\n  "))
	}
	return convs, nil
}

// take takes a tensor's numbers, or notes what is wrong with it.
func (f *fit) take(name string, want []int) []float32 {
	problem := func(format string, args ...any) []float32 {
		f.problems = append(f.problems, fmt.Sprintf(format, args...))
		return nil
	}
	t := f.left[f.prefix+name]
	delete(f.left, f.prefix+name)
	switch {
	case t == nil:
		return problem("%s: found nothing, expected %v", name, want)
	case !sameShape(t.Shape, want):
		return problem("%s: found %v, expected %v", t.Name, t.Shape, want)
	}
	for i, v := range t.Values {
		if math.IsNaN(float64(v)) || math.IsInf(float64(v), 0) {
			return problem("%s: found %v at %d, expected finite numbers", t.Name, v, i)
		}
	}
	return t.Values
}

// classes is the number of outputs of the last convolution's weight; 1000 where that is missing, which
// is reported with the rest.
func classes(t *tensor.Tensor, oihw bool) int {
	switch {
	case t == nil || len(t.Shape) != 4:
		return 1000
	case oihw:
		return t.Shape[0]
	}
	return t.Shape[3]
}

func defaultLabels(classes int) []weights.Label {
	if classes == 1000 {
		return shipped.Load(shipped.F32).Labels
	}
	labels := make([]weights.Label, classes)
	for i := range labels {
		labels[i].Name = fmt.Sprintf("class %d", i)
	}
	return labels
}

// some lists the first tensors' names for an error.
func some(tensors []tensor.Tensor) string {
	if len(tensors) == 0 {
		return ""
	}
	var names []string
	for _, t := range tensors[:min(5, len(tensors))] {
		names = append(names, t.Name)
	}
	return " (found " + strings.Join(names, ", ") + ", ...)"
}

// sameShape compares shapes; a bias may carry leading sides of 1 (Caffe's old blobs: 1x1x1xN).
func sameShape(found, want []int) bool {
	for len(want) == 1 && len(found) > 1 && found[0] == 1 {
		found = found[1:]
	}
	if len(found) != len(want) {
		return false
	}
	for i := range want {
		if found[i] != want[i] {
			return false
		}
	}
	return true
}
