package weights_test

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"math"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"squeezenet/picture"
	"squeezenet/weights"
)

// small makes a model of three layers, small enough to damage at every byte.
func small(quantised bool) *weights.Model {
	r := rand.New(rand.NewPCG(1, 2))
	m := &weights.Model{Arch: "squeezenet1_1", Pipeline: picture.Caffe, Source: "made by a test",
		Labels: []weights.Label{{WNID: "n01440764", Name: "tench, Tinca tinca"}, {Name: "a class of my own"}}}
	for _, v := range []weights.Conv{
		{Name: "conv1", KH: 3, KW: 3, In: 3, Out: 8},
		{Name: "fire2/squeeze1x1", KH: 1, KW: 1, In: 8, Out: 4},
		{Name: "fire2/expand3x3", KH: 3, KW: 3, In: 4, Out: 16},
	} {
		n := v.KH * v.KW * v.In * v.Out
		v.Bias = make([]float32, v.Out)
		for o := range v.Bias {
			v.Bias[o] = float32(r.IntN(400)-200) / 16
		}
		if !quantised {
			v.Kernel = make([]float32, n)
			for k := range v.Kernel {
				v.Kernel[k] = float32(r.NormFloat64())
			}
			m.Convs = append(m.Convs, v)
			continue
		}
		deviation := 3.0
		if v.Name == "conv1" {
			deviation = 500 // beyond the classes of one value
		}
		v.Codes = make([]int16, n)
		for k := range v.Codes {
			v.Codes[k] = int16(max(-2000, min(2000, deviation*r.NormFloat64())))
		}
		for range v.Out {
			v.OutStep = append(v.OutStep, float32(1+r.IntN(200))/64)
			v.Scale = append(v.Scale, 0.0123/v.OutStep[len(v.OutStep)-1])
		}
		m.Convs = append(m.Convs, v)
	}
	if quantised {
		m.Convs[2].OutZero = 60
		m.Adds = []weights.Add{{Name: "fire2/add", A: []float32{0.5, 0.25}, B: []float32{1.5, -0.125}, Bias: []float32{3, -4}, OutStep: []float32{2, 2}, OutZero: 64}}
	}
	m.Convs[2].Linear = true
	m.Golden = 0x0123456789abcdef
	return m
}

