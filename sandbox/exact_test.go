package sandbox_test

import (
	"testing"
	"time"

	"github.com/gaveloj/gavel/sandbox"
	"github.com/gaveloj/gavel/sandbox/sandboxtest"
)

// A kill that comes at the next tick of some clock would be late in every try; one that is late because the machine
// is busy is not. So the best of several counts, in CPU time, which stands still while others run.
const tries = 10

// soonest runs a command that must be killed until the kill comes in time, and returns the CPU time of the best try.
func soonest(t *testing.T, cmd sandbox.Command, cause sandbox.KillCause, inTime time.Duration) time.Duration {
	t.Helper()
	box := newBox(t)
	best := time.Hour
	for range tries {
		res := run(t, box, cmd)
		wantEnding(t, res, killed(cause))
		reset(t, box)
		if best = min(best, res.CPU); best <= inTime {
			break
		}
	}
	return best
}

func TestCPUKillIsPrompt(t *testing.T) {
	for _, limit := range []time.Duration{20 * time.Millisecond, 153 * time.Millisecond} {
		limits := generous()
		limits.CPU = limit
		const most = 10 * time.Millisecond
		if best := soonest(t, sandbox.Command{Args: program("burn"), Limits: limits}, sandbox.KillCPU, limit+most); best > limit+most {
			t.Errorf("killed after %v of CPU time at best, want at most %v above %v", best, most, limit)
		}
	}
}

// The programs cross the limit within some milliseconds of CPU time, and then compute.
func TestOutputKillIsPrompt(t *testing.T) {
	const spin = "; while :; do :; done"
	for _, test := range []struct {
		name, script string
		files        sandbox.FileRule
	}{
		{"standard output", "head -c 100001 /dev/zero" + spin, sandbox.FilesFree},
		{"standard error", "head -c 100001 /dev/zero >&2" + spin, sandbox.FilesFree},
		{"both, a byte over", "head -c 50001 /dev/zero; head -c 50000 /dev/zero >&2" + spin, sandbox.FilesFree},
		{"a file", "head -c 200k /dev/zero > f" + spin, sandbox.FilesCounted},
		{"two files", "head -c 60k /dev/zero > f; head -c 60k /dev/zero > /tmp/f" + spin, sandbox.FilesCounted},
		{"a file and a stream", "head -c 60000 /dev/zero; head -c 60k /dev/zero > f" + spin, sandbox.FilesCounted},
	} {
		t.Run(test.name, func(t *testing.T) {
			limits := generous()
			limits.Output, limits.Files = 100_000, test.files
			most, start := sandboxtest.Slow(20*time.Millisecond), sandboxtest.Slow(5*time.Millisecond)
			if best := soonest(t, sandbox.Command{Args: script(test.script), Limits: limits}, sandbox.KillOutput, most+start); best > most+start {
				t.Errorf("killed after %v of CPU time at best, want at most %v after the limit was crossed", best, most)
			}
		})
	}
}

// A program may use as much stack as memory, and no more.
func TestStackIsAsLargeAsMemory(t *testing.T) {
	box := newBox(t)
	limits := generous()
	limits.Memory = 128 * sandbox.MiB
	res := run(t, box, sandbox.Command{Args: program("stack", "120"), Limits: limits})
	wantEnding(t, res, exited(0))
	if res.PeakMemory < 120*sandbox.MiB {
		t.Errorf("120 MiB of stack: %s", describe(res))
	}
	res = run(t, box, sandbox.Command{Args: program("stack", "140"), Limits: limits})
	if res.Outcome != sandbox.OutcomeSignaled || res.PeakMemory > limits.Memory {
		t.Errorf("140 MiB of stack: %s", describe(res))
	}
}
