package kernels

// forms are the names of the forms that can run here: those of the loaded kernels' module, and Go's.
func forms() []string {
	var names []string
	for f := formGo; f <= formPair; f++ {
		if f <= best || best == formDot {
			names = append(names, f.String())
		}
	}
	return names
}

// best is what was loaded: of the two relaxed forms both are there.
var best = active

// use makes a form the one in use until the test has ended.
func use(name string) {
	for f := formGo; f <= formPair; f++ {
		if f.String() == name {
			active = f
		}
	}
}
