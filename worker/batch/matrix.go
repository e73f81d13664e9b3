package batch

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/gaveloj/gavel/worker/exit"
	"github.com/gaveloj/gavel/worker/terminal"
)

// matrixLine is a line that --matrix prints.
type matrixLine struct {
	ID     string            `json:"id"`
	Files  []string          `json:"files"`
	Inputs []string          `json:"inputs"`
	Expect map[string]string `json:"expect,omitempty"`
}

// printMatrix prints a line for each program on each input.
func (c Command) printMatrix(out *terminal.Output) error {
	if n := len(c.Lines); n != 2 && n != 3 {
		return exit.Usage(fmt.Errorf("--matrix: got %d patterns, want one for programs, one for inputs, and perhaps one for expected outputs, "+
			"in quotes so that the shell leaves them alone: gavel batch --matrix 'p/*' 'i/*'", n))
	}
	found := make([][]string, 3)
	for i, pattern := range c.Lines {
		paths, err := matchVisible(pattern)
		if err != nil {
			return exit.Usage(fmt.Errorf("--matrix %q: %w", pattern, err))
		}
		found[i] = paths
	}
	answers, err := answersByName(found[1], found[2], len(c.Lines) == 3)
	if err != nil {
		return exit.Usage(fmt.Errorf("--matrix: %w", err))
	}
	programs, inputs := shortNames(found[0]), shortNames(found[1])
	for i, program := range found[0] {
		for k, input := range found[1] {
			line := matrixLine{ID: programs[i] + ":" + inputs[k], Files: []string{program}, Inputs: []string{input}}
			if answer := answers[input]; answer != "" {
				line.Expect = map[string]string{"file": answer}
			}
			if err := out.Object(line); err != nil {
				return err
			}
		}
	}
	return nil
}

// matchVisible finds what a pattern names, without hidden files.
func matchVisible(pattern string) ([]string, error) {
	found, err := filepath.Glob(pattern)
	if err != nil {
		return nil, err
	}
	var visible []string
	for _, path := range found {
		if !strings.HasPrefix(filepath.Base(path), ".") {
			visible = append(visible, path)
		}
	}
	if len(visible) == 0 {
		return nil, errors.New("there is no such file")
	}
	return visible, nil
}

// shortNames are the base names of paths, or the paths where two have the same.
func shortNames(paths []string) []string {
	names := make([]string, len(paths))
	seen := map[string]bool{}
	for i, path := range paths {
		names[i] = filepath.Base(path)
		if seen[names[i]] {
			return paths
		}
		seen[names[i]] = true
	}
	return names
}

// answersByName finds the expected output of each input: the one that has its name, but for the extension.
func answersByName(inputs, answers []string, wanted bool) (map[string]string, error) {
	if !wanted {
		return nil, nil //nolint:nilnil // nothing is expected of any
	}
	byStem := map[string]string{}
	for _, path := range answers {
		if other, twice := byStem[stem(path)]; twice {
			return nil, fmt.Errorf("%s and %s could both be the expected output of one input", other, path)
		}
		byStem[stem(path)] = path
	}
	found := map[string]string{}
	for _, input := range inputs {
		answer, ok := byStem[stem(input)]
		if !ok {
			return nil, fmt.Errorf("%s has no expected output: want a file %s.* among the third pattern", input, stem(input))
		}
		found[input] = answer
	}
	return found, nil
}

// stem is the name of a file without directory and extension.
func stem(path string) string {
	base := filepath.Base(path)
	return strings.TrimSuffix(base, filepath.Ext(base))
}
