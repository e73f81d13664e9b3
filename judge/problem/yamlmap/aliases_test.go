package yamlmap

import (
	"testing"

	"go.yaml.in/yaml/v3"
)

// FuzzExpanded compares the count of what aliases stand for with writing them out.
func FuzzExpanded(f *testing.F) {
	for _, s := range []string{
		"a: &a [x]\nb: *a", "a: &x [*x]", "a: &a {b: *a}", "<<: &a {name: x}\nb: {<<: [*a, *a]}", "a: &a [1,2]\nb: &b [*a,*a]\nc: [*b,*b]",
		"groups: [&a {name: x, points: 1, tests: '1'}, *a, *a]", "solutions: &s {tests/1: AC}\nx: *s", "a: &a 1\nb: &a [*a]\nc: *a",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		var document yaml.Node
		if yaml.Unmarshal(text, &document) != nil {
			return
		}
		const enough = 100_000
		left := enough
		writeNode(&document, &left)
		count := expanded(&document, make(map[*yaml.Node]int))
		if left > 0 && count != enough-left || left <= 0 && count < enough {
			t.Errorf("expanded() = %d, written out there are %d, or more than %d", count, enough-left, enough)
		}
	})
}

// writeNode counts the nodes of a document down from left.
func writeNode(node *yaml.Node, left *int) {
	if *left <= 0 {
		return
	}
	if node.Kind == yaml.AliasNode {
		writeNode(node.Alias, left)
		return
	}
	*left--
	for _, child := range node.Content {
		writeNode(child, left)
	}
}
