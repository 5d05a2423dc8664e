package tensor

import (
	"fmt"

	"google.golang.org/protobuf/encoding/protowire"
)

// Field is the number of a protobuf field.
type Field = protowire.Number

// Fields calls f for every field of a protobuf message: number is a varint's value, data the bytes of
// a field that is no varint (never nil then), sharing memory with b.
func Fields(b []byte, f func(num Field, number uint64, data []byte) error) error {
	for len(b) > 0 {
		num, typ, n := protowire.ConsumeTag(b)
		if n < 0 {
			return fmt.Errorf("%v: %w", protowire.ParseError(n), ErrFormat)
		}
		b = b[n:]
		var number uint64
		var data []byte
		switch typ {
		case protowire.VarintType:
			number, n = protowire.ConsumeVarint(b)
		case protowire.BytesType:
			data, n = protowire.ConsumeBytes(b)
		default:
			if n = protowire.ConsumeFieldValue(num, typ, b); n >= 0 {
				data = b[:n]
			}
		}
		if n < 0 {
			return fmt.Errorf("field %d: %v: %w", num, protowire.ParseError(n), ErrFormat)
		}
		b = b[n:]
		if err := f(num, number, data); err != nil {
			return err
		}
	}
	return nil
}

// Integers appends a repeated integer field, packed or not.
func Integers(to []int64, number uint64, data []byte) []int64 {
	if data == nil {
		return append(to, int64(number))
	}
	for len(data) > 0 {
		v, n := protowire.ConsumeVarint(data)
		if n < 0 {
			break // the shape will not fit
		}
		to, data = append(to, int64(v)), data[n:]
	}
	return to
}
