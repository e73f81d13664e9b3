package judge

import (
	"errors"
	"strings"
	"testing"

	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/judge/problem"
)

// TestSamplesOnlyIsRefused: everybody knows the samples, and a verdict by them would say nothing.
func TestSamplesOnlyIsRefused(t *testing.T) {
	t.Parallel()
	sub := api.Submission{Version: 1, ID: "s", Attempt: 1, Problem: "p", Files: []api.SourceFile{{Name: "a.py"}}}
	_, err := new(Judge).JudgeProblem(t.Context(), &problem.Problem{Name: "p", SamplesOnly: true}, sub, nil)
	if !errors.Is(err, api.ErrRejected) || !strings.Contains(err.Error(), "samples_only: true") {
		t.Errorf("%v, want a rejection that says how to ask for it", err)
	}
}
