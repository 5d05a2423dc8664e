package main

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"image"
	"image/png"
	"io"
	"math"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"squeezenet/internal/testref"
	"squeezenet/squeezenet"
	"squeezenet/weights"
	"squeezenet/weights/shipped"
)

// The program, built once as a user builds it.
var program string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "squeezenet")
	if err != nil {
		panic(err)
	}
	program = filepath.Join(dir, "squeezenet")
	if runtime.GOOS == "windows" {
		program += ".exe"
	}
	if out, err := exec.Command("go", "build", "-o", program, ".").CombinedOutput(); err != nil {
		panic(fmt.Sprintf("%v\n%s", err, out))
	}
	status := m.Run()
	os.RemoveAll(dir)
	os.Exit(status)
}

const chelsea = "../../picture/testdata/chelsea.png"

// call runs the program and returns what it wrote and its exit status.
func call(t *testing.T, stdin []byte, args ...string) (out, errors string, status int) {
	t.Helper()
	c := exec.Command(program, args...)
	var o, e bytes.Buffer
	c.Stdin, c.Stdout, c.Stderr = bytes.NewReader(stdin), &o, &e
	if err := c.Run(); err != nil {
		if _, ok := err.(*exec.ExitError); !ok {
			t.Fatal(err)
		}
	}
	return o.String(), e.String(), c.ProcessState.ExitCode()
}

func contains(t *testing.T, what, text string, wants ...string) {
	t.Helper()
	for _, want := range wants {
		if !strings.Contains(text, want) {
			t.Errorf("%s: want %q in\n%s", what, want, text)
		}
	}
}

