package tensor

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
)

// A Member is a file of an archive.
type Member struct {
	Name string
	Data []byte
}

// Unzip unpacks the members of a zip archive that want chooses, in the archive's order, checksums
// verified. It stops with an error when they are larger than MaxBytes together, whatever sizes the
// archive claims.
func Unzip(data []byte, want func(name string) bool) ([]Member, error) {
	r, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return nil, fmt.Errorf("the zip archive cannot be read (%v): %w", err, ErrFormat)
	}
	var members []Member
	left := int64(MaxBytes)
	for _, f := range r.File {
		if !want(f.Name) {
			continue
		}
		rc, err := f.Open()
		if err != nil {
			return nil, fmt.Errorf("%q in the zip archive: %v: %w", f.Name, err, ErrFormat)
		}
		b, err := io.ReadAll(io.LimitReader(rc, left+1))
		rc.Close()
		if err != nil {
			return nil, fmt.Errorf("%q in the zip archive: %v: %w", f.Name, err, ErrFormat)
		}
		if left -= int64(len(b)); left < 0 {
			return nil, fmt.Errorf("%q makes the zip archive unpack to more than %d MiB: no SqueezeNet is that large", f.Name, MaxBytes>>20)
		}
		members = append(members, Member{f.Name, b})
	}
	return members, nil
}
