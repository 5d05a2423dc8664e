package decode

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"squeezenet/picture"
)

const testW, testH = 24, 16

// What testdata/make.py drew, RGBA.
func base(x, y int) [4]uint8 {
	x, y = x/2*20, y/2*30
	return [4]uint8{uint8(x), uint8(y), uint8(255 - x), 255}
}
func grey(x, y int) [4]uint8 {
	v := uint8(x / 2 * 20)
	return [4]uint8{v, v, v, 255}
}
func withAlpha(of func(x, y int) [4]uint8) func(x, y int) [4]uint8 {
	return func(x, y int) [4]uint8 {
		px := of(x, y)
		px[3] = uint8(255 - x/2*18)
		return px
	}
}

func read(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func check(t *testing.T, p *Picture, want func(x, y int) [4]uint8, tolerance int) {
	t.Helper()
	if p.W != testW || p.H != testH {
		t.Fatalf("the picture is %dx%d, want %dx%d", p.W, p.H, testW, testH)
	}
	// rectangles, so that every way to an inner pixel is tried
	for _, r := range []image.Rectangle{image.Rect(0, 0, testW, testH), image.Rect(5, 3, 6, 4), image.Rect(7, 0, 24, 9), image.Rect(0, 11, 13, 16)} {
		px := make([]uint8, 4*r.Dx()*r.Dy())
		p.pixels(px, r.Min.X, r.Min.Y, r.Dx(), r.Dy())
		for i := 0; i < len(px); i += 4 {
			x, y := r.Min.X+i/4%r.Dx(), r.Min.Y+i/4/r.Dx()
			got, want := [4]uint8(px[i:]), want(x, y)
			for c := range 4 {
				if d := int(got[c]) - int(want[c]); max(d, -d) > tolerance {
					t.Fatalf("pixel (%d, %d) of rectangle %v is %v, want %v (to %d)", x, y, r, got, want, tolerance)
				}
			}
		}
	}
}

// TestFormats reads files that Pillow wrote.
func TestFormats(t *testing.T) {
	// JPEG's and VP8's own loss at quality 95; the picture's blocks are those of 4:2:0's chroma
	const lossy = 9
	for _, c := range []struct {
		name, format string
		want         func(x, y int) [4]uint8
		tolerance    int
	}{
		{"orientation1.jpg", "JPEG", base, lossy},
		{"orientation2.jpg", "JPEG", base, lossy},
		{"orientation3.jpg", "JPEG", base, lossy},
		{"orientation4.jpg", "JPEG", base, lossy},
		{"orientation5.jpg", "JPEG", base, lossy},
		{"orientation6.jpg", "JPEG", base, lossy},
		{"orientation7.jpg", "JPEG", base, lossy},
		{"orientation8.jpg", "JPEG", base, lossy},
		{"orientation6_bigendian.jpg", "JPEG", base, lossy},
		{"orientation6.png", "PNG", base, 0},
		{"orientation6.webp", "WebP", base, 0},
		{"orientation6.tif", "TIFF", base, 0},
		{"rgb420.jpg", "JPEG", base, lossy},
		{"rgb422.jpg", "JPEG", base, lossy},
		{"progressive.jpg", "JPEG", base, lossy},
		{"cmyk.jpg", "JPEG", base, lossy},
		{"grey.jpg", "JPEG", grey, lossy},
		{"rgb.png", "PNG", base, 0},
		{"alpha.png", "PNG", withAlpha(base), 0},
		{"grey_alpha.png", "PNG", withAlpha(grey), 0},
		{"grey.png", "PNG", grey, 0},
		{"grey16.png", "PNG", grey, 0}, // the low byte is 77
		{"palette.png", "PNG", base, 0},
		{"palette.gif", "GIF", base, 0},
		{"animated.gif", "GIF", base, 0},
		{"lossy.webp", "WebP", base, lossy},
		{"lossless.webp", "WebP", base, 0},
		{"lossy_alpha.webp", "WebP", withAlpha(base), 3 * lossy}, // libwebp smooths colours under transparent pixels
		{"lossless_alpha.webp", "WebP", withAlpha(base), 0},
		{"animated.webp", "WebP", base, 0},
		{"animated_alpha.webp", "WebP", withAlpha(base), 3 * lossy},
		{"rgb.bmp", "BMP", base, 0},
		{"palette.bmp", "BMP", base, 0},
		{"rgb.tif", "TIFF", base, 0},
		{"lzw.tif", "TIFF", base, 0},
		{"deflate.tif", "TIFF", base, 0},
		{"alpha.tif", "TIFF", withAlpha(base), 0},
		{"grey.tif", "TIFF", grey, 0},
		{"palette.tif", "TIFF", base, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			p, err := Decode(read(t, c.name))
			if err != nil {
				t.Fatal(err)
			}
			if p.Format != c.format {
				t.Errorf("read as %s", p.Format)
			}
			check(t, p, c.want, c.tolerance)
		})
	}
}

