// Package safetensors reads and writes safetensors files (https://huggingface.co/docs/safetensors: a
// length, a JSON directory, the tensors' bytes).
package safetensors

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"sort"

	"squeezenet/weights/tensor"
)

// maxHeader is the format's own limit on the JSON directory.
const maxHeader = 100_000_000

var types = map[string]tensor.Type{"F32": tensor.F32, "F16": tensor.F16, "BF16": tensor.BF16}

// Read returns the tensors of a file, sorted by name, and its metadata. F32, F16 and BF16 are read; the error for any
// other type, and for offsets that do not fit the file, names the tensor.
func Read(data []byte) ([]tensor.Tensor, map[string]string, error) {
	if len(data) < 8 {
		return nil, nil, fmt.Errorf("safetensors: %d bytes, expected at least 8: %w", len(data), tensor.ErrFormat)
	}
	n := binary.LittleEndian.Uint64(data)
	if n > maxHeader || n > uint64(len(data)-8) {
		return nil, nil, fmt.Errorf("safetensors: at offset 0: the directory is said to have %d bytes and %d follow: %w", n, len(data)-8, tensor.ErrFormat)
	}
	var dir map[string]json.RawMessage
	if err := json.Unmarshal(data[8:8+n], &dir); err != nil {
		return nil, nil, fmt.Errorf("safetensors: at offset 8: the directory is not JSON (%v): %w", err, tensor.ErrFormat)
	}
	var metadata map[string]string
	if raw, ok := dir["__metadata__"]; ok {
		if err := json.Unmarshal(raw, &metadata); err != nil {
			return nil, nil, fmt.Errorf("safetensors: __metadata__: %w", err)
		}
		delete(dir, "__metadata__")
	}
	body := data[8+n:]
	var tensors []tensor.Tensor
	left := len(body)
	for name, raw := range dir {
		t, err := entry(name, raw, body, &left)
		if err != nil {
			return nil, nil, fmt.Errorf("safetensors: %w", err)
		}
		tensors = append(tensors, t)
	}
	sort.Slice(tensors, func(i, j int) bool { return tensors[i].Name < tensors[j].Name })
	return tensors, metadata, nil
}

func entry(name string, raw json.RawMessage, body []byte, left *int) (tensor.Tensor, error) {
	var e struct {
		DType   string    `json:"dtype"`
		Shape   []int     `json:"shape"`
		Offsets [2]uint64 `json:"data_offsets"`
	}
	if err := json.Unmarshal(raw, &e); err != nil {
		return tensor.Tensor{}, fmt.Errorf("tensor %q: its entry cannot be read: %w", name, err)
	}
	t, ok := types[e.DType]
	if !ok {
		return tensor.Tensor{}, fmt.Errorf("tensor %q: type %q, expected F32, F16 or BF16", name, e.DType)
	}
	begin, end := e.Offsets[0], e.Offsets[1]
	if begin > end || end > uint64(len(body)) {
		return tensor.Tensor{}, fmt.Errorf("tensor %q: bytes %d to %d, the file has %d: it is cut short", name, begin, end, len(body))
	}
	if *left -= int(end - begin); *left < 0 {
		return tensor.Tensor{}, fmt.Errorf("tensor %q: its bytes %d to %d are another tensor's too", name, begin, end)
	}
	return tensor.New(name, t, e.Shape, body[begin:end])
}

// Write makes a file of float32 tensors, in their order, and metadata, with the directory padded by spaces so that
// the numbers begin at a multiple of 8, as the format's own library does.
func Write(tensors []tensor.Tensor, metadata map[string]string) []byte {
	var dir, body bytes.Buffer
	meta, _ := json.Marshal(metadata) // texts, shapes and names cannot fail
	fmt.Fprintf(&dir, `{"__metadata__":%s`, meta)
	for _, t := range tensors {
		begin := body.Len()
		binary.Write(&body, binary.LittleEndian, t.Values) // a bytes.Buffer does not fail
		name, _ := json.Marshal(t.Name)
		shape, _ := json.Marshal(t.Shape)
		fmt.Fprintf(&dir, `,%s:{"dtype":"F32","shape":%s,"data_offsets":[%d,%d]}`, name, shape, begin, body.Len())
	}
	dir.WriteByte('}')
	for dir.Len()%8 != 0 {
		dir.WriteByte(' ')
	}
	out := binary.LittleEndian.AppendUint64(nil, uint64(dir.Len()))
	return append(append(out, dir.Bytes()...), body.Bytes()...)
}
