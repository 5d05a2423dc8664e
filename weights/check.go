package weights

import (
	"errors"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"squeezenet/kernels"
)

// Check says whether the model can be stored and run: sizes that agree with each other, finite
// numbers and, in an int8 model, codes and scales for which the kernels' integer arithmetic is exact.
// The error names the layer. Read, Write and the quantiser all pass through it.
func (m *Model) Check() error {
	if err := m.checkHead(); err != nil {
		return errors.New("weights: " + err.Error())
	}
	seen := make(map[string]bool, 3+len(m.Convs)+len(m.Adds))
	seen[sectionModel], seen[sectionLabels], seen[sectionTables] = true, true, true
	for i := range m.Convs {
		v := &m.Convs[i]
		err := v.check(i == 0, m.Quantised())
		if err == nil && seen[v.Name] {
			err = errors.New("this name is taken")
		}
		if err != nil {
			return errors.New("weights: layer " + strconv.Quote(v.Name) + ": " + err.Error())
		}
		seen[v.Name] = true
	}
	for i := range m.Adds {
		a := &m.Adds[i]
		err := a.check()
		switch {
		case err == nil && seen[a.Name]:
			err = errors.New("this name is taken")
		case err == nil && !m.Quantised():
			err = errors.New("scales of a sum in a float32 model")
		}
		if err != nil {
			return errors.New("weights: layer " + strconv.Quote(a.Name) + ": " + err.Error())
		}
		seen[a.Name] = true
	}
	return nil
}

// check refuses sums that could leave the range in which the kernel's rounding holds.
func (a *Add) check() error {
	n := len(a.A)
	switch {
	case a.Name == "" || len(a.Name) > 255 || !utf8.ValidString(a.Name):
		return errors.New("expected a name of 1 to 255 bytes")
	case n < 1 || n > math.MaxUint16 || len(a.B) != n || len(a.Bias) != n || len(a.OutStep) != n:
		return errors.New(strconv.Itoa(n) + ", " + strconv.Itoa(len(a.B)) + ", " + strconv.Itoa(len(a.Bias)) + " and " + strconv.Itoa(len(a.OutStep)) +
			" numbers, expected as many of each, 1 to 65535")
	case a.OutZero > 127:
		return errors.New("zero point " + strconv.Itoa(int(a.OutZero)) + ", expected at most 127")
	}
	for o := range n {
		if step := a.OutStep[o]; !finite(step) || step <= 0 {
			return errors.New("the output step of channel " + strconv.Itoa(o) + " is " + ftoa(step) + ", expected a finite number above 0")
		}
		if most := 127*(math.Abs(float64(a.A[o]))+math.Abs(float64(a.B[o]))) + math.Abs(float64(a.Bias[o])); !(most < 1<<22) {
			return errors.New("channel " + strconv.Itoa(o) + " can reach " + ftoa(float32(most)) + " codes, expected below 2^22")
		}
	}
	return nil
}

func (m *Model) checkHead() error {
	p := &m.Pipeline
	switch {
	case len(m.Convs) == 0:
		return errors.New("the model has no layers")
	case m.Arch == "" || len(m.Arch) > 255 || !utf8.ValidString(m.Arch):
		return errors.New("architecture " + strconv.Quote(m.Arch) + ", expected a name of 1 to 255 bytes")
	case len(m.Source) > math.MaxUint16 || !utf8.ValidString(m.Source):
		return errors.New("the source's text has " + strconv.Itoa(len(m.Source)) + " bytes, expected at most 65535, of UTF-8")
	case p.Fit > 2:
		return errors.New("pipeline fit " + strconv.Itoa(int(p.Fit)) + ", expected 0, 1 or 2")
	case p.Crop < 1 || p.Crop > p.Resize || p.Resize > math.MaxUint16:
		return errors.New("pipeline crops " + strconv.Itoa(p.Crop) + " of " + strconv.Itoa(p.Resize) + " pixels, expected 1 <= crop <= resize <= 65535")
	}
	for i := range 3 {
		if !finite(p.Mean[i]) || !finite(p.Scale[i]) || p.Scale[i] <= 0 {
			return errors.New("pipeline mean " + ftoa(p.Mean[i]) + ", scale " + ftoa(p.Scale[i]) + ", expected finite numbers and a scale above 0")
		}
	}
	for i, l := range m.Labels {
		if !isField(l.WNID) || !isField(l.Name) {
			return errors.New("label " + strconv.Itoa(i) + " is " + strconv.Quote(l.WNID+" "+l.Name) + ", expected UTF-8 without tabs and line ends")
		}
	}
	return nil
}

// isField reports whether s can stand in a line of the labels.
func isField(s string) bool {
	return strings.IndexByte(s, '\t') < 0 && strings.IndexByte(s, '\n') < 0 && utf8.ValidString(s)
}

