package main

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/gaveloj/gavel/judge/api"
)

func TestExitCode(t *testing.T) {
	for _, c := range []struct {
		err  error
		want int
	}{
		{nil, exitOK},
		{errNotOK, exitNotOK},
		{errors.Join(errNotOK, errors.New("and more")), exitNotOK},
		{usageError{errors.New("wrong flag")}, exitUsage},
		{fmt.Errorf("verify: %w", &api.Rejection{Err: errors.New("broken package")}), exitUsage},
		{context.Canceled, exitInterrupted},
		{errors.New("disk full"), exitHost},
	} {
		if got := exitCode(c.err); got != c.want {
			t.Errorf("exitCode(%v) = %d, want %d", c.err, got, c.want)
		}
	}
}
