// Package decode reads picture files: JPEG, PNG, GIF and WebP (of animations the first frame), BMP and
// TIFF, told apart by their content. It is for native programs and Node; browsers decode for themselves.
package decode

import (
	"bytes"
	"errors"
	"image"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
	"strconv"
	"strings"

	"golang.org/x/image/bmp"
	"golang.org/x/image/tiff"
	"golang.org/x/image/webp"

	"squeezenet/picture"
)

// A Picture is a decoded file, upright.
type Picture struct {
	Format      string // "JPEG", "PNG", ...
	W, H        int    // pixels, after orientation
	orientation int    // Exif's, 1..8
	read        reader
	storedW     int // pixels before orientation
	storedH     int
}

type format struct {
	name   string
	magic  string // '?' stands for any byte
	config func(io.Reader) (image.Config, error)
	decode func(io.Reader) (image.Image, error)
	exif   func(data []byte) []byte // finds the Exif block (a TIFF header and what follows); nil: none
}

var formats = []format{
	{"JPEG", "\xff\xd8\xff", jpeg.DecodeConfig, jpeg.Decode, exifOfJPEG},
	{"PNG", "\x89PNG\r\n\x1a\n", png.DecodeConfig, png.Decode, exifOfPNG},
	{"GIF", "GIF8?a", gif.DecodeConfig, gif.Decode, nil},
	{"WebP", "RIFF????WEBP", webp.DecodeConfig, decodeWebP, exifOfWebP},
	{"BMP", "BM????\x00\x00\x00\x00????", bmp.DecodeConfig, bmp.Decode, nil},
	{"TIFF", "II*\x00", tiff.DecodeConfig, tiff.Decode, whole},
	{"TIFF", "MM\x00*", tiff.DecodeConfig, tiff.Decode, whole},
}

const readable = "JPEG, PNG, GIF, WebP, BMP and TIFF are read"

// others are what people give besides, named so that they know what to do.
var others = []struct{ magic, name string }{
	{"????ftypavif", "an AVIF picture"},
	{"????ftypavis", "an AVIF picture"},
	{"????ftyphei", "a HEIC picture"},
	{"????ftyphev", "a HEIC picture"},
	{"????ftypmif1", "a HEIF picture"},
	{"????ftyp", "a film (MP4 or the like)"},
	{"\x00\x00\x00\x0cJXL ", "a JPEG XL picture"},
	{"\xff\x0a", "a JPEG XL picture"},
	{"\x00\x00\x00\x0cjP  ", "a JPEG 2000 picture"},
	{"\x00\x00\x01\x00", "a Windows icon"},
	{"8BPS", "a Photoshop document"},
	{"%PDF", "a PDF document"},
	{"PK\x03\x04", "a ZIP archive"},
	{"\x1f\x8b", "a gzip archive"},
}

func begins(data []byte, magic string) bool {
	if len(data) < len(magic) {
		return false
	}
	for i := range len(magic) {
		if magic[i] != '?' && magic[i] != data[i] {
			return false
		}
	}
	return true
}

// Decode reads a picture file. Its size is checked before memory is taken for its pixels: the error is
// then a *picture.SizeError. 16-bit channels keep their high byte, embedded colour profiles are not
// applied, Exif orientation is applied (here and nowhere else), what an
// animation's first frame does not cover is transparent. Errors say what was found and what to do; callers prefix the file's name.
func Decode(data []byte) (*Picture, error) {
	f, err := sniff(data)
	if err != nil {
		return nil, err
	}
	config, err := f.config(bytes.NewReader(data))
	if err != nil {
		return nil, f.damaged(data, err)
	}
	if err := picture.CheckSize(config.Width, config.Height); err != nil {
		return nil, err
	}
	m, err := f.decode(bytes.NewReader(data))
	if err != nil {
		return nil, f.damaged(data, err)
	}
	p := &Picture{Format: f.name, W: config.Width, H: config.Height, orientation: 1, storedW: config.Width, storedH: config.Height}
	p.read = readerOf(m, f.name == "WebP")
	if b := m.Bounds(); b != image.Rect(0, 0, p.W, p.H) {
		p.read = within(p.read, b)
	}
	if f.exif != nil {
		p.orientation = orientation(f.exif(data))
	}
	if p.orientation >= 5 {
		p.W, p.H = p.H, p.W
	}
	return p, nil
}

