package main

import (
	"io"
	"regexp"
	"strings"
	"testing"
)

func TestMinify(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"a.html", "<p>\n  one <!-- no\n one -->\n\n  <b>two</b>\n</p>\n", "^<p>\none\n<b>two</b>\n</p>\n$"},
		{"a.css", "a { color: #ffffff; /* why */ }", "^a{color:#fff}\n$"},
		{"a.mjs", "/** @license X */\nexport const name = '图';", `^const (\w)="图";export{(\w) as name};\n$`},
		{"a.js", "const kept = f(); g(() => { const short = kept(); return short + short; });", `^const kept=f\(\);g\(\(\)=>{const (\w)=kept\(\);return (\w)\+(\w)}\);\n$`},
	} {
		got, err := minify(c.name, []byte(c.in))
		if err != nil || !regexp.MustCompile(c.want).Match(got) {
			t.Errorf("%s: %q, %v; want %s", c.name, got, err, c.want)
		}
	}
	if _, err := minify("broken.mjs", []byte("const = 1;")); err == nil || !strings.Contains(err.Error(), "broken.mjs:1:6") {
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