func write(t testing.TB, m *weights.Model) []byte {
	t.Helper()
	b, err := weights.Write(m)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// palette is the small float32 model with few different weights, as a pruned and clustered one has.
func palette() *weights.Model {
	m := small(false)
	for i := range m.Convs {
		k := m.Convs[i].Kernel
		for j := range k {
			k[j] = []float32{0, 0, 0, -1.5, 0.25, float32(math.Copysign(0, -1)), 3}[j*j%7]
		}
	}
	return m
}

func TestRoundTrip(t *testing.T) {
	vectors := small(true)
	v := &vectors.Convs[1]
	copy(v.OutStep, []float32{1, 1, 1, 1})                  // one number for all
	copy(v.Scale, []float32{0.1, 0.01, 1e-7, 0.30000001})   // no common unit: stored as float32
	copy(v.Bias, []float32{0, -0.0078125, 255, 0.99609375}) // integers times 2^-8
	for name, m := range map[string]*weights.Model{"float32": small(false), "palette": palette(), "int8": small(true), "vectors": vectors} {
		b := write(t, m)
		got, err := weights.Read(b)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if len(got.ID) != 8 {
			t.Errorf("%s: id %q, want 8 hex digits", name, got.ID)
		}
		got.ID = ""
		for i, v := range got.Convs {
			for k, w := range v.Kernel {
				if math.Float32bits(w) != math.Float32bits(m.Convs[i].Kernel[k]) {
					t.Fatalf("%s: %s: weight %d is %v, want %v to the bit", name, v.Name, k, w, m.Convs[i].Kernel[k])
				}
			}
		}
		if !reflect.DeepEqual(got, m) {
			t.Errorf("%s: reading gives another model than was written", name)
		}
		if !bytes.Equal(write(t, m), b) {
			t.Errorf("%s: writing twice gives other bytes", name)
		}
	}
}

func TestEntropyCodingIsNearItsBound(t *testing.T) {
	m := small(true)
	v := weights.Conv{Name: "big", KH: 3, KW: 3, In: 64, Out: 256, Bias: make([]float32, 256)}
	r := rand.New(rand.NewPCG(3, 4))
	counts := map[int16]float64{}
	for range v.KH * v.KW * v.In * v.Out {
		q := int16(math.Round(1.5 * r.NormFloat64()))
		v.Codes = append(v.Codes, q)
		counts[q]++
	}
	bound := 0.0 // of independent draws, which these are
	for _, n := range counts {
		bound -= n * math.Log2(n/float64(len(v.Codes))) / 8
	}
	for range v.Out {
		v.OutStep, v.Scale = append(v.OutStep, 1), append(v.Scale, 1)
	}
	without := len(write(t, m))
	m.Convs = append(m.Convs, v)
	if got := float64(len(write(t, m)) - without); got > bound*1.005+300 {
		t.Errorf("%v bytes for %d integers whose entropy is %.0f bytes", got, len(v.Codes), bound)
	}
}

func TestDamageIsNamed(t *testing.T) {
	for _, m := range []*weights.Model{small(false), small(true)} {
		good := write(t, m)
		names := []string{"model", "labels", "conv1", "fire2/squeeze1x1", "fire2/expand3x3", "fire2/add", "tables"}
		for i := range good {
			bad := bytes.Clone(good)
			bad[i] ^= 1 << (i % 8)
			_, err := weights.Read(bad)
			if err == nil {
				t.Fatalf("bit %d of byte %d of %d flipped, and read without an error", i%8, i, len(good))
			}
			text, named := err.Error(), i < 20 || strings.Contains(err.Error(), "directory")
			for _, n := range names {
				named = named || strings.Contains(text, `section "`+n+`"`)
			}
			if !named || !strings.Contains(text, "at offset") {
				t.Errorf("byte %d flipped: %q names no section and offset", i, text)
			}
		}
		for n := range good {
			if _, err := weights.Read(good[:n]); err == nil {
				t.Fatalf("cut after %d of %d bytes, and read without an error", n, len(good))
			} else if n > 0 && !strings.Contains(err.Error(), "incomplete") {
				t.Errorf("cut after %d bytes: %q does not say that the file is incomplete", n, err)
			}
		}
	}
}

func TestForeignFiles(t *testing.T) {
	good := write(t, small(true))
	newer := bytes.Clone(good)
	newer[8] = 9
	for name, test := range map[string]struct {
		data []byte
		want string
	}{
		"empty":      {nil, "the file is empty"},
		"error page": {[]byte("\n<!DOCTYPE html><title>404 Not Found</title>"), "an HTML page, not a model"},
		"json":       {[]byte(`{"error":"not found"}`), "a JSON text, not a model"},
		"gzip":       {[]byte("\x1f\x8b\x08\x00\x00\x00\x00\x00"), "a gzip file, not a model"},
		"zip":        {[]byte("PK\x03\x04\x14\x00"), "squeezenet convert"},
		"lfs":        {[]byte("version https://git-lfs.github.com/spec/v1\noid sha256:1\n"), "Git LFS pointer"},
		"png":        {[]byte("\x89PNG\r\n\x1a\n0000000000000000000000000000"), `begins with "\x89PNG`},
		"newer":      {newer, "version 9, this program reads version 1"},
		"appended":   {append(bytes.Clone(good), "<!-- -->"...), "8 bytes follow the last section"},
	} {
		if _, err := weights.Read(test.data); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: error %v, want one with %q", name, err, test.want)
		}
	}
}

// TestCheck breaks one rule of a model at a time. What Write refuses a file cannot hold, so these are
// refused by Read too: the files below are made by writing past Check.
func TestCheck(t *testing.T) {
	inf := float32(math.Inf(1))
	nan := float32(math.NaN())
	type change func(m *weights.Model)
	for name, test := range map[string]struct {
		quantised bool
		change    change
		want      string
	}{
		"no layers":          {false, func(m *weights.Model) { m.Convs = nil }, "no layers"},
		"nan weight":         {false, func(m *weights.Model) { m.Convs[1].Kernel[3] = nan }, `"fire2/squeeze1x1": weight 3 is NaN`},
		"infinite bias":      {false, func(m *weights.Model) { m.Convs[2].Bias[5] = inf }, `"fire2/expand3x3": the bias of channel 5 is +Inf`},
		"short kernel":       {false, func(m *weights.Model) { m.Convs[0].Kernel = m.Convs[0].Kernel[1:] }, `"conv1": 215 weights, expected 216`},
		"short bias":         {true, func(m *weights.Model) { m.Convs[0].Bias = m.Convs[0].Bias[1:] }, `"conv1": 7 biases, expected 8`},
		"mixed":              {true, func(m *weights.Model) { m.Convs[1].Kernel = make([]float32, 32) }, "float32 and int8"},
		"name twice":         {true, func(m *weights.Model) { m.Convs[1].Name = "conv1" }, "this name is taken"},
		"name of a section":  {true, func(m *weights.Model) { m.Convs[1].Name = "labels" }, "this name is taken"},
		"code beyond 7 bits": {true, func(m *weights.Model) { m.Convs[1].Codes[2] = 64 }, `"fire2/squeeze1x1": code 2 is 64, expected -63 to 63`},
		"code beyond 12":     {true, func(m *weights.Model) { m.Convs[0].Codes[2] = -2048 }, `"conv1": code 2 is -2048, expected -2047 to 2047`},
		"scale zero":         {true, func(m *weights.Model) { m.Convs[1].Scale[2] = 0 }, "scale of channel 2 is 0"},
		"scale nan":          {true, func(m *weights.Model) { m.Convs[1].Scale[2] = nan }, "scale of channel 2 is NaN"},
		"step negative":      {true, func(m *weights.Model) { m.Convs[1].OutStep[2] = -1 }, "output step of channel 2 is -1"},
		"beyond 2^22": {true, func(m *weights.Model) { m.Convs[1].Scale[1] = 1e6 },
			`"fire2/squeeze1x1": channel 1 can reach`},
		"bias beyond 2^22": {true, func(m *weights.Model) { m.Convs[1].Bias[1] = -1 << 22 }, "channel 1 can reach"},
		"zero point":       {true, func(m *weights.Model) { m.Convs[1].OutZero = 128 }, "zero point 128"},
		"sum beyond":       {true, func(m *weights.Model) { m.Adds[0].B[1] = 1e5 }, `"fire2/add": channel 1 can reach`},
		"sum nan":          {true, func(m *weights.Model) { m.Adds[0].A[1] = nan }, `"fire2/add": channel 1 can reach NaN`},
		"sum short":        {true, func(m *weights.Model) { m.Adds[0].Bias = nil }, `"fire2/add": 2, 2, 0 and 2`},
		"sum name twice":   {true, func(m *weights.Model) { m.Adds[0].Name = "conv1" }, "this name is taken"},
		"crop":             {true, func(m *weights.Model) { m.Pipeline.Crop = 257 }, "crops 257 of 256"},
		"mean":             {true, func(m *weights.Model) { m.Pipeline.Mean[1] = nan }, "pipeline mean NaN"},
		"label":            {true, func(m *weights.Model) { m.Labels[1].Name = "two\nlines" }, "label 1"},
		"arch":             {true, func(m *weights.Model) { m.Arch = "" }, "architecture"},
	} {
		m := small(test.quantised)
		test.change(m)
		if err := m.Check(); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: error %v, want one with %q", name, err, test.want)
		}
		if b, err := weights.Write(m); err == nil || b != nil {
			t.Errorf("%s: written all the same", name)
		}
	}
}

