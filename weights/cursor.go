package weights

import (
	"encoding/binary"
	"errors"
	"math"
	"strconv"
)

// fault is every error of this package's reader: what was found, at which offset of the file, and
// (in the words of the caller) what was expected and what to do.
func fault(offset int, what string) error {
	return errors.New("weights: at offset " + strconv.Itoa(offset) + ": " + what)
}

// A cursor walks one section. The first thing that does not fit is kept in err and everything
// after it reads as zero, so that callers check once.
type cursor struct {
	data []byte
	off  int // next byte
	base int // offset of data[0] in the file, for messages
	name string
	err  error
}

func (c *cursor) fail(what string) {
	if c.err == nil {
		c.err = fault(c.base+c.off, "section "+strconv.Quote(c.name)+": "+what)
	}
}

func (c *cursor) take(n int) []byte {
	if c.err != nil {
		return nil
	}
	if left := len(c.data) - c.off; n < 0 || n > left {
		c.fail("needs " + strconv.Itoa(n) + " bytes and has " + strconv.Itoa(left) + "; the file was written wrongly")
		return nil
	}
	b := c.data[c.off : c.off+n]
	c.off += n
	return b
}

func (c *cursor) u8() int {
	if b := c.take(1); b != nil {
		return int(b[0])
	}
	return 0
}

func (c *cursor) u16() int {
	if b := c.take(2); b != nil {
		return int(binary.LittleEndian.Uint16(b))
	}
	return 0
}

func (c *cursor) u32() uint32 {
	if b := c.take(4); b != nil {
		return binary.LittleEndian.Uint32(b)
	}
	return 0
}

func (c *cursor) u64() uint64 {
	if b := c.take(8); b != nil {
		return binary.LittleEndian.Uint64(b)
	}
	return 0
}

func (c *cursor) text(n int) string { return string(c.take(n)) }

// floats reads n finite numbers.
func (c *cursor) floats(n int) []float32 {
	start := c.off
	b := c.take(4 * n)
	if b == nil {
		return nil
	}
	v := make([]float32, n)
	for i := range v {
		bits := binary.LittleEndian.Uint32(b[4*i:])
		if bits&0x7f800000 == 0x7f800000 {
			c.off = start + 4*i
			c.fail("a number is infinite or not a number; the file was written wrongly")
			return nil
		}
		v[i] = math.Float32frombits(bits)
	}
	return v
}

// end fails if the section is longer than its content.
func (c *cursor) end() {
	if left := len(c.data) - c.off; c.err == nil && left > 0 {
		c.fail(strconv.Itoa(left) + " bytes too many; the file was written wrongly")
	}
}