func sniff(data []byte) (*format, error) {
	if len(data) == 0 {
		return nil, errors.New("the file is empty: copy or fetch it again")
	}
	for i := range formats {
		if begins(data, formats[i].magic) {
			return &formats[i], nil
		}
	}
	for _, o := range others {
		if begins(data, o.magic) {
			return nil, errors.New("it is " + o.name + "; " + readable + ": convert it to one of them first")
		}
	}
	head := strings.ToLower(string(data[:min(len(data), 512)]))
	switch head = strings.TrimLeft(strings.TrimPrefix(head, "\ufeff"), " \t\r\n"); {
	case strings.HasPrefix(head, "<!doctype html"), strings.HasPrefix(head, "<html"), strings.HasPrefix(head, "<head"):
		return nil, errors.New("it is an HTML page, not a picture: the address it came from may be wrong, or the server answered with an error page")
	case strings.HasPrefix(head, "<svg"), strings.HasPrefix(head, "<?xml") && strings.Contains(head, "<svg"):
		return nil, errors.New("it is an SVG drawing; " + readable + ": export it as one of them first")
	}
	return nil, errors.New("it is not a picture: it begins with " + strconv.Quote(string(data[:min(len(data), 12)])) + "; " + readable)
}

// damaged says what a decoder's error means to the person who gave the file.
func (f *format) damaged(data []byte, err error) error {
	what := f.name + " picture of " + strconv.Itoa(len(data)) + " bytes "
	var unsupportedJPEG jpeg.UnsupportedError
	var unsupportedPNG png.UnsupportedError
	var unsupportedTIFF tiff.UnsupportedError
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF), strings.HasSuffix(err.Error(), "EOF"), // gif does not wrap
		strings.HasSuffix(err.Error(), "not enough image data"):
		what += "ends too early: it was cut short; copy or fetch it again"
	case errors.As(err, &unsupportedJPEG), errors.As(err, &unsupportedPNG), errors.As(err, &unsupportedTIFF), errors.Is(err, bmp.ErrUnsupported):
		what += "is of a rare kind that is not read (" + err.Error() + "): save it as an ordinary JPEG or PNG"
	default:
		what += "is damaged (" + err.Error() + "): copy or fetch it again, or save it anew from another program"
	}
	return errors.New("the " + what)
}

// Crop makes the network's input of the picture: RGB bytes (Crop, Crop, 3), valid until r's next use.
func (p *Picture) Crop(r *picture.Resizer, pipeline picture.Pipeline, fit picture.Fit) ([]uint8, error) {
	if err := r.Begin(p.W, p.H, pipeline, fit); err != nil {
		return nil, err
	}
	x, y, w, h := r.Source()
	for done := 0; done < h; {
		n := min(r.BandRows(), h-done)
		p.pixels(r.Band()[:4*w*n], x, y+done, w, n)
		if err := r.Feed(n); err != nil {
			return nil, err
		}
		done += n
	}
	return r.Crop()
}

// pixels writes the upright picture's rectangle into dst: RGBA (h, w, 4), not premultiplied.
func (p *Picture) pixels(dst []uint8, x, y, w, h int) {
	// Exif: in 2, 3, 6, 7 the stored rows run against what 1, 4, 5, 8 have; likewise the columns.
	o := p.orientation
	if o < 5 {
		mirrored, flipped := o == 2 || o == 3, o == 3 || o == 4
		for i := range h {
			row, sx, sy := dst[4*w*i:][:4*w], x, y+i
			if flipped {
				sy = p.storedH - 1 - sy
			}
			if mirrored {
				sx = p.storedW - x - w
			}
			p.read(row, sx, sy)
			if mirrored {
				reverse(row)
			}
		}
		return
	}
	// An upright column is a stored row.
	column := make([]uint8, 4*h)
	for i := range w {
		sx, sy := y, x+i
		if o == 6 || o == 7 {
			sy = p.storedH - 1 - sy
		}
		if o == 7 || o == 8 {
			sx = p.storedW - y - h
		}
		p.read(column, sx, sy)
		if o == 7 || o == 8 {
			reverse(column)
		}
		for j := range h {
			copy(dst[4*(j*w+i):][:4], column[4*j:])
		}
	}
}

// reverse turns the order of RGBA pixels round.
func reverse(px []uint8) {
	for i, j := 0, len(px)-4; i < j; i, j = i+4, j-4 {
		a, b := (*[4]uint8)(px[i:]), (*[4]uint8)(px[j:])
		*a, *b = *b, *a
	}
}
