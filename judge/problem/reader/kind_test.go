package reader_test

import (
	"testing"

	"github.com/gaveloj/gavel/judge/problem"
)

func TestKinds(t *testing.T) {
	interactive := problem.Kind{Interactive: true}
	tests := map[string]struct {
		yaml   string
		want   problem.Kind
		passes int
		scores bool
	}{
		"nothing":                {"name: x", problem.Kind{}, 1, false},
		"custom":                 {"validation: custom", problem.Kind{}, 1, false},
		"interactive":            {"validation: custom interactive", interactive, 1, false},
		"scoring":                {"type: scoring", problem.Kind{Scoring: true}, 1, false},
		"score in any order":     {"type: scoring\nvalidation: interactive score custom", problem.Kind{Scoring: true, Interactive: true}, 1, true},
		"score without type":     {"validation: custom score", problem.Kind{Scoring: true}, 1, true},
		"custom_scoring":         {"validation: custom\ngrading: {custom_scoring: true}", problem.Kind{Scoring: true}, 1, true},
		"multi-pass":             {"validation: custom multi-pass", problem.Kind{MultiPass: true}, 2, false},
		"multi-pass both":        {"validation: custom interactive multi-pass\nlimits: {validation_passes: 7}", problem.Kind{Interactive: true, MultiPass: true}, 7, false},
		"legacy-icpc":            {"problem_format_version: legacy-icpc\nvalidation: custom interactive", interactive, 1, false},
		"2023, by word":          {"problem_format_version: 2023-07\nvalidation: custom interactive", interactive, 1, false},
		"2023, by type":          {"problem_format_version: 2023-07-draft\ntype: [scoring, interactive]", problem.Kind{Scoring: true, Interactive: true}, 1, true},
		"2025":                   {modern + "type: scoring", problem.Kind{Scoring: true}, 1, true},
		"2025, interactive":      {modern + "type: interactive", interactive, 1, false},
		"2025, both":             {modern + "type: [pass-fail, multi-pass, interactive]\nlimits: {validation_passes: 3}", problem.Kind{Interactive: true, MultiPass: true}, 3, false},
		"2025, submit-answer":    {modern + "type: [submit-answer, scoring]", problem.Kind{Scoring: true, SubmitAnswer: true}, 1, true},
		"2023, useless passes":   {"problem_format_version: 2023-07\nlimits: {validation_passes: 3}", problem.Kind{}, 1, false},
		"old on_reject in range": {"type: scoring\ngrading: {on_reject: grade, range: 0 100}", problem.Kind{Scoring: true}, 1, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			p := load(t, sound().with(files{"problem.yaml": tt.yaml, "output_validators/v.py": ""}).write(t))
			if p.Kind != tt.want || p.Limits.ValidationPasses != tt.passes || p.Scores != tt.scores {
				t.Errorf("kind %+v, %d passes, scores %t, want %+v, %d, %t",
					p.Kind, p.Limits.ValidationPasses, p.Scores, tt.want, tt.passes, tt.scores)
			}
		})
	}
}
