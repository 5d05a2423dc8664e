package kernels

import "testing"

// forms are the names of the forms that can run here: Go's and those of the kernels' module that was
// loaded; one with relaxed SIMD has all.
func forms() []string {
	var names []string
	for f := range formPair + 1 {
		if f <= form(loaded()) || form(loaded()) == formDot {
			names = append(names, f.String())
		}
	}
	return names
}

// TestChoice has the loader's choice in use: what the engine computes wrongly would be put aside.
func TestChoice(t *testing.T) {
	if want := form(loaded()).String(); Variant() != want {
		t.Errorf("the form in use is %s, the loader chose %s: this engine computes that wrongly", Variant(), want)
	}
}

// use makes a form the one in use.
func use(name string) {
	for f := range formPair + 1 {
		if f.String() == name {
			active = f
		}
	}
}
