package foreign

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/BurntSushi/toml"
	"go.yaml.in/yaml/v3"
)

// Table is a map of a YAML file or a table of a TOML file. Keys are read one by one: a method tells in the report what is
// wrong with a value, and by its bool whether there is a sound one. Done tells of the keys that nobody read.
type Table struct {
	file   string
	prefix string // of keys in messages
	report Report
	keys   []string // in the order of the file
	values map[string]Value
	read   map[string]bool
}

// Value is a scalar, a list or a table.
type Value struct {
	Line  int    // 0 where it is not known
	Text  string // of a scalar, as it was written
	List  []Value
	Table *Table
	// IsString says that a scalar is a string, and no number or the like.
	IsString bool
	kind     valueKind
}

type valueKind int

const (
	nothing valueKind = iota
	scalar
	list
	table
)

func (k valueKind) String() string { return [...]string{"nothing", "a value", "a list", "a map"}[k] }

func newTable(file, prefix string, report Report) *Table {
	return &Table{file: file, prefix: prefix, report: report, values: make(map[string]Value), read: make(map[string]bool)}
}

// maxValues bounds the values of a file, with what its aliases stand for.
const maxValues = 500_000

// ReadYAML reads a file whose top level is a map. It returns nil where it cannot, which it reports.
func ReadYAML(files Files, report Report, name string) *Table {
	text, ok := readText(files, report, name)
	if !ok {
		return nil
	}
	var document yaml.Node
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	err := decoder.Decode(&document)
	if errors.Is(err, io.EOF) {
		return newTable(name, "", report)
	}
	if err == nil && !errors.Is(decoder.Decode(new(yaml.Node)), io.EOF) {
		err = errors.New("there is more than one document")
	}
	if err != nil {
		report.Reject(name, 0, "broken yaml: "+strings.TrimPrefix(err.Error(), "yaml: "), "")
		return nil
	}
	c := yamlConverter{file: name, report: report, left: maxValues}
	v := c.value(document.Content[0], "")
	switch {
	case c.left < 0:
		report.Reject(name, 0, fmt.Sprintf("has more than %d values, or more than %d in each other, with what its aliases stand for",
			maxValues, maxNesting), "write fewer")
	case v.kind == nothing:
		return newTable(name, "", report)
	case v.kind != table:
		report.Reject(name, v.Line, "must be a map of keys and values, and is "+v.kind.String(), "")
	default:
		return v.Table
	}
	return nil
}

// yamlConverter makes values of the nodes of a file.
type yamlConverter struct {
	file   string
	report Report
	left   int // values that may still come
	depth  int // of the value that is read
}

func (c *yamlConverter) value(node *yaml.Node, prefix string) Value {
	c.depth++
	defer func() { c.depth-- }()
	if c.left--; c.left < 0 || c.depth > maxNesting {
		c.left = -1
		return Value{}
	}
	v := Value{Line: node.Line}
	switch node.Kind {
	case yaml.AliasNode:
		return c.value(node.Alias, prefix)
	case yaml.ScalarNode:
		if node.ShortTag() != "!!null" {
			v.kind, v.Text, v.IsString = scalar, node.Value, node.ShortTag() == "!!str"
		}
	case yaml.SequenceNode:
		v.kind = list
		for _, item := range node.Content {
			v.List = append(v.List, c.value(item, prefix))
		}
	case yaml.MappingNode:
		v.kind, v.Table = table, newTable(c.file, prefix, c.report)
		for i := 0; i+1 < len(node.Content); i += 2 {
			key := node.Content[i]
			if key.Kind != yaml.ScalarNode {
				c.report.Warn(c.file, key.Line, "has a key that is no word", "remove it")
				continue
			}
			value := c.value(node.Content[i+1], prefix+key.Value+".")
			value.Line = key.Line
			v.Table.add(key.Value, value)
		}
	case yaml.DocumentNode:
	}
	return v
}

