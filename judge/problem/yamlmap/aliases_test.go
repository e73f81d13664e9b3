package yamlmap

import (
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/gaveloj/gavel/judge/problem/yamlmap/yamlmaptest"
)

// FuzzExpanded compares the count of what aliases stand for with writing them out.
func FuzzExpanded(f *testing.F) {
	for _, s := range yamlmaptest.Aliased {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		var document yaml.Node
		if yaml.Unmarshal(text, &document) != nil {
			return
		}
		const enough = 100_000
		written := yamlmaptest.Count(&document, enough)
		count := expanded(&document, make(map[*yaml.Node]int))
		if written < enough && count != written || written == enough && count < enough {
			t.Errorf("expanded() = %d, written out there are %d, or more than %d", count, written, enough)
		}
	})
}
