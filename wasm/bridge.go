//go:build js && wasm

package main

import (
	"runtime"
	"strconv"
	"strings"
	"syscall/js"
	"unsafe"

	"github.com/norunners/vert"

	"squeezenet/kernels"
	"squeezenet/picture"
	"squeezenet/squeezenet"
	"squeezenet/train"
	"squeezenet/weights"
)

// A bridge is one model and the picture in work.
type bridge struct {
	model    *weights.Model
	network  *squeezenet.Network
	resizer  picture.Resizer
	feeding  bool
	crop     []uint8 // the network's input (side, side, 3) RGB, kept for output; nil before a picture
	region   region
	rested   bool
	decoding float64 // milliseconds
	resizing float64
	training *train.Trainer // under way, or done and not yet fetched; else nil
}

var (
	errNotLoaded = &fault{"not-loaded", "no model is loaded: call load() and wait for it first"}
	errNoPicture = &fault{"no-picture", "no picture was given yet: classify one first"}
	errNotBegun  = &fault{"no-picture", "rows of a picture came before its size: begin comes first"}
)

type info struct {
	Architecture string `js:"architecture"`
	Precision    string `js:"precision"`
	Kernels      string `js:"kernels"`
	Input        int    `js:"input"`
	Classes      int    `js:"classes"`
	Parameters   int    `js:"parameters"`
	Model        string `js:"model"`
	Source       string `js:"source"`
	Go           string `js:"go"`
	Decodes      bool   `js:"decodes"` // whether decode reads picture files
}

// init(model: Uint8Array, precision) loads a model in the place of any before, and gives its info.
// The precision is what the model must be, "int8" or "float32", or "" for either.
//
// Options come as plain arguments: vert's AssignTo would bring package fmt (web/build/compile.go).
func (b *bridge) init(args []js.Value) (any, error) {
	file := make([]byte, args[0].Length())
	js.CopyBytesToGo(file, args[0])
	m, err := weights.Read(file)
	if _, ok := err.(*weights.VersionError); ok {
		return nil, &fault{"model-version", err.Error()}
	}
	if err != nil {
		return nil, &fault{"model-damaged", err.Error()}
	}
	if found, asked := precision(m), args[1].String(); asked != "" && asked != found {
		return nil, &fault{"bad-option", "the model file is " + found + ", and precision asks for " + asked + ": pass the other file, or leave precision out"}
	}
	n, err := squeezenet.New(m, squeezenet.Options{})
	if err != nil {
		return nil, &fault{"model-damaged", err.Error()}
	}
	b.model, b.network, b.crop, b.feeding, b.training = m, n, nil, false, nil
	i := info{
		Architecture: n.Arch.Title,
		Precision:    precision(m),
		Kernels:      kernels.Variant(),
		Input:        m.Pipeline.Crop,
		Classes:      n.Classes(),
		Model:        m.ID,
		Source:       m.Source,
		Go:           runtime.Version(),
		Decodes:      decodes,
	}
	for _, c := range m.Convs {
		i.Parameters += c.KH*c.KW*c.In*c.Out + c.Out
	}
	return i, nil
}

func precision(m *weights.Model) string {
	if m.Quantised() {
		return "int8"
	}
	return "float32"
}

// fit is what crop asks for: "squash", "center", "fit", or "" for what the model was trained with.
func (b *bridge) fit(crop js.Value) picture.Fit {
	switch crop.String() {
	case "squash":
		return picture.Squash
	case "center":
		return picture.Cover
	case "fit":
		return picture.Contain
	}
	return b.model.Pipeline.Fit
}

// A source is the part of a picture that the network sees, in its pixels, and how many rows of it
// feed takes at once.
type source struct {
	X      int `js:"x"`
	Y      int `js:"y"`
	Width  int `js:"width"`
	Height int `js:"height"`
	Rows   int `js:"rows"`
}

