package serve

import (
	"testing"

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
