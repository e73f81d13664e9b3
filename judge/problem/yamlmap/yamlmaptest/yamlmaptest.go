// Package yamlmaptest has documents with aliases for tests, and counts what they stand for.
package yamlmaptest

import "go.yaml.in/yaml/v3"

// Aliased are documents whose aliases stand for each other, for more than they say, and for maps that are merged.
var Aliased = []string{
	"a: &a [x]\nb: *a", "a: &x [*x]", "a: &a {b: *a}", "<<: &a {name: x}\nb: {<<: [*a, *a]}", "a: &a [1,2]\nb: &b [*a,*a]\nc: [*b,*b]",
	"groups: [&a {name: x, points: 1, tests: '1'}, *a, *a]", "solutions: &s {tests/1: AC}\nx: *s", "a: &a 1\nb: &a [*a]\nc: *a",
}

// Count returns how many nodes a document has with its aliases written out, but not more than enough.
func Count(document *yaml.Node, enough int) int {
	left := enough
	writeOut(document, &left)
	return enough - left
}

// writeOut counts nodes down from left.
func writeOut(node *yaml.Node, left *int) {
	if *left <= 0 {
		return
	}
	if node.Kind == yaml.AliasNode {
		writeOut(node.Alias, left)
		return
	}
	*left--
	for _, child := range node.Content {
		writeOut(child, left)
	}
}