// TestDeepAlpha: 16-bit channels keep their high byte.
func TestDeepAlpha(t *testing.T) {
	deep := image.NewNRGBA64(image.Rect(0, 0, testW, testH))
	opaque := image.NewRGBA64(deep.Rect)
	for y := range testH {
		for x := range testW {
			px := withAlpha(base)(x, y)
			wide := func(v uint8) uint16 { return uint16(v)<<8 | 0x99 }
			deep.SetNRGBA64(x, y, color.NRGBA64{R: wide(px[0]), G: wide(px[1]), B: wide(px[2]), A: wide(px[3])})
			opaque.SetRGBA64(x, y, color.RGBA64{R: wide(px[0]), G: wide(px[1]), B: wide(px[2]), A: 0xffff})
		}
	}
	for m, want := range map[image.Image]func(x, y int) [4]uint8{deep: withAlpha(base), opaque: base} {
		var b bytes.Buffer
		if err := png.Encode(&b, m); err != nil {
			t.Fatal(err)
		}
		p, err := Decode(b.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		check(t, p, want, 0)
	}
}

// TestGIFFrame: a first frame that covers a part of the picture.
func TestGIFFrame(t *testing.T) {
	frame := image.Rect(3, 4, 10, 12)
	m := image.NewPaletted(frame, color.Palette{color.RGBA{10, 20, 30, 255}})
	var b bytes.Buffer
	err := gif.EncodeAll(&b, &gif.GIF{Image: []*image.Paletted{m}, Delay: []int{0}, Config: image.Config{ColorModel: m.Palette, Width: testW, Height: testH}})
	if err != nil {
		t.Fatal(err)
	}
	p, err := Decode(b.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	check(t, p, func(x, y int) [4]uint8 {
		if image.Pt(x, y).In(frame) {
			return [4]uint8{10, 20, 30, 255}
		}
		return [4]uint8{}
	}, 0)
}

// TestWebPFrame: an animation's first frame that covers a part of the picture: the file says so from
// offset 8 of its chunk ANMF on, in units of two pixels.
func TestWebPFrame(t *testing.T) {
	data := read(t, "animated.webp")
	at := bytes.Index(data, []byte("ANMF")) + 8
	const dx, dy = 6, 4
	data[at], data[at+3] = dx/2, dy/2
	if _, err := Decode(data); err == nil || !strings.Contains(err.Error(), "does not fit") {
		t.Errorf("a frame beyond the picture: got %v", err)
	}
	copy(data[24:], []byte{testW + dx - 1, 0, 0, testH + dy - 1, 0, 0}) // the picture's sides, less 1
	p, err := Decode(data)
	if err != nil {
		t.Fatal(err)
	}
	if p.W != testW+dx || p.H != testH+dy {
		t.Fatalf("the picture is %dx%d", p.W, p.H)
	}
	px := make([]uint8, 4*p.W*p.H)
	p.pixels(px, 0, 0, p.W, p.H)
	for i := 0; i < len(px); i += 4 {
		x, y := i/4%p.W-dx, i/4/p.W-dy
		want := [4]uint8{}
		if x >= 0 && y >= 0 {
			want = base(x, y)
		}
		if [4]uint8(px[i:]) != want {
			t.Fatalf("pixel (%d, %d) of the frame is %v, want %v", x, y, px[i:i+4], want)
		}
	}
}

// TestPremultiplied: what is premultiplied is laid on white without a detour.
func TestPremultiplied(t *testing.T) {
	m := image.NewRGBA(image.Rect(0, 0, 1, 1))
	copy(m.Pix, []uint8{100, 50, 0, 128})
	for _, m := range []image.Image{m, struct{ image.Image }{m}} {
		px := make([]uint8, 4)
		readerOf(m, false)(px, 0, 0)
		if [4]uint8(px) != [4]uint8{227, 177, 127, 255} {
			t.Errorf("%T: got %v", m, px)
		}
	}
}

// pngHeader is a PNG of w x h grey pixels that ends after its header.
func pngHeader(w, h uint32) []byte {
	b := []byte("\x89PNG\r\n\x1a\n\x00\x00\x00\x0dIHDR")
	b = binary.BigEndian.AppendUint32(b, w)
	b = binary.BigEndian.AppendUint32(b, h)
	b = append(b, 8, 0, 0, 0, 0)
	return binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b[12:]))
}