// begin(width, height, crop, bgra) starts a picture and gives the part of it that is to be fed, whose
// bytes come in the order BGRA or else RGBA.
func (b *bridge) begin(args []js.Value) (any, error) {
	if b.network == nil {
		return nil, errNotLoaded
	}
	b.crop, b.feeding = nil, false
	b.decoding, b.resizing = 0, 0
	w, h, fit := args[0].Int(), args[1].Int(), b.fit(args[2])
	began := now()
	if err := b.resizer.Begin(w, h, b.model.Pipeline, fit); err != nil {
		return nil, pictureFault(err)
	}
	b.resizer.BGRA = args[3].Bool()
	b.resizing += now() - began
	b.region = regionOf(w, h, b.model.Pipeline, fit)
	b.feeding = true
	var s source
	s.X, s.Y, s.Width, s.Height = b.resizer.Source()
	s.Rows = b.resizer.BandRows()
	return s, nil
}

// feed(rows: Uint8Array | Uint8ClampedArray) takes the next rows of bytes, not premultiplied.
func (b *bridge) feed(args []js.Value) (any, error) {
	if !b.feeding {
		return nil, errNotBegun
	}
	began := now()
	_, _, w, _ := b.resizer.Source()
	n := js.CopyBytesToGo(b.resizer.Band(), args[0])
	err := b.resizer.Feed(n / (4 * w))
	b.resizing += now() - began
	if err != nil {
		return nil, pictureFault(err)
	}
	return nil, nil
}

type times struct {
	Decode  float64 `js:"decode"` // milliseconds
	Resize  float64 `js:"resize"`
	Network float64 `js:"network"`
}

// finish() runs the network on what was fed.
func (b *bridge) finish([]js.Value) (any, error) {
	if !b.feeding {
		return nil, errNotBegun
	}
	b.feeding = false
	rgb, err := b.resizer.Crop()
	if err != nil {
		return nil, pictureFault(err)
	}
	return b.run(rgb)
}

func (b *bridge) run(rgb []uint8) (any, error) {
	side := b.model.Pipeline.Crop
	began := now()
	if err := b.network.Run(rgb, side, side); err != nil {
		return nil, err
	}
	b.crop = rgb
	return times{b.decoding, b.resizing, now() - began}, nil
}

var performance = js.Global().Get("performance")

// now is milliseconds by the browser's clock. Package time would be 35 kB compressed.
func now() float64 { return performance.Call("now").Float() }

func pictureFault(err error) error {
	code := "picture-not-decoded"
	if _, ok := err.(*picture.SizeError); ok {
		code = "picture-too-large"
	}
	return &fault{code, err.Error()}
}

type prediction struct {
	Index       int     `js:"index"`
	WNID        string  `js:"wnid"`
	ClassName   string  `js:"className"`
	Probability float32 `js:"probability"`
}

type predictions struct {
	Predictions []prediction `js:"predictions"`
}

// top(k, classes) gives the k likeliest classes of the last picture: of all, or of those in classes, a
// Uint32Array of their indices. Probabilities are those over all classes.
func (b *bridge) top(args []js.Value) (any, error) {
	if err := b.ready(); err != nil {
		return nil, err
	}
	var best []squeezenet.Prediction
	if k := args[0].Int(); args[1].Truthy() {
		var err error
		if best, err = b.network.TopKOf(k, uint32s(args[1])); err != nil {
			return nil, &fault{"bad-option", sentence(err)}
		}
	} else {
		best = b.network.TopK(k)
	}
	var p predictions
	for _, t := range best {
		p.Predictions = append(p.Predictions, prediction(t))
	}
	return p, nil
}

// uint32s copies a Uint32Array.
func uint32s(a js.Value) []uint32 {
	values := make([]uint32, a.Length())
	copyFrom(a, unsafe.Pointer(unsafe.SliceData(values)), 4*len(values))
	return values
}

// copyFrom copies the bytes under a typed array, n of them.
func copyFrom(a js.Value, to unsafe.Pointer, n int) {
	bytes := js.Global().Get("Uint8Array").New(a.Get("buffer"), a.Get("byteOffset"), n)
	js.CopyBytesToGo(unsafe.Slice((*byte)(to), n), bytes)
}

// sentence is what an error of a package says, without the package's name before it.
func sentence(err error) string {
	_, says, _ := strings.Cut(err.Error(), ": ")
	return says
}

