// Package asm assembles small WebAssembly modules of SIMD kernels from Go programs.
//
// A kernel is a Go function that calls the methods of a [Func]; its expressions are written with [Op],
// whose first argument is the instruction's name in the text format:
//
//	m := asm.NewModule("go", "mem")
//	f := m.Func("scale")                            // scale(dst, src, n i32): dst[i] = 2*src[i], n a multiple of 4
//	dst, src, n := f.Param(I32), f.Param(I32), f.Param(I32)
//	two := f.Local(V128)
//	f.Set(two, F32x4(2))
//	f.While(Op("i32.gt_s", n, 0), func() {
//		f.Do(Op("v128.store", dst, Op("f32x4.mul", Op("v128.load", src), two)))
//		f.Set(dst, Op("i32.add", dst, 16))
//		f.Set(src, Op("i32.add", src, 16))
//		f.Set(n, Op("i32.sub", n, 4))
//	})
//	wasm, err := m.Encode()
//
// An int operand is an i32.const. Immediates follow: Op("v128.load", p).Offset(16),
// Op("f32x4.extract_lane", v).Lanes(3). While emitting, a stack of types is kept and every operand is
// checked against the table of instructions (ops.go); Encode reports all errors, each at the line of
// the kernel's source that caused it. The same program always gives the same bytes.
package asm

import (
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"runtime"
	"strings"
)

// A Type is a value type.
type Type byte

const (
	I32  Type = 'i'
	I64  Type = 'l'
	F32  Type = 'f'
	V128 Type = 'v'
)

func (t Type) String() string {
	switch t {
	case I32:
		return "i32"
	case I64:
		return "i64"
	case F32:
		return "f32"
	case V128:
		return "v128"
	}
	return "no type"
}

// A Module is a set of exported functions over one imported memory.
type Module struct {
	memModule, memName string
	funcs              []*Func
	errs               []error
}

// NewModule starts a module that imports its memory under the two names.
func NewModule(memModule, memName string) *Module {
	return &Module{memModule: memModule, memName: memName}
}

// A Func is one function of a module, exported under its name.
type Func struct {
	m       *Module
	name    string
	at      string // source line of its creation
	index   uint32
	params  []Type
	results []Type
	locals  []Type
	body    []instr

	stack  []Type // types of the operands that the code so far leaves
	blocks []block
}

// An instr is an instruction with its immediates.
type instr struct {
	op    *opcode
	index uint32 // local, function or label
	off   uint32 // memory offset
	bytes []byte // lanes, or a constant's bytes (an integer's are its LEB128)
}

type block struct {
	floor int // height of the type stack at its start
	at    string
}

// Func starts a function; without results, unless they are given.
func (m *Module) Func(name string, results ...Type) *Func {
	f := &Func{m: m, name: name, at: caller(), index: uint32(len(m.funcs)), results: results}
	for _, g := range m.funcs {
		if g.name == name {
			f.fail(f.at, "there is a function %q already", name)
		}
	}
	m.funcs = append(m.funcs, f)
	return f
}

// An Expr is a value: a [Local], or what [Op], [Tee], [I64Const], [F32Const] and the vector constants return.
type Expr interface{ emit(f *Func) }

// A Local is a local variable or a parameter.
type Local struct {
	f     *Func
	index uint32
	typ   Type
}

// Param declares the next parameter. All come before the first Local.
func (f *Func) Param(t Type) Local {
	if len(f.locals) > 0 {
		f.fail(caller(), "a parameter after a local")
	}
	f.params = append(f.params, t)
	return Local{f, uint32(len(f.params) - 1), t}
}

// Local declares a local variable; it starts as zero.
func (f *Func) Local(t Type) Local {
	f.locals = append(f.locals, t)
	return Local{f, uint32(len(f.params) + len(f.locals) - 1), t}
}

// Locals declares n locals of one type.
func (f *Func) Locals(n int, t Type) []Local {
	ls := make([]Local, n)
	for i := range ls {
		ls[i] = f.Local(t)
	}
	return ls
}

// A Node is an instruction applied to operands.
type Node struct {
	instr
	name  string
	args  []any
	local Local // of local.set and local.tee
	at    string
}

// Op applies the instruction of that name to operands: each an Expr, or an int that stands for an
// i32.const.
func Op(name string, operands ...any) *Node {
	return &Node{instr: instr{op: byName[name]}, name: name, args: operands, at: caller()}
}

// Offset gives a memory access its constant offset in bytes.
func (n *Node) Offset(bytes int) *Node {
	n.off = uint32(bytes)
	return n
}

