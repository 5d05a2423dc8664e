// Command build makes the site: the Go program for browsers and for Node, the files of web, the
// kernels, the models, the pictures, the notices, and a manifest of their sizes, all into one folder
// that any static host can serve from any path.
//
//	go run ./web/build [-bars] DIR
//
// With -bars it fails when more would come over the wire than the page's bars allow.
package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// What web holds that is no file of the site: the build itself, what only the npm package has, and what
// is made into fewer files.
var apart = []string{"web/build", "web/npm", "web/types", "web/page"}

func main() {
	bars := flag.Bool("bars", false, "fail when the page shell, or what comes before the first answer, is over its bar")
	flag.Usage = func() {
		fmt.Fprintln(os.Stderr, "usage, at the project's root: go run ./web/build [-bars] DIR")
	}
	flag.Parse()
	if flag.NArg() != 1 {
		flag.Usage()
		os.Exit(2)
	}
	s, err := build()
	if err == nil {
		err = s.write(flag.Arg(0))
	}
	if err == nil {
		err = writePackage(s, filepath.Join(flag.Arg(0), "npm"))
	}
	if err == nil {
		err = s.report(os.Stdout, flag.Arg(0), *bars)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "build:", err)
		os.Exit(1)
	}
}

func build() (site, error) {
	root, err := goOutput("env", "GOROOT")
	if err != nil {
		return nil, err
	}
	s := site{}
	for file, tags := range map[string]string{"squeezenet.wasm": "", "squeezenet-node.wasm": "node"} {
		if s[file], err = compile(tags); err != nil {
			return nil, err
		}
	}
	if s["engine.mjs"], err = joinEngine(filepath.Join(root, "lib", "wasm", "wasm_exec.js")); err != nil {
		return nil, err
	}
	if err := s.addWeb(); err != nil {
		return nil, err
	}
	// One file of many is smaller, and is there after one round trip.
	for shared, entries := range map[string]map[string]string{
		"":            {"web/squeezenet.mjs": "squeezenet", "web/page/page.css": "page/page", "web/page/zh.mjs": "page/zh"},
		"page/shared": {"web/page/app.mjs": "page/app", "web/page/views.mjs": "page/views"},
	} {
		scripts, err := bundle(entries, shared)
		if err != nil {
			return nil, err
		}
		maps.Copy(s, scripts)
	}
	for _, glob := range []string{"kernels/simd/kernels*.wasm", "weights/shipped/*.sqz"} {
		files, err := filepath.Glob(glob)
		if err != nil {
			return nil, err
		}
		for _, file := range files {
			if s[filepath.Base(file)], err = os.ReadFile(file); err != nil {
				return nil, err
			}
		}
	}
	if s["LICENSES.txt"], err = notices(root); err != nil {
		return nil, err
	}
	if s[singleFile], err = s.single(); err != nil {
		return nil, err
	}
	if err := s.addManifest(); err != nil {
		return nil, err
	}
	return s, nil
}

// addWeb takes the folder web into the site but for its modules, with what is text made small.
func (s site) addWeb() error {
	return filepath.WalkDir("web", func(file string, d fs.DirEntry, err error) error {
		name := filepath.ToSlash(file)
		if err != nil {
			return err
		}
		if slices.Contains(apart, name) {
			if d.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		if d.IsDir() || filepath.Ext(name) == ".md" || filepath.Ext(name) == ".mjs" {
			return nil
		}
		data, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		switch filepath.Ext(name) {
		case ".html", ".js":
			if data, err = minify(name, data); err != nil {
				return err
			}
		case ".webmanifest":
			var small bytes.Buffer
			if err := json.Compact(&small, data); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
			data = small.Bytes()
		}
		s[strings.TrimPrefix(name, "web/")] = data
		return nil
	})
}

// write puts the files in a folder, in place of what it held. The folder itself stays: a server may be
// serving it.
func (s site) write(dir string) error {
	old, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		return err
	}
	for _, name := range old {
		if err := os.RemoveAll(name); err != nil {
			return err
		}
	}
	for name, data := range s {
		to := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(to, data, 0o644); err != nil {
			return err
		}
	}
	return nil
}

func goOutput(args ...string) (string, error) {
	out, err := exec.Command("go", args...).Output()
	if err != nil {
		return "", fmt.Errorf("go %s: %w", strings.Join(args, " "), err)
	}
	return strings.TrimSpace(string(out)), nil
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
	for _, part := range []struct{ title, file string }{
		{"This project", "LICENSE"},
		{"Go: its runtime and standard library, and wasm_exec.js (in engine.mjs)", filepath.Join(goroot, "LICENSE")},
		{vert, filepath.Join(moduleDir(vert), "LICENSE")},
		{"golang.org/x/image (in squeezenet-node.wasm)", filepath.Join(moduleDir("golang.org/x/image"), "LICENSE")},
		{"The weights and the labels", filepath.Join("weights", "LICENSES.md")},
		{"Apache License 2.0 (the class names)", filepath.Join("weights", "APACHE-2.0.txt")},
		{"The Chinese class names", filepath.Join("web", "labels", "LICENSES.md")},
		{"The sample pictures", filepath.Join("web", "pictures", "LICENSES.md")},
	} {
		if err := add(part.title, part.file); err != nil {
			return nil, fmt.Errorf("notice of %q: %w", part.title, err)
		}
	}
	return b.Bytes(), nil
}
