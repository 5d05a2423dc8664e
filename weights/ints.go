package weights

import (
	"encoding/binary"
	"errors"
	"math/bits"
	"strconv"

	"squeezenet/kernels"
)

// Integers are entropy-coded by rANS (Duda, arXiv:1311.2540) with static tables that the whole model
// shares. Which table codes an integer follows from the magnitudes of its neighbours: see magnitudes.
// FORMAT.md states all of this for strangers.
const (
	probBits = 12        // a table's frequencies sum to 1 << probBits
	ransLow  = 1 << 31   // the state is at least this between integers; refilled by 32 bits
	maxInt   = 1<<15 - 1 // largest magnitude that can be coded
	symbols  = 60        // classes of magnitudes up to maxInt
	contexts = kernels.RANSContexts
)

// class sorts v >= 0 into 1<<n classes of one value each and from there on four to the octave. Within
// a class, extra bits tell values apart.
func class(v, n int) (c, extra int) {
	if v < 1<<n {
		return v, 0
	}
	l := bits.Len(uint(v)) - 1
	return 1<<n + (l-n)*4 + v>>(l-2)&3, l - 2
}

// contextOf maps an expected magnitude in 16ths to its table; those from 64 on share the last one.
var contextOf = func() (t [1024]uint8) {
	for v := range t {
		c, _ := class(v, 3)
		t[v] = uint8(c)
	}
	return t
}()

// magnitudes expects an integer's magnitude from those before it: a running mean along the row (same
// tap and input channel), averaged with one down the kernel's earlier taps (same input and output
// channel) where there are any. Weights that are large come together along both.
type magnitudes struct {
	row   int32
	shift int     // the row's mean forgets by 1 in 1<<shift
	taps  []int32 // (In, Out); nil when the kernel has one tap
}

const one = 256 // a magnitude of 1, in the means' unit

// A table is one context's frequencies.
type table [symbols]uint16

// normalise scales counts to sum to 1 << probBits, keeping every counted symbol above 0.
func normalise(counts *[symbols]int) (t table) {
	total, largest := 0, 0
	for s, n := range counts {
		total += n
		if n > counts[largest] {
			largest = s
		}
	}
	if total == 0 {
		return t
	}
	left := 1 << probBits
	for s, n := range counts {
		if n > 0 {
			t[s] = uint16(max(1, n<<probBits/total))
			left -= int(t[s])
		}
	}
	t[largest] += uint16(left) // at most 59 too many were given away, and the largest has at least 68
	return t
}

func readTables(c *cursor) *kernels.RANSTables {
	t := &kernels.RANSTables{Context: contextOf}
	for i := range contexts {
		n := c.u8()
		if n > symbols {
			c.fail("table " + strconv.Itoa(i) + " has " + strconv.Itoa(n) + " symbols, expected at most " + strconv.Itoa(symbols) + "; the file was written wrongly")
		}
		sum := 0
		for s := 0; s < n && c.err == nil; s++ {
			f := c.u8()
			if f >= 128 {
				f = f&127 | c.u8()<<7
			}
			if sum+f > 1<<probBits {
				break
			}
			t.Span[i*64+s] = uint32(f | sum<<16)
			slots := t.Symbol[i<<probBits+sum:][:f]
			for n := 0; n < f; n = max(1, 2*n) { // doubling, as copying is quick
				slots[0] = uint8(s)
				copy(slots[n:], slots[:n])
			}
			sum += f
		}
		if n > 0 && sum != 1<<probBits {
			c.fail("the frequencies of table " + strconv.Itoa(i) + " do not sum to " + strconv.Itoa(1<<probBits) + "; the file was written wrongly")
		}
	}
	return t
}

func writeTables(tables *[contexts]table) []byte {
	var b []byte
	for i := range tables {
		n := 0
		for s, f := range tables[i] {
			if f > 0 {
				n = s + 1
			}
		}
		b = append(b, byte(n))
		for _, f := range tables[i][:n] {
			if f >= 128 {
				b = append(b, byte(f&127|128), byte(f>>7))
			} else {
				b = append(b, byte(f))
			}
		}
	}
	return b
}

// A stream is one layer's integers being read.
type stream struct {
	kernels.RANS
	tables *kernels.RANSTables
}

var errStream = errors.New("its coded integers do not decode; the file was written wrongly")

