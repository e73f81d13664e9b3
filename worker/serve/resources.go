package serve

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/rs/zerolog"
	"golang.org/x/sys/unix"

	"github.com/gaveloj/gavel/metrics"
	"github.com/gaveloj/gavel/queue"
	"github.com/gaveloj/gavel/sandbox"
	"github.com/gaveloj/gavel/sandbox/cgroup"
	"github.com/gaveloj/gavel/worker/terminal"
)

// resourceMonitor keeps the worker from taking submissions while the host is short of disk or memory: what it took then
// would end in a fault. Submissions in hand go on.
type resourceMonitor struct {
	dirs    map[metrics.Directory]string // on whose file systems the worker writes
	gate    *queue.Gate
	log     zerolog.Logger
	metrics *metrics.Metrics // may be nil

	mu      sync.Mutex
	minFree minFree         // guarded by mu
	closed  map[string]bool // by the name in the gate: what was short at the last check; guarded by mu
}

// minFree is how much must be free; 0 means that it is not looked at.
type minFree struct {
	disk, memory sandbox.Bytes
}

const (
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

// run checks until ctx ends.
func (m *resourceMonitor) run(ctx context.Context) {
	tick := time.NewTicker(resourceInterval)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			m.check()
		case <-ctx.Done():
			return
		}
	}
}

// setMinFree changes how much must be free, from now on.
func (m *resourceMonitor) setMinFree(least minFree) {
	m.mu.Lock()
	m.minFree = least
	m.mu.Unlock()
	m.check()
}

// check opens or closes the gate. What cannot be read closes nothing.
func (m *resourceMonitor) check() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.metrics.DiskMinFree(int64(m.minFree.disk))
	m.checkOne(string(metrics.PausedDisk), m.disks)
	m.checkOne(string(metrics.PausedMemory), m.memories)
}

// checkOne opens or closes the gate under one name. The caller holds mu, as for what follows.
func (m *resourceMonitor) checkOne(gate string, read func() ([]resource, error)) {
	resources, err := read()
	if err != nil {
		m.log.Debug().Err(err).Msg("free space not known")
	}
	before := m.closed[gate]
	reason := shortage(resources, before)
	if m.closed == nil {
		m.closed = map[string]bool{}
	}
	m.closed[gate] = reason != ""
	switch {
	case reason != "":
		m.gate.Close(gate, reason)
		if !before {
			m.log.Warn().Str("reason", reason).Msg("taking no submissions")
		}
	case before:
		m.gate.Open(gate)
		log := m.log.Info()
		if left := m.gate.Reason(); left != "" {
			log.Str("resource", gate).Str("reason", left).Msg("enough is free again, but taking no submissions")
			return
		}
		log.Str("resource", gate).Msg("taking submissions again")
	}
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

// disks returns what is free on each file system, and tells the metrics.
func (m *resourceMonitor) disks() ([]resource, error) {
	var all []resource
	seen := map[uint64]bool{}
	inodes := int64(minFreeInodes)
	if m.minFree.disk == 0 {
		inodes = 0
	}
	for _, name := range slices.Sorted(maps.Keys(m.dirs)) {
		dir := m.dirs[name]
		var of unix.Stat_t
		var fs unix.Statfs_t
		if err := errors.Join(unix.Stat(dir, &of), unix.Statfs(dir, &fs)); err != nil {
			return all, &os.PathError{Op: "statfs", Path: dir, Err: err}
		}
		free := int64(fs.Bavail) * fs.Bsize
		m.metrics.DiskFree(name, free)
		if seen[of.Dev] {
			continue
		}
		seen[of.Dev] = true
		all = append(all, resource{"disk of " + dir, free, int64(m.minFree.disk), terminal.Mebibytes})
		if fs.Files > 0 {
			all = append(all, resource{"inodes of " + dir, int64(fs.Ffree), inodes, decimal})
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
