package main

import (
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/gaveloj/gavel/message"
)

// writeArtifacts writes the files that validators and visualizers left for people: DIR/TEST/FILE. It returns how many.
func writeArtifacts(dir string, tests []message.TestReport) (int, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return 0, fmt.Errorf("make directory for artifacts: %w", err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return 0, fmt.Errorf("open directory for artifacts: %w", err)
	}
	defer root.Close()
	written := map[string]bool{}
	for _, t := range tests {
		for _, a := range t.Artifacts {
			name := path.Join(safePath(t.Name), safePath(strings.ReplaceAll(a.Name, "/", "_")))
			for written[name] { // names that differ in what was replaced
				name = path.Join(path.Dir(name), "_"+path.Base(name))
			}
			written[name] = true
			if err := root.MkdirAll(path.Dir(name), 0o755); err != nil {
				return len(written), fmt.Errorf("write artifact of test %s: %w", t.Name, err)
			}
			if err := root.WriteFile(name, a.Data, 0o644); err != nil {
				return len(written), fmt.Errorf("write artifact of test %s: %w", t.Name, err)
			}
		}
	}
	return len(written), nil
}

// safePath makes a name that a program chose harmless to shells, terminals and other systems: letters, digits and a few
// signs stay, and no element is hidden or leads upwards.
func safePath(name string) string {
	elements := strings.Split(filepath.ToSlash(name), "/")
	for i, e := range elements {
		e = strings.Map(func(r rune) rune {
			switch {
			case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', strings.ContainsRune("._-()", r):
				return r
			}
			return '_'
		}, e)
		if e = e[:min(len(e), 200)]; e == "" || e[0] == '.' || e[0] == '-' {
			e = "_" + e
		}
		elements[i] = e
	}
	return strings.Join(elements, "/")
}
