// Package tfcheckpoint reads the variables of a TensorFlow checkpoint, V2 format: an index, which is a
// sorted table of LevelDB (leveldb/doc/table_format.md) of BundleEntryProto
// (tensorflow/core/protobuf/tensor_bundle.proto), and data files with the numbers.
package tfcheckpoint

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"strings"

	"squeezenet/weights/tensor"
)

const (
	footer = 48
	most   = 1 << 20 // bytes of an index; SqueezeNet's has 2293
	magic  = 0xdb4775248b80fb57
)

// Is tells whether data is the index of a checkpoint.
func Is(data []byte) bool {
	return len(data) >= footer && binary.LittleEndian.Uint64(data[len(data)-8:]) == magic
}

// DataFile is the name of a data file: PREFIX.data-00000-of-00001.
func DataFile(prefix string, shard, shards int) string {
	return fmt.Sprintf("%s.data-%05d-of-%05d", prefix, shard, shards)
}

// types are TensorFlow's DataType numbers.
var types = map[uint64]tensor.Type{1: tensor.F32, 2: tensor.F64, 14: tensor.BF16, 19: tensor.F16}

// Read returns the variables, sorted by name, checksums verified. shard gives the bytes of a data file.
// What an optimiser keeps beside the variables is left out: scalars, and whatever has another variable's
// name before its last slash ("conv1/weights/Adam").
func Read(index []byte, shard func(shard, shards int) ([]byte, error)) ([]tensor.Tensor, error) {
	entries, err := table(index)
	if err != nil {
		return nil, fmt.Errorf("tfcheckpoint: index: %w", err)
	}
	names := map[string]bool{}
	for _, e := range entries {
		names[e.key] = true
	}
	shards, size := 1, uint64(0)
	data := map[int][]byte{}
	var tensors []tensor.Tensor
	for _, e := range entries {
		if e.key == "" {
			if shards, err = header(e.value); err != nil {
				return nil, fmt.Errorf("tfcheckpoint: index: %w", err)
			}
			continue
		}
		v, err := parse(e.value)
		if err != nil {
			return nil, fmt.Errorf("tfcheckpoint: variable %q: %w", e.key, err)
		}
		if i := strings.LastIndexByte(e.key, '/'); len(v.shape) == 0 || i >= 0 && names[e.key[:i]] {
			continue
		}
		if v.shard < 0 || v.shard >= shards {
			return nil, fmt.Errorf("tfcheckpoint: variable %q is in data file %d, expected one of %d", e.key, v.shard, shards)
		}
		if data[v.shard] == nil {
			if data[v.shard], err = shard(v.shard, shards); err != nil {
				return nil, fmt.Errorf("tfcheckpoint: the index's data file cannot be read; it must stand beside the index: %w", err)
			}
		}
		if size += v.size; size > tensor.MaxBytes {
			return nil, fmt.Errorf("tfcheckpoint: variable %q: the variables are larger than %d MiB: no SqueezeNet is that large", e.key, tensor.MaxBytes>>20)
		}
		t, err := v.decode(e.key, data[v.shard])
		if err != nil {
			return nil, fmt.Errorf("tfcheckpoint: %w", err)
		}
		tensors = append(tensors, t)
	}
	return tensors, nil
}

// header reads the BundleHeaderProto, which has the empty key.
func header(b []byte) (shards int, err error) {
	err = tensor.Fields(b, func(num tensor.Field, number uint64, _ []byte) error {
		switch {
		case num == 1:
			if shards = int(number); shards < 1 || shards > 99999 {
				return fmt.Errorf("%d data files, expected 1 to 99999", shards)
			}
		case num == 2 && number != 0:
			return fmt.Errorf("the numbers are big endian, expected little")
		}
		return nil
	})
	return shards, err
}

// A variable is a BundleEntryProto.
type variable struct {
	dataType     uint64
	shape        []int
	shard        int
	offset, size uint64
	sum          uint32 // CRC-32C, masked
	sliced       bool
}

func parse(b []byte) (v variable, err error) {
	err = tensor.Fields(b, func(num tensor.Field, number uint64, data []byte) error {
		switch num {
		case 1:
			v.dataType = number
		case 2: // TensorShapeProto
			return tensor.Fields(data, func(num tensor.Field, _ uint64, data []byte) error {
				if num != 2 {
					return nil
				}
				side := 0 // a Dim of size 0 has no field
				err := tensor.Fields(data, func(num tensor.Field, number uint64, _ []byte) error {
					if num == 1 {
						side = int(number)
					}
					return nil
				})
				v.shape = append(v.shape, side)
				return err
			})
		case 3:
			v.shard = int(number)
		case 4:
			v.offset = number
		case 5:
			v.size = number
		case 6:
			if len(data) == 4 {
				v.sum = binary.LittleEndian.Uint32(data)
			}
		case 7:
			v.sliced = true
		}
		return nil
	})
	return v, err
}

