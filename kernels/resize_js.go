package kernels

import "unsafe"

// Specifications: simd/resize.go.

//go:wasmimport kernels flatten_rgba
//go:noescape
func flattenRGBASIMD(px unsafe.Pointer, pixels int32)

//go:wasmimport kernels resize_rows
//go:noescape
func resizeRowsSIMD(dst unsafe.Pointer, dstPitch int32, src unsafe.Pointer, srcPitch, rows int32, start, weights unsafe.Pointer, outputs, pairs int32)

//go:wasmimport kernels resize_columns
//go:noescape
func resizeColumnsSIMD(dst unsafe.Pointer, n int32, src unsafe.Pointer, pitch int32, weights unsafe.Pointer, pairs int32)

func flattenRGBA(px []uint8) {
	if whole := len(px) &^ 15; active != formGo && whole > 0 {
		flattenRGBASIMD(ptr(px), int32(whole/4))
		px = px[whole:]
	}
	flattenRGBAGo(px)
}

func resizeRows(dst []uint8, dstPitch int, src []uint8, srcPitch, rows int, t *Taps) {
	if active == formGo {
		resizeRowsGo(dst, dstPitch, src, srcPitch, rows, t)
		return
	}
	resizeRowsSIMD(ptr(dst), int32(dstPitch), ptr(src), int32(srcPitch), int32(rows), ptr(t.Start), ptr(t.Weights),
		int32(len(t.Start)), int32(t.Width/2))
}

func resizeColumns(dst []uint8, n int, src []uint8, pitch int, weights []int32) {
	if active == formGo {
		resizeColumnsGo(dst, n, src, pitch, weights)
		return
	}
	resizeColumnsSIMD(ptr(dst), int32(n), ptr(src), int32(pitch), ptr(weights), int32(len(weights)/2))
}
