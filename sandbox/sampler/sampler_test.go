package sampler

import (
	"math"
	"syscall"
	"testing"

	"github.com/gaveloj/gavel/sandbox/container"
)

// Without a control group, what the host kills for lack of memory is told from other kills by the host's own counter.
func TestOutOfHostMemory(t *testing.T) {
	t.Parallel()
	const (
		killed    = syscall.WaitStatus(syscall.SIGKILL)
		segfault  = syscall.WaitStatus(syscall.SIGSEGV)
		exited137 = syscall.WaitStatus(137 << 8)
	)
	for name, tt := range map[string]struct {
		before int64 // kills when the run began
		status syscall.WaitStatus
		peak   int64 // bytes
		want   bool
	}{
		"killed since the host has no memory": {-1, killed, 32 << 20, true},
		"killed by itself":                    {math.MaxInt64, killed, 32 << 20, false},
		"over its own limit":                  {-1, killed, 65 << 20, false},
		"another signal":                      {-1, segfault, 32 << 20, false},
		"an exit code like a kill":            {-1, exited137, 32 << 20, false},
	} {
		w := Sampler{memoryLimit: 64 << 20, hostKills: tt.before}
		if got := w.OutOfHostMemory(&container.Finished{Status: tt.status}, tt.peak); got != tt.want {
			t.Errorf("%s: outOfHostMemory() = %v, want %v", name, got, tt.want)
		}
	}
}

func TestParseHostOOMKills(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int64{
		"drop_slab 0\noom_kill 211\nnuma_hit 9\n": 211,
		"oom_kill_other 5\n":                      0,
		"oom_kill x\n":                            0,
		"":                                        0,
	} {
		if got := parseOOMKills(text); got != want {
			t.Errorf("parseOOMKills(%q) = %d, want %d", text, got, want)
		}
	}
}
