package tensor

// HWIO turns a kernel (out, in, taps), taps row-major, into (taps, in, out): OIHW into HWIO.
func HWIO(oihw []float32, out, in, taps int) []float32 {
	k := make([]float32, len(oihw))
	for i, v := range oihw {
		o, rest := i/(in*taps), i%(in*taps)
		k[(rest%taps*in+rest/taps)*out+o] = v
	}
	return k
}

// OIHW is the inverse of HWIO.
func OIHW(hwio []float32, out, in, taps int) []float32 {
	k := make([]float32, len(hwio))
	for i, v := range hwio {
		p, rest := i/(in*out), i%(in*out)
		k[(rest%out*in+rest/out)*taps+p] = v
	}
	return k
}
