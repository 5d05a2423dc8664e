package keras

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"strings"

	"squeezenet/weights/tensor"
)

// The part of HDF5 (File Format Specification, version 3.0; section numbers below) that h5py writes by
// default, and so Keras: superblock 0, groups of symbol tables, object headers of version 1, datasets
// stored in one piece.

const (
	signature  = "\x89HDF\r\n\x1a\n"
	undefined  = 1<<64 - 1
	maxDepth   = 32
	maxObjects = 1 << 12 // with groups' nodes; SqueezeNet with an optimiser has some 500
	maxPath    = 1 << 10
)

// An object is a group or a dataset.
type object struct {
	path     string
	children []*object // of a group
	name     string    // its attribute "name", a text
	shape    []int
	data     []byte // of a dataset
	kind     tensor.Type
	float    bool // kind is known
	problem  string
}

type file struct {
	data    []byte
	objects int
}

// count bounds what a small file that leads back into itself can make a reader do.
func (f *file) count(depth int) error {
	if f.objects++; f.objects > maxObjects || depth > maxDepth {
		return fmt.Errorf("more than %d objects, or %d in each other: the file is damaged or no SqueezeNet", maxObjects, maxDepth)
	}
	return nil
}

// at is n bytes at an address. Addresses are checked here and nowhere else.
func (f *file) at(address, n uint64) ([]byte, error) {
	if address > uint64(len(f.data)) || n > uint64(len(f.data))-address {
		return nil, fmt.Errorf("%d bytes at offset %d of %d: %w", n, address, len(f.data), tensor.ErrFormat)
	}
	return f.data[address:][:n], nil
}

// block is at, of a block that begins with a signature.
func (f *file) block(address, n uint64, signature string) ([]byte, error) {
	b, err := f.at(address, n)
	if err == nil && string(b[:len(signature)]) != signature {
		err = fmt.Errorf("%q at offset %d, expected %q: %w", b[:len(signature)], address, signature, tensor.ErrFormat)
	}
	return b, err
}

var (
	u16 = binary.LittleEndian.Uint16
	u32 = binary.LittleEndian.Uint32
	u64 = binary.LittleEndian.Uint64
)

// open reads the tree of objects. Section II.A: the superblock.
func open(data []byte) (*object, error) {
	f := &file{data: data}
	b, err := f.block(0, 96, signature)
	if err != nil {
		return nil, err
	}
	if b[8] != 0 || b[13] != 8 || b[14] != 8 {
		return nil, fmt.Errorf("a superblock of version %d with addresses of %d bytes, expected version 0 and 8; save it with h5py's default libver", b[8], b[13])
	}
	return f.object("", u64(b[64:]), 0)
}

// object reads an object header of version 1 and what it leads to. Section IV.A.1.a.
func (f *file) object(path string, address uint64, depth int) (*object, error) {
	o := &object{path: path}
	if err := f.count(depth); err != nil || len(path) > maxPath {
		return nil, fmt.Errorf("%.80q: %w", path, cmp.Or(err, error(tensor.ErrFormat)))
	}
	b, err := f.at(address, 16)
	if err == nil && b[0] != 1 {
		err = fmt.Errorf("an object header of version %d, expected 1; save it with h5py's default libver and without track_order", b[0])
	}
	if err != nil {
		return nil, fmt.Errorf("%q: %w", path, err)
	}
	messages := int(u16(b[2:]))
	blocks := [][2]uint64{{address + 16, uint64(u32(b[8:]))}}
	for len(blocks) > 0 {
		b, err := f.at(blocks[0][0], blocks[0][1])
		if err != nil {
			return nil, fmt.Errorf("%q: its header: %w", path, err)
		}
		blocks = blocks[1:]
		for ; len(b) >= 8 && messages > 0; messages-- {
			kind, size := u16(b), int(u16(b[2:]))
			if size > len(b)-8 {
				return nil, fmt.Errorf("%q: a message of %d bytes where %d are left: %w", path, size, len(b)-8, tensor.ErrFormat)
			}
			m := b[8 : 8+size]
			b = b[8+size:]
			if kind == 0x10 && size >= 16 { // continuation
				blocks = append(blocks, [2]uint64{u64(m), u64(m[8:])})
				continue
			}
			if err := f.message(o, kind, m, depth); err != nil {
				return nil, fmt.Errorf("%q: %w", path, err)
			}
		}
	}
	return o, nil
}

// message reads one header message. Section IV.A.2.
func (f *file) message(o *object, kind uint16, m []byte, depth int) (err error) {
	switch kind {
	case 0x01:
		o.shape, err = dataspace(m)
	case 0x03:
		if len(m) < 8 {
			return tensor.ErrFormat
		}
		o.kind, o.float = float(m)
	case 0x08: // layout: version, class, address, size
		switch {
		case len(m) < 18 || m[0] != 3 || m[1] != 1:
			o.problem = "it is stored in chunks or compressed, expected in one piece as Keras does"
		case u64(m[2:]) != undefined:
			o.data, err = f.at(u64(m[2:]), u64(m[10:]))
		}
	case 0x0c:
		return f.attribute(o, m)
	case 0x11: // symbol table: B-tree, heap of names
		if len(m) < 16 {
			return tensor.ErrFormat
		}
		heap, err := f.block(u64(m[8:]), 32, "HEAP")
		if err != nil {
			return err
		}
		names, err := f.at(u64(heap[24:]), u64(heap[8:]))
		if err != nil {
			return err
		}
		return f.group(o, u64(m), names, depth)
	}
	return err
}

