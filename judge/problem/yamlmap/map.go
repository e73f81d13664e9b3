package yamlmap

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"github.com/gaveloj/gavel/judge/problem/issue"
)

// Map reads the keys of a yaml map one by one. Each method that reads a key says in Issues what is wrong
// with it, and tells by its bool whether there is a sound value; an empty value counts as absent. When all known keys
// were read, Done rejects the rest.
type Map struct {
	File   string // in the package
	Prefix string // of keys in messages, such as "limits."
	Line   int    // where the map begins; 0 when it is not there
	// Nodes and Lines are the values and where the keys are. Who looks at a value here marks its key with Take.
	Nodes  map[string]*yaml.Node
	Lines  map[string]int
	Keys   []string // in the order of the file
	Issues *issue.Findings

	read  map[string]bool
	asked []string // known keys so far, at most maxAsked
}

// maxAsked is more than the known keys of any map. In maps with keys of the author's own, all of them are asked for.
const maxAsked = 200

// Unread lists the keys that were not read yet, in the order of the file.
func (m *Map) Unread() []string {
	return slices.DeleteFunc(slices.Clone(m.Keys), func(key string) bool { return m.read[key] })
}

// Parse parses a file whose top level is a map. It returns an empty Map for an empty file, and nil when the file is broken,
// which it notes.
func Parse(name string, text []byte, issues *issue.Findings) *Map {
	text, ok := cleanText(name, text, issues)
	if !ok {
		return nil
	}
	if bytes.Count(text, []byte("\n%")) > maxDirectives { // the parser compares each with all others
		issues.Reject(name, 0, fmt.Sprintf("has more than %d yaml directives", maxDirectives), "remove the lines that begin with %")
		return nil
	}
	var document yaml.Node
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	err := decoder.Decode(&document)
	switch {
	case errors.Is(err, io.EOF):
		return New(name, "", nil, issues)
	case err != nil:
		rejectSyntax(name, err, issues)
		return nil
	}
	if err := decoder.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
		issues.Reject(name, 0, "there is more than one yaml document", "keep one")
		return nil
	}
	if expanded(&document, make(map[*yaml.Node]int)) > maxNodes {
		issues.Reject(name, 0, fmt.Sprintf("its aliases stand for more than %d values", maxNodes), "write out what is meant, or use fewer")
		return nil
	}
	return rootMapping(name, &document, issues)
}

// maxNodes bounds the values and keys of a file, what its aliases stand for included. Without aliases, the largest file that
// is read has fewer.
const maxNodes = 1_200_000

// expanded counts the values and keys of a node with each alias written out, up to maxNodes and a bit. known has those of
// nodes with an anchor; what is in an alias to itself is endless.
func expanded(node *yaml.Node, known map[*yaml.Node]int) int {
	if node.Kind == yaml.AliasNode {
		return expanded(node.Alias, known)
	}
	if n, ok := known[node]; ok {
		return n
	}
	if node.Anchor != "" {
		known[node] = maxNodes + 1 // to those in it
	}
	count := 1
	for _, child := range node.Content {
		count = min(count+expanded(child, known), maxNodes+1)
	}
	if node.Anchor != "" {
		known[node] = count
	}
	return count
}

// maxDirectives bounds the lines that begin with '%', of which files have none.
const maxDirectives = 100

func rootMapping(name string, document *yaml.Node, issues *issue.Findings) *Map {
	root := Resolve(document.Content[0])
	switch {
	case root.Kind == yaml.MappingNode:
		return New(name, "", root, issues)
	case IsNull(root):
		return New(name, "", nil, issues)
	}
	issues.Reject(name, root.Line, "must be a map of keys and values, not "+KindOf(root), "write lines such as \"key: value\"")
	return nil
}

// cleanText takes what editors on other systems leave in text files, and refuses what is no text.
func cleanText(name string, text []byte, issues *issue.Findings) ([]byte, bool) {
	if rest, found := bytes.CutPrefix(text, []byte("\xEF\xBB\xBF")); found {
		issues.Warn(name, 1, "begins with a byte order mark", "save it without")
		text = rest
	}
	if bytes.Contains(text, []byte("\r\n")) {
		issues.Warn(name, 0, "has line ends of CR LF", "save it with LF")
		text = bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n"))
	}
	if !utf8.Valid(text) {
		line := 1 + bytes.Count(text[:invalidAt(text)], []byte("\n"))
		issues.Reject(name, line, "is not valid UTF-8", "save it as UTF-8")
		return nil, false
	}
	return text, true
}

