//go:build !js

package kernels

// forms are the names of the forms that can run here.
func forms() []string { return []string{"go"} }

func use(string) {}
