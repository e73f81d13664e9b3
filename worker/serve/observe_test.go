package serve

import (
	"bytes"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rs/zerolog"

	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/sandbox"
)

func TestLackOfMemory(t *testing.T) {
	t.Parallel()
	const one, some = "a program that needs what it is allowed is a judge error of class host",
		"programs that need what they are allowed at the same time are tried again"
	for _, test := range []struct {
		limit, together sandbox.Bytes
		slots           int
		want            string
	}{
		{256 * sandbox.MiB, sandbox.GiB, 4, ""},
		{257 * sandbox.MiB, sandbox.GiB, 4, some},
		{sandbox.GiB, sandbox.GiB, 1, ""},
		{sandbox.GiB + 1, sandbox.GiB, 1, one},
		{64 * sandbox.GiB, sandbox.GiB, 2, one},
		{64 * sandbox.GiB, 0, 2, ""}, // there is no telling
		{0, sandbox.GiB, 2, ""},      // a report without a limit
	} {
		if got := lackOfMemory(test.limit, test.together, test.slots); got != test.want {
			t.Errorf("%d slots with %d MiB, and %d MiB together: %q, want %q", test.slots, test.limit/sandbox.MiB, test.together/sandbox.MiB, got, test.want)
		}
	}
}

// The log says whose run it was that a container was thrown away with.
func TestLogDiscarded(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	s := &server{log: zerolog.New(&log)}
	for _, user := range []any{nil, api.Identity{ID: "arena.s1", Attempt: 2}, runID("r1")} {
		s.logDiscarded(user, errors.New("it hung"))
	}
	want := `{"level":"warn","error":"it hung","message":"container thrown away"}
{"level":"warn","error":"it hung","submission":"arena.s1","attempt":2,"message":"container thrown away"}
{"level":"warn","error":"it hung","run_request":"r1","message":"container thrown away"}
`
	if diff := cmp.Diff(want, log.String()); diff != "" {
		t.Errorf("log mismatch (-want +got):\n%s", diff)
	}
}