// copyTo copies a file into a folder that is made if need be.
func copyTo(t *testing.T, from string, to ...string) string {
	t.Helper()
	name := filepath.Join(to...)
	data, err := os.ReadFile(from)
	if err == nil {
		err = os.MkdirAll(filepath.Dir(name), 0o755)
	}
	if err == nil {
		err = os.WriteFile(name, data, 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
	return name
}

func TestClassifyTable(t *testing.T) {
	out, errors, status := call(t, nil, "classify", chelsea, "--top", "3", "--precision", "float32")
	if status != 0 || errors != "" {
		t.Fatalf("status %d, errors %q", status, errors)
	}
	contains(t, "table", out, "chelsea.png  (", " ms)", "53.7", "282  n02123159  tiger cat", "Egyptian cat")
	if n := strings.Count(out, "\n"); n != 4 {
		t.Errorf("%d lines, want the name and three classes:\n%s", n, out)
	}
}

// The reference's own figures for this picture: ../shared/ref/pictures/expected.json.
func TestClassifyJSON(t *testing.T) {
	picture, err := os.ReadFile(chelsea)
	if err != nil {
		t.Fatal(err)
	}
	out, errors, status := call(t, picture, "classify", "--json", "--top=2", "--precision=float32", "-")
	if status != 0 || errors != "" || strings.Count(out, "\n") != 1 {
		t.Fatalf("status %d, errors %q, output %q", status, errors, out)
	}
	var line map[string]any
	if err := json.Unmarshal([]byte(out), &line); err != nil {
		t.Fatal(err)
	}
	if ms, ok := line["ms"].(float64); line["file"] != "-" || !ok || ms <= 0 || len(line) != 3 {
		t.Errorf("file %v, ms %v of %v", line["file"], line["ms"], line)
	}
	predictions := line["predictions"].([]any)
	if len(predictions) != 2 {
		t.Fatalf("%d predictions, want 2", len(predictions))
	}
	best := predictions[0].(map[string]any)
	if p := best["probability"].(float64); p < 0.53749-1e-5 || p > 0.53749+1e-5 {
		t.Errorf("probability %v, the reference has 0.53749", p)
	}
	if best["index"] != 282.0 || best["wnid"] != "n02123159" || best["className"] != "tiger cat" || len(best) != 4 {
		t.Errorf("best is %v", best)
	}
}

// The reference pictures, from their files: the reference's own decoder, resize and network gave
// expected.json, with probabilities to six places. PNG files decode to the same pixels everywhere, JPEG
// files within a few steps.
func TestReferencePictures(t *testing.T) {
	folder := testref.Shared(t, "ref/pictures")
	var expected struct {
		Pictures map[string]struct{ Top5 [][2]float64 }
	}
	if err := json.Unmarshal(testref.ReadFile(t, filepath.Join(folder, "expected.json")), &expected); err != nil {
		t.Fatal(err)
	}
	if len(expected.Pictures) != 6 {
		t.Fatalf("expected.json has %d pictures, expected 6", len(expected.Pictures))
	}
	for name, want := range expected.Pictures {
		out, errors, status := call(t, nil, "classify", "--json", "--top=1", "--precision=float32", filepath.Join(folder, name))
		var got struct {
			Predictions []squeezenet.Prediction
		}
		if err := json.Unmarshal([]byte(out), &got); status != 0 || err != nil || len(got.Predictions) != 1 {
			t.Fatalf("%s: status %d, %v, %s", name, status, err, errors)
		}
		tolerance := 0.03
		if filepath.Ext(name) == ".png" {
			tolerance = 1e-5
		}
		best, class, probability := got.Predictions[0], int(want.Top5[0][0]), want.Top5[0][1]
		if d := math.Abs(float64(best.Probability) - probability); best.Index != class || !(d <= tolerance) {
			t.Errorf("%s: class %d with %v, the reference has %d with %v; tolerance %v", name, best.Index, best.Probability, class, probability, tolerance)
		}
	}
}

// A bad picture is a line of its own; the others go on, in order.
func TestClassifyGoesOn(t *testing.T) {
	dir := t.TempDir()
	copyTo(t, chelsea, dir, "1.png")
	copyTo(t, "main_test.go", dir, "2.JPG")
	copyTo(t, chelsea, dir, "3", "lying.jpeg")
	copyTo(t, "main_test.go", dir, "notes.txt") // not asked for: it is no picture
	out, errors, status := call(t, nil, "classify", "--json", filepath.Join(dir, "missing.png"), dir)
	if status != 1 {
		t.Errorf("status %d, want 1", status)
	}
	lines := strings.Split(strings.TrimSpace(out), "\n")
	if len(lines) != 2 || !strings.Contains(lines[0], "1.png") || !strings.Contains(lines[1], "lying.jpeg") {
		t.Errorf("the good pictures' lines are\n%s", out)
	}
	said := strings.Split(strings.TrimSpace(errors), "\n")
	if len(said) != 2 {
		t.Fatalf("%d lines of errors, want 2:\n%s", len(said), errors)
	}
	contains(t, "missing", said[0], "squeezenet: ", "missing.png: no such file")
	contains(t, "bad", said[1], "2.JPG: it is not a picture", "package main")
}

func TestClassifyEmptyFolder(t *testing.T) {
	out, errors, status := call(t, nil, "classify", t.TempDir())
	if status != 1 || out != "" {
		t.Errorf("status %d, output %q", status, out)
	}
	contains(t, "errors", errors, "no file below it ends like a picture")
}

func TestModelFaults(t *testing.T) {
	model := "../../weights/shipped/squeezenet1_1-f32.sqz"
	data, err := os.ReadFile(model)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	write := func(name string, data []byte) string {
		name = filepath.Join(dir, name)
		if err := os.WriteFile(name, data, 0o644); err != nil {
			t.Fatal(err)
		}
		return name
	}
	flipped := bytes.Clone(data)
	flipped[len(flipped)/2] ^= 1
	for _, c := range []struct {
		what string
		args []string
		want []string
	}{
		{"cut", []string{"--model", write("cut.sqz", data[:len(data)/2])}, []string{"cut.sqz: ", "incomplete"}},
		{"one bit", []string{"--model", write("bit.sqz", flipped)}, []string{"bit.sqz: ", "checksum"}},
		{"HTML", []string{"--model", write("page.sqz", []byte("<!DOCTYPE html><html><body>404</body></html>"))}, []string{"page.sqz: ", "HTML"}},
		{"missing", []string{"--model", filepath.Join(dir, "none.sqz")}, []string{"none.sqz", "no such file"}},
		{"other precision", []string{"--model", model, "--precision", "int8"}, []string{"is float32", "int8"}},
	} {
		out, errors, status := call(t, nil, append([]string{"classify", chelsea}, c.args...)...)
		if status != 1 || out != "" || strings.Contains(errors, "usage") {
			t.Errorf("%s: status %d, output %q", c.what, status, out)
		}
		contains(t, c.what, errors, c.want...)
	}
}

func TestWrongUsage(t *testing.T) {
	for _, c := range []struct{ args, want string }{
		{"", "usage: squeezenet COMMAND"},
		{"guess", `no command "guess"`},
		{"classify", "no picture was given"},
		{"classify --top 0 a.png", "--top 0: 1 or more"},
		{"classify --top x a.png", "usage: squeezenet classify"},
		{"classify --colour a.png", "not defined: -colour"},
		{"classify --precision int4 a.png", "int8 and float32"},
		{"eval", "one folder was expected"},
		{"eval a b", "one folder was expected"},
		{"describe 1", "no argument was expected"},
		{"describe --arch squeezenet9", "squeezenet1_1, squeezenet1_0"},
		{"describe --classes 0", "--classes 0"},
		{"inspect", "one model file"},
		{"convert a", "a weight file to read and a file to write"},
		{"quantize a b.sqz", "--calibrate DIR"},
		{"quantize --calibrate d a b.onnx", "ends in .sqz"},
		{"quantize --calibrate d --target -1 a b.sqz", "--target -1"},
		{"train --classes d", "--classes DIR and one file"},
		{"train --classes d out.bin", "ends in .sqz"},
		{"serve", "one folder was expected"},
		{"serve --header x .", "NAME:VALUE"},
	} {
		out, errors, status := call(t, nil, strings.Fields(c.args)...)
		if status != 2 || out != "" {
			t.Errorf("%q: status %d and output %q, want 2 and none", c.args, status, out)
		}
		contains(t, c.args, errors, "usage: squeezenet", c.want)
	}
}

func TestHelp(t *testing.T) {
	out, errors, status := call(t, nil, "--help")
	if status != 0 || errors != "" {
		t.Errorf("status %d, errors %q", status, errors)
	}
	for _, c := range commands {
		contains(t, "help", out, c.name)
		out, _, status := call(t, nil, c.name, "-h")
		if status != 0 || !strings.HasPrefix(out, "usage: squeezenet "+c.name) {
			t.Errorf("%s -h: status %d, output %q", c.name, status, out)
		}
	}
}

func TestDescribe(t *testing.T) {
	out, _, status := call(t, nil, "describe")
	if status != 0 {
		t.Fatal(status)
	}
	contains(t, "1.1", out, "conv1  113x113x64       1,792   22,064,832", "conv10  14x14x1000     513,000", "1,235,496  387,747,520", "387.7 MMAC", "49.3 times")
	out, _, status = call(t, nil, "describe", "--arch", "squeezenet1_0_complex", "--size", "224", "--classes", "10", "--floor")
	if status != 0 {
		t.Fatal(status)
	}
	contains(t, "1.0", out, "input 224x224x3, 10 classes", "fire2/bypass", "conv10")
	if _, errors, status := call(t, nil, "describe", "--size", "5"); status != 1 || !strings.Contains(errors, "5x5") {
		t.Errorf("size 5: status %d, %s", status, errors)
	}
}

func TestInspect(t *testing.T) {
	out, errors, status := call(t, nil, "inspect", "../../weights/shipped/squeezenet1_1-f32.sqz")
	if status != 0 || errors != "" {
		t.Fatalf("status %d, errors %q", status, errors)
	}
	contains(t, "inspect", out, "squeezenet1_1, float32, 1,000 classes", "squash to 256, crop 227, BGR", "fire5/expand3x3", "1,231,552", "32.", "labels")
}

// A model goes to every format that is written, and back, without a change of its answers.
func TestConvert(t *testing.T) {
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	answer := func(model string) string {
		out, errors, status := call(t, nil, "classify", "--json", "--top", "1000", "--model", model, chelsea)
		if status != 0 {
			t.Fatalf("%s: status %d, %s", model, status, errors)
		}
		predictions, _, _ := strings.Cut(out, `,"ms"`)
		return predictions
	}
	from := "../../weights/shipped/squeezenet1_1-f32.sqz"
	want := answer(from)
	for _, to := range []string{"a.onnx", "b.safetensors", "c.sqz"} {
		out, errors, status := call(t, nil, "convert", from, at(to))
		if status != 0 || errors != "" {
			t.Fatalf("%s: status %d, %s", to, status, errors)
		}
		contains(t, to, out, to+": squeezenet1_1, float32, 1,000 classes")
		if got := answer(at(to)); got != want {
			t.Errorf("%s: other predictions than %s's", to, from)
		}
		from = at(to)
	}

	labels := at("labels.txt")
	if err := os.WriteFile(labels, []byte(strings.Repeat("thing\n", 1000)), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, errors, status := call(t, nil, "convert", "--labels", labels, from, at("d.sqz")); status != 0 {
		t.Fatalf("labels: status %d, %s", status, errors)
	}
	contains(t, "labels", answer(at("d.sqz")), `"index":282,"wnid":"","className":"thing"`)
	if err := os.WriteFile(labels, []byte("one\ntwo\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"--labels", labels, from, at("x.sqz")}, "1000 classes and the labels are 2"},
		{[]string{"--arch", "squeezenet1_0", from, at("x.sqz")}, "squeezenet1_1"},
		{[]string{"main_test.go", at("x.sqz")}, "main_test.go: "},
		{[]string{at("none.onnx"), at("x.sqz")}, "no such file"},
		{[]string{from, filepath.Join(dir, "none", "x.sqz")}, "no such file"},
	} {
		_, errors, status := call(t, nil, append([]string{"convert"}, c.args...)...)
		if status != 1 {
			t.Errorf("%v: status %d, want 1", c.args, status)
		}
		contains(t, fmt.Sprint(c.args), errors, c.want)
	}
	left, err := filepath.Glob(at("*x.sqz*"))
	if hidden, _ := filepath.Glob(at(".*")); err != nil || len(left)+len(hidden) > 0 {
		t.Errorf("after failures there are %v %v", left, hidden)
	}
}

// TestQuantize calibrates with one picture, of which the int8 model then says the same.
func TestQuantize(t *testing.T) {
	dir := t.TempDir()
	copyTo(t, chelsea, dir, "pictures", "chelsea.png")
	from, to := "../../weights/shipped/squeezenet1_1-f32.sqz", filepath.Join(dir, "int8.sqz")
	out, errors, status := call(t, nil, "quantize", "--calibrate", filepath.Join(dir, "pictures"), from, to)
	if status != 0 || errors != "" {
		t.Fatalf("status %d, %s", status, errors)
	}
	contains(t, "quantize", out, "fire9/expand3x3", "per channel", "int8.sqz: ", " bytes, labels apart", "100.0 %")
	out, _, _ = call(t, nil, "inspect", to)
	contains(t, "inspect", out, "squeezenet1_1, int8, 1,000 classes", "-63    63")
	out, _, status = call(t, nil, "classify", "--model", to, "--precision", "int8", "--top", "1", chelsea)
	if status != 0 {
		t.Fatal(status)
	}
	contains(t, "classify", out, "tiger cat")

	copyTo(t, "main_test.go", dir, "pictures", "z.png")
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"--calibrate", dir, from, filepath.Join(dir, "x.sqz")}, "z.png: it is not a picture"},
		{[]string{"--calibrate", filepath.Dir(chelsea), to, filepath.Join(dir, "x.sqz")}, "int8 already"},
		{[]string{"--calibrate", t.TempDir(), from, filepath.Join(dir, "x.sqz")}, "no file below it"},
		// Before the pictures are read: the folder has a bad one.
		{[]string{"--calibrate", dir, from, filepath.Join(dir, "nowhere", "x.sqz")}, "nowhere: no such file"},
		{[]string{"--calibrate", dir, "--curve", filepath.Join(dir, "nowhere", "x.svg"), from, filepath.Join(dir, "x.sqz")}, "nowhere: no such file"},
		{[]string{"--calibrate", dir, from, filepath.Join(to, "x.sqz")}, "int8.sqz is not a folder"},
	} {
		_, errors, status := call(t, nil, append([]string{"quantize"}, c.args...)...)
		if status != 1 {
			t.Errorf("%v: status %d, want 1", c.args, status)
		}
		contains(t, fmt.Sprint(c.args), errors, c.want)
	}
	if _, err := os.Stat(filepath.Join(dir, "x.sqz")); err == nil {
		t.Error("a failed run wrote its file")
	}
}

// TestQuantizeCurve: the sizes around a target, and the whole range, of a net with a hundred classes
// and a small input, so that each size takes a second.
func TestQuantizeCurve(t *testing.T) {
	dir := t.TempDir()
	copyTo(t, chelsea, dir, "pictures", "chelsea.png")
	m := shipped.Load(shipped.F32)
	m.Pipeline.Resize, m.Pipeline.Crop = 76, 67
	conv10 := &m.Convs[len(m.Convs)-1]
	const first, classes = 200, 100
	var kernel []float32 // (512, classes)
	for k := range conv10.In {
		kernel = append(kernel, conv10.Kernel[k*conv10.Out+first:][:classes]...)
	}
	conv10.Kernel, conv10.Bias, conv10.Out, m.Labels = kernel, conv10.Bias[first:][:classes], classes, m.Labels[first:][:classes]
	file, err := weights.Write(m)
	if err != nil {
		t.Fatal(err)
	}
	from, to := filepath.Join(dir, "float.sqz"), filepath.Join(dir, "small.sqz")
	if err := os.WriteFile(from, file, 0o644); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args  []string
		curve string
		sizes []int // bytes, at most; 7 bits a weight first
	}{
		{[]string{"--target", "400000"}, "small.svg", []int{600_000, 500_000, 400_000, 320_000}},
		{[]string{"--curve", filepath.Join(dir, "whole.svg")}, "whole.svg", []int{600_000, 500_000, 450_000, 400_000}},
	} {
		out, errors, status := call(t, nil, append(append([]string{"quantize", "--calibrate", filepath.Join(dir, "pictures")}, c.args...), from, to)...)
		if status != 0 || errors != "" {
			t.Fatalf("%v: status %d, %s", c.args, status, errors)
		}
		_, table, _ := strings.Cut(out, "same class as float32  KL divergence\n")
		contains(t, "table", table, c.curve+": the table as a curve")
		lines := strings.Split(table, "\n")
		if len(lines) != len(c.sizes)+2 {
			t.Fatalf("%v: the table is\n%s\nexpected %d sizes", c.args, table, len(c.sizes))
		}
		for i, most := range c.sizes {
			fields := strings.Fields(lines[i])
			bytes, err := strconv.Atoi(strings.ReplaceAll(fields[0], ",", ""))
			if err != nil || bytes > most || bytes < most*4/5 || len(fields) != 4 || fields[2] != "%" {
				t.Errorf("%v: line %d is %q, expected little less than %d bytes", c.args, i, lines[i], most)
			}
		}
		svg, err := os.ReadFile(filepath.Join(dir, c.curve))
		if err != nil || xml.Unmarshal(svg, new(struct{ XMLName xml.Name })) != nil || bytes.Count(svg, []byte("<circle")) != len(c.sizes) {
			t.Errorf("%v: the curve is no SVG of %d sizes (%v)", c.args, len(c.sizes), err)
		}
	}
	if _, errors, status := call(t, nil, "quantize", "--calibrate", filepath.Join(dir, "pictures"), "--target", "60000", from, filepath.Join(dir, "x.sqz")); status != 1 || !strings.Contains(errors, "cannot be made to fit 60000 bytes") {
		t.Errorf("60 kB: status %d, %s", status, errors)
	}
}

