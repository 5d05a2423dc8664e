package kernels

import (
	"encoding/binary"
	"math/rand/v2"
	"slices"
	"testing"
)

// TestDecodeRANS decodes noise, which reaches every class, both ways of refilling and the end of the
// data, in every form, and compares integers, means and what is left with the Go form.
func TestDecodeRANS(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	var tables RANSTables
	for i := range tables.Context {
		tables.Context[i] = uint8(r.IntN(RANSContexts))
	}
	for c := range RANSContexts { // as many classes as the context's number and 25: up to 60
		n, first := c+25, 0
		for s := range n {
			f := 1 + r.IntN(2*((1<<12-first)/(n-s))-1)
			if s == n-1 {
				f = 1<<12 - first
			}
			tables.Span[c*64+s] = uint32(f | first<<16)
			for range f {
				tables.Symbol[c<<12+first] = uint8(s)
				first++
			}
		}
	}
	data := make([]byte, 5<<10)
	for i := range data {
		data[i] = byte(r.Uint32())
	}
	for _, c := range []struct {
		name   string
		n      int
		words  int
		means  int32
		shift  int32
		noTaps bool
	}{
		{"one integer", 1, 10, 256, 5, false},
		{"one tap", 300, 1000, 256, 5, true},
		{"several taps", 300, 1000, 256, 5, false},
		{"a vector", 64, 1000, 256, 2, true},
		{"large means", 300, 1000, 32767 * 256, 5, false},
		{"no data", 300, 0, 256, 5, false},
		{"data that ends", 300, 20, 256, 5, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			for range 20 {
				data := data[8*r.IntN(64):]
				run := func(dst []int16, taps []int32, form string) (s []RANS, ok bool) {
					use(form)
					state := RANS{State: binary.LittleEndian.Uint64(data) | 1<<40, Mean: c.means, Shift: c.shift, Data: data[8:][:4*c.words+3]}
					m := taps
					if c.noTaps {
						m = nil
					}
					for pass := range 3 {
						ok = DecodeRANS(dst[pass*c.n:][:c.n], &state, &tables, m, c.noTaps || pass == 0)
						if !ok {
							return s, false
						}
						s = append(s, state)
					}
					return s, true
				}
				want, wantTaps := make([]int16, 3*c.n), make([]int32, c.n)
				wantStates, wantOK := run(want, wantTaps, "go")
				if wantOK == (c.name == "no data" || c.name == "data that ends") {
					t.Fatalf("the Go form says %v", wantOK)
				}
				inEveryForm(t, func(t *testing.T, form string) {
					dst, check := guarded(t, 3*c.n, int16(-32109))
					taps, checkTaps := guarded(t, c.n, int32(-32109))
					states, ok := run(dst, taps, form)
					check()
					checkTaps()
					if ok != wantOK || len(states) != len(wantStates) {
						t.Fatalf("gives %v in pass %d, the Go form %v in pass %d", ok, len(states), wantOK, len(wantStates))
					}
					for i, s := range states {
						w := wantStates[i]
						if s.State != w.State || s.Mean != w.Mean || len(s.Data) != len(w.Data) {
							t.Errorf("pass %d leaves state %x, mean %d and %d bytes, the Go form %x, %d and %d", i, s.State, s.Mean, len(s.Data), w.State, w.Mean, len(w.Data))
						}
					}
					n := len(states) * c.n
					for i, v := range dst[:n] {
						if v != want[i] {
							t.Fatalf("integer %d is %d, want %d", i, v, want[i])
						}
					}
					if ok && !c.noTaps && !slices.Equal(taps, wantTaps) {
						t.Error("the taps' means differ")
					}
				})
			}
		})
	}
}

// TestAbsSums compares every form with sums made the simple way: vectors of 8 channels, remainders
// that overlap them, too few channels for one, and the code whose magnitude has no code.
func TestAbsSums(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	inEveryForm(t, func(t *testing.T, form string) {
		for _, channels := range []int{1, 7, 8, 13, 16, 17, 64} {
			for _, rows := range []int{0, 1, 2, 27} {
				codes := make([]int16, rows*channels)
				want, wantLargest := make([]int32, channels), 0
				for i := range codes {
					codes[i] = int16(r.Uint32())
					if i == len(codes)/2 {
						codes[i] = -32768
					}
					v := int(codes[i])
					v = max(v, -v)
					want[i%channels] += int32(v)
					wantLargest = max(wantLargest, v)
				}
				sums, check := guarded(t, channels, int32(-7))
				largest := AbsSums(sums, codes)
				check()
				if largest != wantLargest || !slices.Equal(sums, want) {
					t.Errorf("%d rows, %d channels: largest %d and sums %v, want %d and %v", rows, channels, largest, sums, wantLargest, want)
				}
			}
		}
	})
}
