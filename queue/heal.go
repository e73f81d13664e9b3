package queue

import (
	"context"
	"errors"
	"net/url"
	"os"
	"strconv"
	"time"
)

// An embedded server whose disk was full takes nothing more, also not once there is room again: a stream that could not be
// written stays closed until the server starts anew. What was accepted is kept; what was not, its publisher knows.
const (
	healEvery = time.Second
	healRoom  = 16 << 20 // bytes that must fit before a new start is worth it
)

// heal starts the server anew when its disk has failed and can be written again, until ctx ends.
func (e *Embedded) heal(ctx context.Context) {
	for pause(ctx, healEvery) {
		if !e.said.diskHasFailed() || !e.writable() {
			continue
		}
		e.cfg.Log.Warn().Str("dir", e.cfg.Dir).Msg("embedded NATS server starts anew: its disk has room again")
		if err := e.restart(); err != nil {
			e.cfg.Log.Error().Err(err).Msg("embedded NATS server did not start anew")
		}
	}
}

// restart lets a new server take the place of the old one. Where it cannot, the next look tries again.
func (e *Embedded) restart() error {
	at, err := url.Parse(e.url)
	if err != nil {
		return err
	}
	port, err := strconv.Atoi(at.Port())
	if err != nil {
		return err
	}
	e.srv.Shutdown()
	e.srv.WaitForShutdown()
	srv, said, err := startServer(e.cfg, at.Hostname(), port)
	if err == nil {
		e.srv, e.said = srv, said
	}
	return err
}

// writable tries whether a file of some size can be stored where the streams are.
func (e *Embedded) writable() bool {
	probe, err := os.CreateTemp(e.cfg.Dir, "probe-")
	if err != nil {
		return false
	}
	_, err = probe.Write(make([]byte, healRoom))
	err = errors.Join(err, probe.Sync(), probe.Close(), os.Remove(probe.Name()))
	return err == nil
}
