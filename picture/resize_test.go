package picture

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/png"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/image/draw"

	"squeezenet/internal/testref"
)

// square is a pipeline that shows the crop alone.
func square(resize, crop int) Pipeline {
	return Pipeline{Resize: resize, Crop: crop, Mean: [3]float32{123, 117, 104}, Scale: [3]float32{1, 1, 1}}
}

// resize feeds RGBA pixels to r in bands of the given height (0: as high as the band holds).
func resize(t testing.TB, r *Resizer, px []uint8, w, h int, p Pipeline, fit Fit, rows int) []uint8 {
	t.Helper()
	if err := r.Begin(w, h, p, fit); err != nil {
		t.Fatal(err)
	}
	x0, y0, sw, sh := r.Source()
	if x0 < 0 || y0 < 0 || sw < 1 || sh < 1 || x0+sw > w || y0+sh > h {
		t.Fatalf("source rectangle %d,%d %dx%d lies outside the picture of %dx%d", x0, y0, sw, sh, w, h)
	}
	if rows == 0 || rows > r.BandRows() {
		rows = r.BandRows()
	}
	for y := 0; y < sh; {
		n := min(rows, sh-y)
		for i := range n {
			copy(r.Band()[4*sw*i:][:4*sw], px[4*((y0+y+i)*w+x0):])
		}
		if err := r.Feed(n); err != nil {
			t.Fatal(err)
		}
		y += n
	}
	crop, err := r.Crop()
	if err != nil {
		t.Fatal(err)
	}
	return bytes.Clone(crop)
}

// TestBGRA: the other order of bytes gives the same crop, its border included; and the next picture is RGBA.
func TestBGRA(t *testing.T) {
	const w, h = 40, 30
	for _, fit := range []Fit{Squash, Cover, Contain} {
		var r Resizer
		want := resize(t, &r, noise(w, h), w, h, square(24, 20), fit, 7)
		if err := r.Begin(w, h, square(24, 20), fit); err != nil {
			t.Fatal(err)
		}
		r.BGRA = true
		x0, y0, sw, sh := r.Source()
		for y := range sh {
			copy(r.Band(), noise(w, h)[4*((y0+y)*w+x0):][:4*sw])
			for i := 0; i < 4*sw; i += 4 {
				r.Band()[i], r.Band()[i+2] = r.Band()[i+2], r.Band()[i]
			}
			if err := r.Feed(1); err != nil {
				t.Fatal(err)
			}
		}
		got, err := r.Crop()
		if err != nil {
			t.Fatal(err)
		}
		differ(t, "BGRA, "+fit.String(), got, want, 20, 0)
		differ(t, "then RGBA, "+fit.String(), resize(t, &r, noise(w, h), w, h, square(24, 20), fit, 7), want, 20, 0)
	}
}

// differ fails at the first byte of two crops that differs by more than tolerance.
func differ(t *testing.T, what string, got, want []uint8, side, tolerance int) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d bytes, want %d", what, len(got), len(want))
	}
	for i := range got {
		if d := int(got[i]) - int(want[i]); max(d, -d) > tolerance {
			t.Fatalf("%s: pixel (%d, %d) channel %d is %d, want %d", what, i/3%side, i/3/side, i%3, got[i], want[i])
		}
	}
}

func readPNG(t *testing.T, name string) (px []uint8, w, h int) {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	m, err := png.Decode(f)
	if err != nil {
		t.Fatal(name, err)
	}
	w, h = m.Bounds().Dx(), m.Bounds().Dy()
	out := image.NewNRGBA(m.Bounds())
	draw.Draw(out, out.Rect, m, m.Bounds().Min, draw.Src)
	return out.Pix, w, h
}

func rgb(rgba []uint8) []uint8 {
	out := make([]uint8, 0, len(rgba)/4*3)
	for i := 0; i < len(rgba); i += 4 {
		out = append(out, rgba[i:i+3]...)
	}
	return out
}

// noise is testdata/make.py's picture, as RGBA.
func noise(w, h int) []uint8 {
	px := make([]uint8, 0, 4*w*h)
	state := uint32(1)
	for range w * h {
		for range 3 {
			state = state*1664525 + 1013904223
			px = append(px, uint8(state>>24))
		}
		px = append(px, 255)
	}
	return px
}

