package faulttest

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"golang.org/x/sys/unix"
)

// children lists the processes whose parent this process is.
func children() []processStat {
	names, err := filepath.Glob("/proc/[0-9]*")
	if err != nil {
		return nil // only a bad pattern is an error
	}
	var found []processStat
	for _, name := range names {
		pid, err := strconv.Atoi(filepath.Base(name))
		if err != nil {
			continue
		}
		if s := stat(pid); s.parent == os.Getpid() {
			found = append(found, s)
		}
	}
	return found
}

// orphans lists what dead workers left: this process inherits it.
func (s *site) orphans() []processStat {
	ours := map[int]bool{}
	for _, server := range s.servers {
		ours[server.pid()] = true
	}
	for _, w := range s.workers {
		ours[w.pid()] = true
	}
	return slices.DeleteFunc(children(), func(c processStat) bool { return ours[c.pid] })
}

// settle waits until what dead workers left has ended too.
func (s *site) settle(ctx context.Context) error {
	var left []processStat
	err := poll(ctx, 30*time.Second, "what a dead worker left has ended", func() bool {
		left = s.orphans()
		for _, c := range left {
			if c.state == 'Z' {
				_, _ = unix.Wait4(c.pid, nil, unix.WNOHANG, nil) // it will be gone at the next look, or not
			}
		}
		return len(left) == 0
	})
	if err != nil {
		return fmt.Errorf("%w: %+v", err, left)
	}
	return nil
}
