package squeezenet

import (
	"math"
	"slices"
	"strings"
	"testing"

	"squeezenet/weights/shipped"
)

func int8Network(t testing.TB) *Network {
	t.Helper()
	n, err := New(shipped.Load(shipped.Int8), Options{})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// The samples between the map's own are what a network sees that looks half a jump further: nearer to the
// map of the picture shifted by 8 pixels than anything interpolated is. (Near the edges the two pictures'
// borders of zeros reach into all layers.)
func TestDenseSamples(t *testing.T) {
	const side, shift = 227, 8
	large := selfTestPicture(0, side+shift, side+shift)
	crop := func(at int) []uint8 {
		var rgb []uint8
		for y := range side {
			rgb = append(rgb, large[3*((y+at)*(side+shift)+at):][:3*side]...)
		}
		return rgb
	}
	for _, n := range []*Network{int8Network(t), float32Network(t, Options{})} {
		if err := n.Run(crop(0), side, side); err != nil {
			t.Fatal(err)
		}
		if g := n.plan.feature.grid; g != (grid{15, 16}) {
			t.Errorf("the last map's pixels lie at %d + i*%d, expected 15 + i*16", g.start, g.jump)
		}
		class := n.TopK(1)[0].Index
		plain, err := n.ClassMap(class)
		if err != nil {
			t.Fatal(err)
		}
		d := n.dense(class)
		most := slices.Max(plain.Data)
		for i, want := range plain.Data {
			y, x := i/plain.W, i%plain.W
			if got := d.Data[(2*y+1)*d.W+2*x+1]; math.Abs(float64(got-want)) > 1e-4*float64(most) {
				t.Fatalf("sample %d, %d: %v, the map has %v", y, x, got, want)
			}
		}
		if err := n.Run(crop(shift), side, side); err != nil {
			t.Fatal(err)
		}
		shifted, err := n.ClassMap(class)
		if err != nil {
			t.Fatal(err)
		}
		var sampled, between float64 // distance from what the shifted picture's map has
		for y := 4; y < plain.H-6; y++ {
			for x := 4; x < plain.W-6; x++ {
				want := shifted.Data[y*shifted.W+x]
				sampled += math.Abs(float64(d.Data[(2*y+2)*d.W+2*x+2] - want))
				between += math.Abs(float64(plain.sample(float32(y)+0.5, float32(x)+0.5) - want))
			}
		}
		if sampled > between/4 {
			t.Errorf("int8 %v: the samples are %v away, interpolation is %v", n.Quantised(), sampled, between)
		}
	}
}

// A score that grows slowly across an edge of the picture becomes one that grows at the edge, and on one
// surface it stays what it is.
func TestFilterFollowsEdges(t *testing.T) {
	const side = 64
	m := Map{Shape{4, 4, 1}, nil}
	for range 4 {
		m.Data = append(m.Data, 0, 0, 1, 1)
	}
	for _, edge := range []bool{true, false} {
		rgb := make([]uint8, 3*side*side)
		for i := range rgb {
			if rgb[i] = 40; edge && i/3%side >= side/2 {
				rgb[i] = 200
			}
		}
		dst := make([]uint8, side*side)
		var g guide
		g.filter(dst, m, 8, 16, rgb, side, side)
		row := dst[side/2*side:][:side]
		if !slices.IsSorted(row) || row[0] > 20 || row[side-1] < 235 {
			t.Errorf("edge %v: %v does not grow from 0 to 255", edge, row)
		}
		if got := int(row[side/2+2]) - int(row[side/2-3]); edge && got < 120 || !edge && got > 60 {
			t.Errorf("edge %v: it grows by %d within five pixels", edge, got)
		}
	}
}

// The bits of int8 are the same on every machine and with every form of the kernels.
func TestClassMaskGolden(t *testing.T) {
	n := int8Network(t)
	rgb := selfTestPicture(0, 227, 227)
	if err := n.Run(rgb, 227, 227); err != nil {
		t.Fatal(err)
	}
	before := [][]float32{slices.Clone(n.Logits()), n.Features().Data, n.Scores().Data}
	h := fnv(14695981039346656037)
	for _, class := range []int{0, 281, n.TopK(1)[0].Index} {
		m, err := n.ClassMask(class, rgb)
		if err != nil || m.H != 227 || m.W != 227 || len(m.Data) != 227*227 {
			t.Fatalf("%v, %dx%d with %d values", err, m.H, m.W, len(m.Data))
		}
		for _, v := range m.Data {
			h.add([]float32{float32(v)})
		}
	}
	if got, want := uint64(h), uint64(0x3ffbbcac6ba5adc8); got != want {
		t.Errorf("digest %#x, expected %#x", got, want)
	}
	for i, got := range [][]float32{n.Logits(), n.Features().Data, n.Scores().Data} {
		if !slices.Equal(got, before[i]) {
			t.Errorf("result %d of the run is another after a mask", i)
		}
	}
	run := testing.AllocsPerRun(3, func() { n.Run(rgb, 227, 227) })
	if got := testing.AllocsPerRun(3, func() { n.ClassMask(281, rgb) }); got > 3*run+4 {
		t.Errorf("a mask allocates %v times, a run %v; besides its runs its bytes, the map and a column of weights were expected", got, run)
	}
	for _, c := range []struct {
		class int
		rgb   []uint8
		want  string
	}{{1000, rgb, "expected 0 to 999"}, {-1, rgb, "expected 0 to 999"}, {0, rgb[3:], "expected the 154587"}} {
		if _, err := n.ClassMask(c.class, c.rgb); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("class %d, %d bytes: %v, expected %q", c.class, len(c.rgb), err, c.want)
		}
	}
}

// Every architecture has masks, at the least size and at one with remainders.
func TestClassMaskOfAllNets(t *testing.T) {
	for _, a := range Archs {
		n := random(t, a.Name)
		for _, size := range [][2]int{{35, 35}, {67, 99}} {
			rgb := noise(1, size[0]*size[1]*3)
			if err := n.Run(rgb, size[0], size[1]); err != nil {
				t.Fatal(err)
			}
			for class := range n.Classes() {
				m, err := n.ClassMask(class, rgb)
				if err != nil || m.H != size[0] || m.W != size[1] {
					t.Fatalf("%s at %v: %dx%d, %v", a.Name, size, m.H, m.W, err)
				}
				seen := slices.Max(n.dense(class).Data) > 0
				if most := slices.Max(m.Data); seen != (most == 255) || !seen && most > 0 {
					t.Errorf("%s at %v, class %d: the most is %d, seen %v", a.Name, size, class, most, seen)
				}
			}
		}
	}
}