func flipped(data []byte, i int) []byte {
	data[i] ^= 1
	return data
}

// TestRefused: a sentence each that says what was found and what to do.
func TestRefused(t *testing.T) {
	for _, c := range []struct {
		what string
		data []byte
		want []string
	}{
		{"empty", nil, []string{"empty", "again"}},
		{"text", []byte("hello, world, this is text"), []string{"not a picture", `"hello, world"`, "PNG"}},
		{"one byte", []byte{0xff}, []string{"not a picture"}},
		{"HTML", []byte("\n <!DOCTYPE html><html>"), []string{"HTML page", "address"}},
		{"SVG", []byte(`<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>`), []string{"SVG", "export"}},
		{"HEIC", []byte("\x00\x00\x00\x18ftypheic\x00\x00\x00\x00"), []string{"HEIC", "convert"}},
		{"AVIF", []byte("\x00\x00\x00\x18ftypavif\x00\x00\x00\x00"), []string{"AVIF", "convert"}},
		{"PDF", []byte("%PDF-1.4 and so on"), []string{"PDF", "convert"}},
		{"animated WebP without a frame", read(t, "animated.webp")[:60], []string{"WebP", "cut short"}},
		{"JPEG magic alone", []byte("\xff\xd8\xff\xe0"), []string{"JPEG", "cut short"}},
		{"PNG without pixels", pngHeader(5, 5), []string{"PNG", "cut short"}},
		{"PNG with a flipped bit", flipped(read(t, "rgb.png"), 20), []string{"PNG", "damaged"}},
		{"PNG of a rare kind", append(pngHeader(5, 5)[:20], "abcdefghijklmno"...), []string{"PNG", "rare"}},
	} {
		_, err := Decode(c.data)
		if err == nil {
			t.Errorf("%s: no error", c.what)
			continue
		}
		for _, want := range c.want {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%s: the error is %q, want %q in it", c.what, err, want)
			}
		}
	}
}

func TestTooLarge(t *testing.T) {
	for _, size := range [][2]uint32{{30000, 30000}, {70000, 1}, {1, 70000}} {
		_, err := Decode(pngHeader(size[0], size[1]))
		var want *picture.SizeError
		if !errors.As(err, &want) || want.W != int(size[0]) || want.H != int(size[1]) {
			t.Errorf("%v: got %v, want a SizeError", size, err)
		}
	}
}

