package kernels

import (
	"encoding/binary"
	"strconv"
)

// RANSContexts is the number of tables that a model's coded integers share.
const RANSContexts = 36

// ransLow is the least state between integers.
const ransLow = 1 << 31

// A RANS is how far coded integers have been read (weights/FORMAT.md has the code's terms).
type RANS struct {
	State uint64
	Mean  int32 // of the magnitudes so far, in 256ths, at least 0
	Shift int32 // the mean forgets by 1 in 1<<Shift
	Data  []byte
}

// RANSTables are what integers are decoded with. Contexts are below RANSContexts.
type RANSTables struct {
	Context [1024]uint8               // of an expected magnitude in 16ths; those from 1023 on share the last one
	Symbol  [RANSContexts << 12]uint8 // (contexts, slots): the magnitude's class, below 60
	Span    [RANSContexts * 64]uint32 // (contexts, classes): frequency | first slot << 16
}

// DecodeRANS reads len(dst) integers of a kernel's tap. taps are the means down the taps, one for each
// of dst, which the first tap sets and the later ones update; nil where a kernel has one tap.
//
//	for each i:
//		expect := Mean; if !first: expect = (Mean+taps[i]) >> 1
//		c := Context[min(expect>>4, 1023)]
//		slot := State mod 4096
//		v := Symbol[c, slot]; freq, start := Span[c, v]
//		State = freq*(State/4096) + slot - start
//		if v >= 16: v is a class, of 4 to the octave; its further bits come off State, lowest first
//		if v != 0: the sign comes off State; dst[i] = v or -v
//		if State < 2^31: State = State<<32 | the next 4 bytes of Data
//		Mean += (256*v - Mean) >> Shift
//		taps[i] = 256*v; if !first: taps[i] += (256*v - taps[i]) >> 2
//
// It reports false when Data ends too early, and dst is then undefined. Whatever the data, nothing
// outside of the arguments is read or written, and every form gives the same integers.
func DecodeRANS(dst []int16, r *RANS, t *RANSTables, taps []int32, first bool) bool {
	if len(taps) != len(dst) && (taps != nil || !first) {
		panic("kernels: DecodeRANS: " + strconv.Itoa(len(taps)) + " taps for " + strconv.Itoa(len(dst)) + " integers; expected as many")
	}
	return decodeRANS(dst, r, t, taps, first)
}

func decodeRANSGo(dst []int16, r *RANS, t *RANSTables, taps []int32, first bool) bool {
	state, data, mean, shift := r.State, r.Data, r.Mean, r.Shift
	for i := range dst {
		expect := mean
		if !first {
			expect = (mean + taps[i]) >> 1
		}
		c := int(t.Context[min(expect>>4, int32(len(t.Context)-1))])
		slot := state & (1<<12 - 1)
		v := int32(t.Symbol[c<<12|int(slot)])
		span := t.Span[c*64+int(v&63)]
		state = uint64(span&0xffff)*(state>>12) + slot - uint64(span>>16)
		if v >= 16 {
			extra := v>>2 - 2
			v = (4+v&3)<<(extra&15) | int32(state&(1<<(extra&15)-1))
			state >>= extra & 15
		}
		// Without a branch, as zeros come and go.
		nonzero := uint64(uint32(-v) >> 31)
		sign := int32(state & nonzero)
		state >>= nonzero & 1
		dst[i] = int16(v ^ -sign + sign)
		if state < ransLow {
			if len(data) < 4 {
				return false
			}
			state = state<<32 | uint64(binary.LittleEndian.Uint32(data))
			data = data[4:]
		}
		v *= 256
		mean += (v - mean) >> (shift & 31)
		switch {
		case !first:
			taps[i] += (v - taps[i]) >> 2
		case taps != nil:
			taps[i] = v
		}
	}
	r.State, r.Data, r.Mean = state, data, mean
	return true
}
