package asm

import "encoding/binary"

// Clause numbers are those of the WebAssembly core specification 2.0.

// Section ids (5.5.2).
const (
	typeSection     = 1
	importSection   = 2
	functionSection = 3
	exportSection   = 7
	codeSection     = 10
)

// encode writes the module (5.5.16): magic, version, sections in order of their ids.
func encode(m *Module) []byte {
	var typs, fns, exports, codes [][]byte
	for i, f := range m.funcs {
		// 5.3.6: a function type. One per function: sharing them would save a few bytes only.
		typs = append(typs, concat([]byte{0x60}, valtypes(f.params), valtypes(f.results)))
		fns = append(fns, uleb(uint32(i)))
		exports = append(exports, concat(name(f.name), []byte{0x00}, uleb(uint32(i)))) // 5.5.10: export of a function
		code := concat(locals(f.locals), expr(f.body))
		codes = append(codes, concat(uleb(uint32(len(code))), code)) // 5.5.13
	}
	memory := concat(name(m.memModule), name(m.memName), []byte{0x02, 0x00}, uleb(0)) // 5.5.5, 5.3.8: any memory, no maximum
	return concat(
		[]byte("\x00asm"), []byte{1, 0, 0, 0},
		section(typeSection, typs),
		section(importSection, [][]byte{memory}),
		section(functionSection, fns),
		section(exportSection, exports),
		section(codeSection, codes),
	)
}

// section is a section with a vector of items (5.5.2, 5.1.3).
func section(id byte, items [][]byte) []byte {
	body := vec(items)
	return concat([]byte{id}, uleb(uint32(len(body))), body)
}

func vec(items [][]byte) []byte { return append(uleb(uint32(len(items))), concat(items...)...) }

func name(s string) []byte { return append(uleb(uint32(len(s))), s...) } // 5.2.4

// valtypes is a vector of value types (5.3.1, 5.3.2).
func valtypes(ts []Type) []byte {
	code := map[Type]byte{I32: 0x7F, I64: 0x7E, F32: 0x7D, V128: 0x7B}
	b := uleb(uint32(len(ts)))
	for _, t := range ts {
		b = append(b, code[t])
	}
	return b
}

// locals is a vector of runs of equal types (5.5.13).
func locals(ts []Type) []byte {
	var runs [][]byte
	for i := 0; i < len(ts); {
		j := i
		for j < len(ts) && ts[j] == ts[i] {
			j++
		}
		runs = append(runs, concat(uleb(uint32(j-i)), valtypes(ts[i : i+1])[1:]))
		i = j
	}
	return vec(runs)
}

// expr is a function's body with its end (5.4.9).
func expr(body []instr) []byte {
	var b []byte
	for _, i := range body {
		b = append(b, i.encode()...)
	}
	return append(b, 0x0B)
}

// encode is one instruction (5.4): opcode, then immediates.
func (i instr) encode() []byte {
	op := []byte{byte(i.op.code)}
	if i.op.prefix != 0 {
		op = append([]byte{i.op.prefix}, uleb(i.op.code)...)
	}
	switch i.op.imm {
	case blockType:
		return append(op, 0x40) // 5.4.1: empty
	case labelIdx, funcIdx, localIdx:
		return append(op, uleb(i.index)...)
	case memArg, memLane: // 5.4.6, 5.4.8: alignment 0, as slices are aligned to their elements only
		return concat(op, []byte{0}, uleb(i.off), i.bytes)
	}
	return append(op, i.bytes...)
}

func words(ws ...uint32) []byte {
	var b []byte
	for _, w := range ws {
		b = binary.LittleEndian.AppendUint32(b, w)
	}
	return b
}

// uleb is the unsigned LEB128 of 5.2.2.
func uleb(x uint32) []byte { return binary.AppendUvarint(nil, uint64(x)) }

// sleb is the signed LEB128 of 5.2.2.
func sleb(x int64) []byte {
	var b []byte
	for {
		c := byte(x & 0x7F)
		x >>= 7
		if x == 0 && c&0x40 == 0 || x == -1 && c&0x40 != 0 {
			return append(b, c)
		}
		b = append(b, c|0x80)
	}
}

func concat(parts ...[]byte) []byte {
	var b []byte
	for _, p := range parts {
		b = append(b, p...)
	}
	return b
}
