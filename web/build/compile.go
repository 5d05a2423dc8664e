package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// vert is the module through which structs become JavaScript objects.
const vert = "github.com/norunners/vert"

// small are the flags by which the program gets 31 kB smaller compressed, and no slower: nothing is
// inlined but in the packages in which the time goes, kernels, picture and train.
var small = []string{"-gcflags=std=-l", "-gcflags=squeezenet/weights=-l", "-gcflags=squeezenet/squeezenet=-l", "-gcflags=squeezenet/wasm=-l"}

// compile builds the Go program: the same bytes from the same sources and Go, wherever they lie.
func compile(tags string) ([]byte, error) {
	defer os.RemoveAll(leanDir)
	if err := lean(); err != nil {
		return nil, err
	}
	to := filepath.Join(leanDir, "squeezenet.wasm")
	args := append([]string{"build", "-modfile=" + leanDir + "/go.mod", "-trimpath", "-buildvcs=false", "-tags", tags}, small...)
	cmd := exec.Command("go", append(args, "-ldflags=-s -w -buildid=", "-o", to, "./wasm")...)
	cmd.Env = append(os.Environ(), "GOOS=js", "GOARCH=wasm", "GOFLAGS=")
	cmd.Stderr = os.Stderr
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("%s: %w", strings.Join(cmd.Args, " "), err)
	}
	return os.ReadFile(to)
}

// leanDir is always at the same place, as the program holds its name.
const leanDir = "./web/build/lean"

// lean makes a go.mod in leanDir by which vert comes without its AssignTo: nothing here calls it, and it
// imports fmt, which with what that imports (os, time) is 63 kB compressed.
func lean() error {
	if err := exec.Command("go", "mod", "download", vert).Run(); err != nil {
		return fmt.Errorf("go mod download %s: %w", vert, err)
	}
	if err := os.MkdirAll(leanDir+"/vert", 0o755); err != nil {
		return err
	}
	from := moduleDir(vert)
	for to, from := range map[string]string{"go.mod": "go.mod", "go.sum": "go.sum",
		"vert/go.mod": filepath.Join(from, "go.mod"), "vert/value.go": filepath.Join(from, "value.go")} {
		data, err := os.ReadFile(from)
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(leanDir, to), data, 0o644); err != nil {
			return err
		}
	}
	return exec.Command("go", "mod", "edit", "-replace", vert+"="+leanDir+"/vert", leanDir+"/go.mod").Run()
}

// moduleDir is where a module's files are; or its path, of which reading a file then fails, naming it.
func moduleDir(path string) string {
	dir, err := goOutput("list", "-m", "-f", "{{.Dir}}", path)
	if err != nil || dir == "" {
		return path
	}
	return dir
}