// invalidAt is the offset of the first byte that is not UTF-8.
func invalidAt(text []byte) int {
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRune(text[i:])
		if r == utf8.RuneError && size <= 1 {
			return i
		}
		i += size
	}
	return len(text)
}

// rejectSyntax tells an error of the yaml parser. It gives the line in its message only.
func rejectSyntax(name string, err error, issues *issue.Findings) {
	message, line := strings.TrimPrefix(err.Error(), "yaml: "), 0
	if m := regexp.MustCompile(`^line (\d+): (.*)$`).FindStringSubmatch(message); m != nil {
		line, _ = strconv.Atoi(m[1])
		message = m[2]
	}
	issues.Reject(name, line, "broken yaml: "+message, "")
}

// New lists the keys of node, which is a map or nil.
func New(file, prefix string, node *yaml.Node, issues *issue.Findings) *Map {
	m := &Map{
		File: file, Prefix: prefix, Issues: issues,
		Nodes: make(map[string]*yaml.Node), Lines: make(map[string]int), read: make(map[string]bool),
	}
	if node == nil {
		return m
	}
	m.Line = node.Line
	if !issues.Spend(len(node.Content), issue.Place{File: file, Line: node.Line}) {
		return m
	}
	for i := 0; i+1 < len(node.Content); i += 2 {
		m.addKey(Resolve(node.Content[i]), Resolve(node.Content[i+1]))
	}
	return m
}

func (m *Map) addKey(key, value *yaml.Node) {
	switch {
	case key.Kind != yaml.ScalarNode:
		m.Issues.Reject(m.File, key.Line, "a key must be a word, not "+KindOf(key), "")
	case m.Nodes[key.Value] != nil: // as readers of yaml in other languages have it
		m.Issues.Warn(m.File, key.Line, fmt.Sprintf("key %s%s is given twice, and the last one counts", m.Prefix, key.Value), "remove one")
		m.Nodes[key.Value], m.Lines[key.Value] = value, key.Line
	default:
		m.Nodes[key.Value], m.Lines[key.Value] = value, key.Line
		m.Keys = append(m.Keys, key.Value)
	}
}

// Take returns the value of a key, nil when it is absent or empty, and marks the key as known.
func (m *Map) Take(key string) *yaml.Node {
	m.read[key] = true
	if len(m.asked) < maxAsked {
		m.asked = append(m.asked, key)
	}
	node := m.Nodes[key]
	if node == nil || IsNull(node) {
		return nil
	}
	return node
}

// Has says whether a key is given a value, without marking it.
func (m *Map) Has(key string) bool { return m.Nodes[key] != nil && !IsNull(m.Nodes[key]) }

// Ignore marks keys that do not matter to judging.
func (m *Map) Ignore(keys ...string) {
	for _, key := range keys {
		m.Take(key)
	}
}

// Done rejects what was not taken.
func (m *Map) Done() {
	for _, key := range m.Unread() {
		if m.Issues.Full() {
			break
		}
		m.Issues.Reject(m.File, m.Lines[key], fmt.Sprintf("unknown key %s%s", m.Prefix, issue.Printable(key)), m.remedyFor(key))
	}
	m.Keys = nil
}

// Reject says what is wrong with the value of a key.
func (m *Map) Reject(key, what, remedy string) {
	m.Issues.Reject(m.File, m.Lines[key], m.Prefix+key+" "+what, remedy)
}

// Warn says what was made of the value of a key.
func (m *Map) Warn(key, what, remedy string) {
	m.Issues.Warn(m.File, m.Lines[key], m.Prefix+key+" "+what, remedy)
}

// At says where a key is; nowhere when it is not given.
func (m *Map) At(key string) issue.Place {
	if !m.Has(key) {
		return issue.Place{}
	}
	return issue.Place{File: m.File, Line: m.Lines[key]}
}

// Text reads a scalar as it was written.
func (m *Map) Text(key string) (string, bool) {
	node := m.Take(key)
	if node == nil {
		return "", false
	}
	if node.Kind != yaml.ScalarNode {
		m.Reject(key, "must be a string, not "+KindOf(node), "")
		return "", false
	}
	return node.Value, true
}

// Words reads a string and splits it on white space.
func (m *Map) Words(key string) []string {
	text, _ := m.Text(key)
	return strings.Fields(text)
}

