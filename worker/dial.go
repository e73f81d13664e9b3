package main

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/gaveloj/gavel/client"
)

// dial makes a client of the configured server, or else of that of the worker on this host. done ends its connection.
func (s natsSettings) dial(ctx context.Context, stateDir string) (platform *client.Client, done func(), err error) {
	if s.URL != "" {
		conn, err := s.connect(ctx, string(s.URL))
		if err != nil {
			return nil, nil, err
		}
		return client.New(conn), conn.Close, nil
	}
	at, _ := findEndpoint(stateDir) // without one, where an embedded server listens unless told otherwise
	conn, err := s.connect(ctx, at.NATS)
	if err != nil {
		return nil, nil, fmt.Errorf("%w\nStart gavel serve on this host, or name the server with --nats-url URL", err)
	}
	stop := followEndpoint(conn, stateDir)
	return client.New(conn), func() { stop(); conn.Close() }, nil
}

// platform is dial for a command that needs nothing else of the state directory.
func (s natsSettings) platform(ctx context.Context, settings stateSettings) (platform *client.Client, done func(), err error) {
	if err := s.validate(); err != nil {
		return nil, nil, err
	}
	dir, err := settings.dir()
	if err != nil {
		return nil, nil, err
	}
	return s.dial(ctx, dir)
}

// followEndpoint brings a lost connection to where the worker of this host has come back, perhaps on another port. The
// stop function waits for the goroutine.
func followEndpoint(conn *client.Conn, stateDir string) (stop func()) {
	done := make(chan struct{})
	var looking sync.WaitGroup
	looking.Go(func() {
		tick := time.NewTicker(250 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
			case <-done:
				return
			}
			if at, ok := findEndpoint(stateDir); ok && !conn.Connected() {
				_ = conn.NATS().SetServerPool([]string{at.NATS}) // a file that cannot be right is read again
			}
		}
	})
	return func() { close(done); looking.Wait() }
}