func open(t *kernels.RANSTables, data []byte) (*stream, error) {
	if len(data) < 8 {
		return nil, errStream
	}
	return &stream{kernels.RANS{State: binary.LittleEndian.Uint64(data), Data: data[8:]}, t}, nil
}

// close reports whether everything was read, and nothing too much.
func (s *stream) close() error {
	if s.State != ransLow || len(s.Data) != 0 {
		return errStream
	}
	return nil
}

// atOnce is how many integers are decoded in one call: what an engine compiles better meanwhile, it
// uses from the next call on.
const atOnce = 1 << 14

// kernel reads (taps, in, out) integers.
func (s *stream) kernel(dst []int16, in, out int) error {
	s.Mean, s.Shift = one, 5
	tap := in * out
	var means []int32 // down the taps
	if len(dst) > tap {
		means = make([]int32, tap)
	}
	for k := 0; k < len(dst); k += tap {
		for i := 0; i < tap; i += atOnce {
			end := min(i+atOnce, tap)
			var m []int32
			if means != nil {
				m = means[i:end]
			}
			if !kernels.DecodeRANS(dst[k+i:k+end], &s.RANS, s.tables, m, k == 0) {
				return errStream
			}
		}
	}
	return nil
}

// vector reads numbers of one kind, one per channel.
func (s *stream) vector(dst []int16) error {
	s.Mean, s.Shift = one, 2
	if !kernels.DecodeRANS(dst, &s.RANS, s.tables, nil, true) {
		return errStream
	}
	return nil
}

// An encoder collects one layer's integers with their contexts, first to be counted, then coded.
type encoder struct {
	values   []int16
	contexts []uint8
}

func (e *encoder) kernel(src []int16, in, out int) {
	m := magnitudes{row: one, shift: 5}
	if len(src) > in*out {
		m.taps = make([]int32, in*out)
	}
	for k := 0; k < len(src); k += out {
		var taps []int32
		if m.taps != nil {
			taps = m.taps[k%(in*out):][:out]
		}
		e.row(src[k:k+out], &m, taps, k < in*out)
	}
}

// vectors adds the integers of those that have any.
func (e *encoder) vectors(all ...vector) {
	for _, n := range all {
		e.row(n.ints, &magnitudes{row: one, shift: 2}, nil, true)
	}
}

func (e *encoder) row(src []int16, m *magnitudes, taps []int32, firstTap bool) {
	for i, q := range src {
		expect := m.row
		if !firstTap {
			expect = (m.row + taps[i]) >> 1
		}
		e.values = append(e.values, q)
		e.contexts = append(e.contexts, contextOf[min(expect>>4, int32(len(contextOf)-1))])
		v := int32(max(q, -q)) * one
		m.row += (v - m.row) >> m.shift
		if taps != nil {
			if firstTap {
				taps[i] = v
			} else {
				taps[i] += (v - taps[i]) >> 2
			}
		}
	}
}

// count adds the integers to the model's statistics.
func (e *encoder) count(counts *[contexts][symbols]int) {
	for i, q := range e.values {
		c, _ := class(int(max(q, -q)), 4)
		counts[e.contexts[i]][c]++
	}
}

// encode writes the integers, last first, as rANS wants it; the state comes before the words. An
// integer is its class by the context's table, then the extra bits and, unless it is 0, the sign.
func (e *encoder) encode(tables *[contexts]table) []byte {
	var starts [contexts][symbols]uint64
	for c := range tables {
		sum := uint64(0)
		for s, f := range tables[c] {
			starts[c][s] = sum
			sum += uint64(f)
		}
	}
	state := uint64(ransLow)
	var words []uint32
	for i := len(e.values) - 1; i >= 0; i-- {
		q := int(e.values[i])
		v := max(q, -q)
		s, extra := class(v, 4)
		low, n := uint64(v)&(1<<extra-1), extra
		if v != 0 {
			n++ // the sign
		}
		c := e.contexts[i]
		f := uint64(tables[c][s])
		if state >= ransLow>>(probBits+n)<<32*f {
			words = append(words, uint32(state))
			state >>= 32
		}
		if v != 0 {
			state = state<<1 | uint64(q)>>63
		}
		state = state<<extra | low
		state = state/f<<probBits + state%f + starts[c][s]
	}
	b := binary.LittleEndian.AppendUint64(nil, state)
	for i := len(words) - 1; i >= 0; i-- {
		b = le32(b, words[i])
	}
	return b
}