// TestReadRefusesBadNumbers damages numbers inside a section and mends the checksums, as only a
// program could that writes such files.
func TestReadRefusesBadNumbers(t *testing.T) {
	b := write(t, small(false))
	at := bytes.Index(b, []byte("made by a test")) // somewhere in section "model"
	mean := at + len("made by a test") + 2 + 4
	binary.LittleEndian.PutUint32(b[mean:], 0x7fc00000)
	if _, err := weights.Read(mend(b)); err == nil || !strings.Contains(err.Error(), `section "model": a number is infinite or not a number`) {
		t.Errorf("a mean that is not a number: error %v", err)
	}
}

// mend recomputes all checksums of a file whose sizes are in order.
func mend(b []byte) []byte {
	if len(b) < 20 {
		return b
	}
	length := int(binary.LittleEndian.Uint32(b[12:]))
	if length > len(b)-20 {
		return b
	}
	dir, at := b[20:20+length], 20+length
	for p := 0; p < len(dir) && p+9+int(dir[p]) <= len(dir); p += 9 + int(dir[p]) {
		n := int(binary.LittleEndian.Uint32(dir[p+1+int(dir[p]):]))
		if n > len(b)-at {
			return b
		}
		binary.LittleEndian.PutUint32(dir[p+5+int(dir[p]):], crc32.ChecksumIEEE(b[at:at+n]))
		at += n
	}
	binary.LittleEndian.PutUint32(b[16:], crc32.Update(crc32.ChecksumIEEE(b[8:16]), crc32.IEEETable, dir))
	return b
}

// FuzzRead looks for inputs that make Read panic, allocate without bound, or accept what Write would
// not write. Checksums are mended first, so that the fuzzer gets past them. go test runs the cases alone;
// the longer test is
//
//	go test -fuzz=FuzzRead -fuzztime=60s -fuzzminimizetime=100x ./weights
//
// (without the last flag it spends its time on shortening inputs). What it finds is a file below
// testdata/fuzz: commit it, and it is a case from then on.
func FuzzRead(f *testing.F) {
	for _, m := range []*weights.Model{small(false), small(true), palette()} {
		b := write(f, m)
		f.Add(b)
		f.Add(b[:len(b)/2])
	}
	f.Add([]byte("<html>"))
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := weights.Read(mend(bytes.Clone(b)))
		if err != nil {
			if m != nil || !strings.HasPrefix(err.Error(), "weights: ") {
				t.Fatalf("model %v with error %q", m, err)
			}
			return
		}
		again := write(t, m)
		back, err := weights.Read(again)
		if err != nil {
			t.Fatalf("read, written, and then: %v", err)
		}
		m.ID = back.ID
		if !bytes.Equal(write(t, back), again) || len(back.Convs) != len(m.Convs) {
			t.Fatal("read, written and read again: another model")
		}
	})
}
