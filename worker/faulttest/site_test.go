package faulttest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/gaveloj/gavel/queue/client"
	"github.com/gaveloj/gavel/sandbox/sandboxtest"
)

// site is a whole installation.
type site struct {
	dir     string
	servers []*server
	workers []*worker
	order   order
	feed    *feed
	conn    *client.Conn // to the servers directly

	mu    sync.Mutex
	trees map[string]bool // of control groups that workers had; guarded by mu
}

// newSite starts three servers and three workers, which end with the test. What they logged stays when it fails.
func newSite(t *testing.T, levers bool) *site {
	t.Helper()
	sandboxtest.Require(t, sandboxtest.Root, sandboxtest.Cgroup)
	sandboxtest.RequireToolchain(t, sandboxtest.Program("gcc"), sandboxtest.Program("python3"))
	adopt(t)
	dir, err := os.MkdirTemp("", "gavel-faults-")
	if err != nil {
		t.Fatal(err)
	}
	s := &site{dir: dir, order: order{filepath.Join(dir, "order")}, trees: map[string]bool{}}
	t.Cleanup(func() { s.close(t) })
	if err := s.open(t.Context(), levers); err != nil {
		t.Fatal(err)
	}
	return s
}

// adopt makes what killed workers leave running children of this process, so that it is seen.
func adopt(t *testing.T) {
	t.Helper()
	if err := unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); err != nil {
		t.Fatal(os.NewSyscallError("prctl", err))
	}
}

func (s *site) open(ctx context.Context, levers bool) error {
	built, err := buildPrograms(s.dir, levers)
	if err != nil {
		return err
	}
	problems := filepath.Join(s.dir, "problems")
	if err := writeProblem(filepath.Join(problems, problemName)); err != nil {
		return err
	}
	if s.servers, err = newServers(s.dir, built.nats, 3); err != nil {
		return err
	}
	if s.workers, err = newWorkers(s.dir, built.gavel, problems, s.order, s.servers, 3); err != nil {
		return err
	}
	// All at once: the workers look for a cluster that is not there yet, and then make its streams together.
	for _, w := range s.workers {
		if err := w.start(); err != nil {
			return err
		}
	}
	for _, server := range s.servers {
		if err := server.restart(ctx); err != nil {
			return err
		}
	}
	if s.conn, err = s.connect(ctx); err != nil {
		return err
	}
	for _, w := range s.workers {
		if err := poll(ctx, 2*time.Minute, w.name+" is ready", w.ready); err != nil {
			return err
		}
	}
	return nil
}

// connect reaches the servers without a proxy between.
func (s *site) connect(ctx context.Context) (*client.Conn, error) {
	var urls []string
	for _, server := range s.servers {
		urls = append(urls, server.url())
	}
	return client.Connect(ctx, client.Config{URL: strings.Join(urls, ","), Wait: time.Minute, ReconnectWait: 50 * time.Millisecond})
}

func (s *site) close(t *testing.T) {
	if s.conn != nil {
		s.conn.Close()
	}
	var errs []error
	for _, w := range s.workers {
		errs = append(errs, w.close())
	}
	for _, server := range s.servers {
		errs = append(errs, server.close())
	}
	errs = append(errs, s.settle(context.Background()), s.checkMounts())
	if err := errors.Join(errs...); err != nil {
		t.Error(err)
	}
	if t.Failed() {
		fmt.Printf("logs are kept in %s\n", s.dir)
		return
	}
	if err := os.RemoveAll(s.dir); err != nil {
		t.Error(err)
	}
}
