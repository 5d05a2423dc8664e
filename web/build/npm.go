package main

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/evanw/esbuild/pkg/api"
)

// otherwise are the modules that go into the package in another form.
var otherwise = []string{"worker.mjs", "inline.mjs"}

// pack makes the npm package of the site's files: the modules as they are written, as whoever bundles
// them makes them small, with their declarations, and what they load.
func pack(s site) (site, error) {
	p := site{}
	for _, glob := range []string{"web/*.mjs", "web/types/*.d.mts", "web/npm/*.json", "web/npm/*.md"} {
		files, err := filepath.Glob(glob)
		if err != nil {
			return nil, err
		}
		for _, file := range files {
			name := filepath.Base(file)
			if slices.Contains(otherwise, name) {
				continue
			}
			if p[name], err = os.ReadFile(file); err != nil {
				return nil, err
			}
		}
	}
	for name, data := range s {
		switch filepath.Ext(name) {
		case ".wasm", ".sqz":
			p[name] = data
		}
	}
	for _, name := range []string{"engine.mjs", "manifest.json", "LICENSES.txt"} {
		p[name] = s[name]
	}
	var err error
	p["inline.mjs"], err = inlined(s)
	return p, err
}

// writePackage makes the package's folder.
func writePackage(s site, dir string) error {
	p, err := pack(s)
	if err != nil {
		return err
	}
	return p.write(dir)
}

// inlined makes one script of the module and the files that it loads.
func inlined(s site) ([]byte, error) {
	scripts, err := bundle(map[string]string{"web/inline.mjs": "inline"}, "", s.inside())
	return scripts["inline.mjs"], err
}

var besideIt = regexp.MustCompile(`new URL\('[^']+', import\.meta\.url\)`)

// inside gives scripts the site's files that they import as inlined:NAME, compressed by gzip, as bytes.
func (s site) inside() api.Plugin {
	return api.Plugin{Name: "inside", Setup: func(b api.PluginBuild) {
		b.OnResolve(api.OnResolveOptions{Filter: "^inlined:"}, func(a api.OnResolveArgs) (api.OnResolveResult, error) {
			return api.OnResolveResult{Path: strings.TrimPrefix(a.Path, "inlined:"), Namespace: "inlined"}, nil
		})
		b.OnLoad(api.OnLoadOptions{Filter: ".", Namespace: "inlined"}, func(a api.OnLoadArgs) (api.OnLoadResult, error) {
			text := string(compressed(s[a.Path]))
			return api.OnLoadResult{Contents: &text, Loader: api.LoaderBinary}, nil
		})
		// Bundlers would go on to copy the files at these addresses.
		b.OnLoad(api.OnLoadOptions{Filter: `/parts\.mjs$`}, func(a api.OnLoadArgs) (api.OnLoadResult, error) {
			data, err := os.ReadFile(a.Path)
			text := besideIt.ReplaceAllString(string(data), "undefined")
			return api.OnLoadResult{Contents: &text, Loader: api.LoaderJS}, err
		})
	}}
}
