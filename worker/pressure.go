package main

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
)

// pressure keeps the worker from taking submissions while the host is short of disk or memory: what it took then would
// end in a fault. Submissions in hand go on.
type pressure struct {
	floors floors
	dirs   []string // on whose file systems the worker writes
	gate   *queue.Gate
	log    zerolog.Logger
}

// floors are what must be free; 0 means that it is not looked at.
type floors struct {
	disk, memory sandbox.Bytes
}

const (
	pressureGate = "pressure" // under which the gate is closed
	pressureGap  = time.Second
	// inodeFloor is how many files there must be room for, on file systems that count them, while disk is looked at: a
	// submission with its containers makes some hundreds.
	inodeFloor = 10_000
	// relief is the part of the floor that must be free beyond it before the gate opens again: a quarter. Without it,
	// the gate would open and close with each file.
	relief = 4
)

// supply is something that can run short.
type supply struct {
	what  string // as the reason says it
	free  int64
	floor int64 // 0 means that it cannot run short
	unit  func(int64) string
}

// run looks until ctx ends. closed is what the last look said.
func (p *pressure) run(ctx context.Context, closed bool) {
	tick := time.NewTicker(pressureGap)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			closed = p.look(closed)
		case <-ctx.Done():
			return
		}
	}
}

// look opens or closes the gate. What cannot be read closes nothing.
func (p *pressure) look(closed bool) (closedNow bool) {
	var supplies []supply
	for _, read := range []func() ([]supply, error){p.disks, p.memories} {
		some, err := read()
		if err != nil {
			p.log.Debug().Err(err).Msg("free space not known")
		}
		supplies = append(supplies, some...)
	}
	reason := shortage(supplies, closed)
	switch {
	case reason != "":
		p.gate.Close(pressureGate, reason)
		if !closed {
			p.log.Warn().Str("reason", reason).Msg("taking no submissions")
		}
	case closed:
		p.gate.Open(pressureGate)
		p.log.Info().Msg("taking submissions again")
	}
	return reason != ""
}

// shortage tells what there is too little of, "" for nothing. Where something was short before, more of it must be free
// than else. What it says does not change with each file, so that the registry need not be told anew.
func shortage(supplies []supply, before bool) string {
	var short []string
	for _, s := range supplies {
		enough := s.floor + s.floor/relief
		if s.free < s.floor || before && s.free < enough {
			short = append(short, fmt.Sprintf("too little %s: goes on with %s free", s.what, s.unit(enough)))
		}
	}
	return strings.Join(short, "; ")
}

// disks tells what is free on each file system.
func (p *pressure) disks() ([]supply, error) {
	if p.floors.disk == 0 {
		return nil, nil
	}
	var all []supply
	seen := map[uint64]bool{}
	for _, dir := range p.dirs {
		var of unix.Stat_t
		var fs unix.Statfs_t
		if err := errors.Join(unix.Stat(dir, &of), unix.Statfs(dir, &fs)); err != nil {
			return all, &os.PathError{Op: "statfs", Path: dir, Err: err}
		}
		if seen[of.Dev] {
			continue
		}
		seen[of.Dev] = true
		all = append(all, supply{"disk of " + dir, int64(fs.Bavail) * fs.Bsize, int64(p.floors.disk), mebibytes})
		if fs.Files > 0 {
			all = append(all, supply{"inodes of " + dir, int64(fs.Ffree), inodeFloor, decimal})
		}
	}
	return all, nil
}

// memories tells how much memory the host and the own control group can still give.
func (p *pressure) memories() ([]supply, error) {
	if p.floors.memory == 0 {
		return nil, nil
	}
	info, err := os.ReadFile("/proc/meminfo")
	if err != nil {
		return nil, fmt.Errorf("read memory of the host: %w", err)
	}
	available := meminfo(string(info), "MemAvailable")
	if available == 0 {
		return nil, errors.New("/proc/meminfo tells no MemAvailable")
	}
	floor := int64(p.floors.memory)
	all := []supply{{"memory of the host", int64(available), floor, mebibytes}}
	free, limited, err := cgroup.Headroom()
	if limited {
		all = append(all, supply{"memory of the worker's control group", free, floor, mebibytes})
	}
	return all, err
}

func decimal(n int64) string { return strconv.FormatInt(n, 10) }