// add adds a key. Of one that is given twice the last value counts, as readers of yaml in other languages have it.
func (t *Table) add(key string, v Value) {
	if _, twice := t.values[key]; twice {
		t.report.Warn(t.file, v.Line, fmt.Sprintf("key %s%s is given twice, and the last one counts", t.prefix, key), "remove one")
	} else {
		t.keys = append(t.keys, key)
	}
	t.values[key] = v
}

// maxDots bounds how many tables a key of TOML goes through, and maxNesting how many brackets are open at once: readers of
// TOML take more time than is linear, or more stack than there is, for more.
const (
	maxDots    = 16
	maxNesting = 64
)

// ReadTOML reads a TOML file. It returns nil where it cannot, which it reports.
func ReadTOML(files Files, report Report, name string) *Table {
	text, ok := readText(files, report, name)
	if !ok {
		return nil
	}
	if nested(text) {
		report.Reject(name, 0, "its tables or lists are too deep", "write it flat")
		return nil
	}
	values := make(map[string]any)
	meta, err := toml.Decode(string(text), &values)
	var broken toml.ParseError
	switch {
	case errors.As(err, &broken):
		report.Reject(name, broken.Position.Line, "broken toml: "+broken.Message, "")
		return nil
	case err != nil:
		report.Reject(name, 0, "broken toml: "+err.Error(), "")
		return nil
	}
	order := make(map[string]int)
	for i, key := range meta.Keys() {
		if _, known := order[key[len(key)-1]]; !known {
			order[key[len(key)-1]] = i
		}
	}
	return tomlTable(values, name, "", report, order)
}

// nested reports whether a text goes deeper than any real one.
func nested(text []byte) bool {
	depth := 0
	for line := range bytes.Lines(text) {
		key, _, _ := bytes.Cut(line, []byte("="))
		if bytes.Count(key, []byte(".")) > maxDots && !bytes.HasPrefix(bytes.TrimSpace(key), []byte("#")) {
			return true
		}
		for _, c := range line {
			switch c {
			case '[', '{':
				depth++
			case ']', '}':
				depth = max(depth-1, 0)
			}
			if depth > maxNesting {
				return true
			}
		}
	}
	return false
}

func tomlTable(values map[string]any, file, prefix string, report Report, order map[string]int) *Table {
	t := newTable(file, prefix, report)
	for key, v := range values {
		t.keys = append(t.keys, key)
		t.values[key] = tomlValue(v, file, prefix+key+".", report, order)
	}
	slices.SortFunc(t.keys, func(a, b string) int {
		if order[a] != order[b] {
			return order[a] - order[b]
		}
		return strings.Compare(a, b)
	})
	return t
}

func tomlValue(v any, file, prefix string, report Report, order map[string]int) Value {
	switch v := v.(type) {
	case map[string]any:
		return Value{kind: table, Table: tomlTable(v, file, prefix, report, order)}
	case []map[string]any:
		out := Value{kind: list}
		for _, item := range v {
			out.List = append(out.List, tomlValue(item, file, prefix, report, order))
		}
		return out
	case []any:
		out := Value{kind: list}
		for _, item := range v {
			out.List = append(out.List, tomlValue(item, file, prefix, report, order))
		}
		return out
	}
	_, isString := v.(string)
	return Value{kind: scalar, Text: fmt.Sprint(v), IsString: isString}
}

// readText reads a text file, and reports where it is none.
func readText(files Files, report Report, name string) ([]byte, bool) {
	text, err := files.Read(name)
	if err != nil {
		report.Reject(name, 0, "cannot be read: "+err.Error(), "")
		return nil, false
	}
	text = bytes.TrimPrefix(text, []byte("\xEF\xBB\xBF"))
	text = bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n"))
	if !utf8.Valid(text) {
		report.Reject(name, 0, "is not valid UTF-8", "save it as UTF-8")
		return nil, false
	}
	return text, true
}

// take marks a key as known.
func (t *Table) take(key string) Value {
	t.read[key] = true
	return t.values[key]
}

// Has reports whether a key has a value, and marks it as known.
func (t *Table) Has(key string) bool { return t.take(key).kind != nothing }