// TestPillow: the bytes that Pillow itself gives, for sizes that cut windows in every way, in bands
// of every height that could make a difference, with one Resizer for all.
func TestPillow(t *testing.T) {
	files, err := filepath.Glob("testdata/pillow/*.png")
	if err != nil || len(files) < 30 {
		t.Fatalf("testdata/pillow holds %d files (%v), expected those of make.py", len(files), err)
	}
	fits := map[string]Fit{"squash": Squash, "cover": Cover, "contain": Contain}
	var r Resizer
	for _, name := range files {
		var w, h, side, crop int
		kind, numbers, _ := strings.Cut(filepath.Base(name), "_")
		fit, ok := fits[kind]
		if _, err := fmt.Sscanf(numbers, "%dx%d_%d_%d.png", &w, &h, &side, &crop); err != nil || !ok {
			t.Fatal(name, err)
		}
		px, _, _ := readPNG(t, name)
		want := rgb(px)
		for _, rows := range []int{0, 1, 7, 64, 65} {
			got := resize(t, &r, noise(w, h), w, h, square(side, crop), fit, rows)
			differ(t, fmt.Sprintf("%s in bands of %d rows", name, rows), got, want, crop, 0)
		}
	}
}

// TestReferenceCrop: a real picture through the Caffe release's pipeline.
func TestReferenceCrop(t *testing.T) {
	px, w, h := readPNG(t, "testdata/chelsea.png")
	crop, _, _ := readPNG(t, "testdata/chelsea_227.png")
	differ(t, "chelsea.png", resize(t, new(Resizer), px, w, h, Caffe, Squash, 0), rgb(crop), 227, 0)
}

// TestReferenceCrops: the crops that the reference made of its PNG pictures; JPEG decoders differ in the
// last bits.
func TestReferenceCrops(t *testing.T) {
	crops := testref.OpenNPZ(t, testref.Shared(t, "ref/pictures/crops_227_rgb_u8.npz"))
	var r Resizer
	for _, name := range []string{"astronaut.png", "chelsea.png", "coffee.png"} {
		want, _ := crops.Uint8(name)
		px, w, h := readPNG(t, testref.Shared(t, "ref/pictures/"+name))
		differ(t, name, resize(t, &r, px, w, h, Caffe, Squash, 0), want, 227, 0)
	}
}

// TestSecondOpinion: x/image's BiLinear widens its kernel as ours does, in float64; it rounds once,
// we round after each pass and in the weights (1.5 levels at most), and it truncates (1 more).
func TestSecondOpinion(t *testing.T) {
	px, w, h := readPNG(t, "testdata/chelsea.png")
	src := &image.NRGBA{Pix: px, Stride: 4 * w, Rect: image.Rect(0, 0, w, h)}
	for _, side := range []int{31, 256, 500} {
		dst := image.NewNRGBA(image.Rect(0, 0, side, side))
		draw.BiLinear.Scale(dst, dst.Rect, src, src.Rect, draw.Src, nil)
		differ(t, fmt.Sprint("x/image at ", side), resize(t, new(Resizer), px, w, h, square(side, side), Squash, 0), rgb(dst.Pix), side, 2)
	}
}

// TestProperties holds for every size, fit and band.
func TestProperties(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 9))
	var r Resizer
	for range 300 {
		w, h := 1+random.IntN(120), 1+random.IntN(120)
		crop := 1 + random.IntN(60)
		p := square(crop+random.IntN(20), crop)
		fit := Fit(random.IntN(3))
		what := fmt.Sprintf("%dx%d %s to %d, crop %d", w, h, fit, p.Resize, p.Crop)
		px := make([]uint8, 4*w*h)

		// one colour stays that colour
		p.Mean = [3]float32{9, 200, 77}
		for i := range px {
			px[i] = []uint8{9, 200, 77, 255}[i%4]
		}
		got := resize(t, &r, px, w, h, p, fit, 0)
		for i, v := range got {
			if v != []uint8{9, 200, 77}[i%3] {
				t.Fatalf("%s: a picture of one colour changes at byte %d: %d", what, i, v)
			}
		}

		// bands make no difference
		for i := range px {
			px[i] = uint8(random.Uint32())
		}
		whole := resize(t, &r, px, w, h, p, fit, 0)
		differ(t, what+", in small bands", resize(t, &r, px, w, h, p, fit, 1+random.IntN(9)), whole, crop, 0)

		// laid on white before or by the Resizer
		flat := make([]uint8, len(px))
		for i := range px {
			a := int(px[i|3])
			flat[i] = uint8((int(px[i])*a+127)/255 + 255 - a)
			if i%4 == 3 {
				flat[i] = 255
			}
		}
		differ(t, what+", flattened before", resize(t, &r, flat, w, h, p, fit, 0), whole, crop, 0)
	}
}