// TestCutShort: no file that is cut anywhere gives a picture of other pixels, or a panic; most say so.
func TestCutShort(t *testing.T) {
	for _, name := range []string{"rgb420.jpg", "progressive.jpg", "rgb.png", "palette.gif", "lossy.webp", "lossless.webp", "rgb.bmp", "lzw.tif"} {
		data := read(t, name)
		cut, blamed := 0, 0
		for n := 20; n < len(data)*9/10; n += 7 {
			_, err := Decode(data[:n])
			if err == nil {
				t.Errorf("%s, %d of %d bytes: no error", name, n, len(data))
				break
			}
			cut++
			if strings.Contains(err.Error(), "cut short") {
				blamed++
			}
		}
		if blamed < cut/2 {
			_, err := Decode(data[:len(data)/2])
			t.Errorf("%s: of %d cuts %d are called so; half a file gives %q", name, cut, blamed, err)
		}
	}
}

// TestCrop: a file and the same pixels fed by hand give the same crop.
func TestCrop(t *testing.T) {
	p, err := Decode(read(t, "alpha.png"))
	if err != nil {
		t.Fatal(err)
	}
	var a, b picture.Resizer
	for _, fit := range []picture.Fit{picture.Squash, picture.Cover, picture.Contain} {
		got, err := p.Crop(&a, picture.Caffe, fit)
		if err != nil {
			t.Fatal(err)
		}
		if err := b.Begin(testW, testH, picture.Caffe, fit); err != nil {
			t.Fatal(err)
		}
		x0, y0, w, h := b.Source()
		for i := range w * h {
			px := withAlpha(base)(x0+i%w, y0+i/w)
			copy(b.Band()[4*i:], px[:])
		}
		if err := b.Feed(h); err != nil {
			t.Fatal(err)
		}
		want, err := b.Crop()
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s: the crops differ (%v)", fit, err)
		}
	}
}

func TestOrientationOfNonsense(t *testing.T) {
	good := "II*\x00\x08\x00\x00\x00\x01\x00\x12\x01\x03\x00\x01\x00\x00\x00\x06\x00\x00\x00"
	for _, c := range []struct {
		exif string
		want int
	}{
		{good, 6},
		{"", 1},
		{"II*\x00", 1},
		{"XX*\x00\x08\x00\x00\x00\x01\x00", 1},
		{strings.Replace(good, "\x06\x00", "\x09\x00", 1), 1},
		{strings.Replace(good, "\x06\x00", "\x00\x00", 1), 1},
		{strings.Replace(good, "\x08\x00\x00\x00", "\xff\xff\xff\xff", 1), 1},
		{strings.Replace(good, "\x12\x01\x03", "\x12\x01\x02", 1), 1},
		{good[:len(good)-1], 1},
	} {
		if got := orientation([]byte(c.exif)); got != c.want {
			t.Errorf("%q: got %d, want %d", c.exif, got, c.want)
		}
	}
}

// FuzzDecode: a picture or a sentence, never a panic; what is a picture can be cropped.
func FuzzDecode(f *testing.F) {
	names, err := filepath.Glob("testdata/*.*")
	if err != nil || len(names) < 30 {
		f.Fatal(len(names), err)
	}
	for _, name := range names {
		data := read(f, filepath.Base(name))
		f.Add(data)
		f.Add(data[:len(data)/2])
	}
	var r picture.Resizer
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := Decode(data)
		if err != nil {
			if len(err.Error()) < 20 {
				t.Fatalf("the error %q says little", err)
			}
			return
		}
		if p.W*p.H > 1<<20 {
			return // slow, nothing new
		}
		if _, err := p.Crop(&r, picture.Caffe, picture.Squash); err != nil {
			t.Fatal(fmt.Sprintf("%s of %dx%d: ", p.Format, p.W, p.H), err)
		}
	})
}
