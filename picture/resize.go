package picture

import (
	"errors"
	"strconv"

	"squeezenet/kernels"
)

// What a Resizer takes on. A side is JPEG's own limit, the pixels are 400 MB of RGBA in a decoder.
const (
	MaxSide   = 65_535
	MaxPixels = 100_000_000
)

const (
	maxResize = 4096    // Pipeline.Resize and Crop: far above any network's input
	bandBytes = 1 << 20 // four rows of the widest picture
	chunk     = 64      // rows that are taken in before finished ones are made of them
)

// A SizeError says that a picture's size is outside what is taken on.
type SizeError struct{ W, H int }

func (e *SizeError) Error() string {
	size := strconv.Itoa(e.W) + "x" + strconv.Itoa(e.H)
	if e.W < 1 || e.H < 1 {
		return "picture: " + size + " pixels: a picture has at least one pixel each way; give another"
	}
	return "picture: " + size + " pixels: at most " + strconv.Itoa(MaxSide) + " a side and " +
		strconv.Itoa(MaxPixels/1_000_000) + " million in all are taken; make it smaller first"
}

// CheckSize returns a *SizeError for a picture of w x h pixels that is not taken on.
func CheckSize(w, h int) error {
	if w < 1 || h < 1 || w > MaxSide || h > MaxSide || w*h > MaxPixels {
		return &SizeError{w, h}
	}
	return nil
}

// A Resizer makes a network's crop of a picture that comes in bands of rows, so that its memory does
// not grow with the picture:
//
//	r.Begin(w, h, pipeline, fit)
//	x, y, w, h := r.Source()
//	for each band of at most r.BandRows() rows of that rectangle, downwards:
//		write RGBA bytes (not premultiplied) to the start of r.Band()
//		r.Feed(rows)
//	rgb, err := r.Crop()
//
// One Resizer may be used for any number of pictures; its buffers are kept.
type Resizer struct {
	BGRA         bool // the bytes fed are in this order; Begin sets it to false
	crop         int
	x, y, w, h   int // the resized picture's place in the crop
	mean         [3]uint8
	cols, rows   kernels.Taps
	columnsFirst bool    // the order of the passes
	band         []uint8 // source rows (rows, cols.Count, RGBA), and a pixel
	lines        []uint8 // (rows, pitch): source rows, or source rows resized along the row (w, RGB)
	pitch        int
	first        int     // the source row that lines begins with
	held         int     // rows in lines
	line         []uint8 // (pitch): lines resized along the column to one row
	next         int     // the next row of the resized picture
	out          []uint8 // (crop, crop, 3), and a byte
}

// Begin takes up a picture of srcW x srcH pixels. What was fed before is forgotten.
func (r *Resizer) Begin(srcW, srcH int, p Pipeline, fit Fit) error {
	if err := CheckSize(srcW, srcH); err != nil {
		return err
	}
	if err := p.check(fit); err != nil {
		return err
	}
	// The picture's size after resizing, and which of its columns and rows are in the crop.
	w, h := p.Resize, p.Resize
	switch fit {
	case Cover: // as torchvision: the longer side is truncated
		if srcW < srcH {
			h = p.Resize * srcH / srcW
		} else {
			w = p.Resize * srcW / srcH
		}
	case Contain:
		w, h = p.Crop, p.Crop
		if srcW < srcH {
			w = max(1, (2*p.Crop*srcW+srcH)/(2*srcH))
		} else {
			h = max(1, (2*p.Crop*srcH+srcW)/(2*srcW))
		}
	}
	r.crop = p.Crop
	r.w, r.h = min(w, p.Crop), min(h, p.Crop)
	r.x, r.y = (p.Crop-r.w)/2, (p.Crop-r.h)/2
	left, top := centre(w-r.w), centre(h-r.h)
	r.cols.SetBilinear(srcW, w, left, left+r.w)
	r.rows.SetBilinear(srcH, h, top, top+r.h)

	for c := range 3 {
		m := p.Mean[c]
		if p.BGR {
			m = p.Mean[2-c]
		}
		r.mean[c] = uint8(m + 0.5)
	}
	if r.band == nil {
		r.band = make([]uint8, bandBytes+4)
	}
	r.columnsFirst = columnsFirst(srcW, srcH, w, h)
	r.pitch = 3*r.w + 1
	if r.columnsFirst {
		r.pitch = 4*r.cols.Count + 4
	}
	r.pitch = (r.pitch + 15) &^ 15
	r.lines = grown(r.lines, (r.rows.Width+chunk)*r.pitch)
	r.line = grown(r.line, r.pitch)
	r.out = grown(r.out, 3*p.Crop*p.Crop+1)
	r.first, r.held, r.next = 0, 0, 0
	r.BGRA = false
	return nil
}