// Number reads a finite number, by the grammar of the formats and not by that of yaml.
func (m *Map) Number(key string) (float64, bool) {
	node := m.Take(key)
	if node == nil {
		return 0, false
	}
	tag := node.ShortTag()
	v, err := ParseNumber(strings.TrimSpace(node.Value))
	if tag == "!!str" && err == nil {
		m.Warn(key, fmt.Sprintf("is %.60q in quotes, and is taken for the number", node.Value), "remove the quotes")
		return v, true
	}
	if node.Kind != yaml.ScalarNode || (tag != "!!int" && tag != "!!float") {
		m.Reject(key, "must be a number, not "+KindOf(node), "")
		return 0, false
	}
	if err != nil {
		m.Reject(key, "must be a finite decimal number, not "+node.Value, "")
		return 0, false
	}
	return v, true
}

// Boolean reads true or false. Other words for them, which yaml had before and tools still take, are told.
func (m *Map) Boolean(key string) (value, ok bool) {
	node := m.Take(key)
	if node == nil {
		return false, false
	}
	if node.Kind == yaml.ScalarNode && node.ShortTag() == "!!bool" && node.Decode(&value) == nil {
		return value, true
	}
	value, ok = false, node.Kind == yaml.ScalarNode
	switch strings.ToLower(node.Value) {
	case "true", "yes", "on", "y", "t", "1":
		value = true
	case "false", "no", "off", "n", "f", "0":
	default:
		ok = false
	}
	if !ok {
		m.Reject(key, "must be true or false, not "+KindOf(node), "")
		return false, false
	}
	m.Warn(key, fmt.Sprintf("is %q, and is taken for %v", node.Value, value), fmt.Sprintf("write %v", value))
	return value, true
}

// Sequence reads a list of scalars as they were written.
func (m *Map) Sequence(key string) ([]string, bool) {
	node := m.Take(key)
	if node == nil {
		return nil, false
	}
	if node.Kind != yaml.SequenceNode {
		m.Reject(key, "must be a list, not "+KindOf(node), "write [a, b]")
		return nil, false
	}
	if !m.Issues.Spend(len(node.Content), issue.Place{File: m.File, Line: node.Line}) {
		return nil, false
	}
	list := make([]string, 0, len(node.Content))
	for _, item := range node.Content {
		if item = Resolve(item); item.Kind != yaml.ScalarNode || IsNull(item) {
			m.Reject(key, "must be a list of strings, and holds "+KindOf(item), "")
			return nil, false
		}
		list = append(list, item.Value)
	}
	return list, true
}

// TextOrSequence reads a string, as a list of one, or a list.
func (m *Map) TextOrSequence(key string) ([]string, bool) {
	if node := m.Nodes[key]; node != nil && node.Kind == yaml.ScalarNode {
		text, ok := m.Text(key)
		return []string{text}, ok
	}
	return m.Sequence(key)
}

// Child reads a map below a key; an empty one when the key is absent.
func (m *Map) Child(key string) *Map {
	node := m.Take(key)
	if node != nil && node.Kind != yaml.MappingNode {
		m.Reject(key, "must be a map of keys and values, not "+KindOf(node), "")
		node = nil
	}
	return New(m.File, m.Prefix+key+".", node, m.Issues)
}

// Children reads a list of maps below a key.
func (m *Map) Children(key string) []*Map {
	node := m.Take(key)
	if node == nil {
		return nil
	}
	if node.Kind != yaml.SequenceNode {
		m.Reject(key, "must be a list of maps, not "+KindOf(node), "")
		return nil
	}
	var all []*Map
	for i, item := range node.Content {
		if item = Resolve(item); item.Kind != yaml.MappingNode {
			m.Reject(key, "must be a list of maps, and holds "+KindOf(item), "")
			return nil
		}
		all = append(all, New(m.File, fmt.Sprintf("%s%s[%d].", m.Prefix, key, i), item, m.Issues))
	}
	return all
}

// Resolve follows an alias to what it stands for; yaml has checked that it is there.
func Resolve(node *yaml.Node) *yaml.Node {
	if node.Kind == yaml.AliasNode {
		return node.Alias
	}
	return node
}

// IsNull says whether a value is left out.
func IsNull(node *yaml.Node) bool { return node.Kind == yaml.ScalarNode && node.ShortTag() == "!!null" }

// KindOf says in words what a value is.
func KindOf(node *yaml.Node) string {
	switch node.Kind {
	case yaml.MappingNode:
		return "a map"
	case yaml.SequenceNode:
		return "a list"
	case yaml.ScalarNode:
		return fmt.Sprintf("%.60q", node.Value)
	case yaml.DocumentNode, yaml.AliasNode:
	}
	return "this"
}
