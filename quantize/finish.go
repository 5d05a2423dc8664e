package quantize

import (
	"slices"

	"squeezenet/squeezenet"
	"squeezenet/weights"
)

// layerBytes is what a model takes in its file, labels apart, and each layer of it.
func layerBytes(m *weights.Model) (total int, layers map[string]int, err error) {
	file, err := weights.Write(m)
	if err != nil {
		return 0, nil, err
	}
	sections, err := weights.Sections(file)
	if err != nil {
		return 0, nil, err
	}
	total, layers = len(file), make(map[string]int)
	for _, s := range sections {
		layers[s.Name] = s.Bytes
	}
	return total - layers["labels"], layers, nil
}

// finish runs the int8 model over the inputs and reports.
func (r *Calibration) finish(q *weights.Model, plan steps) (*weights.Model, *Report, error) {
	n, err := squeezenet.New(q, squeezenet.Options{})
	if err != nil {
		return nil, nil, err
	}
	if q.Golden, err = n.SelfTest(); err != nil {
		return nil, nil, err
	}
	report := &Report{}
	side := q.Pipeline.Crop
	for i, in := range r.inputs {
		r.progress(0.9+0.1*float64(i)/float64(len(r.inputs)), "checking the int8 network")
		rgb := slices.Clone(in)
		if q.Pipeline.BGR {
			for p := 0; p < len(rgb); p += 3 {
				rgb[p], rgb[p+2] = rgb[p+2], rgb[p]
			}
		}
		if err := n.Run(rgb, side, side); err != nil {
			return nil, nil, err
		}
		report.KL += Divergence(r.logits[i], n.Logits()) / float64(len(r.inputs))
		if argmax(r.logits[i]) == argmax(n.Logits()) {
			report.Same += 1 / float64(len(r.inputs))
		}
	}
	var bytes map[string]int
	if report.Bytes, bytes, err = layerBytes(q); err != nil {
		return nil, nil, err
	}
	for i := range q.Convs {
		l := Layer{Name: q.Convs[i].Name, Bytes: bytes[q.Convs[i].Name]}
		if !plan.perChannel {
			l.Sensitivity, l.Step = plan.sensitivity[i], plan.relative[i]
		}
		report.Layers = append(report.Layers, l)
	}
	r.progress(1, "done")
	return q, report, nil
}

func argmax(v []float32) int {
	best := 0
	for i, x := range v {
		if x > v[best] {
			best = i
		}
	}
	return best
}
