package torch

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"strconv"

	"squeezenet/weights/tensor"
)

// The values of a pickle: nil, bool, int64, float64, string, tuple, *list, *dict, global, storage and
// view. Nothing is ever called: of the functions that a pickle may ask for, those in calls are known by
// name and what they mean is done here.
type (
	tuple  []any
	list   struct{ items []any }
	dict   struct{ keys, values []any }
	global string // "torch._utils._rebuild_tensor_v2"
	mark   struct{}
)

// storage is numbers that tensors are views of, by the key under which the file has them.
type storage struct {
	kind global // "torch.FloatStorage"
	key  string
}

// view is a tensor: which numbers of a storage it has. Offset and strides count numbers.
type view struct {
	storage       storage
	offset        int64
	shape, stride tuple
}

// storages are the kinds of numbers; a width of 0 marks those that no weights have.
var storages = map[global]struct {
	kind  tensor.Type
	width int
}{
	"torch.FloatStorage":    {tensor.F32, 4},
	"torch.HalfStorage":     {tensor.F16, 2},
	"torch.BFloat16Storage": {tensor.BF16, 2},
	"torch.DoubleStorage":   {tensor.F64, 8},
}

// calls are the functions that a file of tensors asks for.
var calls = map[global]func(args tuple) (any, bool){
	"collections.OrderedDict": func(args tuple) (any, bool) { return &dict{}, len(args) == 0 },
	"torch._utils._rebuild_tensor_v2": func(args tuple) (any, bool) { // storage, offset, shape, stride, ...
		if len(args) < 4 {
			return nil, false
		}
		s, ok1 := args[0].(storage)
		offset, ok2 := args[1].(int64)
		shape, ok3 := args[2].(tuple)
		stride, ok4 := args[3].(tuple)
		return view{s, offset, shape, stride}, ok1 && ok2 && ok3 && ok4
	},
	"torch._utils._rebuild_parameter": func(args tuple) (any, bool) { // tensor, requires_grad, hooks
		if len(args) < 1 {
			return nil, false
		}
		v, ok := args[0].(view)
		return v, ok
	},
}

// unpickler is the stack machine of Python's pickle, protocols 2 to 5, for what torch.save writes of
// dictionaries of tensors (Lib/pickletools.py names and explains the instructions).
type unpickler struct {
	data  []byte
	at    int
	stack []any
	memo  map[uint64]any
	err   error
}

// unpickle runs one pickle and returns its value and the bytes after it.
func unpickle(data []byte) (value any, rest []byte, err error) {
	u := &unpickler{data: data, memo: map[uint64]any{}}
	for {
		start := u.at
		op := u.bytes(1)
		if u.err == nil && op[0] == '.' {
			value = u.pop()
			if u.err == nil {
				return value, data[u.at:], nil
			}
		}
		if u.err == nil {
			u.step(op[0])
		}
		if u.err != nil {
			return nil, nil, fmt.Errorf("the pickle at offset %d: %w", start, u.err)
		}
	}
}

func (u *unpickler) fail(err error) {
	if u.err == nil {
		u.err = err
	}
}

// bytes takes the next n bytes; after an error there are n zeros or, where n is not to be believed, none.
func (u *unpickler) bytes(n uint64) []byte {
	if u.err != nil || n > uint64(len(u.data)-u.at) {
		u.fail(fmt.Errorf("%d bytes are missing: %w", n, tensor.ErrFormat))
		return make([]byte, min(n, 8))
	}
	u.at += int(n)
	return u.data[u.at-int(n) : u.at]
}

// number takes n bytes as a little-endian number.
func (u *unpickler) number(n uint64) uint64 {
	var b [8]byte
	copy(b[:], u.bytes(n))
	return binary.LittleEndian.Uint64(b[:])
}

func (u *unpickler) line() string {
	for i := u.at; i < len(u.data); i++ {
		if u.data[i] == '\n' {
			s := string(u.data[u.at:i])
			u.at = i + 1
			return s
		}
	}
	u.fail(tensor.ErrFormat)
	return ""
}

func (u *unpickler) push(v any) { u.stack = append(u.stack, v) }

func (u *unpickler) pop() any {
	if len(u.stack) == 0 {
		u.fail(errors.New("it takes a value from an empty stack"))
		return nil
	}
	v := u.stack[len(u.stack)-1]
	u.stack = u.stack[:len(u.stack)-1]
	return v
}

// popMark takes the values above the last mark, and the mark.
func (u *unpickler) popMark() []any {
	for i := len(u.stack) - 1; i >= 0; i-- {
		if _, ok := u.stack[i].(mark); ok {
			items := append([]any(nil), u.stack[i+1:]...)
			u.stack = u.stack[:i]
			return items
		}
	}
	u.fail(errors.New("a mark is missing on the stack"))
	return nil
}

func (u *unpickler) popTuple(n int) {
	t := make(tuple, n)
	for i := range t {
		t[n-1-i] = u.pop()
	}
	u.push(t)
}

func (u *unpickler) get(i uint64) {
	v, ok := u.memo[i]
	if !ok {
		u.fail(fmt.Errorf("it takes value %d, which it has not stored", i))
	}
	u.push(v)
}

func (u *unpickler) put(i uint64) {
	v := u.pop()
	u.memo[i] = v
	u.push(v)
}

// set puts pairs of keys and values into the dictionary on the stack's top.
func (u *unpickler) set(pairs []any) {
	v := u.pop()
	d, ok := v.(*dict)
	if !ok || len(pairs)%2 != 0 {
		u.fail(fmt.Errorf("it sets items of what is no dictionary"))
		return
	}
	for i := 0; i < len(pairs); i += 2 {
		d.keys, d.values = append(d.keys, pairs[i]), append(d.values, pairs[i+1])
	}
	u.push(d)
}