type label struct {
	WNID      string `js:"wnid"` // "" of a user's own class
	ClassName string `js:"className"`
}

type labels struct {
	Labels []label `js:"labels"`
}

// labels() gives the classes' names, in the order of their indices.
func (b *bridge) labels([]js.Value) (any, error) {
	if b.network == nil {
		return nil, errNotLoaded
	}
	var l labels
	for _, c := range b.model.Labels {
		l.Labels = append(l.Labels, label{c.WNID, c.Name})
	}
	return l, nil
}

func (b *bridge) ready() error {
	if b.network == nil {
		return errNotLoaded
	}
	if b.crop == nil {
		return errNoPicture
	}
	return nil
}

type output struct {
	Shape []int `js:"shape"`
}

// withValues adds values to an object as "bytes": a Uint8Array of float32, little-endian, in row-major order.
func withValues(object any, values []float32) js.Value {
	return withBytes(object, "bytes", unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(values))), 4*len(values)))
}

// withBytes adds bytes to an object, as a Uint8Array.
func withBytes(object any, name string, bytes []byte) js.Value {
	o := vert.ValueOf(object).JSValue()
	setBytes(o, name, bytes)
	return o
}

func setBytes(o js.Value, name string, bytes []byte) {
	a := js.Global().Get("Uint8Array").New(len(bytes))
	js.CopyBytesToJS(a, bytes)
	o.Set(name, a)
}

// output(name) gives "logits", "probabilities", "features" or a layer's output for the last picture.
func (b *bridge) output(args []js.Value) (any, error) {
	if err := b.ready(); err != nil {
		return nil, err
	}
	switch name := args[0].String(); name {
	case "logits":
		return withValues(output{[]int{b.network.Classes()}}, b.network.Logits()), nil
	case "probabilities":
		return withValues(output{[]int{b.network.Classes()}}, b.network.Probabilities()), nil
	case "features":
		m := b.network.Features()
		return withValues(output{[]int{m.H, m.W, m.C}}, m.Data), nil
	default:
		side := b.model.Pipeline.Crop
		m, err := b.network.ExtractFeature(b.crop, side, side, name)
		if err != nil || name == "" { // the library takes the last for ""
			return nil, &fault{"bad-option", "there is no output " + strconv.Quote(name) + ": it may be logits, probabilities, features, embedding, or a name that layers() lists"}
		}
		return withValues(output{[]int{m.H, m.W, m.C}}, m.Data), nil
	}
}

// embedding() gives the features of the last picture as a last layer reads them: averaged over the map.
func (b *bridge) embedding([]js.Value) (any, error) {
	if err := b.ready(); err != nil {
		return nil, err
	}
	f := train.Features(b.network)
	return withValues(output{[]int{len(f)}}, f), nil
}

type classMap struct {
	Width  int    `js:"width"`
	Height int    `js:"height"`
	Region region `js:"region"`
}

// A region is the part of the picture that the network saw, as fractions of the picture's sides.
type region struct {
	X      float64 `js:"x"`
	Y      float64 `js:"y"`
	Width  float64 `js:"width"`
	Height float64 `js:"height"`
}

// regionOf is the crop's place in a picture of w x h pixels.
func regionOf(w, h int, p picture.Pipeline, fit picture.Fit) region {
	rw, rh := float64(p.Resize), float64(p.Resize) // the picture's size after resizing
	crop, aspect := float64(p.Crop), float64(w)/float64(h)
	switch fit {
	case picture.Cover:
		rw, rh = rw*max(1, aspect), rh*max(1, 1/aspect)
	case picture.Contain:
		rw, rh = crop*min(1, aspect), crop*min(1, 1/aspect)
	}
	return region{(rw - crop) / 2 / rw, (rh - crop) / 2 / rh, crop / rw, crop / rh}
}

