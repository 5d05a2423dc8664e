package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"os"
	"os/signal"
	"path"
	"strings"
	"sync"
	"syscall"
	"time"
)

// contentTypes of what a site holds. The system's own table may lack .mjs and .wasm.
var contentTypes = map[string]string{
	".css":         "text/css; charset=utf-8",
	".html":        "text/html; charset=utf-8",
	".ico":         "image/x-icon",
	".jpg":         "image/jpeg",
	".js":          "text/javascript; charset=utf-8",
	".json":        "application/json",
	".map":         "application/json",
	".md":          "text/plain; charset=utf-8",
	".mjs":         "text/javascript; charset=utf-8",
	".png":         "image/png",
	".sqz":         "application/octet-stream",
	".svg":         "image/svg+xml",
	".ts":          "text/plain; charset=utf-8",
	".txt":         "text/plain; charset=utf-8",
	".wasm":        "application/wasm",
	".webmanifest": "application/manifest+json",
	".webp":        "image/webp",
}

type headerFlag http.Header

func (h headerFlag) String() string { return "" }
func (h headerFlag) Set(v string) error {
	name, value, ok := strings.Cut(v, ":")
	if !ok || name == "" {
		return errors.New("NAME:VALUE was expected")
	}
	http.Header(h).Add(name, strings.TrimSpace(value))
	return nil
}

func setupServe(flags *flag.FlagSet) func(s streams, args []string) error {
	addr := flags.String("addr", "127.0.0.1:8000", "listen on `HOST:PORT`; port 0 picks a free one")
	headers := headerFlag{}
	flags.Var(headers, "header", "send `NAME:VALUE` with every answer; may be repeated")
	return func(s streams, args []string) error {
		if len(args) != 1 {
			return usageError("one folder was expected")
		}
		root, err := os.OpenRoot(args[0])
		if err != nil {
			return err
		}
		defer root.Close()
		site := &site{root: root, headers: http.Header(headers)}
		l, err := net.Listen("tcp", *addr)
		if errors.Is(err, syscall.EADDRINUSE) {
			return fmt.Errorf("%s is in use: stop what listens there, or pass --addr 127.0.0.1:0 for a free port", *addr)
		}
		if err != nil {
			return err
		}
		ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
		defer stop()
		server := &http.Server{Handler: site, ReadHeaderTimeout: 10 * time.Second}
		fmt.Fprintf(s.out, "http://%s/\n", l.Addr())
		go site.prepare()
		served := make(chan error, 1)
		go func() { served <- server.Serve(l) }()
		select {
		case err := <-served:
			return err
		case <-ctx.Done():
		}
		ctx, cancel := context.WithTimeout(context.Background(), 3*time.Second)
		defer cancel()
		return server.Shutdown(ctx)
	}
}

// A site serves a folder's files from memory, compressed where that pays.
type site struct {
	root    *os.Root
	headers http.Header
	places  sync.Map // name to *place
}

// A place keeps a file as it was last read.
type place struct {
	sync.Mutex
	*file
}

// A file is one file's content as it was at its time of change.
type file struct {
	changed      time.Time
	size         int64
	tag          string // of its content
	plain, small []byte // small: gzip; nil where it saves nothing
}

// prepare reads all files, so that few first answers wait for a compression.
func (s *site) prepare() {
	_ = fs.WalkDir(s.root.FS(), ".", func(name string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			_, _ = s.file(name) // what cannot be read is said when it is asked for
		}
		return nil
	})
}

// file returns a file of the folder, read anew when it has changed.
func (s *site) file(name string) (*file, error) {
	info, err := s.root.Stat(name)
	if err != nil {
		return nil, err
	}
	if info.IsDir() {
		return nil, fs.ErrNotExist
	}
	at, _ := s.places.LoadOrStore(name, new(place))
	p := at.(*place)
	p.Lock()
	defer p.Unlock()
	if f := p.file; f != nil && f.size == info.Size() && f.changed.Equal(info.ModTime()) {
		return f, nil
	}
	plain, err := s.root.ReadFile(name)
	if err != nil {
		return nil, err
	}
	f := &file{changed: info.ModTime(), size: info.Size(), plain: plain, tag: fmt.Sprintf("%x", sha256.Sum256(plain))[:16]}
	if dense := strings.HasPrefix(contentType(name), "image/") && path.Ext(name) != ".svg"; !dense {
		if f.small, err = compress(plain); err != nil {
			return nil, err
		}
	}
	p.file = f
	return f, nil
}

// compress returns nil where gzip saves less than a fiftieth. A model's labels save more.
func compress(plain []byte) ([]byte, error) {
	var b bytes.Buffer
	z, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err == nil {
		_, err = z.Write(plain)
	}
	if err == nil {
		err = z.Close()
	}
	if err != nil || b.Len() >= len(plain)/50*49 {
		return nil, err
	}
	return b.Bytes(), nil
}

func contentType(name string) string {
	if kind, ok := contentTypes[strings.ToLower(path.Ext(name))]; ok {
		return kind
	}
	return "application/octet-stream"
}

func (s *site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	for name, values := range s.headers {
		h[name] = values
	}
	h.Set("X-Content-Type-Options", "nosniff")
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		h.Set("Allow", "GET, HEAD")
		http.Error(w, "only GET and HEAD are served", http.StatusMethodNotAllowed)
		return
	}
	name := strings.TrimPrefix(path.Clean("/"+r.URL.Path), "/")
	if strings.HasSuffix(r.URL.Path, "/") {
		name = path.Join(name, "index.html")
	} else if info, err := s.root.Stat(name); err == nil && info.IsDir() {
		// relative URLs in the folder's page need the slash; a relative target keeps any prefix of a proxy
		http.Redirect(w, r, path.Base(r.URL.Path)+"/", http.StatusFound)
		return
	}
	f, err := s.file(name)
	if err != nil {
		http.Error(w, r.URL.Path+" is not here", http.StatusNotFound)
		return
	}
	h.Set("Content-Type", contentType(name))
	h.Set("Cache-Control", "no-cache") // asked again each time, answered by 304 when the tag is the same
	content, tag := f.plain, f.tag
	if f.small != nil {
		h.Set("Vary", "Accept-Encoding")
		if r.Header.Get("Range") == "" && acceptsGzip(r.Header.Get("Accept-Encoding")) {
			content, tag = f.small, tag+"-gzip"
			h.Set("Content-Encoding", "gzip")
			h.Set("Content-Length", fmt.Sprint(len(content))) // ServeContent leaves it out of an encoded answer
		}
	}
	h.Set("ETag", `"`+tag+`"`)
	http.ServeContent(w, r, name, f.changed, bytes.NewReader(content))
}

// acceptsGzip reads an Accept-Encoding header (RFC 9110, 12.5.3).
func acceptsGzip(accept string) bool {
	for part := range strings.SplitSeq(accept, ",") {
		coding, weight, _ := strings.Cut(part, ";")
		if coding = strings.TrimSpace(coding); strings.EqualFold(coding, "gzip") || coding == "*" {
			return strings.Trim(strings.TrimPrefix(strings.TrimSpace(weight), "q="), "0.") != "" || weight == ""
		}
	}
	return false
}