// columnsFirst is the order in which Pillow 13 does its two passes, each rounded to bytes: along the
// columns first where that saves work (pull request 9549; found by trying sizes). Before 13 it was
// always along the rows.
func columnsFirst(w, h, toW, toH int) bool { return h > toH && h-toH > 2*(w-toW) }

// centre is the offset that leaves half of the rest on either side, halves to even, as torchvision's
// CenterCrop rounds and as the reference cropped 227 of 256 (14).
func centre(rest int) int { return (rest + rest>>1&1) / 2 }

func grown(b []uint8, n int) []uint8 {
	if cap(b) < n {
		return make([]uint8, n)
	}
	return b[:n]
}

// Source is the rectangle of the picture that the crop depends on: only its pixels are fed.
func (r *Resizer) Source() (x, y, w, h int) {
	return r.cols.First, r.rows.First, r.cols.Count, r.rows.Count
}

// Band is the buffer that rows of the source rectangle are written to, without gaps, RGBA bytes. It
// is the same for every picture; what Feed has eaten is spoilt.
func (r *Resizer) Band() []uint8 { return r.band[:bandBytes] }

// BandRows is how many rows of the source rectangle the band holds: at least four.
func (r *Resizer) BandRows() int { return bandBytes / (4 * r.cols.Count) }

// Feed eats the next rows of the source rectangle from the band's start.
func (r *Resizer) Feed(rows int) error {
	if got := r.first + r.held; rows < 0 || rows > r.BandRows() || got+rows > r.rows.Count {
		return errors.New("picture: " + strconv.Itoa(rows) + " rows fed: the band holds " + strconv.Itoa(r.BandRows()) +
			" and " + strconv.Itoa(r.rows.Count-got) + " are still to come; feed no more than either")
	}
	pitch := 4 * r.cols.Count
	kernels.FlattenRGBA(r.band[:rows*pitch])
	for y := 0; y < rows; {
		// a window of odd width reads one row past those held (its weight is 0)
		n := min(rows-y, len(r.lines)/r.pitch-1-r.held)
		if r.columnsFirst {
			for i := range n {
				copy(r.lines[(r.held+i)*r.pitch:], r.band[(y+i)*pitch:][:pitch])
			}
		} else {
			kernels.ResizeRows(r.lines[r.held*r.pitch:], r.pitch, r.band[y*pitch:], pitch, n, &r.cols)
		}
		r.held += n
		y += n
		r.finish()
	}
	return nil
}

// finish makes the rows of the crop for which all source rows are there, and drops source rows that
// no later row needs.
func (r *Resizer) finish() {
	t := &r.rows
	for ; r.next < r.h; r.next++ {
		start := int(t.Start[r.next])
		if min(start+t.Width, t.Count) > r.first+r.held {
			break
		}
		kernels.ResizeColumns(r.line, r.pitch, r.lines[(start-r.first)*r.pitch:], r.pitch, t.Weights[r.next*t.Width:][:t.Width])
		row := r.out[3*((r.y+r.next)*r.crop+r.x):][:3*r.w+1]
		if r.columnsFirst {
			kernels.ResizeRows(row, len(row), r.line, r.pitch, 1, &r.cols)
		} else {
			copy(row[:3*r.w], r.line)
		}
		if r.BGRA { // so far, all channels were treated alike
			for x := 0; x < 3*r.w; x += 3 {
				row[x], row[x+2] = row[x+2], row[x]
			}
		}
	}
	drop := r.held
	if r.next < r.h {
		drop = min(drop, int(t.Start[r.next])-r.first)
	}
	if drop > 0 {
		copy(r.lines, r.lines[drop*r.pitch:r.held*r.pitch])
		r.first += drop
		r.held -= drop
	}
}

// Crop is the finished crop: RGB bytes (Crop, Crop, 3), valid until the next Begin.
func (r *Resizer) Crop() ([]uint8, error) {
	if r.crop == 0 || r.next < r.h {
		return nil, errors.New("picture: the crop was asked for after " + strconv.Itoa(r.first+r.held) + " of " +
			strconv.Itoa(r.rows.Count) + " rows; feed them all first")
	}
	for y := range r.crop {
		row := r.out[3*y*r.crop:][:3*r.crop]
		if y < r.y || y >= r.y+r.h {
			r.fill(row)
		} else {
			r.fill(row[:3*r.x])
			r.fill(row[3*(r.x+r.w):])
		}
	}
	return r.out[:3*r.crop*r.crop], nil
}

func (r *Resizer) fill(row []uint8) {
	for i := range row {
		row[i] = r.mean[i%3]
	}
}