// Lanes gives the lane of an extract, replace, lane load or store, or the 16 lanes of a shuffle.
func (n *Node) Lanes(lanes ...int) *Node {
	for _, l := range lanes {
		n.bytes = append(n.bytes, byte(l))
	}
	return n
}

// Tee sets a local and is its new value.
func Tee(l Local, v any) *Node {
	return assign("local.tee", l, v)
}

func assign(name string, l Local, v any) *Node {
	return &Node{instr: instr{op: byName[name], index: l.index}, name: name, args: []any{v}, local: l, at: caller()}
}

// Call is the result of another function of the module; as a statement, with Do, its effect.
func Call(g *Func, args ...any) *Node {
	return &Node{instr: instr{op: byName["call"], index: g.index}, name: "call", args: args, at: caller()}
}

// I64Const is an i64 constant.
func I64Const(x int64) *Node { return constant("i64.const", sleb(x)) }

// F32Const is an f32 constant.
func F32Const(x float32) *Node { return constant("f32.const", words(math.Float32bits(x))) }

// F32x4 is a vector with x in its four lanes.
func F32x4(x float32) *Node { return I32x4(math.Float32bits(x)) }

// I32x4 is a vector with the bits of x in its four lanes.
func I32x4(x uint32) *Node { return constant("v128.const", words(x, x, x, x)) }

// I16x8 is a vector with the bits of x in its eight lanes.
func I16x8(x uint16) *Node { return I32x4(uint32(x)<<16 | uint32(x)) }

// I8x16 is a vector of sixteen bytes; missing ones are zero.
func I8x16(x ...byte) *Node { return constant("v128.const", append(x, make([]byte, 16-len(x))...)) }

func constant(name string, bytes []byte) *Node {
	return &Node{instr: instr{op: byName[name], bytes: bytes}, name: name, at: caller()}
}

func (l Local) emit(f *Func) {
	if f.owns(l, caller()) {
		f.push(instr{op: byName["local.get"], index: l.index}, nil, []Type{l.typ}, "")
	}
}

func (f *Func) owns(l Local, at string) bool {
	if l.f != f {
		f.fail(at, "local %d belongs to another function", l.index)
	}
	return l.f == f
}

func (n *Node) emit(f *Func) {
	if n.op == nil {
		f.fail(n.at, "no instruction %q in the table (kernels/simd/asm/ops.go)", n.name)
		return
	}
	for _, a := range n.args {
		switch a := a.(type) {
		case Expr:
			a.emit(f)
		case int:
			f.push(instr{op: byName["i32.const"], bytes: sleb(int64(int32(a)))}, nil, []Type{I32}, "")
		default:
			f.fail(n.at, "%s: operand of Go type %T, want an Expr or an int", n.name, a)
		}
	}
	switch n.op.imm {
	case noImm, memArg, memLane, laneIdx, lanes16:
		if want := map[imm]int{memLane: 1, laneIdx: 1, lanes16: 16}[n.op.imm]; len(n.bytes) != want {
			f.fail(n.at, "%s: %d lanes, want %d", n.name, len(n.bytes), want)
		}
	case localIdx:
		if !f.owns(n.local, n.at) {
			return
		}
	}
	if n.off != 0 && n.op.imm != memArg && n.op.imm != memLane {
		f.fail(n.at, "%s takes no offset", n.name)
	}
	in, out := f.signature(n)
	f.push(n.instr, in, out, n.at)
}

// signature is the operand and result types of an instruction in this function.
func (f *Func) signature(n *Node) (in, out []Type) {
	switch n.name {
	case "call":
		g := f.m.funcs[n.index]
		return g.params, g.results
	case "local.set":
		return []Type{n.local.typ}, nil
	case "local.tee":
		return []Type{n.local.typ}, []Type{n.local.typ}
	case "return":
		return f.results, nil
	case "drop":
		return []Type{f.top()}, nil
	}
	return types(n.op.in), types(n.op.out)
}

func types(s string) []Type { return []Type(s) }

func (f *Func) top() Type {
	if len(f.stack) == f.floor() {
		return 0
	}
	return f.stack[len(f.stack)-1]
}

func (f *Func) floor() int {
	if len(f.blocks) == 0 {
		return 0
	}
	return f.blocks[len(f.blocks)-1].floor
}

// push appends an instruction after checking its operands against the type stack.
func (f *Func) push(i instr, in, out []Type, at string) {
	have := f.stack[min(f.floor(), len(f.stack)):]
	if len(have) < len(in) {
		f.fail(at, "%s: %d operands, want %d: %v", i.op.name, len(have), len(in), in)
	} else {
		for k, want := range in {
			if got := have[len(have)-len(in)+k]; got != want {
				f.fail(at, "%s: operand %d is %v, want %v", i.op.name, k+1, got, want)
			}
		}
	}
	f.stack = append(f.stack[:len(f.stack)-min(len(in), len(have))], out...)
	f.body = append(f.body, i)
}

