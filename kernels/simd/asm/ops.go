package asm

// An imm says which immediates follow an opcode.
type imm uint8

const (
	noImm     imm = iota
	blockType     // the empty block type
	labelIdx      // how many enclosing blocks to leave
	funcIdx
	localIdx
	memArg   // offset
	memLane  // offset, lane
	laneIdx  // one lane
	lanes16  // sixteen lanes
	constInt // signed LEB128
	constF32 // four bytes
	constV   // sixteen bytes
)

// An opcode is one instruction of the WebAssembly specification (core 2.0, 5.4; the relaxed ones, from
// 0x100 on, are core 3.0).
type opcode struct {
	name    string // as in the text format
	prefix  byte   // 0: none
	code    uint32
	imm     imm
	in, out string // operand and result types: i = i32, l = i64, f = f32, v = v128; ? = any, by the immediate
}

// The instructions known here. local.get and the like take their types from the local, br and call
// from their target: "?" marks those; Func.signature knows them.
var opcodes = []opcode{
	// 5.4.1 control
	{name: "block", code: 0x02, imm: blockType},
	{name: "loop", code: 0x03, imm: blockType},
	{name: "if", code: 0x04, imm: blockType, in: "i"},
	{name: "else", code: 0x05},
	{name: "end", code: 0x0B},
	{name: "br", code: 0x0C, imm: labelIdx},
	{name: "br_if", code: 0x0D, imm: labelIdx, in: "i"},
	{name: "return", code: 0x0F, in: "?"},
	{name: "call", code: 0x10, imm: funcIdx, in: "?", out: "?"},
	// 5.4.3, 5.4.4 parametric, variables
	{name: "drop", code: 0x1A, in: "?"},
	{name: "local.get", code: 0x20, imm: localIdx, out: "?"},
	{name: "local.set", code: 0x21, imm: localIdx, in: "?"},
	{name: "local.tee", code: 0x22, imm: localIdx, in: "?", out: "?"},
	// 5.4.6 memory
	{name: "i32.load", code: 0x28, imm: memArg, in: "i", out: "i"},
	{name: "i64.load", code: 0x29, imm: memArg, in: "i", out: "l"},
	{name: "f32.load", code: 0x2A, imm: memArg, in: "i", out: "f"},
	{name: "i32.load8_s", code: 0x2C, imm: memArg, in: "i", out: "i"},
	{name: "i32.load8_u", code: 0x2D, imm: memArg, in: "i", out: "i"},
	{name: "i32.load16_s", code: 0x2E, imm: memArg, in: "i", out: "i"},
	{name: "i32.load16_u", code: 0x2F, imm: memArg, in: "i", out: "i"},
	{name: "i64.load32_u", code: 0x35, imm: memArg, in: "i", out: "l"},
	{name: "i32.store", code: 0x36, imm: memArg, in: "ii"},
	{name: "i64.store", code: 0x37, imm: memArg, in: "il"},
	{name: "f32.store", code: 0x38, imm: memArg, in: "if"},
	{name: "i32.store8", code: 0x3A, imm: memArg, in: "ii"},
	{name: "i32.store16", code: 0x3B, imm: memArg, in: "ii"},
	// 5.4.7 numeric
	{name: "i32.const", code: 0x41, imm: constInt, out: "i"},
	{name: "i64.const", code: 0x42, imm: constInt, out: "l"},
	{name: "f32.const", code: 0x43, imm: constF32, out: "f"},
	{name: "i32.eqz", code: 0x45, in: "i", out: "i"},
	{name: "i32.eq", code: 0x46, in: "ii", out: "i"},
	{name: "i32.ne", code: 0x47, in: "ii", out: "i"},
	{name: "i32.lt_s", code: 0x48, in: "ii", out: "i"},
	{name: "i32.lt_u", code: 0x49, in: "ii", out: "i"},
	{name: "i32.gt_s", code: 0x4A, in: "ii", out: "i"},
	{name: "i32.gt_u", code: 0x4B, in: "ii", out: "i"},
	{name: "i32.le_s", code: 0x4C, in: "ii", out: "i"},
	{name: "i32.le_u", code: 0x4D, in: "ii", out: "i"},
	{name: "i32.ge_s", code: 0x4E, in: "ii", out: "i"},
	{name: "i32.ge_u", code: 0x4F, in: "ii", out: "i"},
	{name: "i64.lt_u", code: 0x54, in: "ll", out: "i"},
	{name: "i32.add", code: 0x6A, in: "ii", out: "i"},
	{name: "i32.sub", code: 0x6B, in: "ii", out: "i"},
	{name: "i32.mul", code: 0x6C, in: "ii", out: "i"},
	{name: "i32.div_u", code: 0x6E, in: "ii", out: "i"},
	{name: "i32.rem_u", code: 0x70, in: "ii", out: "i"},
	{name: "i32.and", code: 0x71, in: "ii", out: "i"},
	{name: "i32.or", code: 0x72, in: "ii", out: "i"},
	{name: "i32.xor", code: 0x73, in: "ii", out: "i"},
	{name: "i32.shl", code: 0x74, in: "ii", out: "i"},
	{name: "i32.shr_s", code: 0x75, in: "ii", out: "i"},
	{name: "i32.shr_u", code: 0x76, in: "ii", out: "i"},
	{name: "i64.add", code: 0x7C, in: "ll", out: "l"},
	{name: "i64.mul", code: 0x7E, in: "ll", out: "l"},
	{name: "i64.or", code: 0x84, in: "ll", out: "l"},
	{name: "i64.shl", code: 0x86, in: "ll", out: "l"},
	{name: "i64.shr_u", code: 0x88, in: "ll", out: "l"},
	{name: "f32.add", code: 0x92, in: "ff", out: "f"},
	{name: "f32.sub", code: 0x93, in: "ff", out: "f"},
	{name: "f32.mul", code: 0x94, in: "ff", out: "f"},
	{name: "f32.div", code: 0x95, in: "ff", out: "f"},
	{name: "f32.min", code: 0x96, in: "ff", out: "f"},
	{name: "f32.max", code: 0x97, in: "ff", out: "f"},
	{name: "i32.wrap_i64", code: 0xA7, in: "l", out: "i"},
	{name: "i64.extend_i32_s", code: 0xAC, in: "i", out: "l"},
	{name: "i64.extend_i32_u", code: 0xAD, in: "i", out: "l"},
	{name: "f32.convert_i32_s", code: 0xB2, in: "i", out: "f"},
	{name: "i32.reinterpret_f32", code: 0xBC, in: "f", out: "i"},
	// 5.4.8 vectors: memory
	{name: "v128.load", prefix: 0xFD, code: 0x00, imm: memArg, in: "i", out: "v"},
	{name: "v128.load8x8_s", prefix: 0xFD, code: 0x01, imm: memArg, in: "i", out: "v"},
	{name: "v128.load8x8_u", prefix: 0xFD, code: 0x02, imm: memArg, in: "i", out: "v"},
	{name: "v128.load16x4_s", prefix: 0xFD, code: 0x03, imm: memArg, in: "i", out: "v"},
	{name: "v128.load16x4_u", prefix: 0xFD, code: 0x04, imm: memArg, in: "i", out: "v"},
	{name: "v128.load32x2_s", prefix: 0xFD, code: 0x05, imm: memArg, in: "i", out: "v"},
	{name: "v128.load32x2_u", prefix: 0xFD, code: 0x06, imm: memArg, in: "i", out: "v"},
	{name: "v128.load8_splat", prefix: 0xFD, code: 0x07, imm: memArg, in: "i", out: "v"},
	{name: "v128.load16_splat", prefix: 0xFD, code: 0x08, imm: memArg, in: "i", out: "v"},
	{name: "v128.load32_splat", prefix: 0xFD, code: 0x09, imm: memArg, in: "i", out: "v"},
	{name: "v128.load64_splat", prefix: 0xFD, code: 0x0A, imm: memArg, in: "i", out: "v"},
	{name: "v128.store", prefix: 0xFD, code: 0x0B, imm: memArg, in: "iv"},
	{name: "v128.load8_lane", prefix: 0xFD, code: 0x54, imm: memLane, in: "iv", out: "v"},
	{name: "v128.load16_lane", prefix: 0xFD, code: 0x55, imm: memLane, in: "iv", out: "v"},
	{name: "v128.load32_lane", prefix: 0xFD, code: 0x56, imm: memLane, in: "iv", out: "v"},
	{name: "v128.load64_lane", prefix: 0xFD, code: 0x57, imm: memLane, in: "iv", out: "v"},
	{name: "v128.store8_lane", prefix: 0xFD, code: 0x58, imm: memLane, in: "iv"},
	{name: "v128.store16_lane", prefix: 0xFD, code: 0x59, imm: memLane, in: "iv"},
	{name: "v128.store32_lane", prefix: 0xFD, code: 0x5A, imm: memLane, in: "iv"},
	{name: "v128.store64_lane", prefix: 0xFD, code: 0x5B, imm: memLane, in: "iv"},
	{name: "v128.load32_zero", prefix: 0xFD, code: 0x5C, imm: memArg, in: "i", out: "v"},
	{name: "v128.load64_zero", prefix: 0xFD, code: 0x5D, imm: memArg, in: "i", out: "v"},
	// lanes
	{name: "v128.const", prefix: 0xFD, code: 0x0C, imm: constV, out: "v"},
	{name: "i8x16.shuffle", prefix: 0xFD, code: 0x0D, imm: lanes16, in: "vv", out: "v"},
	{name: "i8x16.swizzle", prefix: 0xFD, code: 0x0E, in: "vv", out: "v"},
	{name: "i8x16.splat", prefix: 0xFD, code: 0x0F, in: "i", out: "v"},
	{name: "i16x8.splat", prefix: 0xFD, code: 0x10, in: "i", out: "v"},
	{name: "i32x4.splat", prefix: 0xFD, code: 0x11, in: "i", out: "v"},
	{name: "f32x4.splat", prefix: 0xFD, code: 0x13, in: "f", out: "v"},
	{name: "i8x16.extract_lane_s", prefix: 0xFD, code: 0x15, imm: laneIdx, in: "v", out: "i"},
	{name: "i8x16.extract_lane_u", prefix: 0xFD, code: 0x16, imm: laneIdx, in: "v", out: "i"},
	{name: "i8x16.replace_lane", prefix: 0xFD, code: 0x17, imm: laneIdx, in: "vi", out: "v"},
	{name: "i16x8.extract_lane_s", prefix: 0xFD, code: 0x18, imm: laneIdx, in: "v", out: "i"},
	{name: "i16x8.extract_lane_u", prefix: 0xFD, code: 0x19, imm: laneIdx, in: "v", out: "i"},
	{name: "i16x8.replace_lane", prefix: 0xFD, code: 0x1A, imm: laneIdx, in: "vi", out: "v"},
	{name: "i32x4.extract_lane", prefix: 0xFD, code: 0x1B, imm: laneIdx, in: "v", out: "i"},
	{name: "i32x4.replace_lane", prefix: 0xFD, code: 0x1C, imm: laneIdx, in: "vi", out: "v"},
	{name: "f32x4.extract_lane", prefix: 0xFD, code: 0x1F, imm: laneIdx, in: "v", out: "f"},
	{name: "f32x4.replace_lane", prefix: 0xFD, code: 0x20, imm: laneIdx, in: "vf", out: "v"},
	// comparisons
	{name: "i8x16.eq", prefix: 0xFD, code: 0x23, in: "vv", out: "v"},
	{name: "i8x16.gt_s", prefix: 0xFD, code: 0x27, in: "vv", out: "v"},
	{name: "i8x16.gt_u", prefix: 0xFD, code: 0x28, in: "vv", out: "v"},
	{name: "i16x8.eq", prefix: 0xFD, code: 0x2D, in: "vv", out: "v"},
	{name: "i16x8.gt_s", prefix: 0xFD, code: 0x31, in: "vv", out: "v"},
	{name: "i16x8.gt_u", prefix: 0xFD, code: 0x32, in: "vv", out: "v"},
	{name: "i32x4.eq", prefix: 0xFD, code: 0x37, in: "vv", out: "v"},
	{name: "i32x4.gt_s", prefix: 0xFD, code: 0x3B, in: "vv", out: "v"},
	{name: "i32x4.gt_u", prefix: 0xFD, code: 0x3C, in: "vv", out: "v"},
	{name: "f32x4.eq", prefix: 0xFD, code: 0x41, in: "vv", out: "v"},
	{name: "f32x4.lt", prefix: 0xFD, code: 0x43, in: "vv", out: "v"},
	{name: "f32x4.gt", prefix: 0xFD, code: 0x44, in: "vv", out: "v"},
	// bits
	{name: "v128.not", prefix: 0xFD, code: 0x4D, in: "v", out: "v"},
	{name: "v128.and", prefix: 0xFD, code: 0x4E, in: "vv", out: "v"},
	{name: "v128.andnot", prefix: 0xFD, code: 0x4F, in: "vv", out: "v"},
	{name: "v128.or", prefix: 0xFD, code: 0x50, in: "vv", out: "v"},
	{name: "v128.xor", prefix: 0xFD, code: 0x51, in: "vv", out: "v"},
	{name: "v128.bitselect", prefix: 0xFD, code: 0x52, in: "vvv", out: "v"},
	{name: "v128.any_true", prefix: 0xFD, code: 0x53, in: "v", out: "i"},
	// i8x16
	{name: "i8x16.narrow_i16x8_s", prefix: 0xFD, code: 0x65, in: "vv", out: "v"},
	{name: "i8x16.narrow_i16x8_u", prefix: 0xFD, code: 0x66, in: "vv", out: "v"},
	{name: "i8x16.shl", prefix: 0xFD, code: 0x6B, in: "vi", out: "v"},
	{name: "i8x16.shr_s", prefix: 0xFD, code: 0x6C, in: "vi", out: "v"},
	{name: "i8x16.shr_u", prefix: 0xFD, code: 0x6D, in: "vi", out: "v"},
	{name: "i8x16.add", prefix: 0xFD, code: 0x6E, in: "vv", out: "v"},
	{name: "i8x16.add_sat_u", prefix: 0xFD, code: 0x70, in: "vv", out: "v"},
	{name: "i8x16.sub", prefix: 0xFD, code: 0x71, in: "vv", out: "v"},
	{name: "i8x16.sub_sat_u", prefix: 0xFD, code: 0x73, in: "vv", out: "v"},
	{name: "i8x16.min_s", prefix: 0xFD, code: 0x76, in: "vv", out: "v"},
	{name: "i8x16.min_u", prefix: 0xFD, code: 0x77, in: "vv", out: "v"},
	{name: "i8x16.max_s", prefix: 0xFD, code: 0x78, in: "vv", out: "v"},
	{name: "i8x16.max_u", prefix: 0xFD, code: 0x79, in: "vv", out: "v"},
	{name: "i8x16.avgr_u", prefix: 0xFD, code: 0x7B, in: "vv", out: "v"},
	// i16x8
	{name: "i16x8.extadd_pairwise_i8x16_s", prefix: 0xFD, code: 0x7C, in: "v", out: "v"},
	{name: "i16x8.extadd_pairwise_i8x16_u", prefix: 0xFD, code: 0x7D, in: "v", out: "v"},
	{name: "i16x8.neg", prefix: 0xFD, code: 0x81, in: "v", out: "v"},
	{name: "i16x8.q15mulr_sat_s", prefix: 0xFD, code: 0x82, in: "vv", out: "v"},
	{name: "i16x8.narrow_i32x4_s", prefix: 0xFD, code: 0x85, in: "vv", out: "v"},
	{name: "i16x8.narrow_i32x4_u", prefix: 0xFD, code: 0x86, in: "vv", out: "v"},
	{name: "i16x8.extend_low_i8x16_s", prefix: 0xFD, code: 0x87, in: "v", out: "v"},
	{name: "i16x8.extend_high_i8x16_s", prefix: 0xFD, code: 0x88, in: "v", out: "v"},
	{name: "i16x8.extend_low_i8x16_u", prefix: 0xFD, code: 0x89, in: "v", out: "v"},
	{name: "i16x8.extend_high_i8x16_u", prefix: 0xFD, code: 0x8A, in: "v", out: "v"},
	{name: "i16x8.abs", prefix: 0xFD, code: 0x80, in: "v", out: "v"},
	{name: "i16x8.shl", prefix: 0xFD, code: 0x8B, in: "vi", out: "v"},
	{name: "i16x8.shr_s", prefix: 0xFD, code: 0x8C, in: "vi", out: "v"},
	{name: "i16x8.shr_u", prefix: 0xFD, code: 0x8D, in: "vi", out: "v"},
	{name: "i16x8.add", prefix: 0xFD, code: 0x8E, in: "vv", out: "v"},
	{name: "i16x8.sub", prefix: 0xFD, code: 0x91, in: "vv", out: "v"},
	{name: "i16x8.mul", prefix: 0xFD, code: 0x95, in: "vv", out: "v"},
	{name: "i16x8.min_s", prefix: 0xFD, code: 0x96, in: "vv", out: "v"},
	{name: "i16x8.max_s", prefix: 0xFD, code: 0x98, in: "vv", out: "v"},
	{name: "i16x8.max_u", prefix: 0xFD, code: 0x99, in: "vv", out: "v"},
	{name: "i16x8.extmul_low_i8x16_s", prefix: 0xFD, code: 0x9C, in: "vv", out: "v"},
	{name: "i16x8.extmul_high_i8x16_s", prefix: 0xFD, code: 0x9D, in: "vv", out: "v"},
	{name: "i16x8.extmul_low_i8x16_u", prefix: 0xFD, code: 0x9E, in: "vv", out: "v"},
	{name: "i16x8.extmul_high_i8x16_u", prefix: 0xFD, code: 0x9F, in: "vv", out: "v"},
	// i32x4
	{name: "i32x4.extadd_pairwise_i16x8_s", prefix: 0xFD, code: 0x7E, in: "v", out: "v"},
	{name: "i32x4.extadd_pairwise_i16x8_u", prefix: 0xFD, code: 0x7F, in: "v", out: "v"},
	{name: "i32x4.extend_low_i16x8_s", prefix: 0xFD, code: 0xA7, in: "v", out: "v"},
	{name: "i32x4.extend_high_i16x8_s", prefix: 0xFD, code: 0xA8, in: "v", out: "v"},
	{name: "i32x4.extend_low_i16x8_u", prefix: 0xFD, code: 0xA9, in: "v", out: "v"},
	{name: "i32x4.extend_high_i16x8_u", prefix: 0xFD, code: 0xAA, in: "v", out: "v"},
	{name: "i32x4.shl", prefix: 0xFD, code: 0xAB, in: "vi", out: "v"},
	{name: "i32x4.shr_s", prefix: 0xFD, code: 0xAC, in: "vi", out: "v"},
	{name: "i32x4.shr_u", prefix: 0xFD, code: 0xAD, in: "vi", out: "v"},
	{name: "i32x4.add", prefix: 0xFD, code: 0xAE, in: "vv", out: "v"},
	{name: "i32x4.sub", prefix: 0xFD, code: 0xB1, in: "vv", out: "v"},
	{name: "i32x4.mul", prefix: 0xFD, code: 0xB5, in: "vv", out: "v"},
	{name: "i32x4.min_s", prefix: 0xFD, code: 0xB6, in: "vv", out: "v"},
	{name: "i32x4.max_s", prefix: 0xFD, code: 0xB8, in: "vv", out: "v"},
	{name: "i32x4.dot_i16x8_s", prefix: 0xFD, code: 0xBA, in: "vv", out: "v"},
	{name: "i32x4.extmul_low_i16x8_s", prefix: 0xFD, code: 0xBC, in: "vv", out: "v"},
	{name: "i32x4.extmul_high_i16x8_s", prefix: 0xFD, code: 0xBD, in: "vv", out: "v"},
	{name: "i32x4.extmul_low_i16x8_u", prefix: 0xFD, code: 0xBE, in: "vv", out: "v"},
	{name: "i32x4.extmul_high_i16x8_u", prefix: 0xFD, code: 0xBF, in: "vv", out: "v"},
	// f32x4
	{name: "f32x4.nearest", prefix: 0xFD, code: 0x6A, in: "v", out: "v"},
	{name: "f32x4.abs", prefix: 0xFD, code: 0xE0, in: "v", out: "v"},
	{name: "f32x4.neg", prefix: 0xFD, code: 0xE1, in: "v", out: "v"},
	{name: "f32x4.add", prefix: 0xFD, code: 0xE4, in: "vv", out: "v"},
	{name: "f32x4.sub", prefix: 0xFD, code: 0xE5, in: "vv", out: "v"},
	{name: "f32x4.mul", prefix: 0xFD, code: 0xE6, in: "vv", out: "v"},
	{name: "f32x4.div", prefix: 0xFD, code: 0xE7, in: "vv", out: "v"},
	{name: "f32x4.min", prefix: 0xFD, code: 0xE8, in: "vv", out: "v"},
	{name: "f32x4.max", prefix: 0xFD, code: 0xE9, in: "vv", out: "v"},
	{name: "f32x4.pmin", prefix: 0xFD, code: 0xEA, in: "vv", out: "v"},
	{name: "f32x4.pmax", prefix: 0xFD, code: 0xEB, in: "vv", out: "v"},
	{name: "i32x4.trunc_sat_f32x4_s", prefix: 0xFD, code: 0xF8, in: "v", out: "v"},
	{name: "f32x4.convert_i32x4_s", prefix: 0xFD, code: 0xFA, in: "v", out: "v"},
	// relaxed
	{name: "i8x16.relaxed_swizzle", prefix: 0xFD, code: 0x100, in: "vv", out: "v"},
	{name: "f32x4.relaxed_madd", prefix: 0xFD, code: 0x105, in: "vvv", out: "v"},
	{name: "f32x4.relaxed_nmadd", prefix: 0xFD, code: 0x106, in: "vvv", out: "v"},
	{name: "i16x8.relaxed_dot_i8x16_i7x16_s", prefix: 0xFD, code: 0x112, in: "vv", out: "v"},
	{name: "i32x4.relaxed_dot_i8x16_i7x16_add_s", prefix: 0xFD, code: 0x113, in: "vvv", out: "v"},
}

var byName = func() map[string]*opcode {
	m := make(map[string]*opcode, len(opcodes))
	for i := range opcodes {
		m[opcodes[i].name] = &opcodes[i]
	}
	return m
}()
