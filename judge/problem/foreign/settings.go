package foreign

import (
	"fmt"
	"math"

	"go.yaml.in/yaml/v3"
)

// Settings are those of gavel.yaml, whose schema says what each means. What is zero is left out.
type Settings struct {
	Name        string              `yaml:"name,omitempty"`
	TimeLimit   float64             `yaml:"time_limit,omitempty"`   // seconds
	MemoryLimit int64               `yaml:"memory_limit,omitempty"` // MiB
	OutputLimit int64               `yaml:"output_limit,omitempty"` // MiB
	InputFile   string              `yaml:"input_file,omitempty"`
	OutputFile  string              `yaml:"output_file,omitempty"`
	Tests       Tests               `yaml:"tests"`
	Samples     []string            `yaml:"samples,omitempty"`
	Checker     *Program            `yaml:"checker,omitempty"`
	Interactor  *Program            `yaml:"interactor,omitempty"`
	Validators  []string            `yaml:"validator,omitempty"`
	Include     map[string][]string `yaml:"include,omitempty"` // by the code of a language
	Points      float64             `yaml:"points,omitempty"`
	Groups      []Group             `yaml:"groups,omitempty"`
	Solutions   map[string]Solution `yaml:"solutions,omitempty"` // by path
}

// Tests say how the files of test cases are called; "*" stands for the name.
type Tests struct {
	Input  string   `yaml:"input"`
	Answer string   `yaml:"answer"`
	Names  []string `yaml:"names,omitempty"`
}

// Program is a checker or an interactor: one of path and comparison.
type Program struct {
	Path     string `yaml:"path,omitempty"`
	Protocol string `yaml:"protocol,omitempty"`
	Compare  string `yaml:"compare,omitempty"`
}

// Group is a group of test cases, by their names.
type Group struct {
	Name     string   `yaml:"name"`
	Points   float64  `yaml:"points"`
	Tests    []string `yaml:"tests"`
	Scoring  string   `yaml:"scoring,omitempty"`
	Requires []string `yaml:"requires,omitempty"`
}

// Solution is what a solution must get.
type Solution struct {
	Verdict  []string `yaml:"verdict,omitempty"`
	Score    *float64 `yaml:"score,omitempty"`
	Language string   `yaml:"language,omitempty"`
}

// OutputLimit is what submissions may write where the layout has no limit of its own, in MiB: as much as Codeforces lets
// them, and more than the answers of any package seen.
const OutputLimit = 64

// Node is the content of gavel.yaml.
func (s Settings) Node() (*yaml.Node, error) {
	node := new(yaml.Node)
	if err := node.Encode(s); err != nil {
		return nil, fmt.Errorf("encode gavel.yaml: %w", err)
	}
	return node, nil
}

// MiB turns a size of some unit in bytes into whole MiB, rounded up, and reports whether it is none, by which it was changed.
// Sizes beyond all limits stay so.
func MiB(size, unit float64) (mib int64, rounded bool) {
	exact := size * unit / (1 << 20)
	up := math.Ceil(min(exact, 1<<40))
	return int64(up), up != exact
}
