package foreign

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"

	"squeezenet/picture"
	"squeezenet/squeezenet"
	"squeezenet/weights"
	"squeezenet/weights/onnx"
	"squeezenet/weights/safetensors"
	"squeezenet/weights/tensor"
)

// What our files say beside the tensors, so that Open gives the same model again.
const (
	metaArch     = "squeezenet.arch"
	metaPipeline = "squeezenet.pipeline" // JSON of picture.Pipeline
	metaLabels   = "squeezenet.labels"   // a line each, as Labels reads them
	metaSource   = "squeezenet.source"
	metaLinear   = "squeezenet.linear" // "true": no ReLU after conv10
)

// Encode makes the bytes of a file of another format of a float32 model: safetensors in torchvision's
// names (the format of torchvision's own load_state_dict, for the nets that it has) or ONNX. The file
// name's ending chooses: .safetensors or .onnx.
func Encode(name string, m *weights.Model) ([]byte, error) {
	if m.Quantised() {
		return nil, fmt.Errorf("%s: an int8 model cannot be written, expected a float32 one; write the model that it was made from", name)
	}
	if _, err := squeezenet.New(m, squeezenet.Options{}); err != nil {
		return nil, err
	}
	switch filepath.Ext(name) {
	case ".safetensors":
		a, err := squeezenet.Lookup(m.Arch)
		if err != nil {
			return nil, err
		}
		names := namings[torchvision].names(a)
		var tensors []tensor.Tensor
		for _, c := range m.Convs {
			base := strings.ReplaceAll(names[c.Name], "/", ".")
			tensors = append(tensors,
				tensor.Tensor{Name: base + ".weight", Shape: []int{c.Out, c.In, c.KH, c.KW}, Values: tensor.OIHW(c.Kernel, c.Out, c.In, c.KH*c.KW)},
				tensor.Tensor{Name: base + ".bias", Shape: []int{c.Out}, Values: c.Bias})
		}
		return safetensors.Write(tensors, metadata(m)), nil
	case ".onnx":
		return onnx.Write(m, metadata(m))
	}
	return nil, fmt.Errorf("%s: ends in %q, expected .safetensors or .onnx", name, filepath.Ext(name))
}

func metadata(m *weights.Model) map[string]string {
	var labels strings.Builder
	for i, l := range m.Labels {
		fmt.Fprintf(&labels, "%d\t%s\t%s\n", i, l.WNID, l.Name)
	}
	pipeline, _ := json.Marshal(m.Pipeline) // numbers and nothing else: cannot fail
	return map[string]string{
		metaArch: m.Arch, metaPipeline: string(pipeline), metaLabels: labels.String(), metaSource: m.Source,
		metaLinear: strconv.FormatBool(m.Convs[len(m.Convs)-1].Linear),
	}
}

// describe takes over what one of our files says of the model.
func (c *contents) describe(meta map[string]string) error {
	c.arch, c.source, c.linear = meta[metaArch], meta[metaSource], meta[metaLinear] == "true"
	var err error
	if text := meta[metaLabels]; text != "" {
		if c.labels, err = Labels([]byte(text)); err != nil {
			return err
		}
	}
	if text := meta[metaPipeline]; text != "" {
		c.own = new(picture.Pipeline)
		if err := json.Unmarshal([]byte(text), c.own); err != nil {
			return fmt.Errorf("its %s cannot be read: %v", metaPipeline, err)
		}
	}
	return nil
}
