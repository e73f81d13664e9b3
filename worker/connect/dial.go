package connect

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"github.com/gaveloj/gavel/queue/client"
	"github.com/gaveloj/gavel/worker/settings"
	"github.com/gaveloj/gavel/worker/state"
	"github.com/gaveloj/gavel/worker/terminal"
)

// StartWorker is what to do where a command finds no worker.
const StartWorker = "Start gavel serve on this host, or name the server with --nats-url URL"

// Dial makes a client of the configured server, or else of that of the worker on this host. done ends its connection.
func (s Settings) Dial(ctx context.Context, out *terminal.Output, stateDir string) (platform *client.Client, done func(), err error) {
	if s.URL != "" {
		conn, err := s.connectVisibly(ctx, out, string(s.URL))
		if err != nil {
			return nil, nil, err
		}
		return client.New(conn), conn.Close, nil
	}
	if !awaitLocalWorker(ctx, stateDir) {
		return nil, nil, fmt.Errorf("no worker with the state directory %s is running, and nothing listens at %s\n%s",
			stateDir, localURL(stateDir), StartWorker)
	}
	conn, err := s.OfLocalWorker(stateDir).connectVisibly(ctx, out, localURL(stateDir))
	if err != nil {
		return nil, nil, fmt.Errorf("%w\n%s", err, StartWorker)
	}
	stop := followEndpoint(conn, stateDir)
	return client.New(conn), func() { stop(); conn.Close() }, nil
}

// Platform is dial for a command that needs nothing else of the state directory.
func (s Settings) Platform(ctx context.Context, out *terminal.Output, state settings.State) (platform *client.Client, done func(), err error) {
	if err := s.Check(); err != nil {
		return nil, nil, err
	}
	dir, err := state.Dir()
	if err != nil {
		return nil, nil, err
	}
	return s.Dial(ctx, out, dir)
}

// silentWait is how long a command whose stderr is no terminal says nothing while it connects.
const silentWait = time.Second

// connectVisibly reaches the server at url. It says so, and why it has not got there yet: on a terminal at once, else when that
// takes long.
func (s Settings) connectVisibly(ctx context.Context, out *terminal.Output, url string) (*client.Conn, error) {
	attempt := "connecting to " + client.Config{URL: url}.RedactedURL()
	if wait := s.Wait.Duration(); wait > 0 {
		attempt += fmt.Sprintf(" for up to %v", wait)
	}
	out.Progressf("%s", attempt)
	defer out.Done()
	failed := make(chan error, 1) // the first failure
	if !out.Progress {
		defer time.AfterFunc(silentWait, func() {
			select {
			case err := <-failed:
				out.Notef("%s: %v", attempt, err)
			default:
				out.Note(attempt)
			}
		}).Stop()
	}
	return s.connect(ctx, url, func(err error) {
		select {
		case failed <- err:
			out.Progressf("%s: %v", attempt, err)
		default:
		}
	})
}

// localURL is where the worker on this host listens: as its endpoint says, else where an embedded server does unless
// configured otherwise.
func localURL(stateDir string) string {
	if at, ok := state.FindEndpoint(stateDir); ok {
		return at.NATS
	}
	return client.DefaultURL
}

// OfLocalWorker are the settings with the key of the worker on this host, unless they have credentials of their own. Where the
// worker has not said yet what it asks for, it is the key that lies ready.
func (s Settings) OfLocalWorker(stateDir string) Settings {
	if s.Credentials != "" || s.NKey != "" || s.User != "" {
		return s
	}
	if at, ok := state.FindEndpoint(stateDir); ok {
		s.NKey = at.NKey
	} else if file, ok := state.FindNATSKey(stateDir); ok {
		s.NKey = file
	}
	return s
}

// localWorkerWait is how long a worker on this host that has just been started may take to lock its state directory.
const localWorkerWait = time.Second

// awaitLocalWorker reports whether it makes sense to connect to the worker on this host: something listens where it
// would, or one has locked the state directory and is starting. A refused connection alone says it within a millisecond,
// and a command need not wait for --nats-wait then.
func awaitLocalWorker(ctx context.Context, stateDir string) bool {
	tick := time.NewTicker(localWorkerWait / 20)
	defer tick.Stop()
	deadline := time.Now().Add(localWorkerWait)
	for {
		if !refuses(ctx, localURL(stateDir)) || state.Locked(stateDir) {
			return true
		}
		if time.Now().After(deadline) {
			return false
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return true // connecting says that it was interrupted
		}
	}
}

// refuses reports whether nothing listens at a URL. What cannot be found out is not a refusal.
func refuses(ctx context.Context, server string) bool {
	u, err := url.Parse(server)
	if err != nil {
		return false
	}
	ctx, cancel := context.WithTimeout(ctx, localWorkerWait)
	defer cancel()
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", u.Host)
	if err == nil {
		_ = conn.Close() // nothing was written
	}
	return errors.Is(err, unix.ECONNREFUSED)
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
			if at, ok := state.FindEndpoint(stateDir); ok && !conn.Connected() {
				_ = conn.NATS().SetServerPool([]string{at.NATS}) // a file that cannot be right is read again
			}
		}
	})
	return func() { close(done); looking.Wait() }
}
