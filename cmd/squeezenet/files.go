package main

import (
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"squeezenet/squeezenet"
	"squeezenet/weights"
)

// maxFile bounds what is read into memory as one picture file.
const maxFile = 512 << 20

// picturesIn lists the files below a folder, or below a link to one, that a picture's extension marks,
// in lexical order. What they hold is told by their content.
func picturesIn(dir string) ([]string, error) {
	var files []string
	root := dir + string(filepath.Separator) // without which a link is not followed
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		switch strings.ToLower(filepath.Ext(path)) {
		case ".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".gif", ".webp", ".bmp", ".tif", ".tiff":
			files = append(files, path)
		}
		return nil
	})
	if err == nil && len(files) == 0 {
		err = fmt.Errorf("%s: no file below it ends like a picture (.jpg, .png, .gif, .webp, .bmp, .tif ...)", dir)
	}
	return files, err
}

// checkFolders fails when there is no folder to write a file into: better now than after all the work.
func checkFolders(files ...string) error {
	for _, file := range files {
		dir := filepath.Dir(file)
		if info, err := os.Stat(dir); err != nil {
			return err
		} else if !info.IsDir() {
			return fmt.Errorf("%s: %s is not a folder", file, dir)
		}
	}
	return nil
}

func readFile(name string, stdin io.Reader) ([]byte, error) {
	in := stdin
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		in = f
	}
	data, err := io.ReadAll(io.LimitReader(in, maxFile+1))
	if err == nil && len(data) > maxFile {
		err = fmt.Errorf("more than %d MB: too large for a picture file", maxFile>>20)
	}
	return data, err
}

// A result is what a picture gave, or why it gave nothing.
type result[T any] struct {
	file  string
	value T
	time  time.Duration // to read, decode, resize and run the network
	err   error
}

// failure is the error as a line that begins with the file's name once.
func (r *result[T]) failure() string {
	text := r.err.Error()
	if pathError, ok := r.err.(*os.PathError); ok {
		text = pathError.Err.Error()
	}
	return r.file + ": " + text
}

// runAll runs a network for each processor on files, takes what is wanted of it after each, and hands
// the results to each in the files' order, as soon as they and all before them are there.
func runAll[T any](m *weights.Model, files []string, stdin io.Reader, take func(n *squeezenet.Network) T, each func(result[T])) (workers int, err error) {
	workers = max(1, min(runtime.GOMAXPROCS(0), len(files)))
	pool := make([]*worker, workers)
	for i := range pool {
		if pool[i], err = newWorker(m); err != nil {
			return 0, err
		}
	}
	type job struct {
		file   string
		answer chan result[T]
	}
	jobs := make(chan job)
	order := make(chan chan result[T], 4*workers) // how far results may run ahead
	go func() {
		for _, file := range files {
			answer := make(chan result[T], 1)
			order <- answer
			jobs <- job{file, answer}
		}
		close(jobs)
		close(order)
	}()
	for _, w := range pool {
		go func() {
			for j := range jobs {
				began := time.Now()
				r := result[T]{file: j.file}
				if r.err = w.run(j.file, stdin); r.err == nil {
					r.value = take(w.network)
				}
				r.time = time.Since(began)
				j.answer <- r
			}
		}()
	}
	for answer := range order {
		each(<-answer)
	}
	return workers, nil
}
