package foreign

import (
	"fmt"
	"sort"
	"strings"

	"squeezenet/picture"
)

// pipelines are what the frameworks' own loaders feed to the weights that they publish.
var pipelines = map[string]picture.Pipeline{
	"caffe": picture.Caffe,
	// torchvision.transforms for its ImageNet models: shorter side 256, crop 224, (v/255 - mean)/std.
	"torchvision": {Fit: picture.Cover, Resize: 256, Crop: 224,
		Mean:  [3]float32{0.485 * 255, 0.456 * 255, 0.406 * 255},
		Scale: [3]float32{1 / (0.229 * 255), 1 / (0.224 * 255), 1 / (0.225 * 255)}},
	// keras.applications.imagenet_utils.preprocess_input, mode "caffe", with load_img(target_size=227).
	"keras": {Fit: picture.Squash, Resize: 227, Crop: 227, BGR: true,
		Mean: [3]float32{103.939, 116.779, 123.68}, Scale: [3]float32{1, 1, 1}},
	// RGB divided by 255 and nothing else, as many exports take it.
	"0..1": {Fit: picture.Squash, Resize: 227, Crop: 227,
		Scale: [3]float32{1. / 255, 1. / 255, 1. / 255}},
}

// Pipelines are the names that Pipeline knows.
func Pipelines() []string {
	var names []string
	for n := range pipelines {
		names = append(names, n)
	}
	sort.Strings(names)
	return names
}

// Pipeline is the input that a source's weights expect: "caffe", "torchvision", "keras" or "0..1".
func Pipeline(name string) (picture.Pipeline, error) {
	p, ok := pipelines[name]
	if !ok {
		return p, fmt.Errorf("pipeline %q, expected one of %s", name, strings.Join(Pipelines(), ", "))
	}
	return p, nil
}