// TestMirror: resize, then mirror = mirror, then resize, where no half pixel decides on the crop's place. The
// weights of a window and of its mirror image may differ by their rounding: one level a pass.
func TestMirror(t *testing.T) {
	px, w, h := readPNG(t, "testdata/chelsea.png")
	mirrored := make([]uint8, len(px))
	for y := range h {
		for x := range w {
			copy(mirrored[4*(y*w+x):][:4], px[4*(y*w+w-1-x):])
		}
	}
	for _, fit := range []Fit{Squash, Cover, Contain} {
		p := square(256, 226)
		want := resize(t, new(Resizer), px, w, h, p, fit, 0)
		got := resize(t, new(Resizer), mirrored, w, h, p, fit, 0)
		back := make([]uint8, len(got))
		for y := range 226 {
			for x := range 226 {
				copy(back[3*(y*226+x):][:3], got[3*(y*226+225-x):])
			}
		}
		differ(t, fit.String(), back, want, 226, 2)
	}
}

func TestExtremeSizes(t *testing.T) {
	var r Resizer
	for _, size := range [][2]int{{1, 1}, {1, 20000}, {20000, 1}, {1, MaxSide}, {MaxSide, 1}, {MaxSide, 3}, {2, 2}} {
		px := make([]uint8, 4*size[0]*size[1])
		for i := range px {
			px[i] = 200
		}
		for _, fit := range []Fit{Squash, Cover, Contain} {
			p := Caffe
			got := resize(t, &r, px, size[0], size[1], p, fit, 0)
			if v := got[3*(113*227+113)]; v != 212 { // 200 with alpha 200 on white
				t.Errorf("%v %s: the middle is %d, want 212", size, fit, v)
			}
		}
	}
	for _, size := range [][2]int{{0, 5}, {5, 0}, {-1, 5}, {MaxSide + 1, 1}, {30000, 30000}, {1 << 40, 1 << 40}} {
		err := r.Begin(size[0], size[1], Caffe, Squash)
		var want *SizeError
		if !errors.As(err, &want) || want.W != size[0] || want.H != size[1] {
			t.Errorf("%v: got %v, want a SizeError with that size", size, err)
		}
	}
}

func TestMisuse(t *testing.T) {
	var r Resizer
	if _, err := r.Crop(); err == nil {
		t.Error("a crop of nothing was given")
	}
	for what, p := range map[string]Pipeline{
		"no crop":           {Resize: 256},
		"crop over resize":  square(200, 227),
		"resize over limit": square(maxResize+1, 227),
		"mean not finite":   {Resize: 9, Crop: 9, Mean: [3]float32{0, float32(nan()), 0}},
	} {
		if err := r.Begin(9, 9, p, Squash); err == nil {
			t.Errorf("%s: was taken", what)
		}
	}
	if err := r.Begin(9, 9, Caffe, 3); err == nil || !strings.Contains(err.Error(), "fit 3") {
		t.Errorf("fit 3: got %v", err)
	}
	if err := r.Begin(9, 9, Caffe, Squash); err != nil {
		t.Fatal(err)
	}
	if err := r.Feed(5); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Crop(); err == nil || !strings.Contains(err.Error(), "5 of 9 rows") {
		t.Errorf("a crop before the last row: got %v", err)
	}
	for _, rows := range []int{-1, 5, 1 << 30} {
		if err := r.Feed(rows); err == nil {
			t.Errorf("%d more rows were taken", rows)
		}
	}
}

