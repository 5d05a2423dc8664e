package weights

// A Section is one part of a model file: "model", "labels", or a layer by its name.
type Section struct {
	Name  string
	Bytes int // as stored
}

// Sections lists a model file's parts in their order. Only the directory is read and checked.
func Sections(data []byte) ([]Section, error) {
	entries, _, err := directory(data)
	if err != nil {
		return nil, err
	}
	sections := make([]Section, len(entries))
	for i, e := range entries {
		sections[i] = Section{e.name, e.length}
	}
	return sections, nil
}
