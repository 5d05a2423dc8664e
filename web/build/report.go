package main

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"path"
	"regexp"
	"slices"
	"strconv"
)

// The most that may come over the wire, compressed by gzip.
const (
	shellBar = 60_000    // all HTML, CSS and JavaScript of the site
	firstBar = 1_500_000 // everything before the first answer
)

// A site is what was built: content by name.
type site map[string][]byte

// names lists the files in order.
func (s site) names() []string {
	var names []string
	for name := range s {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// unkept are files of the site that its page has no use for.
var unkept = []string{"sw.js", "squeezenet-node.wasm", singleFile}

// addManifest lists the files that the page can use: how many bytes each has, by which the page knows
// how many will come, and its hash in base64, by which the service worker knows that it has the right
// one. The version is of all of them together; the service worker holds it, and so changes with it.
func (s site) addManifest() error {
	type entry struct {
		Bytes  int    `json:"bytes"`
		SHA256 string `json:"sha256"`
	}
	type list struct {
		Version string           `json:"version"`
		Files   map[string]entry `json:"files"`
	}
	all := sha256.New()
	manifest := list{Files: map[string]entry{}}
	for _, name := range s.names() {
		if slices.Contains(unkept, name) {
			continue
		}
		sum := sha256.Sum256(s[name])
		manifest.Files[name] = entry{len(s[name]), base64.StdEncoding.EncodeToString(sum[:])}
		fmt.Fprintf(all, "%x %s\n", sum, name)
	}
	fmt.Fprintf(all, "%x sw.js\n", sha256.Sum256(s["sw.js"]))
	manifest.Version = fmt.Sprintf("%x", all.Sum(nil)[:8])
	var err error
	if s["manifest.json"], err = json.Marshal(manifest); err != nil {
		return err
	}
	const mark = `"VERSION"`
	if bytes.Count(s["sw.js"], []byte(mark)) != 1 {
		return fmt.Errorf("web/sw.js does not hold %s once, where its version belongs", mark)
	}
	s["sw.js"] = bytes.Replace(s["sw.js"], []byte(mark), []byte(strconv.Quote(manifest.Version)), 1)
	return nil
}

var (
	fetched  = regexp.MustCompile(`<(?:script|link|img)\b[^>]*?\b(?:src|href)="([^":]+)"`)
	imported = regexp.MustCompile(`\b(?:from|import)\s*["'](\.[^"']+)["']`)
)

// later is what index.html names, though it is fetched when the network rests or not at all.
var later = []string{"manifest.webmanifest", "icons/192.png"}

// beforeFirst lists what the page fetches before its first answer, on a machine with relaxed SIMD: what
// the page names, what its modules import, and what these fetch by themselves.
func (s site) beforeFirst() ([]string, error) {
	names := []string{"index.html"}
	add := func(name, from string) error {
		if slices.Contains(names, name) || slices.Contains(later, name) {
			return nil
		}
		if _, ok := s[name]; !ok {
			return fmt.Errorf("%s is fetched before the first answer (%s), and is not among the site's files", name, from)
		}
		names = append(names, name)
		return nil
	}
	for _, name := range []string{"engine.mjs", "manifest.json", "squeezenet.wasm", "kernels-relaxed.wasm", "squeezenet1_1.sqz"} {
		if err := add(name, "by squeezenet.mjs"); err != nil {
			return nil, err
		}
	}
	for i := 0; i < len(names); i++ {
		pattern := imported
		switch path.Ext(names[i]) {
		case ".html":
			pattern = fetched
		case ".mjs":
		default:
			continue
		}
		for _, m := range pattern.FindAllSubmatch(s[names[i]], -1) {
			if err := add(path.Join(path.Dir(names[i]), string(m[1])), "by "+names[i]); err != nil {
				return nil, err
			}
		}
	}
	return names, nil
}

// report prints what was built (name, bytes, bytes compressed, sha256), and with bars fails when it is too much.
func (s site) report(w io.Writer, title string, bars bool) error {
	before, err := s.beforeFirst()
	if err != nil {
		return err
	}
	shell, first := 0, 0
	fmt.Fprintf(w, "%-28s %9s %9s  %s\n", title, "bytes", "gzip", "sha256")
	for _, name := range s.names() {
		packed := gzipped(s[name])
		switch path.Ext(name) {
		case ".html", ".css", ".js", ".mjs":
			if name != singleFile {
				shell += packed
			}
		}
		if slices.Contains(before, name) {
			first += packed
		}
		fmt.Fprintf(w, "%-28s %9d %9d  %x\n", name, len(s[name]), packed, sha256.Sum256(s[name]))
	}
	fmt.Fprintf(w, "%-28s %9s %9d  of %d at most\n", "page shell", "", shell, shellBar)
	fmt.Fprintf(w, "%-28s %9s %9d  of %d at most, %d files\n", "before the first answer", "", first, firstBar, len(before))
	if bars && shell > shellBar {
		return fmt.Errorf("the page shell (HTML, CSS, JavaScript) is %d bytes compressed; %d are allowed", shell, shellBar)
	}
	if bars && first > firstBar {
		return fmt.Errorf("before the first answer %d bytes come, compressed; %d are allowed", first, firstBar)
	}
	return nil
}

func gzipped(data []byte) int {
	return len(compressed(data))
}

func compressed(data []byte) []byte {
	var b bytes.Buffer
	w, _ := gzip.NewWriterLevel(&b, gzip.BestCompression)
	w.Write(data)
	w.Close()
	return b.Bytes()
}