// settled fails unless a statement has left the type stack as it found it.
func (f *Func) settled(at string) {
	if n := len(f.stack) - f.floor(); n != 0 {
		f.fail(at, "%d values are left over: %v", n, f.stack[f.floor():])
		f.stack = f.stack[:f.floor()]
	}
}

// Do emits an instruction that has no result.
func (f *Func) Do(n *Node) {
	n.emit(f)
	f.settled(caller())
}

// Set assigns to a local: an Expr, or an int.
func (f *Func) Set(l Local, v any) { f.Do(assign("local.set", l, v)) }

// Return leaves the function with its results.
func (f *Func) Return(v ...any) {
	(&Node{instr: instr{op: byName["return"]}, name: "return", args: v, at: caller()}).emit(f)
}

// A Label is a block or loop that can be branched to.
type Label int // its depth

// Block emits a block; Br(exit) leaves it.
func (f *Func) Block(body func(exit Label)) { f.nest("block", caller(), body) }

// Loop emits a loop; Br(again) begins its next turn, and it ends where the body ends.
func (f *Func) Loop(body func(again Label)) { f.nest("loop", caller(), body) }

// While emits a loop that tests before every turn.
func (f *Func) While(cond *Node, body func()) {
	f.If(cond, func() { f.DoWhile(body, cond) })
}

// DoWhile emits a loop that tests after every turn.
func (f *Func) DoWhile(body func(), cond *Node) {
	f.nest("loop", caller(), func(again Label) {
		body()
		f.BrIf(again, cond)
	})
}

// If emits a conditional, with an else branch when one is given.
func (f *Func) If(cond *Node, then func(), otherwise ...func()) {
	cond.emit(f)
	f.push(instr{op: byName["if"]}, []Type{I32}, nil, cond.at)
	f.enter(cond.at)
	then()
	for _, o := range otherwise {
		f.settled(cond.at)
		f.body = append(f.body, instr{op: byName["else"]})
		o()
	}
	f.leave()
}

// Br branches to a label.
func (f *Func) Br(l Label) { f.branch("br", l) }

// BrIf branches to a label if the condition is not zero.
func (f *Func) BrIf(l Label, cond *Node) { f.branch("br_if", l, cond) }

func (f *Func) branch(name string, l Label, args ...any) {
	at := caller()
	if int(l) >= len(f.blocks) {
		f.fail(at, "%s to a block that has ended", name)
		return
	}
	(&Node{instr: instr{op: byName[name], index: uint32(len(f.blocks) - 1 - int(l))}, name: name, args: args, at: at}).emit(f)
}

func (f *Func) nest(name, at string, body func(Label)) {
	f.body = append(f.body, instr{op: byName[name]})
	f.enter(at)
	body(Label(len(f.blocks) - 1))
	f.leave()
}

func (f *Func) enter(at string) { f.blocks = append(f.blocks, block{len(f.stack), at}) }

func (f *Func) leave() {
	f.settled(f.blocks[len(f.blocks)-1].at)
	f.blocks = f.blocks[:len(f.blocks)-1]
	f.body = append(f.body, instr{op: byName["end"]})
}

func (f *Func) fail(at, format string, args ...any) {
	f.m.errs = append(f.m.errs, fmt.Errorf("%s: %s: %s", at, f.name, fmt.Sprintf(format, args...)))
}

// Encode returns the module's bytes, or every error that was met while emitting.
func (m *Module) Encode() ([]byte, error) {
	for _, f := range m.funcs {
		if len(f.results) > 0 && (len(f.body) == 0 || f.body[len(f.body)-1].op.name != "return") {
			f.fail(f.at, "no Return at its end")
		}
	}
	if len(m.errs) > 0 {
		return nil, errors.Join(m.errs...)
	}
	return encode(m), nil
}

// caller is the line outside this package that is being assembled, as FILE:LINE.
func caller() string {
	var pcs [32]uintptr
	frames := runtime.CallersFrames(pcs[:runtime.Callers(2, pcs[:])])
	for {
		f, more := frames.Next()
		if !strings.Contains(f.Function, "/simd/asm.") || strings.HasSuffix(f.File, "_test.go") {
			return fmt.Sprintf("%s:%d", filepath.Base(f.File), f.Line)
		}
		if !more {
			return "?"
		}
	}
}