// group reads a node of a group's B-tree and what is below. Sections III.A.1 and III.B.
func (f *file) group(o *object, address uint64, names []byte, depth int) error {
	if err := f.count(depth); err != nil {
		return err
	}
	b, err := f.block(address, 24, "TREE")
	if err != nil {
		return err
	}
	level, n := b[5], uint64(u16(b[6:]))
	if b, err = f.at(address+24, 16*n+8); err != nil {
		return err
	}
	for i := range n { // key, child, key, child, ..., key
		child := u64(b[16*i+8:])
		if level > 0 {
			if err := f.group(o, child, names, depth+1); err != nil {
				return err
			}
			continue
		}
		s, err := f.block(child, 8, "SNOD")
		if err != nil {
			return err
		}
		entries, err := f.at(child+8, 40*uint64(u16(s[6:])))
		if err != nil {
			return err
		}
		for ; len(entries) > 0; entries = entries[40:] {
			at := u64(entries)
			if at > uint64(len(names)) {
				return fmt.Errorf("a name at %d of %d: %w", at, len(names), tensor.ErrFormat)
			}
			name, _, _ := strings.Cut(string(names[at:min(at+512, uint64(len(names)))]), "\x00")
			c, err := f.object(strings.TrimPrefix(o.path+"/"+name, "/"), u64(entries[8:]), depth+1)
			if err != nil {
				return err
			}
			o.children = append(o.children, c)
		}
	}
	return nil
}

// dataspace is a shape. Section IV.A.2.b.
func dataspace(m []byte) ([]int, error) {
	if len(m) < 4 || m[0] < 1 || m[0] > 2 {
		return nil, fmt.Errorf("a dataspace of another version: %w", tensor.ErrFormat)
	}
	n, at := int(m[1]), []int{0, 8, 4}[m[0]]
	if len(m) < at+8*n {
		return nil, fmt.Errorf("a dataspace of %d sides in %d bytes: %w", n, len(m), tensor.ErrFormat)
	}
	shape := make([]int, n)
	for i := range shape {
		d := u64(m[at+8*i:])
		if d > tensor.MaxBytes {
			return nil, fmt.Errorf("a side of %d: no SqueezeNet is that large", d)
		}
		shape[i] = int(d)
	}
	return shape, nil
}

// float tells which little-endian IEEE number a datatype is. Section IV.A.2.d: class and version, bits,
// size; of a float also the width of its exponent.
func float(m []byte) (tensor.Type, bool) {
	if m[0]&15 != 1 || m[1]&0x41 != 0 || len(m) < 20 {
		return 0, false
	}
	switch exponent := m[13]; {
	case u32(m[4:]) == 4 && exponent == 8:
		return tensor.F32, true
	case u32(m[4:]) == 8 && exponent == 11:
		return tensor.F64, true
	case u32(m[4:]) == 2 && exponent == 5:
		return tensor.F16, true
	case u32(m[4:]) == 2 && exponent == 8:
		return tensor.BF16, true
	}
	return 0, false
}

// attribute keeps the text of an attribute called "name": one of variable length, in a global heap.
// Section IV.A.2.m; version 1 pads its parts to 8 bytes.
func (f *file) attribute(o *object, m []byte) error {
	if len(m) < 8 {
		return tensor.ErrFormat
	}
	pad, at := 1, 8
	switch m[0] {
	case 1:
		pad = 8
	case 3:
		at = 9
	}
	var parts [3][]byte // name, datatype, dataspace
	for i := range parts {
		n := int(u16(m[2+2*i:]))
		if n > len(m)-at {
			return fmt.Errorf("an attribute longer than its message: %w", tensor.ErrFormat)
		}
		parts[i] = m[at : at+n]
		at = min(at+(n+pad-1)/pad*pad, len(m))
	}
	const text = 9 // class: variable length
	value := m[at:]
	if string(parts[0]) != "name\x00" || len(parts[1]) < 8 || parts[1][0]&15 != text || len(value) < 16 {
		return nil
	}
	length, heap, index := uint64(u32(value)), u64(value[4:]), u32(value[12:])
	b, err := f.block(heap, 16, "GCOL")
	if err != nil {
		return err
	}
	if b, err = f.at(heap, u64(b[8:])); err != nil {
		return err
	}
	for b = b[16:]; len(b) >= 16; { // section III.E: index, references, size, object padded to 8 bytes
		size := u64(b[8:])
		if u16(b) == 0 || size > uint64(len(b)-16) {
			break
		}
		if uint32(u16(b)) == index {
			o.name = string(b[16:][:min(size, length)])
			break
		}
		b = b[min(16+(size+7)/8*8, uint64(len(b))):]
	}
	return nil
}
