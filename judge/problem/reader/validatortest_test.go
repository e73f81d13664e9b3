package reader_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gaveloj/gavel/judge/problem"
)

func TestValidatorTests(t *testing.T) {
	f := sound().with(files{
		"problem.yaml":            modern,
		"data/invalid_input/a.in": "", "data/invalid_input/a.yaml": "input_validator_args: [x]",
		"data/invalid_output/b.in": "", "data/invalid_output/b.ans": "", "data/invalid_output/b.out": "",
		"data/valid_output/deep/c.in": "", "data/valid_output/deep/c.ans": "", "data/valid_output/deep/c.out": "",
		"data/invalid_inputs/d.in": "",
	})
	list := func(p *problem.Problem) []string {
		var all []string
		for _, v := range p.ValidatorTests {
			all = append(all, strings.TrimSpace(v.Name+" "+filepath.Base(v.Answer)+" "+filepath.Base(v.Output)+" "+strings.Join(v.InputValidatorArgs, " ")))
		}
		return all
	}
	p := load(t, f.write(t))
	want := []string{"invalid_input/a . . x", "invalid_output/b b.ans b.out", "valid_output/deep/c c.ans c.out"}
	if diff := cmp.Diff(want, list(p)); diff != "" || len(p.Tests) != 2 {
		t.Errorf("%d tests are judged; %s", len(p.Tests), diff)
	}
	p = load(t, f.with(files{"problem.yaml": "problem_format_version: 2023-07"}).write(t))
	if diff := cmp.Diff(append(want, "invalid_inputs/d . ."), list(p)); diff != "" {
		t.Error(diff)
	}
	if p = load(t, f.with(files{"problem.yaml": "name: x"}).write(t)); p.ValidatorTests != nil {
		t.Errorf("the legacy format has %v", p.ValidatorTests)
	}
	old := "data/invalid_inputs: ignored, because format 2025-09 calls it invalid_input"
	checkTolerated(t, f, map[string]tolerated{
		"no output": {files{"data/valid_output/e.in": "", "data/valid_output/e.ans": ""}, []string{old, "data/valid_output/e.in: has no .out"}},
		"no answer": {files{"data/invalid_output/b.ans": "-"}, []string{old, "data/invalid_output/b.in: has no .ans"}},
		"key":       {files{"data/invalid_input/a.yaml": "arg: []"}, []string{old, "data/invalid_input/a.yaml:1: unknown key arg"}},
	})
}
