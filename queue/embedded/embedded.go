package embedded

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/rs/zerolog"
)

// MaxPayload is the largest message that an embedded server takes, in bytes: a submission of message.MaxMessage, and the same
// wrapped as a dead letter. configs/nats/nats-server.conf asks the same of an outside server.
const MaxPayload = 48 << 20

const (
	// MaxPending is how much one client may leave unread before the server hangs up. It must hold a large submission
	// for each of several slots; the server's own default of 64 MiB holds two.
	MaxPending = 512 << 20
	// maxStore is what all streams may reserve together. The server's own default is a part of the free disk space at
	// start, which would refuse the streams on a small disk before anything was stored.
	maxStore = 1 << 40
	// startWait is how long an embedded server may take to read its streams at start.
	startWait = 60 * time.Second
)

// EmbeddedConfig says where an embedded server keeps its streams, and where it listens.
type Config struct {
	// Dir holds the streams. It is made when it does not exist. One server at a time may use it.
	Dir string
	// Address is host:port. Port 0 takes a free one. "" means 127.0.0.1:4222.
	Address string
	// NKey is the public key whose seed a client must have; who has it may do everything. "" asks for nothing, so that
	// everybody who reaches the address may do everything: it is refused beyond loopback.
	NKey string
	// SyncAlways has every message on the disk itself before it is accepted. Without it, an accepted message survives
	// the death of the process at once, and the loss of power after up to SyncEvery; with it, at once too, at about
	// a sixth of the speed (measured: 4,900 against 570 to 930 messages a second, and 1.0 against 0.14 ms for one
	// submission after the other, BenchmarkSubmit, 2026-11-30).
	SyncAlways bool
	// SyncEvery is how often everything is written through to the disk without SyncAlways. 0 means two minutes.
	SyncEvery time.Duration
	// Log gets what the server has to say at warn and above. The zero value logs nothing.
	Log zerolog.Logger
}

// Embedded is a NATS server with JetStream on file storage in this process.
type Server struct {
	cfg  Config
	url  string
	lock *os.File // holds the flock on the directory

	stop context.CancelFunc
	loop sync.WaitGroup
	srv  atomic.Pointer[server.Server] // set by loop until it has ended
	log  *serverLog                    // by srv; owned by loop
}

// StartEmbedded starts a server and returns when it takes connections. A directory that another server uses, an
// address that is taken and a store that cannot be read are errors that name them.
func Start(cfg Config) (*Server, error) {
	host, port, err := splitAddress(cfg.Address)
	if err != nil {
		return nil, fmt.Errorf("start embedded NATS server: %w", err)
	}
	if cfg.NKey == "" && !IsLoopback(host) {
		return nil, fmt.Errorf("start embedded NATS server: listen address %s is beyond loopback, and no key is asked for", cfg.Address)
	}
	lock, err := lockDir(cfg.Dir)
	if err != nil {
		return nil, fmt.Errorf("start embedded NATS server: %w", err)
	}
	srv, said, err := startServer(cfg, host, port)
	if err != nil {
		_ = lock.Close() // frees the lock; nothing was written
		return nil, fmt.Errorf("start embedded NATS server on %s: %w", net.JoinHostPort(host, strconv.Itoa(port)), err)
	}
	e := &Server{cfg: cfg, url: srv.ClientURL(), lock: lock, log: said}
	e.srv.Store(srv)
	ctx, stop := context.WithCancel(context.Background())
	e.stop = stop
	e.loop.Go(func() { e.restartLoop(ctx) })
	return e, nil
}

func splitAddress(address string) (host string, port int, err error) {
	if address == "" {
		address = "127.0.0.1:4222"
	}
	host, text, err := net.SplitHostPort(address)
	if err != nil {
		return "", 0, fmt.Errorf("listen address %q: want host:port", address)
	}
	port, err = strconv.Atoi(text)
	if err != nil || port < 0 || port > 65535 {
		return "", 0, fmt.Errorf("listen address %q: port must be 0 to 65535", address)
	}
	return host, port, nil
}

// IsLoopback reports whether a host to listen on can be reached from this machine alone. A name other than localhost may mean
// any address, and "" means all of them.
func IsLoopback(host string) bool {
	return host == "localhost" || net.ParseIP(host).IsLoopback()
}

// authTimeout is how many seconds a client may take to sign what the server sent. The server's own default of 2 s is too
// little on a host whose cores are all judging.
const authTimeout = 10

func startServer(cfg Config, host string, port int) (*server.Server, *serverLog, error) {
	if port == 0 {
		port = server.RANDOM_PORT
	}
	srv, err := server.NewServer(&server.Options{
		ServerName:        "gavel-embedded",
		Host:              host,
		Port:              port,
		JetStream:         true,
		StoreDir:          filepath.Join(cfg.Dir, "nats"),
		JetStreamMaxStore: maxStore,
		MaxPayload:        MaxPayload,
		MaxPending:        MaxPending,
		SyncAlways:        cfg.SyncAlways,
		SyncInterval:      cfg.SyncEvery,
		Nkeys:             users(cfg.NKey),
		AuthTimeout:       authTimeout,
		NoSigs:            true, // the worker handles signals
	})
	if err != nil {
		return nil, nil, err
	}
	log := &serverLog{log: cfg.Log}
	srv.SetLoggerV2(log, false, false, false)
	srv.Start()
	if err := awaitReady(srv, log); err != nil {
		srv.Shutdown()
		srv.WaitForShutdown()
		return nil, nil, err
	}
	return srv, log, nil
}

// users are those who may connect; nil lets everybody in.
func users(key string) []*server.NkeyUser {
	if key == "" {
		return nil
	}
	return []*server.NkeyUser{{Nkey: key}}
}

// awaitReady waits until the server takes connections, or has said why it does not.
func awaitReady(srv *server.Server, log *serverLog) error {
	for deadline := time.Now().Add(startWait); time.Now().Before(deadline); {
		ready := srv.ReadyForConnections(100 * time.Millisecond)
		if err := log.fatal(); err != nil {
			return err
		}
		if ready {
			return nil
		}
	}
	return fmt.Errorf("not ready within %v", startWait)
}

// URL is where clients connect.
func (e *Server) URL() string { return e.url }

// InProcessConn connects a client in this process, which must have the key like every other. A submission spends about a
// fifth less time in the queue than by way of a socket (BenchmarkOverhead).
func (e *Server) InProcessConn() (net.Conn, error) { return e.srv.Load().InProcessConn() }

// Stop ends the server after everything that it accepted is on disk, and frees the directory. It may be called twice.
func (e *Server) Stop() error {
	e.stop()
	e.loop.Wait()
	srv := e.srv.Load()
	srv.Shutdown()
	srv.WaitForShutdown()
	if err := e.lock.Close(); err != nil && !errors.Is(err, os.ErrClosed) {
		return fmt.Errorf("unlock embedded NATS server: %w", err)
	}
	return nil
}
