package language

import (
	"fmt"
	"os"
	"strings"

	"github.com/gaveloj/gavel/configs"
)

// Table is the language table: immutable after it was read.
type Table struct {
	Languages []*Language
	Env       []string // of every program, compiler and runtime
}

// Load reads the table at path; "" means the one built in.
func Load(path string) (*Table, error) {
	if path == "" {
		return parseNamed("built-in language table", []byte(configs.Languages()))
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read language table: %w", err)
	}
	return parseNamed("language table "+path, data)
}

func parseNamed(name string, data []byte) (*Table, error) {
	t, err := Parse(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return t, nil
}

// Lookup finds a language by its ID or an alias.
func (t *Table) Lookup(name string) (*Language, bool) {
	for _, l := range t.Languages {
		if l.names(name) {
			return l, true
		}
	}
	return nil, false
}

// IDs lists the languages in the order of the table.
func (t *Table) IDs() []string {
	ids := make([]string, len(t.Languages))
	for i, l := range t.Languages {
		ids[i] = l.ID
	}
	return ids
}

// searchPath is the PATH of the table's environment, as directories.
func (t *Table) searchPath() []string {
	for _, e := range t.Env {
		if dirs, ok := strings.CutPrefix(e, "PATH="); ok {
			return strings.Split(dirs, ":")
		}
	}
	return nil
}