// Line is where a key is, 0 where that is not known.
func (t *Table) Line(key string) int { return t.values[key].Line }

// Keys lists all keys in the order of the file.
func (t *Table) Keys() []string { return t.keys }

// Reject tells what is wrong with the value of a key.
func (t *Table) Reject(key, what, remedy string) {
	t.report.Reject(t.file, t.Line(key), t.prefix+key+" "+what, remedy)
}

// Warn tells what was made of the value of a key.
func (t *Table) Warn(key, what, remedy string) {
	t.report.Warn(t.file, t.Line(key), t.prefix+key+" "+what, remedy)
}

// Text reads a scalar as it was written.
func (t *Table) Text(key string) (string, bool) {
	v := t.take(key)
	if v.kind == list || v.kind == table {
		t.Reject(key, "must be a single value, and is "+v.kind.String(), "")
	}
	return v.Text, v.kind == scalar
}

// Number reads a finite number.
func (t *Table) Number(key string) (float64, bool) {
	text, ok := t.Text(key)
	if !ok {
		return 0, false
	}
	v, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
	if err != nil || math.IsInf(v, 0) || math.IsNaN(v) {
		t.Reject(key, fmt.Sprintf("must be a number, and is %.60q", text), "")
		return 0, false
	}
	return v, true
}

// Positive reads a number of more than zero.
func (t *Table) Positive(key string) (float64, bool) {
	v, ok := t.Number(key)
	if ok && v <= 0 {
		t.Reject(key, fmt.Sprintf("must be more than zero, and is %v", v), "")
		return 0, false
	}
	return v, ok
}

// Bool reads true or false, which yaml has other words for.
func (t *Table) Bool(key string) bool {
	text, ok := t.Text(key)
	if !ok {
		return false
	}
	switch strings.ToLower(text) {
	case "true", "yes", "on", "y":
		return true
	case "false", "no", "off", "n":
		return false
	}
	t.Reject(key, fmt.Sprintf("must be true or false, and is %.60q", text), "")
	return false
}

// List reads a list; a scalar is one of one element.
func (t *Table) List(key string) []Value {
	switch v := t.take(key); v.kind {
	case list:
		return v.List
	case scalar:
		return []Value{v}
	case table:
		t.Reject(key, "must be a list, and is a map", "")
	case nothing:
	}
	return nil
}

// Texts reads a list of scalars.
func (t *Table) Texts(key string) []string {
	var texts []string
	for _, v := range t.List(key) {
		if v.kind != scalar {
			t.Reject(key, "must be a list of single values, and holds "+v.kind.String(), "")
			return nil
		}
		texts = append(texts, v.Text)
	}
	return texts
}

// Table reads a map; nil where there is none.
func (t *Table) Table(key string) *Table {
	v := t.take(key)
	if v.kind != table && v.kind != nothing {
		t.Reject(key, "must be a map, and is "+v.kind.String(), "")
	}
	return v.Table
}

// Tables reads a list of maps.
func (t *Table) Tables(key string) []*Table {
	var tables []*Table
	for _, v := range t.List(key) {
		if v.kind != table {
			t.Reject(key, "must be a list of maps, and holds "+v.kind.String(), "")
			return nil
		}
		tables = append(tables, v.Table)
	}
	return tables
}

// IsText reports whether a value is a scalar.
func (v Value) IsText() bool { return v.kind == scalar }

// Ignore marks keys that do not matter to judging.
func (t *Table) Ignore(keys ...string) {
	for _, key := range keys {
		t.take(key)
	}
}

// Done warns of the keys that nobody read.
func (t *Table) Done() {
	for _, key := range t.keys {
		if !t.read[key] {
			t.Warn(printable(key), "is not known, and ignored", "correct its spelling if something else is meant")
		}
	}
}

// printable is a key without what garbles a terminal.
func printable(key string) string {
	quoted := fmt.Sprintf("%+.60q", key)
	if quoted[1:len(quoted)-1] == key {
		return key
	}
	return quoted
}
