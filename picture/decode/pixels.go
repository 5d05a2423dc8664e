package decode

import (
	"image"
	"image/color"
)

// A reader writes the stored picture's pixels of row y from column x on into dst: RGBA, not premultiplied.
type reader func(dst []uint8, x, y int)

// readerOf gives the reader of what a decoder made. limited: its YCbCr is VP8's, not JPEG's.
func readerOf(m image.Image, limited bool) reader {
	switch m := m.(type) {
	case *image.YCbCr:
		return func(dst []uint8, x, y int) { readYCbCr(dst, m, x, y, limited) }
	case *image.NYCbCrA:
		return func(dst []uint8, x, y int) {
			readYCbCr(dst, &m.YCbCr, x, y, limited)
			for i, a := range m.A[m.AOffset(x, y):][:len(dst)/4] {
				dst[4*i+3] = a
			}
		}
	case *image.NRGBA:
		return func(dst []uint8, x, y int) { copy(dst, m.Pix[m.PixOffset(x, y):]) }
	case *image.RGBA:
		return func(dst []uint8, x, y int) {
			src := m.Pix[m.PixOffset(x, y):][:len(dst)]
			for i := 0; i < len(dst); i += 4 {
				onWhite(dst[i:], src[i], src[i+1], src[i+2], src[i+3])
			}
		}
	case *image.NRGBA64:
		return func(dst []uint8, x, y int) {
			src := m.Pix[m.PixOffset(x, y):][:2*len(dst)]
			for i := range dst {
				dst[i] = src[2*i]
			}
		}
	case *image.Gray:
		return func(dst []uint8, x, y int) { readGray(dst, m.Pix[m.PixOffset(x, y):], 1) }
	case *image.Gray16:
		return func(dst []uint8, x, y int) { readGray(dst, m.Pix[m.PixOffset(x, y):], 2) }
	case *image.Paletted:
		palette := make([][4]uint8, 256) // an index beyond the palette is transparent
		for i, c := range m.Palette {
			if n, ok := c.(color.NRGBA); ok {
				palette[i] = [4]uint8{n.R, n.G, n.B, n.A}
			} else {
				r, g, b, a := c.RGBA()
				onWhite(palette[i][:], uint8(r>>8), uint8(g>>8), uint8(b>>8), uint8(a>>8))
			}
		}
		return func(dst []uint8, x, y int) {
			for i, v := range m.Pix[m.PixOffset(x, y):][:len(dst)/4] {
				*(*[4]uint8)(dst[4*i:]) = palette[v]
			}
		}
	case *image.CMYK:
		return func(dst []uint8, x, y int) {
			src := m.Pix[m.PixOffset(x, y):][:len(dst)]
			for i := 0; i < len(dst); i += 4 {
				dst[i], dst[i+1], dst[i+2] = color.CMYKToRGB(src[i], src[i+1], src[i+2], src[i+3])
				dst[i+3] = 255
			}
		}
	}
	return func(dst []uint8, x, y int) {
		for i := 0; i < len(dst); i += 4 {
			r, g, b, a := m.At(x+i/4, y).RGBA()
			onWhite(dst[i:], uint8(r>>8), uint8(g>>8), uint8(b>>8), uint8(a>>8))
		}
	}
}

// onWhite writes a premultiplied pixel laid on white. Laid on white after a division by its alpha it
// would come out the same: see kernels.FlattenRGBA.
func onWhite(dst []uint8, r, g, b, a uint8) {
	white := 255 - a
	dst[0], dst[1], dst[2], dst[3] = min(r, a)+white, min(g, a)+white, min(b, a)+white, 255
}

func readGray(dst, src []uint8, step int) {
	for i := 0; i < len(dst); i += 4 {
		v := src[i/4*step]
		dst[i], dst[i+1], dst[i+2], dst[i+3] = v, v, v, 255
	}
}

func readYCbCr(dst []uint8, m *image.YCbCr, x, y int, limited bool) {
	shift := 0 // of a column to its chroma's
	switch m.SubsampleRatio {
	case image.YCbCrSubsampleRatio422, image.YCbCrSubsampleRatio420:
		shift = 1
	case image.YCbCrSubsampleRatio411, image.YCbCrSubsampleRatio410:
		shift = 2
	}
	luma := m.Y[m.YOffset(x, y):][:len(dst)/4]
	c := m.COffset(x, y) - x>>shift
	for i, v := range luma {
		cb, cr := m.Cb[c+(x+i)>>shift], m.Cr[c+(x+i)>>shift]
		px := dst[4*i:][:4]
		if limited {
			px[0], px[1], px[2] = limitedRGB(int(v), int(cb), int(cr))
		} else {
			px[0], px[1], px[2] = color.YCbCrToRGB(v, cb, cr)
		}
		px[3] = 255
	}
}

// limitedRGB converts VP8's YCbCr, whose luma is 16..235 (BT.601), in the integers of libwebp's
// src/dsp/yuv.h. x/image hands it out as if it were JPEG's, 0..255 (golang.org/issue/40173).
func limitedRGB(y, cb, cr int) (r, g, b uint8) {
	y = y * 19077 >> 8
	clip := func(v int) uint8 { return uint8(max(0, min(255, v>>6))) }
	return clip(y + cr*26149>>8 - 14234), clip(y - cb*6419>>8 - cr*13320>>8 + 8708), clip(y + cb*33050>>8 - 17685)
}

// within reads a frame that covers a part of the picture: around it, all is transparent.
func within(read reader, frame image.Rectangle) reader {
	return func(dst []uint8, x, y int) {
		clear(dst)
		from, to := max(x, frame.Min.X), min(x+len(dst)/4, frame.Max.X)
		if from < to && y >= frame.Min.Y && y < frame.Max.Y {
			read(dst[4*(from-x):4*(to-x)], from, y)
		}
	}
}
