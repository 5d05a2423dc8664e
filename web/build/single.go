package main

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html"
	"mime"
	"path"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/evanw/esbuild/pkg/api"
)

// singleFile is the page in one file, which works from a disk, without a server.
const singleFile = "squeezenet.html"

var (
	policy    = regexp.MustCompile(`content="default-src[^"]*"`)
	beside    = regexp.MustCompile(`\n<(?:link|script)\b[^>]*\b(?:href|src)="[^":]+"[^>]*>(?:</script>)?`)
	image     = regexp.MustCompile(`(<img\b[^>]*\bsrc=")([^":]+)"`)
	float32   = regexp.MustCompile(`<option value="float32"`)
	fetchable = regexp.MustCompile(`(?s)<p data-single="no">.*?</p>\n`)
	licences  = regexp.MustCompile(`<p><a href="LICENSES.txt"([^>]*>[^<]*)</a>(.*)</p>`)
)

// single makes one page of index.html, with the scripts, the styles, the network, the sample pictures,
// the names in other languages and the notices inside. Its policy lets nothing run but these, known by their hashes, and nothing be
// fetched.
func (s site) single() ([]byte, error) {
	scripts, err := bundle(map[string]string{"web/page/app.mjs": "app"}, "", s.inside(), s.alone())
	if err != nil {
		return nil, err
	}
	script, style := scripts["app.mjs"], s["page/page.css"]
	page := string(s["index.html"])
	replace := func(pattern *regexp.Regexp, with func(match []string) string) {
		if err == nil && !pattern.MatchString(page) {
			err = fmt.Errorf("web/index.html has nothing like %s, which %s needs", pattern, singleFile)
		}
		page = pattern.ReplaceAllStringFunc(page, func(found string) string { return with(pattern.FindStringSubmatch(found)) })
	}
	replace(policy, func([]string) string {
		return fmt.Sprintf(`content="default-src 'none'; script-src '%s' 'wasm-unsafe-eval'; style-src '%s'; worker-src blob:; connect-src data:; img-src blob: data:; media-src blob:; base-uri 'none'; form-action 'none'"`, hash(script), hash(style))
	})
	replace(beside, func([]string) string { return "" })
	replace(image, func(m []string) string { return m[1] + s.data(m[2]) + `"` })
	replace(float32, func(m []string) string { return m[0] + " disabled" })
	replace(fetchable, func([]string) string { return "" })
	replace(licences, func(m []string) string {
		return fmt.Sprintf("<details><summary><span%s</span>%s</summary><pre>%s</pre></details>", m[1], m[2], html.EscapeString(string(s["LICENSES.txt"])))
	})
	for place, with := range map[string]string{
		"</head>": fmt.Sprintf("<link rel=\"icon\" href=\"%s\">\n<style>%s</style>\n</head>", s.data("icon.svg"), style),
		"</body>": fmt.Sprintf("<script type=\"module\">%s</script>\n</body>", script),
	} {
		page = strings.Replace(page, place, with, 1)
	}
	return []byte(page), err
}

// alone gives the page's scripts the module with everything inside, the files beside it, and nothing to keep.
func (s site) alone() api.Plugin {
	return api.Plugin{Name: "alone", Setup: func(b api.PluginBuild) {
		for imported, file := range map[string]string{`^\.\./squeezenet\.mjs$`: "web/inline.mjs", `^\./kept\.mjs$`: "web/page/single.mjs", `^\./zh\.mjs$`: "web/page/zh.mjs"} {
			b.OnResolve(api.OnResolveOptions{Filter: imported}, func(api.OnResolveArgs) (api.OnResolveResult, error) {
				at, err := filepath.Abs(file)
				return api.OnResolveResult{Path: at}, err
			})
		}
		b.OnLoad(api.OnLoadOptions{Filter: `/places\.mjs$`}, func(api.OnLoadArgs) (api.OnLoadResult, error) {
			files := map[string]string{}
			for name := range s {
				if dir := path.Dir(name); dir == "pictures" || dir == "labels" {
					files[strings.TrimSuffix(name, path.Ext(name))] = s.data(name)
				}
			}
			all, err := json.Marshal(files)
			text := fmt.Sprintf("const files = %s;\nexport const pictureAt = (name) => files['pictures/' + name], labelsAt = (language) => files['labels/' + language];\n", all)
			return api.OnLoadResult{Contents: &text, Loader: api.LoaderJS}, err
		})
	}}
}

// data is a file's address that holds the file.
func (s site) data(name string) string {
	return fmt.Sprintf("data:%s;base64,%s", mime.TypeByExtension(path.Ext(name)), base64.StdEncoding.EncodeToString(s[name]))
}

// hash is how a policy names a script or a style.
func hash(text []byte) string {
	sum := sha256.Sum256(text)
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}
