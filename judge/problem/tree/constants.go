package tree

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/gaveloj/gavel/judge/problem/yamlmap"
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
	filled, err := f.Constants.fill(data, maxFilled)
	if err != nil {
		return nil, &os.PathError{Op: "read", Path: f.Path, Err: err}
	}
	return filled, nil
}

// maxFilled bounds a file with its constants filled in, in bytes.
const maxFilled = 64 << 20

// fill replaces constants in text. Unknown names stay, and so does what is no text. What becomes larger than most is an
// error, found before it is made.
func (c *Constants) fill(text []byte, most int) ([]byte, error) {
	if c == nil || !bytes.Contains(text, []byte("{{")) || bytes.IndexByte(text, 0) >= 0 {
		return text, nil
	}
	filled := boundedBuffer{left: most}
	if _, err := c.replacer.WriteString(&filled, string(text)); err != nil {
		return nil, fmt.Errorf("with its constants it is larger than %d bytes", most)
	}
	return filled.Bytes(), nil
}

// boundedBuffer refuses what goes beyond a number of bytes.
type boundedBuffer struct {
	bytes.Buffer
	left int
}

func (b *boundedBuffer) Write(p []byte) (int, error) { return b.WriteString(string(p)) }

func (b *boundedBuffer) WriteString(s string) (int, error) {
	if b.left -= len(s); b.left < 0 {
		return 0, io.ErrShortWrite
	}
	return b.Buffer.WriteString(s)
}

// constantsFor are those to be filled in to the file at name; nil for most files.
func (t *Tree) constantsFor(name string) *Constants {
	top, _, _ := strings.Cut(name, "/")
	switch {
	case top == "data" && path.Base(name) != "test_group.yaml":
		return nil
	case top == "data", top == "include", top == "submissions", strings.Contains(top, "_validator"):
		return t.Constants
	}
	return nil
}

// ReadConstants reads constants of problem.yaml: names with a scalar each, or with a map of scalars that has a value.
func ReadConstants(m *yamlmap.Map) *Constants {
	var pairs []string
	for _, name := range m.Unread() {
		if !validConstant(name) {
			m.Take(name)
			m.Reject(name, "is no name of a constant", "use letters, digits and '_', and begin with a letter or '_'")
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
func readConstant(m *yamlmap.Map, name string) []string {
	if node := m.Nodes[name]; node.Kind != yaml.MappingNode {
		value, ok := scalar(m, name)
		if !ok {
			return nil
		}
		return []string{"{{" + name + "}}", value, "{{" + name + ".value}}", value}
	}
	values := m.Child(name)
	if !values.Has("value") {
		m.Reject(name, "has no value", "give it the key value")
	}
	var pairs []string
	for _, variant := range values.Unread() {
		if !validConstant(variant) {
			values.Take(variant)
			values.Reject(variant, "is no name of a constant", "use letters, digits and '_', and begin with a letter or '_'")
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
func scalar(m *yamlmap.Map, key string) (string, bool) {
	node := m.Nodes[key]
	m.Take(key)
	if node.Kind != yaml.ScalarNode || yamlmap.IsNull(node) {
		m.Reject(key, "must be a number or a string, not "+yamlmap.KindOf(node), "")
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
