package foreign

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"squeezenet/squeezenet"
	"squeezenet/weights"
	"squeezenet/weights/caffe"
	"squeezenet/weights/deepcompression"
	"squeezenet/weights/keras"
	"squeezenet/weights/npz"
	"squeezenet/weights/onnx"
	"squeezenet/weights/safetensors"
	"squeezenet/weights/tensor"
	"squeezenet/weights/tfcheckpoint"
	"squeezenet/weights/torch"
)

// Open reads a weight file of another program as a float32 model. The format is recognised by the
// file's content, whatever its name: TensorFlow checkpoint (V2; path names the index, a data file, the
// prefix of both or the folder with the file "checkpoint"), Keras (.h5, .weights.h5, .keras), ONNX,
// PyTorch (.pth of both formats), safetensors, NumPy .npz, Caffe .caffemodel, Deep Compression's .net.
//
// The pipeline is the one that weights of the source usually expect (Options.Pipeline overrules it),
// and the architecture the one whose shapes the tensors have. A net with simple bypass has the tensors of
// one without: only Keras, ONNX and Caffe files tell the two apart, for others Options.Arch must.
//
// The error begins with the path, and names every tensor that is missing, left over, of another shape
// or not finite, with what was found and what was expected.
func Open(path string, o Options) (*weights.Model, error) {
	m, err := open(path, o)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return m, nil
}

func open(path string, o Options) (*weights.Model, error) {
	if o.Arch != "" {
		if _, err := squeezenet.Lookup(o.Arch); err != nil {
			return nil, err
		}
	}
	if o.Pipeline != "" {
		if _, err := Pipeline(o.Pipeline); err != nil {
			return nil, err
		}
	}
	index, err := indexOf(path)
	if err != nil {
		return nil, err
	}
	data, err := readFile(index)
	if err != nil {
		return nil, err
	}
	c, err := recognise(index, data)
	if err != nil {
		return nil, err
	}
	return c.model(o)
}

// readFile reads a file that is not larger than any weight file is.
func readFile(path string) ([]byte, error) {
	s, err := os.Stat(path)
	if err != nil {
		return nil, plain(err)
	}
	if s.Size() > tensor.MaxBytes {
		return nil, fmt.Errorf("%s has %d bytes, expected at most %d MiB: no SqueezeNet is that large", filepath.Base(path), s.Size(), tensor.MaxBytes>>20)
	}
	data, err := os.ReadFile(path)
	return data, plain(err)
}

// plain is the error without the operation and the path, which stand before it already.
func plain(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return fmt.Errorf("%s: %w", filepath.Base(p.Path), p.Err)
	}
	return err
}

var dataFile = regexp.MustCompile(`\.(data-\d{5}-of-\d{5}|meta)$`)

// indexOf is the file to read: of a TensorFlow checkpoint its index.
func indexOf(path string) (string, error) {
	if s, err := os.Stat(path); err == nil && s.IsDir() {
		text, err := readFile(filepath.Join(path, "checkpoint"))
		if err != nil {
			return "", fmt.Errorf("a folder, expected a weight file, or the folder of a TensorFlow checkpoint with its file \"checkpoint\": %w", err)
		}
		_, rest, ok := strings.Cut(string(text), `model_checkpoint_path: "`)
		prefix, _, closed := strings.Cut(rest, `"`)
		if !ok || !closed {
			return "", errors.New(`the file "checkpoint" has no model_checkpoint_path`)
		}
		// The files may have moved since; they stand beside the file "checkpoint".
		path = filepath.Join(path, filepath.Base(filepath.FromSlash(prefix)))
	}
	path = dataFile.ReplaceAllString(path, "")
	if _, err := os.Stat(path); err != nil {
		if _, err := os.Stat(path + ".index"); err == nil {
			return path + ".index", nil
		}
	}
	return path, nil
}

// recognise reads the file with the reader of its format.
func recognise(path string, data []byte) (*contents, error) {
	c := &contents{}
	var err error
	switch {
	case len(data) == 0:
		return nil, errors.New("the file is empty")
	case tfcheckpoint.Is(data):
		c.format = "a TensorFlow checkpoint"
		prefix := strings.TrimSuffix(path, ".index")
		c.tensors, err = tfcheckpoint.Read(data, func(shard, shards int) ([]byte, error) {
			return readFile(tfcheckpoint.DataFile(prefix, shard, shards))
		})
	case bytes.HasPrefix(data, []byte("PK")):
		return archive(data)
	case bytes.HasPrefix(data, []byte("\x89HDF\r\n\x1a\n")):
		err = c.keras(keras.Read(data))
	case data[0] == 0x80 && len(data) > 1 && data[1] >= 2 && data[1] <= 5:
		c.format = "a PyTorch file"
		c.tensors, err = torch.Read(data)
	case len(data) > 8 && data[8] == '{':
		c.format = "a safetensors file"
		var meta map[string]string
		if c.tensors, meta, err = safetensors.Read(data); err == nil {
			err = c.describe(meta)
		}
	case deepcompression.Is(data):
		c.format, c.arch = "a Deep Compression file", deepcompression.Arch
		c.tensors, err = deepcompression.Read(data)
	case data[0] == 0x08: // ModelProto.ir_version, a number; NetParameter has a text or a message first
		c.format = "an ONNX model"
		var f *onnx.File
		if f, err = onnx.Read(data); err == nil {
			err = c.describe(f.Metadata)
			c.tensors, c.arch, c.linear = f.Tensors, f.Arch, f.Linear
			switch {
			case f.Producer == "pytorch":
				c.pipeline = "torchvision"
			case f.Producer == "tf2onnx" || strings.HasPrefix(f.Producer, "keras"):
				c.pipeline = "keras"
			}
		}
	default:
		c.format = "a Caffe model"
		var n *caffe.Net
		if n, err = caffe.Read(data); err == nil {
			c.tensors, c.sums = n.Tensors, n.Sums
		}
	}
	if errors.Is(err, tensor.ErrFormat) && c.format == "a Caffe model" {
		return nil, fmt.Errorf("it begins with % x and is none of: TensorFlow checkpoint, Keras, ONNX, PyTorch, safetensors, NumPy .npz, Caffe model, Deep Compression", data[:min(8, len(data))])
	}
	return c, err
}

// archive reads the formats that are zip archives.
func archive(data []byte) (*contents, error) {
	c := &contents{}
	kind := ""
	// No member is unpacked: the names alone tell.
	_, err := tensor.Unzip(data, func(name string) bool {
		switch {
		case strings.HasSuffix(name, ".npy"):
			kind = "npz"
		case name == "model.weights.h5":
			kind = "keras"
		case filepath.Base(name) == "data.pkl":
			kind = "torch"
		}
		return false
	})
	if err != nil {
		return nil, err
	}
	switch kind {
	case "npz":
		c.format = "a NumPy archive"
		c.tensors, err = npz.Read(data)
	case "keras":
		err = c.keras(keras.ReadArchive(data))
	case "torch":
		c.format = "a PyTorch file"
		c.tensors, err = torch.Read(data)
	default:
		err = errors.New("a zip archive without .npy files (NumPy), data.pkl (PyTorch) or model.weights.h5 (Keras)")
	}
	return c, err
}

func (c *contents) keras(m *keras.Model, err error) error {
	if err != nil {
		return err
	}
	c.format, c.pipeline = "a Keras file", "keras"
	c.tensors, c.sums = m.Tensors, m.Sums
	return nil
}
