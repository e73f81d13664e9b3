package serve

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/rs/zerolog"
	"golang.org/x/sys/unix"

	"github.com/gaveloj/gavel/queue"
	"github.com/gaveloj/gavel/sandbox"
	"github.com/gaveloj/gavel/sandbox/cgroup"
	"github.com/gaveloj/gavel/worker/terminal"
)

// resourceMonitor keeps the worker from taking submissions while the host is short of disk or memory: what it took then
// would end in a fault. Submissions in hand go on.
type resourceMonitor struct {
	minFree minFree
	dirs    []string // on whose file systems the worker writes
	gate    *queue.Gate
	log     zerolog.Logger
}

// minFree is how much must be free; 0 means that it is not looked at.
type minFree struct {
	disk, memory sandbox.Bytes
}

const (
	resourceGate     = "resources" // under which the gate is closed
	resourceInterval = time.Second
	// minFreeInodes is how many files there must be room for, on file systems that count them, while disk is looked at:
	// a submission with its containers makes some hundreds.
	minFreeInodes = 10_000
	// reopenMargin is the part of the minimum that must be free beyond it before the gate opens again: a quarter. Without
	// it, the gate would open and close with each file.
	reopenMargin = 4
)

// resource is something that can run short.
type resource struct {
	what    string // as the reason says it
	free    int64
	minFree int64 // 0 means that it cannot run short
	unit    func(int64) string
}

// run checks until ctx ends. closed is what the last check returned.
func (m *resourceMonitor) run(ctx context.Context, closed bool) {
	tick := time.NewTicker(resourceInterval)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			closed = m.check(closed)
		case <-ctx.Done():
			return
		}
	}
}

// check opens or closes the gate. What cannot be read closes nothing.
func (m *resourceMonitor) check(closed bool) (closedNow bool) {
	var resources []resource
	for _, read := range []func() ([]resource, error){m.disks, m.memories} {
		some, err := read()
		if err != nil {
			m.log.Debug().Err(err).Msg("free space not known")
		}
		resources = append(resources, some...)
	}
	reason := shortage(resources, closed)
	switch {
	case reason != "":
		m.gate.Close(resourceGate, reason)
		if !closed {
			m.log.Warn().Str("reason", reason).Msg("taking no submissions")
		}
	case closed:
		m.gate.Open(resourceGate)
		m.log.Info().Msg("taking submissions again")
	}
	return reason != ""
}

// shortage says what there is too little of, "" for nothing. Where something was short before, more of it must be free
// than else. What it says does not change with each file, so that the registry need not be updated.
func shortage(resources []resource, before bool) string {
	var short []string
	for _, r := range resources {
		enough := r.minFree + r.minFree/reopenMargin
		if r.free < r.minFree || before && r.free < enough {
			short = append(short, fmt.Sprintf("too little %s: goes on with %s free", r.what, r.unit(enough)))
		}
	}
	return strings.Join(short, "; ")
}

// disks returns what is free on each file system.
func (m *resourceMonitor) disks() ([]resource, error) {
	if m.minFree.disk == 0 {
		return nil, nil
	}
	var all []resource
	seen := map[uint64]bool{}
	for _, dir := range m.dirs {
		var of unix.Stat_t
		var fs unix.Statfs_t
		if err := errors.Join(unix.Stat(dir, &of), unix.Statfs(dir, &fs)); err != nil {
			return all, &os.PathError{Op: "statfs", Path: dir, Err: err}
		}
		if seen[of.Dev] {
			continue
		}
		seen[of.Dev] = true
		all = append(all, resource{"disk of " + dir, int64(fs.Bavail) * fs.Bsize, int64(m.minFree.disk), terminal.Mebibytes})
		if fs.Files > 0 {
			all = append(all, resource{"inodes of " + dir, int64(fs.Ffree), minFreeInodes, decimal})
		}
	}
	return all, nil
}

// memories returns what the host and the own control group have free.
func (m *resourceMonitor) memories() ([]resource, error) {
	if m.minFree.memory == 0 {
		return nil, nil
	}
	info, err := os.ReadFile("/proc/meminfo")
	if err != nil {
		return nil, fmt.Errorf("read memory of the host: %w", err)
	}
	available := cgroup.Meminfo(string(info), "MemAvailable")
	if available == 0 {
		return nil, errors.New("/proc/meminfo tells no MemAvailable")
	}
	least := int64(m.minFree.memory)
	all := []resource{{"memory of the host", available, least, terminal.Mebibytes}}
	free, limited, err := cgroup.Headroom()
	if limited {
		all = append(all, resource{"memory of the worker's control group", free, least, terminal.Mebibytes})
	}
	return all, err
}

func decimal(n int64) string { return strconv.FormatInt(n, 10) }
