package problem

import (
	"bytes"
	"os"
	"path"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Constants are the names that 2025-09 lets a package write as {{name}} in its sources, for the values in
// problem.yaml; nil where there are none.
type Constants struct{ replacer *strings.Replacer }

// Read returns the content of the file, with constants filled in where the format has them: in validators, files to
// include, example submissions and test_group.yaml, never in test data. It is what programs of a package are to be
// built from; Size is that of the file on disk.
func (f File) Read() ([]byte, error) {
	data, err := os.ReadFile(f.Path)
	if err != nil {
		return nil, err
	}
	return f.Constants.fill(data), nil
}

// fill replaces constants in text. Unknown names stay, and so does what is no text.
func (c *Constants) fill(text []byte) []byte {
	if c == nil || !bytes.Contains(text, []byte("{{")) || bytes.IndexByte(text, 0) >= 0 {
		return text
	}
	return []byte(c.replacer.Replace(string(text)))
}

// constantsFor are those to be filled in to the file at name; nil for most files.
func (t *tree) constantsFor(name string) *Constants {
	top, _, _ := strings.Cut(name, "/")
	switch {
	case top == "data" && path.Base(name) != "test_group.yaml":
		return nil
	case top == "data", top == "include", top == "submissions", strings.Contains(top, "_validator"):
		return t.constants
	}
	return nil
}

// readConstants reads constants of problem.yaml: names with a scalar each, or with a map of scalars that has a value.
func readConstants(m *mapping) *Constants {
	var pairs []string
	for _, name := range slices.Clone(m.keys) {
		if !validConstant(name) {
			m.take(name)
			m.reject(name, "is no name of a constant", "use letters, digits and '_', and begin with a letter or '_'")
			continue
		}
		pairs = append(pairs, readConstant(m, name)...)
	}
	if len(pairs) == 0 {
		return nil
	}
	return &Constants{strings.NewReplacer(pairs...)}
}

// readConstant returns what stands for a constant and its values, one after the other.
func readConstant(m *mapping, name string) []string {
	if node := m.nodes[name]; node.Kind != yaml.MappingNode {
		value, ok := scalar(m, name)
		if !ok {
			return nil
		}
		return []string{"{{" + name + "}}", value, "{{" + name + ".value}}", value}
	}
	values := m.child(name)
	if !values.has("value") {
		m.reject(name, "has no value", "give it the key value")
	}
	var pairs []string
	for _, variant := range slices.Clone(values.keys) {
		if !validConstant(variant) {
			values.take(variant)
			values.reject(variant, "is no name of a constant", "use letters, digits and '_', and begin with a letter or '_'")
			continue
		}
		value, ok := scalar(values, variant)
		if !ok {
			continue
		}
		pairs = append(pairs, "{{"+name+"."+variant+"}}", value)
		if variant == "value" {
			pairs = append(pairs, "{{"+name+"}}", value)
		}
	}
	return pairs
}

// scalar reads what must be there and must be no map or list, as it was written.
func scalar(m *mapping, key string) (string, bool) {
	node := m.nodes[key]
	m.take(key)
	if node.Kind != yaml.ScalarNode || isNull(node) {
		m.reject(key, "must be a number or a string, not "+kindOf(node), "")
		return "", false
	}
	return node.Value, true
}

// validConstant holds the format's rule for names.
func validConstant(name string) bool {
	if name == "" || name[0]-'0' <= 9 {
		return false
	}
	for _, b := range []byte(name) {
		if !alphanumeric(b) && b != '_' {
			return false
		}
	}
	return true
}
