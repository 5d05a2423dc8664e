package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/evanw/esbuild/pkg/api"
)

// target is the language level that Chromium, Firefox and WebKit have had for the years in which they
// have had WebAssembly's SIMD.
const target = api.ES2022

// minify gives a script or a page without what only its readers need. The notices that stand
// in comments are in LICENSES.txt.
func minify(name string, text []byte) ([]byte, error) {
	options := api.TransformOptions{
		Sourcefile: name, Target: target, Charset: api.CharsetUTF8, LegalComments: api.LegalCommentsNone,
		MinifyWhitespace: true, MinifyIdentifiers: true, MinifySyntax: true, Define: map[string]string{},
	}
	if filepath.Ext(name) == ".html" {
		return trimHTML(text), nil
	}
	for _, there := range []string{"crypto", "performance", "TextEncoder", "TextDecoder"} { // wherever there is WebAssembly SIMD
		options.Define["globalThis."+there] = "true"
	}
	result := api.Transform(string(text), options)
	if err := said(result.Errors); err != nil {
		return nil, err
	}
	return result.Code, nil
}

// said gives esbuild's errors as one.
func said(messages []api.Message) error {
	if len(messages) == 0 {
		return nil
	}
	lines := api.FormatMessages(messages, api.FormatMessagesOptions{Kind: api.ErrorMessage})
	return fmt.Errorf("%s", strings.TrimSpace(strings.Join(lines, "")))
}

var (
	htmlComment = regexp.MustCompile(`(?s)<!--.*?-->`)
	indent      = regexp.MustCompile(`\s*\n\s*`)
)

// trimHTML takes out comments, indentation and empty lines. The line breaks stay: between words and
// between inline elements they are a space.
func trimHTML(text []byte) []byte {
	return append(bytes.TrimSpace(indent.ReplaceAll(htmlComment.ReplaceAll(text, nil), []byte("\n"))), '\n')
}

// bundle makes one script each of the entry points, and one, shared, of what several of them import.
// entries gives each script's name, without its suffix, by its source.
func bundle(entries map[string]string, shared string, plugins ...api.Plugin) (site, error) {
	options := api.BuildOptions{
		Bundle: true, Format: api.FormatESModule, Target: target, Charset: api.CharsetUTF8, LegalComments: api.LegalCommentsNone,
		MinifyWhitespace: true, MinifyIdentifiers: true, MinifySyntax: true, Plugins: plugins,
		Splitting: shared != "", ChunkNames: shared, Outdir: "/", OutExtension: map[string]string{".js": ".mjs"},
		External: []string{
			"node:*",
			"../squeezenet.mjs", // the page imports the public module, as others do
			"./zh.mjs",          // for those who read it
		},
	}
	for source, name := range entries {
		options.EntryPointsAdvanced = append(options.EntryPointsAdvanced, api.EntryPoint{InputPath: source, OutputPath: name})
	}
	result := api.Build(options)
	if err := said(result.Errors); err != nil {
		return nil, err
	}
	s := site{}
	for _, file := range result.OutputFiles {
		s[strings.TrimPrefix(filepath.ToSlash(file.Path), "/")] = file.Contents
	}
	return s, nil
}

var export = regexp.MustCompile(`(?m)^export ((?:async )?(?:function|class|const) (\w+))`)

// joinEngine makes engine.mjs of what runs in the worker: three files, each imported by the worker,
// would come one round trip later. What they export keeps its name: squeezenet.mjs appends a call to
// the text.
func joinEngine(shim string) ([]byte, error) {
	var all []byte
	var exported []string
	for _, file := range []string{shim, "web/instantiate.mjs", "web/worker.mjs"} {
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		for _, m := range export.FindAllSubmatch(text, -1) {
			exported = append(exported, string(m[2]))
		}
		all = append(append(all, export.ReplaceAll(text, []byte("$1"))...), '\n')
	}
	// A script's names at the top are left alone, a module's are not.
	text, err := minify("engine.js", all)
	if err != nil {
		return nil, err
	}
	return fmt.Appendf(text, "export{%s};\n", strings.Join(exported, ",")), nil
}
