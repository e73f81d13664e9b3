package serve

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/rs/zerolog"
	"golang.org/x/sys/unix"

	"github.com/gaveloj/gavel/metrics"
	"github.com/gaveloj/gavel/queue"
	"github.com/gaveloj/gavel/sandbox"
	"github.com/gaveloj/gavel/sandbox/sandboxtest"
)

func TestShortage(t *testing.T) {
	disk := func(free int64) resource { return resource{"disk of /x", free, 100, decimal} }
	for _, test := range []struct {
		name     string
		supplies []resource
		before   bool
		want     string
	}{
		{"nothing to look at", nil, false, ""},
		{"enough", []resource{disk(100)}, false, ""},
		{"short", []resource{disk(99)}, false, "too little disk of /x: goes on with 125 free"},
		{"still short", []resource{disk(124)}, true, "too little disk of /x: goes on with 125 free"},
		{"short no more", []resource{disk(125)}, true, ""},
		{"no floor", []resource{{"memory", 0, 0, decimal}}, true, ""},
		{"both", []resource{disk(1), {"memory", 2, 4, decimal}}, false, "too little disk of /x: goes on with 125 free; too little memory: goes on with 5 free"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := shortage(test.supplies, test.before); got != test.want {
				t.Errorf("shortage = %q, want %q", got, test.want)
			}
		})
	}
}

func TestPressureOfMemory(t *testing.T) {
	var gate queue.Gate
	p := resourceMonitor{minFree: minFree{memory: 1 << 60}, gate: &gate, log: zerolog.Nop()}
	if p.check(); !strings.Contains(gate.Reason(), "memory of the host") {
		t.Errorf("with a floor that nothing reaches: gate says %q", gate.Reason())
	}
	p.minFree.memory = 1
	if p.check(); gate.Reason() != "" {
		t.Errorf("with the least floor: gate says %q", gate.Reason())
	}
	p.minFree = minFree{}
	if p.check(); gate.Reason() != "" {
		t.Errorf("without minimums: gate says %q", gate.Reason())
	}
}

// The gate closes when a file system fills, and opens when there is room again; for bytes as for inodes.
func TestPressureOfDisk(t *testing.T) {
	sandboxtest.Require(t, sandboxtest.Root)
	dir := sandboxtest.Tmpfs(t, "size=64m,nr_inodes=20000")
	var gate queue.Gate
	p := resourceMonitor{
		minFree: minFree{disk: 32 * sandbox.MiB}, dirs: map[metrics.Directory]string{metrics.DirectoryState: dir, metrics.DirectoryTemp: dir},
		gate: &gate, log: zerolog.Nop(),
	}
	if p.check(); gate.Reason() != "" {
		t.Fatalf("empty: gate says %q", gate.Reason())
	}
	fill := filepath.Join(dir, "fill")
	allocate(t, fill, 40*sandbox.MiB)
	if p.check(); gate.Reason() != "too little disk of "+dir+": goes on with 40.0 MiB free" {
		t.Errorf("full: gate says %q", gate.Reason())
	}
	if err := os.Truncate(fill, int64(28*sandbox.MiB)); err != nil {
		t.Fatal(err)
	}
	if p.check(); gate.Reason() == "" {
		t.Error("36 MiB free: gate opened without relief")
	}
	if err := os.Remove(fill); err != nil {
		t.Fatal(err)
	}
	if p.check(); gate.Reason() != "" {
		t.Errorf("empty again: gate says %q", gate.Reason())
	}
	for i := range 10_500 {
		if err := os.Symlink("nothing", filepath.Join(dir, strconv.Itoa(i))); err != nil {
			t.Fatal(err)
		}
	}
	if p.check(); !strings.Contains(gate.Reason(), "inodes of "+dir) {
		t.Errorf("many files: gate says %q", gate.Reason())
	}
}

func allocate(t *testing.T, file string, size sandbox.Bytes) {
	t.Helper()
	f, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := unix.Fallocate(int(f.Fd()), 0, 0, int64(size)); err != nil {
		t.Fatal(os.NewSyscallError("fallocate", err))
	}
}
