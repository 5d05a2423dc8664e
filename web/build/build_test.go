package main

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

func TestMinify(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"a.html", "<p>\n  one <!-- no\n one -->\n\n  <b>two</b>\n</p>\n", "^<p>\none\n<b>two</b>\n</p>\n$"},
		{"a.js", "const kept = f(); g(() => { const short = kept(); return short + short; });", `^const kept=f\(\);g\(\(\)=>{const (\w)=kept\(\);return (\w)\+(\w)}\);\n$`},
	} {
		got, err := minify(c.name, []byte(c.in))
		if err != nil || !regexp.MustCompile(c.want).Match(got) {
			t.Errorf("%s: %q, %v; want %s", c.name, got, err, c.want)
		}
	}
	if _, err := minify("broken.js", []byte("const = 1;")); err == nil || !strings.Contains(err.Error(), "broken.js:1:6") {
		t.Errorf("a script that cannot be parsed is not refused by its line: %v", err)
	}
}

func TestBundle(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"page/a.mjs": "/** @license X */\nimport { name } from './c.mjs'; import '../squeezenet.mjs'; console.log(name);",
		"page/b.mjs": "export { name } from './c.mjs';", "page/c.mjs": "export function name() { return '图'; }\nexport const unused = 1;",
		"broken.mjs": "\nconst = 1;", "all.css": "@import url(page/a.css);\nb { color: #ffffff; /* why */ }", "page/a.css": "a { margin: 0 }",
	} {
		file := filepath.Join(dir, filepath.FromSlash(name))
		if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o755), os.WriteFile(file, []byte(text), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	at := func(name string) string { return filepath.Join(dir, filepath.FromSlash(name)) }
	s, err := bundle(map[string]string{at("page/a.mjs"): "page/a", at("page/b.mjs"): "page/b", at("all.css"): "page/all"}, "page/shared")
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"page/a.mjs":      `^import{(\w( as \w)?)}from"\./shared\.mjs";import"\.\./squeezenet\.mjs";console\.log\((\w)\);\n$`,
		"page/b.mjs":      `^import{(\w( as \w)?)}from"\./shared\.mjs";export{(\w) as name};\n$`,
		"page/shared.mjs": `^function (\w)\(\){return"图"}.*export{(\w) as (\w)};\n$`,
		"page/all.css":    `^a{margin:0}b{color:#fff}\n$`,
	} {
		if !regexp.MustCompile(want).Match(s[name]) {
			t.Errorf("%s: %q; want %s", name, s[name], want)
		}
	}
	if _, err := bundle(map[string]string{at("broken.mjs"): "broken"}, ""); err == nil || !strings.Contains(err.Error(), "broken.mjs:2:6") {
		t.Errorf("a script that cannot be parsed is not refused by its line: %v", err)
	}
}

func TestBeforeFirst(t *testing.T) {
	s := site{}
	for name, text := range map[string]string{
		"index.html": `<link rel="stylesheet" href="page/a.css"><script type="module" src="page/a.mjs"></script><a href="LICENSES.txt">`,
		"page/a.css": "", "page/b.mjs": `export*from"../squeezenet.mjs";`, "squeezenet.mjs": `x=new URL("./float.sqz",import.meta.url)`,
		"page/a.mjs": `import{b}from"./b.mjs";import"./c.mjs";import("./view.mjs")`, "page/c.mjs": "", "page/view.mjs": "", "LICENSES.txt": "",
		"engine.mjs": "", "manifest.json": "", "squeezenet.wasm": "", "kernels-relaxed.wasm": "", "squeezenet1_1.sqz": "",
	} {
		s[name] = []byte(text)
	}
	want := "index.html engine.mjs manifest.json squeezenet.wasm kernels-relaxed.wasm squeezenet1_1.sqz page/a.css page/a.mjs page/b.mjs page/c.mjs squeezenet.mjs"
	if got, err := s.beforeFirst(); err != nil || strings.Join(got, " ") != want {
		t.Errorf("%s, %v; want %s", strings.Join(got, " "), err, want)
	}
	delete(s, "page/c.mjs")
	if _, err := s.beforeFirst(); err == nil || !strings.Contains(err.Error(), "page/c.mjs") {
		t.Errorf("a module that is not there: %v", err)
	}
	s["page/c.mjs"] = []byte(strings.Repeat("abcdefgh", 1000))
	if err := s.report(io.Discard, "test", true); err != nil {
		t.Error(err)
	}
	noise := make([]byte, shellBar)
	state := uint32(1)
	for i := range noise {
		state = state*1664525 + 1013904223
		noise[i] = byte(state >> 24)
	}
	s["page/view.mjs"] = noise
	if err := s.report(io.Discard, "test", true); err == nil || !strings.Contains(err.Error(), "page shell") {
		t.Errorf("a page shell over its bar: %v", err)
	}
}
