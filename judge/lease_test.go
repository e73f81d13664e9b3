package judge

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/judge/verdict"
	"github.com/gaveloj/gavel/sandbox"
)

// A fault is tried again in other containers; a refusal and the end of the context are final.
func TestRetried(t *testing.T) {
	t.Parallel()
	fault := errors.New("container lost")
	refusal := api.Refuse(verdict.ClassProblem, errors.New("bad path"))
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	for name, tt := range map[string]struct {
		ctx  context.Context
		err  error
		want int
	}{
		"fault": {t.Context(), fault, attempts}, "refusal": {t.Context(), refusal, 1},
		"no memory on the host": {t.Context(), fmt.Errorf("run: %w", sandbox.ErrHostMemory), 1},
		"success":               {t.Context(), nil, 1}, "canceled": {ended, fault, 1},
	} {
		tries := 0
		err := retried(tt.ctx, func() error {
			tries++
			return tt.err
		})
		if !errors.Is(err, tt.err) || tries != tt.want {
			t.Errorf("%s: retried() = %v after %d tries, want %v after %d", name, err, tries, tt.err, tt.want)
		}
	}
}