func (u *unpickler) append(items []any) {
	v := u.pop()
	l, ok := v.(*list)
	if !ok {
		u.fail(fmt.Errorf("it appends to what is no list"))
		return
	}
	l.items = append(l.items, items...)
	u.push(l)
}

// ask names a class or function of Python.
func (u *unpickler) ask(module, name string) {
	g := global(module + "." + name)
	_, call := calls[g]
	_, numbers := storages[g]
	if !call && !numbers {
		u.fail(fmt.Errorf("it asks for %s, expected nothing but tensors in dictionaries; save model.state_dict(), with numbers of float32, float16, bfloat16 or float64", strconv.Quote(string(g))))
		return
	}
	u.push(g)
}

func (u *unpickler) step(op byte) {
	switch op {
	case 0x80: // PROTO
		if v := u.number(1); v < 2 || v > 5 {
			u.fail(fmt.Errorf("protocol %d, expected 2 to 5: %w", v, tensor.ErrFormat))
		}
	case 0x95: // FRAME
		u.bytes(8)
	case '(': // MARK
		u.push(mark{})
	case '0': // POP
		u.pop()
	case 'N': // NONE
		u.push(nil)
	case 0x88, 0x89: // NEWTRUE, NEWFALSE
		u.push(op == 0x88)
	case 'K': // BININT1
		u.push(int64(u.number(1)))
	case 'M': // BININT2
		u.push(int64(u.number(2)))
	case 'J': // BININT
		u.push(int64(int32(u.number(4))))
	case 0x8a: // LONG1
		n := u.number(1)
		if b := u.bytes(n); n <= 8 {
			u.push(signed(b))
		} else {
			u.push(string(b)) // the magic number, which has ten bytes
		}
	case 'G': // BINFLOAT
		var b [8]byte
		copy(b[:], u.bytes(8))
		u.push(math.Float64frombits(binary.BigEndian.Uint64(b[:])))
	case 'X': // BINUNICODE
		u.push(string(u.bytes(u.number(4))))
	case 0x8c, 'U': // SHORT_BINUNICODE, SHORT_BINSTRING
		u.push(string(u.bytes(u.number(1))))
	case '}': // EMPTY_DICT
		u.push(&dict{})
	case ']': // EMPTY_LIST
		u.push(&list{})
	case ')': // EMPTY_TUPLE
		u.push(tuple(nil))
	case 't': // TUPLE
		u.push(tuple(u.popMark()))
	case 0x85, 0x86, 0x87: // TUPLE1, TUPLE2, TUPLE3
		u.popTuple(int(op) - 0x84)
	case 's': // SETITEM
		v, k := u.pop(), u.pop()
		u.set([]any{k, v})
	case 'u': // SETITEMS
		u.set(u.popMark())
	case 'a': // APPEND
		v := u.pop()
		u.append([]any{v})
	case 'e': // APPENDS
		u.append(u.popMark())
	case 'q': // BINPUT
		u.put(u.number(1))
	case 'r': // LONG_BINPUT
		u.put(u.number(4))
	case 0x94: // MEMOIZE
		u.put(uint64(len(u.memo)))
	case 'h': // BINGET
		u.get(u.number(1))
	case 'j': // LONG_BINGET
		u.get(u.number(4))
	case 'c': // GLOBAL
		module := u.line()
		u.ask(module, u.line())
	case 0x93: // STACK_GLOBAL
		name, _ := u.pop().(string)
		module, _ := u.pop().(string)
		u.ask(module, name)
	case 'S', 'V': // STRING, UNICODE, as older programs write arguments
		u.push(u.line())
	case 'i': // INST
		module := u.line()
		u.ask(module, u.line())
		u.fail(errors.New("it makes an object, expected nothing but tensors in dictionaries"))
	case 'R': // REDUCE
		args, _ := u.pop().(tuple)
		g, _ := u.pop().(global)
		v, ok := any(nil), false
		if call := calls[g]; call != nil {
			v, ok = call(args)
		}
		if !ok {
			u.fail(fmt.Errorf("it calls %q with arguments that torch.save does not give it", g))
		}
		u.push(v)
	case 'b': // BUILD: attributes of an OrderedDict (_metadata), which say nothing about weights
		u.pop()
		v := u.pop()
		if _, ok := v.(*dict); !ok {
			u.fail(errors.New("it gives attributes to what is no dictionary"))
		}
		u.push(v)
	case 'Q': // BINPERSID: ("storage", kind, key, device, count, ...)
		id, _ := u.pop().(tuple)
		if len(id) < 5 || id[0] != "storage" || len(id) > 5 && id[5] != nil {
			u.fail(errors.New("it asks for an object of the file that is no storage of numbers"))
			return
		}
		kind, ok1 := id[1].(global)
		key, ok2 := id[2].(string)
		if storages[kind].width == 0 || !ok1 || !ok2 {
			u.fail(fmt.Errorf("a storage of %q, expected one of numbers", kind))
		}
		u.push(storage{kind, key})
	default:
		u.fail(fmt.Errorf("instruction %#02x, which a file of tensors does not have: %w", op, tensor.ErrFormat))
	}
}

// signed reads a two's complement little-endian number of at most 8 bytes.
func signed(b []byte) int64 {
	var v uint64
	for i, x := range b {
		v |= uint64(x) << (8 * i)
	}
	if n := len(b); n > 0 && n < 8 && b[n-1]&0x80 != 0 {
		v |= ^uint64(0) << (8 * n)
	}
	return int64(v)
}