func nan() float64 { zero := 0.0; return zero / zero }

// TestMemory: after a large picture no other one costs memory.
func TestMemory(t *testing.T) {
	var r Resizer
	px := make([]uint8, 4*1000*1000)
	resize(t, &r, px, 1000, 1000, Caffe, Squash, 0)
	resize(t, &r, px, 500, 2000, Caffe, Squash, 0)
	if n := testing.AllocsPerRun(5, func() {
		for _, size := range [][2]int{{1000, 1000}, {500, 2000}, {300, 200}, {1, 500}} {
			if err := r.Begin(size[0], size[1], Caffe, Squash); err != nil {
				t.Fatal(err)
			}
			_, _, _, rows := r.Source()
			for rows > 0 {
				n := min(rows, r.BandRows())
				if err := r.Feed(n); err != nil {
					t.Fatal(err)
				}
				rows -= n
			}
			if _, err := r.Crop(); err != nil {
				t.Fatal(err)
			}
		}
	}); n != 0 {
		t.Errorf("%v allocations for four pictures, want none", n)
	}
}

func TestTensor(t *testing.T) {
	p := Pipeline{BGR: true, Mean: [3]float32{104, 117, 123}, Scale: [3]float32{1, 2, 0.5}}
	got := make([]float32, 3)
	p.Tensor(got, []uint8{200, 100, 50})
	if want := [3]float32{50 - 104, (100 - 117) * 2, (200 - 123) * 0.5}; [3]float32(got) != want {
		t.Errorf("BGR: got %v, want %v", got, want)
	}
	p.BGR = false
	p.Tensor(got, []uint8{200, 100, 50})
	if want := [3]float32{200 - 104, (100 - 117) * 2, (50 - 123) * 0.5}; [3]float32(got) != want {
		t.Errorf("RGB: got %v, want %v", got, want)
	}
}

// FuzzResize: any size, any pipeline: an error or a whole crop, never a panic, within bounded memory.
func FuzzResize(f *testing.F) {
	f.Add(1, 1, 256, 227, 0, 1)
	f.Add(1, 20000, 256, 227, 1, 64)
	f.Add(451, 300, 256, 227, 2, 7)
	f.Add(5, 9, 9, 9, 0, 3)
	f.Fuzz(func(t *testing.T, w, h, side, crop, fit, rows int) {
		if side > 400 || w > 0 && h > 0 && w < 1<<30 && h < 1<<30 && w*h > 1<<20 && CheckSize(w, h) == nil {
			return // slow, nothing new
		}
		var r Resizer
		if err := r.Begin(w, h, square(side, crop), Fit(fit)); err != nil {
			return
		}
		for i := range r.Band() {
			r.Band()[i] = 255
		}
		_, _, _, left := r.Source()
		for rows = max(1, rows&127); left > 0; {
			n := min(rows, r.BandRows(), left)
			if err := r.Feed(n); err != nil {
				t.Fatal(err)
			}
			left -= n
		}
		px, err := r.Crop()
		if err != nil || len(px) != 3*crop*crop {
			t.Fatalf("%d bytes, %v", len(px), err)
		}
		for i, v := range px {
			if v != 255 && Fit(fit) != Contain {
				t.Fatalf("byte %d of a white picture is %d", i, v)
			}
		}
	})
}

// BenchmarkResize: MB/s reads as pixels per microsecond.
func BenchmarkResize(b *testing.B) {
	for _, size := range [][2]int{{1000, 1000}, {4000, 3000}, {2000, 6000}} {
		b.Run(fmt.Sprintf("%dx%d", size[0], size[1]), func(b *testing.B) {
			var r Resizer
			b.SetBytes(int64(size[0] * size[1]))
			for b.Loop() {
				if err := r.Begin(size[0], size[1], Caffe, Squash); err != nil {
					b.Fatal(err)
				}
				_, _, _, left := r.Source()
				for left > 0 {
					n := min(r.BandRows(), left)
					if err := r.Feed(n); err != nil {
						b.Fatal(err)
					}
					left -= n
				}
				if _, err := r.Crop(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