func (v *variable) decode(name string, data []byte) (tensor.Tensor, error) {
	t, ok := types[v.dataType]
	switch {
	case !ok:
		return tensor.Tensor{}, fmt.Errorf("variable %q: numbers of type %d, expected float (1), double (2), bfloat16 (14) or half (19)", name, v.dataType)
	case v.sliced:
		return tensor.Tensor{}, fmt.Errorf("variable %q is stored in slices; save the checkpoint without a partitioner", name)
	case v.offset > uint64(len(data)) || v.size > uint64(len(data))-v.offset:
		return tensor.Tensor{}, fmt.Errorf("variable %q: bytes %d to %d of its data file, which has %d: the file is cut short", name, v.offset, v.offset+v.size, len(data))
	}
	b := data[v.offset:][:v.size]
	if sum := mask(b); sum != v.sum {
		return tensor.Tensor{}, fmt.Errorf("variable %q: its checksum is %08x, expected %08x: the data file is damaged or belongs to another index", name, sum, v.sum)
	}
	return tensor.New(name, t, v.shape, b)
}

// mask is the CRC-32C of the bytes as LevelDB and TensorFlow store it.
func mask(b ...[]byte) uint32 {
	var c uint32
	for _, b := range b {
		c = crc32.Update(c, castagnoli, b)
	}
	return (c>>15 | c<<17) + 0xa282ead8
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

type entry struct {
	key   string
	value []byte
}

// table reads every entry of the sorted table.
func table(data []byte) ([]entry, error) {
	if !Is(data) {
		return nil, fmt.Errorf("it does not end as a table of LevelDB does: %w", tensor.ErrFormat)
	}
	if len(data) > most {
		return nil, fmt.Errorf("%d bytes, expected at most %d: no SqueezeNet has so many variables", len(data), most)
	}
	f := data[len(data)-footer:]
	for range 2 { // the handle of the metaindex, which has nothing for us
		_, n := binary.Uvarint(f)
		f = f[max(n, 0):]
	}
	blocks, err := block(data, f)
	if err != nil {
		return nil, fmt.Errorf("its list of blocks: %w", err)
	}
	var entries []entry
	for i, b := range blocks {
		es, err := block(data, b.value)
		if err != nil {
			return nil, fmt.Errorf("block %d: %w", i, err)
		}
		if entries = append(entries, es...); len(entries) > len(data) {
			return nil, fmt.Errorf("blocks that overlap: %w", tensor.ErrFormat)
		}
	}
	return entries, nil
}

// block reads the entries of the block that a handle (offset and size, varints) points at.
func block(data, handle []byte) ([]entry, error) {
	offset, n := binary.Uvarint(handle)
	size, m := binary.Uvarint(handle[max(n, 0):])
	const trailer = 5 // compression, checksum
	if n <= 0 || m <= 0 || offset > uint64(len(data)) || size > uint64(len(data)) || offset+size+trailer > uint64(len(data)) || size < 4 {
		return nil, fmt.Errorf("bytes %d to %d of %d: %w", offset, offset+size, len(data), tensor.ErrFormat)
	}
	b, rest := data[offset:][:size], data[offset+size:][:trailer]
	if rest[0] != 0 {
		return nil, fmt.Errorf("it is compressed (type %d), expected plain as TensorFlow's Saver writes it", rest[0])
	}
	if sum, want := mask(b, rest[:1]), binary.LittleEndian.Uint32(rest[1:]); sum != want {
		return nil, fmt.Errorf("its checksum is %08x, expected %08x: the file is damaged", sum, want)
	}
	restarts := binary.LittleEndian.Uint32(b[size-4:])
	if uint64(restarts) > (size-4)/4 {
		return nil, fmt.Errorf("%d restarts in %d bytes: %w", restarts, size, tensor.ErrFormat)
	}
	b = b[:size-4-4*uint64(restarts)]
	var entries []entry
	key := ""
	for len(b) > 0 {
		var l [3]uint64 // bytes shared with the last key, bytes of its own, bytes of the value
		for i := range l {
			v, n := binary.Uvarint(b)
			l[i], b = v, b[max(n, 0):]
			if n <= 0 {
				return nil, fmt.Errorf("an entry's lengths: %w", tensor.ErrFormat)
			}
		}
		if l[0] > uint64(len(key)) || l[1] > uint64(len(b)) || l[2] > uint64(len(b))-l[1] {
			return nil, fmt.Errorf("an entry longer than its block: %w", tensor.ErrFormat)
		}
		key = key[:l[0]] + string(b[:l[1]])
		if len(key) > 512 {
			return nil, fmt.Errorf("a name of %d bytes, expected at most 512", len(key))
		}
		entries = append(entries, entry{key, b[l[1]:][:l[2]]})
		b = b[l[1]+l[2]:]
	}
	return entries, nil
}
