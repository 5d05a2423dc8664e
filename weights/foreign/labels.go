package foreign

import (
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"

	"squeezenet/weights"
)

var (
	wnid  = regexp.MustCompile(`^n\d{8}$`)
	index = regexp.MustCompile(`^\d+$`)
)

// Labels reads a text of class names, one a line in the order of the classes: a name alone, a WordNet
// id and a name (Caffe's synset_words.txt), or either after a class's number and a tab. It fails where
// a number is not the line's own, and at a line without a name.
func Labels(text []byte) ([]weights.Label, error) {
	if !utf8.Valid(text) {
		return nil, fmt.Errorf("labels: the text is not UTF-8")
	}
	var labels []weights.Label
	for line := range strings.Lines(strings.TrimPrefix(string(text), "\ufeff")) {
		i, rest := len(labels), strings.TrimSpace(line)
		if n, after, ok := strings.Cut(rest, "\t"); ok && index.MatchString(n) {
			if n != fmt.Sprint(i) {
				return nil, fmt.Errorf("labels: line %d has the class number %s, expected %d: one line for each class, from 0 on", i+1, n, i)
			}
			rest = after
		}
		var l weights.Label
		if j := strings.IndexAny(rest, " \t"); j > 0 && wnid.MatchString(rest[:j]) {
			l.WNID, rest = rest[:j], rest[j+1:]
		}
		if l.Name = strings.ReplaceAll(strings.TrimSpace(rest), "\t", " "); l.Name == "" {
			return nil, fmt.Errorf("labels: line %d has no name", i+1)
		}
		labels = append(labels, l)
	}
	return labels, nil
}
