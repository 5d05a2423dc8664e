package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// What cannot be trained on is refused before any picture is run, and nothing is written.
func TestTrainRefuses(t *testing.T) {
	for _, c := range []struct {
		name  string
		files []string // copies of a picture
		want  string
	}{
		{"one class", []string{"a/1.png", "a/2.png"}, "one class; give two or more"},
		{"one picture", []string{"a/1.png", "a/2.png", "b/1.png"}, `class "b" has one picture; give it two or more`},
		{"no picture", []string{"a/1.png", "a/2.png", "b/notes.txt"}, "b: no file below it ends like a picture"},
		{"only files", []string{"1.png", "2.png"}, "there is no folder in it"},
	} {
		dir := t.TempDir()
		for _, f := range c.files {
			copyTo(t, chelsea, dir, filepath.FromSlash(f))
		}
		model := filepath.Join(t.TempDir(), "mine.sqz")
		_, errors, status := call(t, nil, "train", "--classes", dir, model)
		if status != 1 || !strings.Contains(errors, c.want) {
			t.Errorf("%s: status %d, %s", c.name, status, errors)
		}
		if left, err := os.ReadDir(filepath.Dir(model)); err != nil || len(left) > 0 {
			t.Errorf("%s: left behind %v", c.name, left)
		}
	}
	dir := t.TempDir()
	for _, f := range []string{"a/1.png", "a/2.png", "b/1.png"} {
		copyTo(t, chelsea, dir, filepath.FromSlash(f))
	}
	copyTo(t, "main_test.go", dir, "b", "bad.png")
	_, errors, status := call(t, nil, "train", "--classes", dir, filepath.Join(dir, "mine.sqz"))
	if status != 1 || !strings.Contains(errors, "bad.png: it is not a picture") || !strings.Contains(errors, `class "b" has one picture`) {
		t.Errorf("one picture that can be read: status %d, %s", status, errors)
	}
	if _, errors, status := call(t, nil, "train", "--classes", dir, filepath.Join(dir, "nowhere", "mine.sqz")); status != 1 || !strings.Contains(errors, "nowhere") {
		t.Errorf("no folder to write to: status %d, %s", status, errors)
	}
}

// The same folders and seed give the same file, to the byte; through a link as well.
func TestTrainRepeats(t *testing.T) {
	dir := t.TempDir()
	for _, f := range []string{"in/a/1.png", "in/a/2.png", "b/1.png", "b/2.png", "b/3.png"} {
		copyTo(t, chelsea, dir, filepath.FromSlash(f))
	}
	if err := os.Symlink(filepath.Join(dir, "b"), filepath.Join(dir, "in", "b")); err != nil {
		t.Skip(err)
	}
	var files [2][]byte
	for i := range files {
		model := filepath.Join(dir, "mine.sqz")
		out, errors, status := call(t, nil, "train", "--classes", filepath.Join(dir, "in"), "--seed", "5", model)
		if status != 0 {
			t.Fatalf("status %d, %s", status, errors)
		}
		contains(t, "train", out, "2 classes from 5 pictures\n", "most surely taken for another class:")
		var err error
		if files[i], err = os.ReadFile(model); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(files[0], files[1]) {
		t.Error("two trainings give different files")
	}
}