func (v *Conv) check(first, quantised bool) error {
	n := v.KH * v.KW * v.In * v.Out
	switch {
	case v.Name == "" || len(v.Name) > 255 || !utf8.ValidString(v.Name):
		return errors.New("expected a name of 1 to 255 bytes")
	case v.KH < 1 || v.KW < 1 || v.In < 1 || v.Out < 1 || v.KH > 255 || v.KW > 255 || v.In > math.MaxUint16 || v.Out > math.MaxUint16:
		return errors.New("shape " + v.shape() + " is out of range")
	case len(v.Bias) != v.Out:
		return errors.New(strconv.Itoa(len(v.Bias)) + " biases, expected " + strconv.Itoa(v.Out))
	case quantised != (v.Codes != nil) || quantised == (v.Kernel != nil):
		return errors.New("float32 and int8 layers in one model")
	}
	for o, b := range v.Bias {
		if !finite(b) {
			return errors.New("the bias of channel " + strconv.Itoa(o) + " is " + ftoa(b))
		}
	}
	if quantised {
		return v.checkCodes(first)
	}
	if len(v.Kernel) != n {
		return errors.New(strconv.Itoa(len(v.Kernel)) + " weights, expected " + strconv.Itoa(n) + " for shape " + v.shape())
	}
	for k, w := range v.Kernel {
		if !finite(w) {
			return errors.New("weight " + strconv.Itoa(k) + " is " + ftoa(w))
		}
	}
	return nil
}

// MaxCode returns the largest magnitude that a weight's code may have: in the first layer, which
// reads the picture's bytes, what keeps the sums below 2^24; in every other what an int8 dot with
// 7-bit activations never saturates at.
func MaxCode(first bool, taps int) int {
	switch {
	case !first:
		return 63
	case taps <= 27:
		return 2047
	default:
		return 447
	}
}

// checkCodes refuses what the kernels' arithmetic would not do exactly: sums from 2^24 on are not
// exact in float32, and the rounding by 1.5*2^23 holds below 2^22.
func (v *Conv) checkCodes(first bool) error {
	n := v.KH * v.KW * v.In * v.Out
	switch {
	case len(v.Codes) != n:
		return errors.New(strconv.Itoa(len(v.Codes)) + " codes, expected " + strconv.Itoa(n) + " for shape " + v.shape())
	case len(v.Scale) != v.Out || len(v.OutStep) != v.Out:
		return errors.New(strconv.Itoa(len(v.Scale)) + " scales and " + strconv.Itoa(len(v.OutStep)) + " output steps, expected " + strconv.Itoa(v.Out))
	}
	if v.OutZero > 127 {
		return errors.New("zero point " + strconv.Itoa(int(v.OutZero)) + ", expected at most 127")
	}
	limit, input := MaxCode(first, v.KH*v.KW*v.In), 127
	if first {
		input = 255
	}
	sums, part := make([]int, v.Out), make([]int32, v.Out)
	for rows := v.Codes; len(rows) > 0; {
		some := rows[:min(len(rows), 1<<12*v.Out)]
		if kernels.AbsSums(part, some) > limit {
			return v.codeBeyond(limit)
		}
		for o, sum := range part {
			sums[o] += int(sum)
		}
		rows = rows[len(some):]
	}
	for o, sum := range sums {
		s, step := v.Scale[o], v.OutStep[o]
		most := float64(sum) * float64(input)
		switch {
		case !finite(s) || s <= 0:
			return errors.New("the scale of channel " + strconv.Itoa(o) + " is " + ftoa(s) + ", expected a finite number above 0")
		case !finite(step) || step <= 0:
			return errors.New("the output step of channel " + strconv.Itoa(o) + " is " + ftoa(step) + ", expected a finite number above 0")
		case most >= 1<<24:
			return errors.New("the weights of channel " + strconv.Itoa(o) + " can sum to " + ftoa(float32(most)) + ", expected below 2^24")
		case float64(s)*most+math.Abs(float64(v.Bias[o])) >= 1<<22:
			return errors.New("channel " + strconv.Itoa(o) + " can reach " + ftoa(float32(float64(s)*most+math.Abs(float64(v.Bias[o])))) + " codes, expected below 2^22")
		}
	}
	return nil
}

func (v *Conv) codeBeyond(limit int) error {
	for k, w := range v.Codes {
		if int(w) > limit || int(w) < -limit {
			return errors.New("code " + strconv.Itoa(k) + " is " + strconv.Itoa(int(w)) + ", expected -" + strconv.Itoa(limit) + " to " + strconv.Itoa(limit))
		}
	}
	return nil
}

func finite(v float32) bool { return math.Float32bits(v)&0x7f800000 != 0x7f800000 }

func ftoa(v float32) string { return strconv.FormatFloat(float64(v), 'g', -1, 32) }
