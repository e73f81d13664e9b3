package exit

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/gaveloj/gavel/judge/api"
)

func TestExitCode(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		err  error
		want int
	}{
		{nil, OK},
		{ErrNotOK, NotOK},
		{errors.Join(ErrNotOK, errors.New("and more")), NotOK},
		{Usage(errors.New("wrong flag")), BadRequest},
		{fmt.Errorf("verify: %w", &api.Rejection{Err: errors.New("broken package")}), BadRequest},
		{context.Canceled, Interrupted},
		{errors.New("disk full"), Fault},
	} {
		if got := CodeOf(c.err); got != c.want {
			t.Errorf("exitCode(%v) = %d, want %d", c.err, got, c.want)
		}
	}
}