// classMap(index, refine) gives where in the last picture a class is seen; if refine is true, also as
// "mask" (Uint8Array, maskWidth x maskHeight) over the same region: 0 to 255, the most, sharp enough to
// see why.
func (b *bridge) classMap(args []js.Value) (any, error) {
	if err := b.ready(); err != nil {
		return nil, err
	}
	m, err := b.network.ClassMap(args[0].Int())
	if err != nil {
		return nil, &fault{"bad-option", sentence(err)}
	}
	answer := withValues(classMap{m.W, m.H, b.region}, m.Data)
	if args[1].Truthy() {
		mask, err := b.network.ClassMask(args[0].Int(), b.crop)
		if err != nil {
			return nil, err
		}
		answer.Set("maskWidth", mask.W)
		answer.Set("maskHeight", mask.H)
		setBytes(answer, "mask", mask.Data)
	}
	return answer, nil
}

type layer struct {
	Name         string   `js:"name"`
	Kind         string   `js:"kind"`   // "convolution", "max pooling", "sum" or "average pooling"
	Inputs       []string `js:"inputs"` // the layers that it reads, in the order of their channels; none: the picture
	Shape        []int    `js:"shape"`  // height, width, channels of the output
	Parameters   int      `js:"parameters"`
	MACs         int      `js:"macs"`         // multiply-adds
	Milliseconds float64  `js:"milliseconds"` // 0 unless asked for
}

type layers struct {
	Layers []layer `js:"layers"`
}

// layers(times) describes the network, layer by layer, with the time of each on the last picture, or on a
// black one before the first, if times is true. That takes near half a second.
func (b *bridge) layers(args []js.Value) (any, error) {
	if b.network == nil {
		return nil, errNotLoaded
	}
	side := b.model.Pipeline.Crop
	described, err := b.network.Arch.Describe(side, side, b.network.Classes(), false)
	if err != nil {
		return nil, err
	}
	took := make([]float64, len(described))
	if args[0].Truthy() {
		picture := b.crop
		if picture == nil {
			picture = make([]uint8, 3*side*side)
		}
		if took, err = b.network.Profile(picture, side, side, 3, 5, now); err != nil {
			return nil, err
		}
	}
	var l layers
	for i, d := range described {
		l.Layers = append(l.Layers, layer{d.Name, string(d.Kind), append([]string{}, d.Inputs...), []int{d.Shape.H, d.Shape.W, d.Shape.C}, d.Parameters, d.MACs, took[i]})
	}
	return l, nil
}

// selfTest() runs the network on made-up pictures and compares its bits with what all machines give.
func (b *bridge) selfTest([]js.Value) (any, error) {
	if b.network == nil {
		return nil, errNotLoaded
	}
	b.crop = nil // the results of the last picture are gone
	digest, err := b.network.SelfTest()
	if err != nil {
		return nil, err
	}
	answer := selfTest{Hash: hex(digest)}
	if b.model.Golden != 0 {
		answer.Expected = hex(b.model.Golden)
	}
	return answer, nil
}

type selfTest struct {
	Hash     string `js:"hash"`
	Expected string `js:"expected"` // "" for a model that does not say
}

func hex(digest uint64) string {
	s := strconv.FormatUint(digest, 16)
	return "0000000000000000"[len(s):] + s
}

// rest(bytes) is for a moment when nobody waits: it collects garbage. The first time it also warms up,
// and takes now the memory that the pictures between two calls take, so that it never grows later:
// bytes for the collector, and what the runtime keeps for each reference to a JavaScript object.
func (b *bridge) rest(args []js.Value) (any, error) {
	if b.network == nil {
		return nil, errNotLoaded
	}
	if !b.rested {
		b.rested = true
		setGCPercent(25) // memory never shrinks; what is alive is few and large, and quickly marked
		if b.crop == nil && !b.feeding {
			side := b.model.Pipeline.Crop
			if err := b.network.Run(make([]uint8, 3*side*side), side, side); err != nil {
				return nil, err
			}
		}
		garbage = make([]byte, args[0].Int())
		garbage = nil
		for range 4096 {
			js.Global().Get("Object").New()
		}
	}
	runtime.GC()
	return nil, nil
}

var garbage []byte // a variable, so that rest's allocation is made

// dispose() forgets model and picture. The program's memory goes when its JavaScript side lets go of it.
func (b *bridge) dispose([]js.Value) (any, error) {
	*b = bridge{}
	return nil, nil
}
