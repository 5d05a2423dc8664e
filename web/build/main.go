// Command build makes the site: the Go program for browsers and for Node, the files of web, the
// kernels, the models, the pictures, the notices, and a manifest of their sizes, all into one folder
// that any static host can serve from any path.
//
//	go run ./web/build dist
package main

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// firstAnswer are the files that the page fetches before its first answer, with the page itself.
var firstAnswer = []string{
	"index.html", "page/style.css", "page/guard.js", "page/start.mjs", "page/app.mjs", "page/dom.mjs", "page/files.mjs", "page/text.mjs", "page/picture.mjs",
	"page/heat.mjs", "page/samples.mjs", "squeezenet.mjs", "instantiate.mjs", "engine.mjs", "manifest.json", "icon.svg", "squeezenet.wasm", "kernels-relaxed.wasm", "squeezenet1_1.sqz",
	"pictures/cat-small.jpg", "pictures/coffee-small.jpg", "pictures/flower-small.jpg", "pictures/rocket-small.jpg", "pictures/temple-small.jpg",
}

// copies are globs of files that go into the site as they are: those of web where they lie in it, the
// others at its root.
var copies = []string{
	"web/*.html", "web/*.js", "web/*.mjs", "web/*.svg", "web/page/*", "web/pictures/*.jpg",
	"kernels/simd/kernels*.wasm", "weights/shipped/*.sqz",
}

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage, at the project's root: go run ./web/build DIR")
		os.Exit(2)
	}
	if err := build(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "build:", err)
		os.Exit(1)
	}
}

func build(dir string) error {
	// The folder itself stays: a server may be serving it.
	old, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		return err
	}
	for _, name := range old {
		if err := os.RemoveAll(name); err != nil {
			return err
		}
	}
	for _, sub := range []string{"page", "pictures"} {
		if err := os.MkdirAll(filepath.Join(dir, sub), 0o755); err != nil {
			return err
		}
	}
	for file, tags := range map[string]string{"squeezenet.wasm": "", "squeezenet-node.wasm": "node"} {
		if err := compile(filepath.Join(dir, file), tags); err != nil {
			return err
		}
	}
	root, err := goOutput("env", "GOROOT")
	if err != nil {
		return err
	}
	// One file of what runs in the worker: three, each imported by the worker, would come one round trip later.
	shim := filepath.Join(root, "lib", "wasm", "wasm_exec.js")
	if err := join(filepath.Join(dir, "engine.mjs"), shim, "web/instantiate.mjs", "web/worker.mjs"); err != nil {
		return err
	}
	for _, glob := range copies {
		files, err := filepath.Glob(glob)
		if err != nil {
			return err
		}
		for _, file := range files {
			if filepath.Base(file) == "worker.mjs" {
				continue // a part of engine.mjs
			}
			to, err := filepath.Rel("web", file)
			if err != nil || strings.HasPrefix(to, "..") {
				to = filepath.Base(file)
			}
			if err := copyFile(filepath.Join(dir, to), file); err != nil {
				return err
			}
		}
	}
	notices, err := notices(root)
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, "LICENSES.txt"), notices, 0o644); err != nil {
		return err
	}
	return manifest(dir)
}

// compile builds the Go program: the same bytes from the same sources and Go, wherever they lie.
// Without inlining in the standard library it is 23 kB smaller compressed, and no slower: what takes
// time is in our own packages.
func compile(to, tags string) error {
	cmd := exec.Command("go", "build", "-trimpath", "-buildvcs=false", "-tags", tags, "-gcflags=std=-l", "-ldflags=-s -w -buildid=", "-o", to, "./wasm")
	cmd.Env = append(os.Environ(), "GOOS=js", "GOARCH=wasm", "GOFLAGS=")
	cmd.Stderr = os.Stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%s: %w", strings.Join(cmd.Args, " "), err)
	}
	return os.Chmod(to, 0o644)
}

func goOutput(args ...string) (string, error) {
	out, err := exec.Command("go", args...).Output()
	if err != nil {
		return "", fmt.Errorf("go %s: %w", strings.Join(args, " "), err)
	}
	return strings.TrimSpace(string(out)), nil
}

func copyFile(to, from string) error {
	data, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return os.WriteFile(to, data, 0o644)
}

// join writes files one after another.
func join(to string, from ...string) error {
	var all []byte
	for _, file := range from {
		data, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		all = append(append(all, data...), '\n')
	}
	return os.WriteFile(to, all, 0o644)
}

// notices gathers the licence of everything that the site holds.
func notices(goroot string) ([]byte, error) {
	var b bytes.Buffer
	add := func(title, file string) error {
		text, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		fmt.Fprintf(&b, "%s\n%s\n\n%s\n\n\n", title, strings.Repeat("=", len(title)), bytes.TrimSpace(text))
		return nil
	}
	module := func(path string) string {
		dir, err := goOutput("list", "-m", "-f", "{{.Dir}}", path)
		if err != nil || dir == "" {
			return path // and reading its licence fails, naming it
		}
		return dir
	}
	for _, part := range []struct{ title, file string }{
		{"This project", "LICENSE"},
		{"Go: its runtime and standard library, and wasm_exec.js (in engine.mjs)", filepath.Join(goroot, "LICENSE")},
		{"github.com/norunners/vert", filepath.Join(module("github.com/norunners/vert"), "LICENSE")},
		{"golang.org/x/image (in squeezenet-node.wasm)", filepath.Join(module("golang.org/x/image"), "LICENSE")},
		{"The weights and the labels", filepath.Join("weights", "LICENSES.md")},
		{"Apache License 2.0 (the class names)", filepath.Join("weights", "APACHE-2.0.txt")},
		{"The sample pictures", filepath.Join("web", "pictures", "LICENSES.md")},
	} {
		if err := add(part.title, part.file); err != nil {
			return nil, fmt.Errorf("notice of %q: %w", part.title, err)
		}
	}
	return b.Bytes(), nil
}

// manifest writes manifest.json (by which the page knows how many bytes will come) and prints what
// was built: name, bytes, bytes compressed, sha256.
func manifest(dir string) error {
	type entry struct {
		Bytes int `json:"bytes"`
	}
	files := map[string]entry{}
	var names []string
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		name = filepath.ToSlash(name)
		files[name] = entry{int(info.Size())}
		names = append(names, name)
		return nil
	})
	if err != nil {
		return err
	}
	text, err := json.MarshalIndent(map[string]any{"files": files}, "", " ")
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, "manifest.json"), append(text, '\n'), 0o644); err != nil {
		return err
	}
	names = append(names, "manifest.json")
	slices.Sort(names)
	for _, f := range firstAnswer {
		if _, ok := slices.BinarySearch(names, f); !ok {
			return fmt.Errorf("%s is fetched before the first answer, and is not among the site's files", f)
		}
	}
	first := 0
	fmt.Printf("%-26s %9s %9s  %s\n", dir, "bytes", "gzip", "sha256")
	for _, name := range names {
		data, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(name)))
		if err != nil {
			return err
		}
		packed := gzipped(data)
		if slices.Contains(firstAnswer, name) {
			first += packed
		}
		fmt.Printf("%-26s %9d %9d  %x\n", name, len(data), packed, sha256.Sum256(data))
	}
	fmt.Printf("%-26s %9s %9d\n", "before the first answer", "", first)
	return nil
}

func gzipped(data []byte) int {
	var b bytes.Buffer
	w, _ := gzip.NewWriterLevel(&b, gzip.BestCompression)
	w.Write(data)
	w.Close()
	return b.Len()
}
