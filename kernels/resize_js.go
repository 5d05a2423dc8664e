//go:build js

package kernels

func flattenRGBA(px []uint8) { flattenRGBAGo(px) }

func resizeRows(dst []uint8, dstPitch int, src []uint8, srcPitch, rows int, t *Taps) {
	resizeRowsGo(dst, dstPitch, src, srcPitch, rows, t)
}

func resizeColumns(dst []uint8, n int, src []uint8, pitch int, weights []int32) {
	resizeColumnsGo(dst, n, src, pitch, weights)
}
