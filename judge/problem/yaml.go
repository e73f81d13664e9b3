package problem

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
)

// mapping reads the keys of a yaml map one by one. Each method that reads a key says in findings what is wrong
// with it, and tells by its bool whether there is a sound value; an empty value counts as absent. When all known keys
// were read, done rejects the rest.
type mapping struct {
	file   string
	prefix string // of keys in messages, such as "limits."
	line   int    // where the map begins; 0 when it is not there
	nodes  map[string]*yaml.Node
	lines  map[string]int
	keys   []string // in the order of the file
	read   map[string]bool
	asked  []string // known keys so far, at most maxAsked
	issues *findings
}

// maxAsked is more than the known keys of any map. In maps with keys of the author's own, all of them are asked for.
const maxAsked = 200

// unread lists the keys that were not read yet, in the order of the file.
func (m *mapping) unread() []string {
	return slices.DeleteFunc(slices.Clone(m.keys), func(key string) bool { return m.read[key] })
}

func parseYAML(name string, text []byte, issues *findings) *mapping {
	text, ok := cleanText(name, text, issues)
	if !ok {
		return nil
	}
	if bytes.Count(text, []byte("\n%")) > maxDirectives { // the parser compares each with all others
		issues.reject(name, 0, fmt.Sprintf("has more than %d yaml directives", maxDirectives), "remove the lines that begin with %")
		return nil
	}
	var document yaml.Node
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	err := decoder.Decode(&document)
	switch {
	case errors.Is(err, io.EOF):
		return newMapping(name, "", nil, issues)
	case err != nil:
		rejectSyntax(name, err, issues)
		return nil
	}
	if err := decoder.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
		issues.reject(name, 0, "there is more than one yaml document", "keep one")
		return nil
	}
	if expanded(&document, make(map[*yaml.Node]int)) > maxNodes {
		issues.reject(name, 0, fmt.Sprintf("its aliases stand for more than %d values", maxNodes), "write out what is meant, or use fewer")
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

func rootMapping(name string, document *yaml.Node, issues *findings) *mapping {
	root := resolve(document.Content[0])
	switch {
	case root.Kind == yaml.MappingNode:
		return newMapping(name, "", root, issues)
	case isNull(root):
		return newMapping(name, "", nil, issues)
	}
	issues.reject(name, root.Line, "must be a map of keys and values, not "+kindOf(root), "write lines such as \"key: value\"")
	return nil
}

// cleanText takes what editors on other systems leave in text files, and refuses what is no text.
func cleanText(name string, text []byte, issues *findings) ([]byte, bool) {
	if rest, found := bytes.CutPrefix(text, []byte("\xEF\xBB\xBF")); found {
		issues.warn(name, 1, "begins with a byte order mark", "save it without")
		text = rest
	}
	if bytes.Contains(text, []byte("\r\n")) {
		issues.warn(name, 0, "has line ends of CR LF", "save it with LF")
		text = bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n"))
	}
	if !utf8.Valid(text) {
		line := 1 + bytes.Count(text[:invalidAt(text)], []byte("\n"))
		issues.reject(name, line, "is not valid UTF-8", "save it as UTF-8")
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
func rejectSyntax(name string, err error, issues *findings) {
	message, line := strings.TrimPrefix(err.Error(), "yaml: "), 0
	if m := regexp.MustCompile(`^line (\d+): (.*)$`).FindStringSubmatch(message); m != nil {
		line, _ = strconv.Atoi(m[1])
		message = m[2]
	}
	issues.reject(name, line, "broken yaml: "+message, "")
}

// newMapping lists the keys of node, which is a map or nil.
func newMapping(file, prefix string, node *yaml.Node, issues *findings) *mapping {
	m := &mapping{
		file: file, prefix: prefix, issues: issues,
		nodes: make(map[string]*yaml.Node), lines: make(map[string]int), read: make(map[string]bool),
	}
	if node == nil {
		return m
	}
	m.line = node.Line
	if !issues.spend(len(node.Content), place{file, node.Line}) {
		return m
	}
	for i := 0; i+1 < len(node.Content); i += 2 {
		m.addKey(resolve(node.Content[i]), resolve(node.Content[i+1]))
	}
	return m
}

func (m *mapping) addKey(key, value *yaml.Node) {
	switch {
	case key.Kind != yaml.ScalarNode:
		m.issues.reject(m.file, key.Line, "a key must be a word, not "+kindOf(key), "")
	case m.nodes[key.Value] != nil: // as readers of yaml in other languages have it
		m.issues.warn(m.file, key.Line, fmt.Sprintf("key %s%s is given twice, and the last one counts", m.prefix, key.Value), "remove one")
		m.nodes[key.Value], m.lines[key.Value] = value, key.Line
	default:
		m.nodes[key.Value], m.lines[key.Value] = value, key.Line
		m.keys = append(m.keys, key.Value)
	}
}

// take returns the value of a key, nil when it is absent or empty, and marks the key as known.
func (m *mapping) take(key string) *yaml.Node {
	m.read[key] = true
	if len(m.asked) < maxAsked {
		m.asked = append(m.asked, key)
	}
	node := m.nodes[key]
	if node == nil || isNull(node) {
		return nil
	}
	return node
}

// has says whether a key is given a value, without marking it.
func (m *mapping) has(key string) bool { return m.nodes[key] != nil && !isNull(m.nodes[key]) }

// ignore marks keys that do not matter to judging.
func (m *mapping) ignore(keys ...string) {
	for _, key := range keys {
		m.take(key)
	}
}

// done rejects what was not taken.
func (m *mapping) done() {
	for _, key := range m.unread() {
		if m.issues.full() {
			break
		}
		m.issues.reject(m.file, m.lines[key], fmt.Sprintf("unknown key %s%s", m.prefix, printable(key)), m.remedyFor(key))
	}
	m.keys = nil
}

// reject says what is wrong with the value of a key.
func (m *mapping) reject(key, what, remedy string) {
	m.issues.reject(m.file, m.lines[key], m.prefix+key+" "+what, remedy)
}

// warn says what was made of the value of a key.
func (m *mapping) warn(key, what, remedy string) {
	m.issues.warn(m.file, m.lines[key], m.prefix+key+" "+what, remedy)
}

// at says where a key is; nowhere when it is not given.
func (m *mapping) at(key string) place {
	if !m.has(key) {
		return place{}
	}
	return place{m.file, m.lines[key]}
}

// text reads a scalar as it was written.
func (m *mapping) text(key string) (string, bool) {
	node := m.take(key)
	if node == nil {
		return "", false
	}
	if node.Kind != yaml.ScalarNode {
		m.reject(key, "must be a string, not "+kindOf(node), "")
		return "", false
	}
	return node.Value, true
}

// words reads a string and splits it on white space.
func (m *mapping) words(key string) []string {
	text, _ := m.text(key)
	return strings.Fields(text)
}

// number reads a finite number, by the grammar of the formats and not by that of yaml.
func (m *mapping) number(key string) (float64, bool) {
	node := m.take(key)
	if node == nil {
		return 0, false
	}
	tag := node.ShortTag()
	v, err := parseNumber(strings.TrimSpace(node.Value))
	if tag == "!!str" && err == nil {
		m.warn(key, fmt.Sprintf("is %.60q in quotes, and is taken for the number", node.Value), "remove the quotes")
		return v, true
	}
	if node.Kind != yaml.ScalarNode || (tag != "!!int" && tag != "!!float") {
		m.reject(key, "must be a number, not "+kindOf(node), "")
		return 0, false
	}
	if err != nil {
		m.reject(key, "must be a finite decimal number, not "+node.Value, "")
		return 0, false
	}
	return v, true
}

// boolean reads true or false. Other words for them, which yaml had before and tools still take, are told.
func (m *mapping) boolean(key string) (value, ok bool) {
	node := m.take(key)
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
		m.reject(key, "must be true or false, not "+kindOf(node), "")
		return false, false
	}
	m.warn(key, fmt.Sprintf("is %q, and is taken for %v", node.Value, value), fmt.Sprintf("write %v", value))
	return value, true
}

// sequence reads a list of scalars as they were written.
func (m *mapping) sequence(key string) ([]string, bool) {
	node := m.take(key)
	if node == nil {
		return nil, false
	}
	if node.Kind != yaml.SequenceNode {
		m.reject(key, "must be a list, not "+kindOf(node), "write [a, b]")
		return nil, false
	}
	if !m.issues.spend(len(node.Content), place{m.file, node.Line}) {
		return nil, false
	}
	list := make([]string, 0, len(node.Content))
	for _, item := range node.Content {
		if item = resolve(item); item.Kind != yaml.ScalarNode || isNull(item) {
			m.reject(key, "must be a list of strings, and holds "+kindOf(item), "")
			return nil, false
		}
		list = append(list, item.Value)
	}
	return list, true
}

// textOrSequence reads a string, as a list of one, or a list.
func (m *mapping) textOrSequence(key string) ([]string, bool) {
	if node := m.nodes[key]; node != nil && node.Kind == yaml.ScalarNode {
		text, ok := m.text(key)
		return []string{text}, ok
	}
	return m.sequence(key)
}

// child reads a map below a key; an empty one when the key is absent.
func (m *mapping) child(key string) *mapping {
	node := m.take(key)
	if node != nil && node.Kind != yaml.MappingNode {
		m.reject(key, "must be a map of keys and values, not "+kindOf(node), "")
		node = nil
	}
	return newMapping(m.file, m.prefix+key+".", node, m.issues)
}

// children reads a list of maps below a key.
func (m *mapping) children(key string) []*mapping {
	node := m.take(key)
	if node == nil {
		return nil
	}
	if node.Kind != yaml.SequenceNode {
		m.reject(key, "must be a list of maps, not "+kindOf(node), "")
		return nil
	}
	var all []*mapping
	for i, item := range node.Content {
		if item = resolve(item); item.Kind != yaml.MappingNode {
			m.reject(key, "must be a list of maps, and holds "+kindOf(item), "")
			return nil
		}
		all = append(all, newMapping(m.file, fmt.Sprintf("%s%s[%d].", m.prefix, key, i), item, m.issues))
	}
	return all
}

// resolve follows an alias to what it stands for; yaml has checked that it is there.
func resolve(node *yaml.Node) *yaml.Node {
	if node.Kind == yaml.AliasNode {
		return node.Alias
	}
	return node
}

func isNull(node *yaml.Node) bool { return node.Kind == yaml.ScalarNode && node.ShortTag() == "!!null" }

// kindOf says in words what a value is.
func kindOf(node *yaml.Node) string {
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
