package decode

import (
	"bytes"
	"encoding/binary"
)

var exifPrefix = []byte("Exif\x00\x00")

// orientation finds tag 0x0112 in the first directory of an Exif block (Exif 2.3, 4.6.4), which is a
// TIFF file: 1..8; 1, upright, where it is missing or makes no sense.
func orientation(exif []byte) int {
	if len(exif) < 8 {
		return 1
	}
	var order binary.ByteOrder = binary.LittleEndian
	switch string(exif[:4]) {
	case "II*\x00":
	case "MM\x00*":
		order = binary.BigEndian
	default:
		return 1
	}
	at := int64(order.Uint32(exif[4:]))
	if at+2 > int64(len(exif)) {
		return 1
	}
	entries := int(order.Uint16(exif[at:]))
	for b := exif[at+2:]; entries > 0 && len(b) >= 12; b, entries = b[12:], entries-1 {
		const short = 3
		if order.Uint16(b) == 0x0112 && order.Uint16(b[2:]) == short {
			if v := int(order.Uint16(b[8:])); v >= 1 && v <= 8 {
				return v
			}
			return 1
		}
	}
	return 1
}

func whole(data []byte) []byte { return data }

// exifOfJPEG looks through the segments before the first scan (ITU T.81, B.1.1.4; Exif 2.3, 4.7.2).
func exifOfJPEG(data []byte) []byte {
	for b := data[2:]; len(b) >= 4 && b[0] == 0xff; {
		marker, length := b[1], 2+int(binary.BigEndian.Uint16(b[2:]))
		if marker == 0xff { // a fill byte
			b = b[1:]
			continue
		}
		const app1, sos = 0xe1, 0xda
		if marker == sos || length > len(b) {
			return nil
		}
		if exif, ok := bytes.CutPrefix(b[4:max(4, length)], exifPrefix); marker == app1 && ok {
			return exif
		}
		b = b[length:]
	}
	return nil
}

// exifOfPNG looks for the chunk eXIf (PNG, third edition, 11.3.4.6).
func exifOfPNG(data []byte) []byte {
	for b := data[8:]; len(b) >= 12; {
		length := int64(binary.BigEndian.Uint32(b))
		if 12+length > int64(len(b)) {
			return nil
		}
		if string(b[4:8]) == "eXIf" {
			return b[8 : 8+length]
		}
		b = b[12+length:]
	}
	return nil
}

// exifOfWebP looks for the chunk EXIF (RFC 9649, 2.7.1.5); some writers put JPEG's prefix before it.
func exifOfWebP(data []byte) (exif []byte) {
	chunks(data[12:], func(name string, body []byte) bool {
		if name == "EXIF" {
			exif = bytes.TrimPrefix(body, exifPrefix)
		}
		return exif == nil
	})
	return exif
}
