package decode

import (
	"bytes"
	"encoding/binary"
	"errors"
	"image"
	"io"

	"golang.org/x/image/webp"
)

// chunks calls each with the chunks of a RIFF form's body, until it returns false or one is cut short.
func chunks(b []byte, each func(name string, body []byte) bool) {
	for len(b) >= 8 {
		length := int64(binary.LittleEndian.Uint32(b[4:]))
		if 8+length > int64(len(b)) || !each(string(b[:4]), b[8:8+length]) {
			return
		}
		b = b[min(8+length+length&1, int64(len(b))):]
	}
}

// decodeWebP decodes a picture, or an animation's first frame, which x/image does not know: it is
// wrapped as a picture of its own and then put in its place (RFC 9649, 2.7.1.1).
func decodeWebP(r io.Reader) (image.Image, error) {
	data, err := io.ReadAll(r)
	if err != nil {
		return nil, err
	}
	const animation, alpha = 1 << 1, 1 << 4
	if !begins(data, "RIFF????WEBPVP8X????") || len(data) < 30 || data[20]&animation == 0 {
		return webp.Decode(bytes.NewReader(data))
	}
	var frame []byte
	chunks(data[12:], func(name string, body []byte) bool {
		if name == "ANMF" {
			frame = body
		}
		return frame == nil
	})
	if len(frame) < 16 {
		return nil, io.ErrUnexpectedEOF
	}
	body := frame[16:]
	if begins(body, "ALPH") {
		extended := append([]byte("VP8X\x0a\x00\x00\x00"), alpha, 0, 0, 0)
		body = append(append(extended, frame[6:12]...), body...)
	}
	file := append([]byte("RIFF"), 0, 0, 0, 0)
	binary.LittleEndian.PutUint32(file[4:], uint32(4+len(body)))
	file = append(append(file, "WEBP"...), body...)

	uint24 := func(b []byte) int { return int(b[0]) | int(b[1])<<8 | int(b[2])<<16 }
	at := image.Pt(2*uint24(frame), 2*uint24(frame[3:]))
	canvas := image.Rect(0, 0, 1+uint24(data[24:]), 1+uint24(data[27:]))
	config, err := webp.DecodeConfig(bytes.NewReader(file))
	if err != nil {
		return nil, err
	}
	if !image.Rect(0, 0, config.Width, config.Height).Add(at).In(canvas) {
		return nil, errors.New("webp: the first frame does not fit the picture")
	}
	m, err := webp.Decode(bytes.NewReader(file))
	switch m := m.(type) {
	case *image.YCbCr:
		m.Rect = m.Rect.Add(at)
	case *image.NYCbCrA:
		m.Rect = m.Rect.Add(at)
	case *image.NRGBA:
		m.Rect = m.Rect.Add(at)
	}
	return m, err
}
