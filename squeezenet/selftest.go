package squeezenet

import (
	"math"

	"squeezenet/kernels"
)

// selfTestSizes are the inputs of the self-test: the network's own size twice and one that leaves a
// remainder in every tile and clips windows of every pool.
var selfTestSizes = [][2]int{{227, 227}, {227, 227}, {99, 131}}

// SelfTest runs the network over fixed pictures and returns a digest of every bit of their logits and
// of conv10's maps: FNV-1a, 64 bits. An int8 network gives the same digest on every machine and with
// every form of the kernels, and so does a float32 one, which is run here without relaxed_madd; a model
// carries the expected one (weights.Model.Golden).
func (n *Network) SelfTest() (uint64, error) {
	var digest uint64
	var err error
	kernels.Exactly(func() { digest, err = n.digest() })
	return digest, err
}

func (n *Network) digest() (uint64, error) {
	h := fnv(14695981039346656037)
	for i, size := range selfTestSizes {
		if err := n.Run(selfTestPicture(i, size[0], size[1]), size[0], size[1]); err != nil {
			return 0, err
		}
		h.add(n.logits)
		s := n.plan.scores
		for p := range s.H * s.W {
			h.add(n.scores[p*s.stride:][:n.classes])
		}
	}
	return uint64(h), nil
}

// selfTestPicture is picture i, (h, w, 3) bytes: rings and ramps that make the features of a real
// picture, under a little noise that reaches every bit.
func selfTestPicture(i, h, w int) []uint8 {
	rgb := make([]uint8, 0, h*w*3)
	noise := uint32(i + 1)
	for y := range h {
		for x := range w {
			for c := range 3 {
				noise ^= noise << 13 // xorshift32 (Marsaglia, 2003)
				noise ^= noise >> 17
				noise ^= noise << 5
				dy, dx := y-h/2, x-w*(c+1)/4
				ring := (dy*dy + dx*dx) * (i + 1) / 64
				rgb = append(rgb, uint8(ring&0x7f+(x+y*(c+1))&0x3f+int(noise>>26)))
			}
		}
	}
	return rgb
}

type fnv uint64

func (h *fnv) add(values []float32) {
	for _, v := range values {
		b := math.Float32bits(v)
		for range 4 {
			*h = (*h ^ fnv(b&0xff)) * 1099511628211
			b >>= 8
		}
	}
}
