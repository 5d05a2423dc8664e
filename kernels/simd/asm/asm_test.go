package asm

import (
	"bytes"
	"fmt"
	"os/exec"
	"runtime"
	"strings"
	"testing"
)

// validate has Node's engine validate a module, with relaxed SIMD switched on.
func validate(t *testing.T, wasm []byte) {
	t.Helper()
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("node is not in PATH: nothing can validate the module") // ./build.sh test asks for it first
	}
	const script = `
require('v8').setFlagsFromString('--experimental-wasm-relaxed-simd') // Node 20; an unknown flag is only a warning later
const chunks = []
process.stdin.on('data', (c) => chunks.push(c)).on('end', () => {
	try { new WebAssembly.Module(Buffer.concat(chunks)) } catch (e) { console.log(e.message); process.exit(1) }
})`
	cmd := exec.Command(node, "-e", script)
	cmd.Stdin = bytes.NewReader(wasm)
	if out, err := cmd.Output(); err != nil {
		t.Fatalf("the engine refuses the module: %v\n%s", err, out)
	}
}

// TestEveryOpcode emits every row of the table with operands of its types and has the engine validate
// the whole: a wrong type, immediate or number fails.
func TestEveryOpcode(t *testing.T) {
	m := NewModule("go", "mem")
	seen := map[string]bool{}
	control(m)
	for i := range opcodes {
		op := &opcodes[i]
		if op.in == "?" || op.out == "?" || op.imm == blockType || op.imm == labelIdx || op.name == "i32.const" || op.prefix == 0 && op.code < 0x20 {
			continue // emitted by control
		}
		f := m.Func(op.name, types(op.out)...)
		var args []any
		for _, typ := range types(op.in) {
			args = append(args, f.Param(typ))
		}
		n := Op(op.name, args...)
		switch op.imm {
		case memArg:
			n.Offset(1000)
		case memLane:
			n.Offset(1000).Lanes(1)
		case laneIdx:
			n.Lanes(3)
		case lanes16:
			n.Lanes(0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 30, 31)
		case constInt:
			n = I64Const(-1 << 40)
		case constF32:
			n = F32Const(1.5)
		case constV:
			n = I16x8(0x1234)
		}
		if op.out == "" {
			f.Do(n)
		} else {
			f.Return(n)
		}
	}
	wasm, err := m.Encode()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range m.funcs {
		for _, i := range f.body {
			seen[i.op.name] = true
		}
	}
	for _, op := range opcodes {
		if !seen[op.name] {
			t.Errorf("%s is in the table and not emitted here", op.name)
		}
	}
	if len(byName) != len(opcodes) {
		t.Errorf("%d opcodes have %d names", len(opcodes), len(byName))
	}
	validate(t, wasm)
}

// control emits the instructions that depend on their surroundings.
func control(m *Module) {
	two := m.Func("two", I32)
	two.Return(2)
	f := m.Func("control", I32)
	n, x := f.Param(I32), f.Local(I32)
	f.Block(func(exit Label) {
		f.Loop(func(again Label) {
			f.BrIf(exit, Op("i32.eqz", Tee(x, Op("i32.sub", n, 1))))
			f.If(Op("i32.lt_s", x, 0), func() { f.Br(exit) }, func() { f.Set(n, x) })
			f.BrIf(again, Op("i32.gt_s", n, 100))
		})
	})
	f.While(Op("i32.gt_s", n, 0), func() { f.Set(n, Op("i32.sub", n, Call(two))) })
	f.Do(Op("drop", n))
	f.Return(Op("i32.add", n, -123456))
}

// TestBytes explains every byte of a small module.
func TestBytes(t *testing.T) {
	m := NewModule("go", "mem")
	f := m.Func("inc", I32)
	p := f.Param(I32)
	v := f.Local(V128)
	f.Set(v, Op("v128.load", p).Offset(200))
	f.Return(Op("i32.add", Op("i32x4.extract_lane", v).Lanes(2), -1))
	got, err := m.Encode()
	if err != nil {
		t.Fatal(err)
	}
	want := []byte{
		0x00, 'a', 's', 'm', 1, 0, 0, 0, // magic, version
		1, 6, 1, 0x60, 1, 0x7F, 1, 0x7F, // types: one, (i32) -> (i32)
		2, 11, 1, 2, 'g', 'o', 3, 'm', 'e', 'm', 2, 0, 0, // imports: one, go.mem, a memory of 0 pages or more
		3, 2, 1, 0, // functions: one, of type 0
		7, 7, 1, 3, 'i', 'n', 'c', 0, 0, // exports: one, inc, function 0
		10, 24, 1, 22, // code: one body of 22 bytes
		1, 1, 0x7B, // one run of locals: one v128
		0x20, 0, // local.get 0
		0xFD, 0x00, 0, 0xC8, 0x01, // v128.load, alignment 1, offset 200
		0x21, 1, // local.set 1
		0x20, 1, // local.get 1
		0xFD, 0x1B, 2, // i32x4.extract_lane 2
		0x41, 0x7F, // i32.const -1
		0x6A, // i32.add
		0x0F, // return
		0x0B, // end
	}
	if !bytes.Equal(got, want) {
		t.Errorf("got  % x\nwant % x", got, want)
	}
	validate(t, got)
}

// TestErrors has mistakes reported at the line that made them.
func TestErrors(t *testing.T) {
	m := NewModule("go", "mem")
	f := m.Func("wrong")
	p, v := f.Param(I32), f.Local(V128)
	g := m.Func("other")
	_, _, line, _ := runtime.Caller(0)
	f.Set(v, Op("i32x4.add", v, p))       // line+1
	f.Set(p, Op("i32x4.splatt", p))       // line+2
	f.Do(Op("i32.add", p))                // line+3
	f.Set(p, Op("i32x4.extract_lane", v)) // line+4
	f.Set(v, p)                           // line+5
	g.Set(p, 1)                           // line+6
	f.Loop(func(Label) { f.Set(p, 7) })   // right
	f.Do(Op("v128.load", p))              // line+8
	_, err := m.Encode()
	if err == nil {
		t.Fatal("no error")
	}
	for i, want := range []string{
		1: "wrong: i32x4.add: operand 2 is i32, want v128",
		2: `wrong: no instruction "i32x4.splatt" in the table`,
		3: "wrong: i32.add: 1 operands, want 2: [i32 i32]",
		4: "wrong: i32x4.extract_lane: 0 lanes, want 1",
		5: "wrong: local.set: operand 1 is i32, want v128",
		6: "other: local 0 belongs to another function",
		8: "wrong: 1 values are left over: [v128]",
	} {
		if want == "" {
			continue
		}
		if want = fmt.Sprintf("asm_test.go:%d: %s", line+i, want); !strings.Contains(err.Error(), want) {
			t.Errorf("%q is missing from\n%v", want, err)
		}
	}
	if strings.Contains(err.Error(), fmt.Sprintf(":%d:", line+7)) {
		t.Errorf("line %d is right, and reported:\n%v", line+7, err)
	}
}
