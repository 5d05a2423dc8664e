package quantize

import (
	"math"
	"runtime"
	"sync"
	"sync/atomic"
)

// parallel runs f(0) to f(n-1) on all processors. What f writes must not depend on the order.
func parallel(n int, f func(i int)) {
	var next atomic.Int64
	var wait sync.WaitGroup
	for range min(n, runtime.GOMAXPROCS(0)) {
		wait.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				f(i)
			}
		})
	}
	wait.Wait()
}

// positions picks n of the pixels 0..of-1 for a layer and picture, the same each time it is asked.
func positions(layer, picture, n, of int) []int {
	all := make([]int, of)
	for i := range all {
		all[i] = i
	}
	state := uint64(layer)<<32 ^ uint64(picture)*0x9e3779b97f4a7c15
	n = min(n, of)
	for i := range n {
		state += 0x9e3779b97f4a7c15 // splitmix64 (Steele, Lea and Flood, 2014)
		z := (state ^ state>>30) * 0xbf58476d1ce4e5b9
		z = (z ^ z>>27) * 0x94d049bb133111eb
		j := i + int((z^z>>31)%uint64(of-i))
		all[i], all[j] = all[j], all[i]
	}
	return all[:n]
}

// gather copies the window of output pixel p into row, (K).
func gather[T uint8 | float32](row, src []T, o *op, p int) {
	for y := range o.win.KH {
		copy(row[y*o.win.Run:][:o.win.Run], src[int(o.win.In[p])+y*o.win.Pitch:])
	}
}

// moments are sums over sampled windows of codes; integers, so that no order of adding matters.
type moments struct {
	k, rows int
	sums    []uint64 // (K)
	squares []uint64 // (K, K), upper triangle
}

func newMoments(k int) *moments {
	return &moments{k: k, sums: make([]uint64, k), squares: make([]uint64, k*k)}
}

func (m *moments) merge(n *moments) {
	m.rows += n.rows
	for i, v := range n.sums {
		m.sums[i] += v
	}
	for i, v := range n.squares {
		m.squares[i] += v
	}
}

// add takes a block of windows, (rows, K). Two products are made by one multiplication, in the halves
// of 64 bits: a block of 60,000 windows of bytes still fits.
func (m *moments) add(rows []uint8) {
	k := m.k
	pairs := (k + 1) / 2
	packed := make([]uint64, pairs)
	acc := make([]uint64, k*pairs)
	for r := 0; r < len(rows); r += k {
		row := rows[r : r+k]
		for i := 0; i+1 < k; i += 2 {
			packed[i/2] = uint64(row[i]) | uint64(row[i+1])<<32
		}
		if k%2 == 1 {
			packed[k/2] = uint64(row[k-1])
		}
		for i, v := range row {
			m.sums[i] += uint64(v)
			if v == 0 {
				continue // half of all activations
			}
			a, f := acc[i*pairs:][i/2:pairs], uint64(v)
			for j, p := range packed[i/2:] {
				a[j] += p * f
			}
		}
		m.rows++
	}
	for i := range k {
		for j := i; j < k; j++ {
			m.squares[i*k+j] += acc[i*pairs+j/2] >> (j % 2 * 32) & math.MaxUint32
		}
	}
}

// mean and covariance of the windows.
func (m *moments) mean() []float64 {
	mean := make([]float64, m.k)
	for i, s := range m.sums {
		mean[i] = float64(s) / float64(m.rows)
	}
	return mean
}

func (m *moments) covariance() []float64 {
	mean, n := m.mean(), float64(m.rows)
	c := make([]float64, m.k*m.k)
	for i := range m.k {
		for j := i; j < m.k; j++ {
			v := float64(m.squares[i*m.k+j])/n - mean[i]*mean[j]
			c[i*m.k+j], c[j*m.k+i] = v, v
		}
	}
	return c
}

// A histogram counts a channel's values above 0 by magnitude, 32 bins to the octave from 2^-24 to 2^24.
type histogram struct {
	bins [48 * 32]uint32
	top  float32
	low  float32 // the least value, at most 0
}

func (h *histogram) add(v float32) {
	if v <= 0 {
		h.low = min(h.low, v)
		return
	}
	h.top = max(h.top, v)
	h.bins[max(0, min(len(h.bins)-1, int(math.Float32bits(v)>>18)-(127-24)*32))]++
}

func (h *histogram) merge(n *histogram) {
	for i, c := range n.bins {
		h.bins[i] += c
	}
	h.top, h.low = max(h.top, n.top), min(h.low, n.low)
}

// step is the one that loses least, in squares, when values become clamp(round(v/step), 0, 127)*step.
func (h *histogram) step() float64 {
	best, bestLoss := float64(h.top)/127, math.Inf(1)
	for f := 1.0; f > 0.3; f -= 0.025 {
		s := float64(h.top) * f / 127
		loss := 0.0
		for i, c := range h.bins {
			if c == 0 {
				continue
			}
			v := float64(math.Float32frombits(uint32(i+(127-24)*32)<<18 | 1<<17))
			e := s * s / 12 // for most values: evenly within a step
			switch {
			case v > 127*s:
				e = (v - 127*s) * (v - 127*s)
			case v < 4*s:
				e = v - math.Round(v/s)*s
				e *= e
			}
			loss += e * float64(c)
		}
		if loss < bestLoss {
			best, bestLoss = s, loss
		}
	}
	return best
}