// A link to a folder is a folder, and the pictures keep the names by which they were asked for.
func TestLinkedFolder(t *testing.T) {
	dir := t.TempDir()
	copyTo(t, chelsea, dir, "real", "a.png")
	link := filepath.Join(dir, "n02123159_link")
	if err := os.Symlink(filepath.Join(dir, "real"), link); err != nil {
		t.Skip("no symbolic links here:", err)
	}
	files, err := picturesIn(link)
	if want := filepath.Join(link, "a.png"); err != nil || len(files) != 1 || files[0] != want {
		t.Errorf("%v (%v), expected %s", files, err, want)
	}
	out, errors, status := call(t, nil, "eval", "--json", "--precision", "float32", link)
	if status != 0 {
		t.Fatalf("status %d, %s", status, errors)
	}
	contains(t, "eval", out, `"pictures":1,"top1":1`)
	out, errors, status = call(t, nil, "classify", "--top", "1", link)
	if status != 0 {
		t.Fatalf("status %d, %s", status, errors)
	}
	contains(t, "classify", out, "a.png")
}

// TestTrain: two classes that differ in brightness, and the model that comes of it.
func TestTrain(t *testing.T) {
	dir := t.TempDir()
	for i := range 6 {
		for class, shade := range map[string]uint8{"dark": 20, "bright": 220} {
			m := image.NewGray(image.Rect(0, 0, 32, 32))
			for j := range m.Pix {
				m.Pix[j] = shade + uint8((i*31+j*7)%16)
			}
			var b bytes.Buffer
			if err := png.Encode(&b, m); err != nil {
				t.Fatal(err)
			}
			name := filepath.Join(dir, "classes", class, fmt.Sprint(i, ".png"))
			if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(name, b.Bytes(), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	copyTo(t, "main_test.go", dir, "classes", "dark", "bad.png")
	model := filepath.Join(dir, "mine.sqz")
	out, errors, status := call(t, nil, "train", "--classes", filepath.Join(dir, "classes"), model)
	if status != 0 {
		t.Fatalf("status %d, %s", status, errors)
	}
	contains(t, "train", out, "mine.sqz: 2 classes from 12 pictures", "held back", "100.0 %", "taken for  bright  dark")
	contains(t, "a bad picture", errors, "left out: ", "bad.png: it is not a picture")
	curve, err := os.ReadFile(filepath.Join(dir, "mine.svg"))
	if err != nil || xml.Unmarshal(curve, new(struct{ XMLName xml.Name })) != nil {
		t.Errorf("the learning curve is no XML: %v", err)
	}
	contains(t, "curve", string(curve), "polyline", "held back")
	out, errors, status = call(t, nil, "classify", "--model", model, "--top", "1", filepath.Join(dir, "classes", "bright"))
	if status != 0 || strings.Count(out, "bright\n") != 6 {
		t.Errorf("the new model: status %d, %s\n%s", status, errors, out)
	}

	empty := t.TempDir()
	if _, errors, status := call(t, nil, "train", "--classes", empty, model); status != 1 || !strings.Contains(errors, "there is no folder in it") {
		t.Errorf("no classes: status %d, %s", status, errors)
	}
}

func TestEval(t *testing.T) {
	dir := t.TempDir()
	copyTo(t, chelsea, dir, "n02123159_tiger_cat.png")          // right
	copyTo(t, chelsea, dir, "n02124075_Egyptian_cat", "a.png")  // the second class
	copyTo(t, chelsea, dir, "n02123159", "sub", "b.png")        // right, by the folder above
	copyTo(t, chelsea, dir, "n01440764", "n07920052_other.png") // wrong: the file's name goes before the folder's
	args := []string{"eval", "--json", "--precision", "float32", dir}
	out, errors, status := call(t, nil, args...)
	if status != 0 || errors != "" { // no progress bar: not a terminal
		t.Fatalf("status %d, errors %q", status, errors)
	}
	var e evaluation
	if err := json.Unmarshal([]byte(out), &e); err != nil {
		t.Fatal(err)
	}
	if e.Pictures != 4 || e.Top1 != 2 || e.Top5 != 3 || e.Seconds <= 0 || e.Workers < 1 {
		t.Errorf("got %+v, want 4 pictures, 2 top-1, 3 top-5", e)
	}

	copyTo(t, chelsea, dir, "unnamed.png")
	copyTo(t, chelsea, dir, "n99999999.png")
	copyTo(t, "main_test.go", dir, "n02123159.jpg")
	out, errors, status = call(t, nil, args[0], args[2], args[3], dir)
	if status != 1 {
		t.Errorf("status %d, want 1", status)
	}
	contains(t, "table", out, "pictures  4", "top-1     2  50.0 %", "(95 % interval 15.0 to 85.0)", "top-5     3  75.0 %", "pictures/s")
	contains(t, "errors", errors, "unnamed.png: neither", "n99999999 is none of the model's classes", "n02123159.jpg: it is not a picture", "3 of 7 pictures were left out")
}

// The reference's figures: ../shared/ref/PROVENANCE.md. A point is two pictures.
func TestEvalImageNet(t *testing.T) {
	if testing.Short() {
		t.Skip("200 pictures take half a minute")
	}
	out, errors, status := call(t, nil, "eval", "--json", "--precision", "float32", testref.Shared(t, "imagenet200"))
	var e evaluation
	if err := json.Unmarshal([]byte(out), &e); status != 0 || err != nil {
		t.Fatalf("status %d, %v, %s", status, err, errors)
	}
	if e.Pictures != 200 || e.Top1 < 137 || e.Top1 > 141 || e.Top5 < 179 || e.Top5 > 183 {
		t.Errorf("%+v; the reference has 139 top-1 and 181 top-5 of 200", e)
	}
}

// serve starts the server on a free port and returns its URL and a call that stops it.
func serve(t *testing.T, args ...string) (url string, stop func() error) {
	t.Helper()
	c := exec.Command(program, append([]string{"serve", "--addr", "127.0.0.1:0"}, args...)...)
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	c.Stderr = os.Stderr
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Process.Kill() })
	url, err = bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(url), func() error {
		if err := c.Process.Signal(os.Interrupt); err != nil {
			return err
		}
		return c.Wait()
	}
}

func get(t *testing.T, method, url string, headers ...string) (*http.Response, []byte) {
	t.Helper()
	r, err := http.NewRequest(method, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	client := http.Client{
		Transport:     &http.Transport{DisableCompression: true, DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Timeout:       10 * time.Second,
	}
	answer, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer, body
}

func TestServe(t *testing.T) {
	dir := t.TempDir()
	page := strings.Repeat("<p>a page that can be compressed</p>\n", 100)
	for name, text := range map[string]string{"index.html": page, "app.mjs": page, "a.wasm": page, "m.sqz": "\x89SQZ", "sub/index.html": page, "other.bin": "x"} {
		name = filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	secret := copyTo(t, "main.go", t.TempDir(), "secret.go")
	if err := os.Symlink(secret, filepath.Join(dir, "link.txt")); err != nil {
		t.Log("no symbolic links here:", err)
	}
	url, stop := serve(t, dir, "--header", "X-Test: yes")

	for name, kind := range map[string]string{
		"": "text/html; charset=utf-8", "app.mjs": "text/javascript; charset=utf-8", "a.wasm": "application/wasm",
		"m.sqz": "application/octet-stream", "other.bin": "application/octet-stream", "sub/": "text/html; charset=utf-8",
	} {
		a, _ := get(t, "GET", url+name)
		if a.StatusCode != 200 || a.Header.Get("Content-Type") != kind || a.Header.Get("X-Content-Type-Options") != "nosniff" || a.Header.Get("X-Test") != "yes" {
			t.Errorf("%q: status %d, headers %v, want %s", name, a.StatusCode, a.Header, kind)
		}
	}

	plain, body := get(t, "GET", url)
	if string(body) != page || plain.Header.Get("Content-Encoding") != "" || plain.Header.Get("Vary") != "Accept-Encoding" {
		t.Errorf("plain: %d bytes, headers %v", len(body), plain.Header)
	}
	small, body := get(t, "GET", url, "Accept-Encoding", "br, gzip;q=0.8")
	z, err := gzip.NewReader(bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if unpacked, err := io.ReadAll(z); err != nil || string(unpacked) != page {
		t.Errorf("gzip: %d bytes unpacked, %v", len(unpacked), err)
	}
	if small.Header.Get("Content-Encoding") != "gzip" || small.ContentLength != int64(len(body)) || small.Header.Get("ETag") == plain.Header.Get("ETag") {
		t.Errorf("gzip: length %d of %d, headers %v", small.ContentLength, len(body), small.Header)
	}
	if a, _ := get(t, "GET", url, "Accept-Encoding", "gzip;q=0, identity"); a.Header.Get("Content-Encoding") != "" {
		t.Error("gzip was sent to one that refuses it")
	}
	if a, _ := get(t, "GET", url, "Accept-Encoding", "gzip", "If-None-Match", small.Header.Get("ETag")); a.StatusCode != 304 {
		t.Errorf("the same tag: status %d, want 304", a.StatusCode)
	}
	a, body := get(t, "GET", url, "Accept-Encoding", "gzip", "Range", "bytes=3-10")
	if a.StatusCode != 206 || string(body) != page[3:11] || a.Header.Get("Content-Encoding") != "" {
		t.Errorf("range: status %d, %q, headers %v", a.StatusCode, body, a.Header)
	}
	if a, body := get(t, "HEAD", url, "Accept-Encoding", "gzip"); a.StatusCode != 200 || len(body) != 0 || a.ContentLength != small.ContentLength {
		t.Errorf("HEAD: status %d, %d bytes, length %d", a.StatusCode, len(body), a.ContentLength)
	}
	if a, _ := get(t, "GET", url+"sub"); a.StatusCode != 302 || a.Header.Get("Location") != "/sub/" {
		t.Errorf("a folder without its slash: status %d to %q", a.StatusCode, a.Header.Get("Location"))
	}
	if a, _ := get(t, "POST", url); a.StatusCode != 405 || a.Header.Get("Allow") != "GET, HEAD" {
		t.Errorf("POST: status %d, headers %v", a.StatusCode, a.Header)
	}
	for _, name := range []string{"none", "../main.go", "%2e%2e/main.go", "..%5cmain.go", "link.txt", "sub/none/"} {
		if a, body := get(t, "GET", url+name); a.StatusCode != 404 || strings.Contains(string(body), "package main") {
			t.Errorf("%s: status %d, %q", name, a.StatusCode, body)
		}
	}

	// what is built anew is served anew
	if err := os.WriteFile(filepath.Join(dir, "index.html"), []byte("new"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, body := get(t, "GET", url, "Accept-Encoding", "gzip"); string(body) != "new" {
		t.Errorf("after a change: %q", body)
	}
	if err := stop(); err != nil {
		t.Errorf("after an interrupt the server ends with %v, want status 0", err)
	}
}

func TestServeRefuses(t *testing.T) {
	if _, errors, status := call(t, nil, "serve", filepath.Join(t.TempDir(), "none")); status != 1 || !strings.Contains(errors, "no such file") {
		t.Errorf("missing folder: status %d, %s", status, errors)
	}
	url, stop := serve(t, t.TempDir())
	addr := strings.TrimSuffix(strings.TrimPrefix(url, "http://"), "/")
	_, errors, status := call(t, nil, "serve", "--addr", addr, t.TempDir())
	if status != 1 {
		t.Errorf("a port in use: status %d", status)
	}
	contains(t, "a port in use", errors, addr+" is in use", "--addr 127.0.0.1:0")
	if err := stop(); err != nil {
		t.Error(err)
	}
}
