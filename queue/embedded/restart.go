package embedded

import (
	"context"
	"errors"
	"net/url"
	"os"
	"strconv"
	"time"

	"golang.org/x/sys/unix"

	"github.com/gaveloj/gavel/queue/internal/retry"
)

// An embedded server whose disk was full takes nothing more, also not once there is room again: a stream that could not be
// written stays closed until the server starts anew. What was accepted is kept; what was not, its publisher knows.
const (
	restartCheck = time.Second
	restartRoom  = 16 << 20 // bytes that must fit before a new start is worth it
)

// restartLoop starts the server anew when its disk has failed and can be written again, until ctx ends.
func (e *Server) restartLoop(ctx context.Context) {
	failed := false
	for retry.Sleep(ctx, restartCheck) {
		failed = failed || e.log.diskHasFailed() || diskIsFull(e.cfg.Dir)
		if !failed || !e.writable() {
			continue
		}
		e.cfg.Log.Warn().Str("dir", e.cfg.Dir).Msg("embedded NATS server starts anew: its disk has room again")
		if err := e.restart(); err != nil {
			e.cfg.Log.Error().Err(err).Msg("embedded NATS server did not start anew")
			continue
		}
		failed = false
	}
}

// diskIsFull reports whether a disk has so little room that a stream may have failed for it. The server says so in its log
// alone, in words that another version may change: this does not depend on them.
func diskIsFull(dir string) bool {
	var disk unix.Statfs_t
	err := unix.Statfs(dir, &disk)
	return err == nil && disk.Bavail*uint64(disk.Bsize) < restartRoom
}

// restart lets a new server take the place of the old one. Where it cannot, the next round tries again.
func (e *Server) restart() error {
	at, err := url.Parse(e.url)
	if err != nil {
		return err
	}
	port, err := strconv.Atoi(at.Port())
	if err != nil {
		return err
	}
	old := e.srv.Load()
	old.Shutdown()
	old.WaitForShutdown()
	srv, said, err := startServer(e.cfg, at.Hostname(), port)
	if err == nil {
		e.srv.Store(srv)
		e.log = said
	}
	return err
}

// writable reports whether a file of some size can be stored where the streams are.
func (e *Server) writable() bool {
	probe, err := os.CreateTemp(e.cfg.Dir, "probe-")
	if err != nil {
		return false
	}
	_, err = probe.Write(make([]byte, restartRoom))
	err = errors.Join(err, probe.Sync(), probe.Close(), os.Remove(probe.Name()))
	return err == nil
}
