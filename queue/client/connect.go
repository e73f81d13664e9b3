package client

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/gaveloj/gavel/queue/internal/retry"
)

// DefaultURL is where an embedded server listens unless told otherwise.
const DefaultURL = "nats://127.0.0.1:4222"

// DefaultConnectWait is how long Connect tries before it gives up.
const DefaultConnectWait = 10 * time.Second

// Config says which server to use and who asks. That of gavel serve asks for the key in the file nats.nk of its state directory.
type Config struct {
	// URL is one server, or several of one cluster with commas between. "" means DefaultURL. Use "tls://" to insist on TLS.
	URL string
	// InProcess, where it is set, is a server in this process, of which URL is the address for others. It is talked to
	// without a socket.
	InProcess nats.InProcessConnProvider
	// Name is what the server's operator sees. "" means "gavel".
	Name string
	// CredsFile holds a JWT and its NKey seed, as `nsc` writes it.
	CredsFile string
	// NKeyFile holds the seed of an NKey, as `nk -gen user` and gavel serve write it. The server never gets to see it.
	NKeyFile string
	// User and Password, where the server asks for them. Never logged, and never part of an error. Only one of CredsFile,
	// NKeyFile and User may be set.
	User, Password string
	// CAFile holds the authorities that may have signed the server's certificate, in PEM; "" means the system's.
	CAFile string
	// CertFile and KeyFile are the client's certificate for mutual TLS, in PEM. Both or none.
	CertFile, KeyFile string
	// Wait is how long Connect tries to reach the server. 0 means DefaultConnectWait; negative means until its context
	// ends.
	Wait time.Duration
	// ReconnectWait is the pause between two tries. 0 means 250 ms.
	ReconnectWait time.Duration
	// Unreachable is called with why, after each try of Connect that failed and will be followed by another. It may be nil.
	Unreachable func(error)
	// Lost and Restored are called when the connection is lost and when it is back, Trouble with what goes wrong in
	// between. Each may be nil.
	Lost     func(error)
	Restored func()
	Trouble  func(error)
}

// Validate refuses what can never connect.
func (c Config) Validate() error {
	if (c.CertFile == "") != (c.KeyFile == "") {
		return errors.New("client certificate: set both the certificate file and the key file, or none")
	}
	if err := CheckCredentials(c.CredsFile, c.NKeyFile, c.User, c.Password); err != nil {
		return err
	}
	for _, file := range []string{c.CredsFile, c.NKeyFile, c.CAFile, c.CertFile, c.KeyFile} {
		if err := checkReadable(file); err != nil {
			return err
		}
	}
	for _, server := range c.servers() {
		if _, err := url.Parse(server); err != nil {
			return fmt.Errorf("server URL %q: want something like %s", redact(server), DefaultURL)
		}
	}
	return nil
}

// CheckCredentials refuses more than one way to say who asks.
func CheckCredentials(credsFile, nkeyFile, user, password string) error {
	ways := 0
	for _, way := range []string{credsFile, nkeyFile, user} {
		if way != "" {
			ways++
		}
	}
	switch {
	case ways > 1:
		return errors.New("credentials: give one of a credentials file, the file of an NKey, and a user with a password")
	case user == "" && password != "":
		return errors.New("credentials: there is a password and no user")
	case user != "" && password == "":
		return errors.New("credentials: there is a user and no password")
	}
	return nil
}

func checkReadable(file string) error {
	if file == "" {
		return nil
	}
	f, err := os.Open(file)
	if err != nil {
		return fmt.Errorf("read connection file: %w", err)
	}
	return f.Close()
}

func (c Config) url() string {
	if c.URL == "" {
		return DefaultURL
	}
	return c.URL
}

func (c Config) servers() []string {
	var servers []string
	for s := range strings.SplitSeq(c.url(), ",") {
		servers = append(servers, strings.TrimSpace(s))
	}
	return servers
}

// RedactedURL is the URL without its passwords, for logs and errors.
func (c Config) RedactedURL() string {
	servers := c.servers()
	for i, s := range servers {
		servers[i] = redact(s)
	}
	return strings.Join(servers, ",")
}

func redact(server string) string {
	u, err := url.Parse(server)
	if err != nil {
		// Passwords may hold anything, another @ too.
		if at := strings.LastIndexByte(server, '@'); at >= 0 {
			return "..." + server[at+1:]
		}
		return server
	}
	if u.User != nil {
		u.User = url.User("...") // the user part may be a token
	}
	return u.String()
}

// Conn is a connection to a server, which comes back by itself whenever it is lost.
type Conn struct {
	nc  *nats.Conn
	js  jetstream.JetStream
	url string // redacted
}

// Connect reaches a server that has JetStream. An unreachable server is an error that names it, after cfg.Wait;
// a server that refuses who asks is one at once. A connection that is lost later is tried again for ever.
func Connect(ctx context.Context, cfg Config) (*Conn, error) {
	if err := cfg.Validate(); err != nil {
		return nil, fmt.Errorf("connect to NATS: %w", err)
	}
	wait := cfg.Wait
	if wait == 0 {
		wait = DefaultConnectWait
	}
	if wait > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, wait, fmt.Errorf("no answer within %v", wait))
		defer cancel()
	}
	opts, err := options(cfg)
	if err != nil {
		return nil, fmt.Errorf("connect to NATS at %s: %w", cfg.RedactedURL(), err)
	}
	nc, err := dial(ctx, cfg, opts)
	if err != nil {
		return nil, fmt.Errorf("connect to NATS at %s: %w; %s", cfg.RedactedURL(), err, remedy(err))
	}
	js, err := jetstream.New(nc)
	if err != nil {
		nc.Close()
		return nil, fmt.Errorf("use JetStream of %s: %w", cfg.RedactedURL(), err)
	}
	return &Conn{nc: nc, js: js, url: cfg.RedactedURL()}, nil
}

// dial tries until a server answers, refuses, or ctx ends.
func dial(ctx context.Context, cfg Config, opts []nats.Option) (nc *nats.Conn, err error) {
	err = retry.Do(ctx, retry.Every(cfg.reconnectWait()), func() (again bool, err error) {
		nc, err = nats.Connect(cfg.url(), opts...)
		if errors.Is(err, nats.ErrNoServers) {
			err = errRefused // of an address that refuses, the library says only that there is no other one
		}
		again = err != nil && !permanent(err)
		if again && cfg.Unreachable != nil {
			cfg.Unreachable(err)
		}
		return again, err
	})
	return nc, err
}

// errRefused says that there is a host, and that nobody listens there.
var errRefused = errors.New("nothing listens there")

// remedy says what may help.
func remedy(err error) string {
	switch {
	case errors.Is(err, nats.ErrAuthorization):
		return "give credentials that the server knows; for the server of gavel serve, the NKey in the file nats.nk of its state directory"
	case errors.Is(err, nats.ErrNkeysNotSupported):
		return "this is another server than the one that the key is for"
	}
	return "is the server running, and is the address right?"
}

// permanent reports whether trying again cannot help.
func permanent(err error) bool {
	var untrusted *tls.CertificateVerificationError
	var refused *net.OpError // with this Op it is an alert of TLS: "certificate required", "unknown certificate authority"
	return errors.Is(err, nats.ErrAuthorization) || errors.Is(err, nats.ErrNkeysNotSupported) || errors.Is(err, nats.ErrAuthExpired) ||
		errors.Is(err, nats.ErrSecureConnWanted) || errors.Is(err, nats.ErrSecureConnRequired) ||
		errors.As(err, &untrusted) || errors.As(err, &refused) && refused.Op == "remote error"
}

func (c Config) reconnectWait() time.Duration {
	if c.ReconnectWait > 0 {
		return c.ReconnectWait
	}
	return 250 * time.Millisecond
}

func options(cfg Config) ([]nats.Option, error) {
	name := cfg.Name
	if name == "" {
		name = "gavel"
	}
	opts := []nats.Option{
		nats.Name(name),
		nats.Timeout(2 * time.Second),
		nats.MaxReconnects(-1),
		nats.IgnoreAuthErrorAbort(), // a server that loses its user table for a minute must not end the worker
		nats.ReconnectWait(cfg.reconnectWait()),
		nats.ReconnectJitter(cfg.reconnectWait()/2, cfg.reconnectWait()/2),
		// Nothing is kept for later while the connection is lost: each caller knows whether its message still makes
		// sense, and tries again itself.
		nats.ReconnectBufSize(-1),
		// A dead peer is found within 20 s to 30 s.
		nats.PingInterval(10 * time.Second),
		nats.MaxPingsOutstanding(2),
	}
	opts = append(opts, observers(cfg)...)
	if cfg.InProcess != nil {
		opts = append(opts, nats.InProcessServer(cfg.InProcess))
	}
	if cfg.CredsFile != "" {
		opts = append(opts, nats.UserCredentials(cfg.CredsFile))
	}
	if cfg.NKeyFile != "" {
		key, err := nats.NkeyOptionFromSeed(cfg.NKeyFile)
		if err != nil {
			return nil, fmt.Errorf("read NKey from %s: %w: want a seed, which starts with SU", cfg.NKeyFile, err)
		}
		opts = append(opts, key)
	}
	if cfg.User != "" {
		opts = append(opts, nats.UserInfo(cfg.User, cfg.Password))
	}
	if cfg.CAFile != "" {
		opts = append(opts, nats.RootCAs(cfg.CAFile))
	}
	if cfg.CertFile != "" {
		opts = append(opts, nats.ClientCert(cfg.CertFile, cfg.KeyFile))
	}
	return opts, nil
}

// observers are the handlers that report the state of the connection.
func observers(cfg Config) []nats.Option {
	var opts []nats.Option
	if cfg.Lost != nil {
		opts = append(opts, nats.DisconnectErrHandler(func(_ *nats.Conn, err error) { cfg.Lost(err) }))
	}
	if cfg.Restored != nil {
		opts = append(opts, nats.ReconnectHandler(func(*nats.Conn) { cfg.Restored() }))
	}
	// Without a handler the library prints to standard error.
	return append(opts, nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) {
		if cfg.Trouble != nil {
			cfg.Trouble(err)
		}
	}))
}

// Connected reports whether the server can be reached now.
func (c *Conn) Connected() bool { return c.nc.IsConnected() }

// denied reports whether the last thing that the server refused on this connection was a message to the subject. It
// does not answer that message: the refusal comes by itself.
func (c *Conn) denied(subject string) bool {
	err := c.nc.LastError()
	return errors.Is(err, nats.ErrPermissionViolation) && strings.Contains(err.Error(), "\""+subject+"\"")
}

// NATS is the connection itself. It belongs to c.
func (c *Conn) NATS() *nats.Conn { return c.nc }

// JetStream is the connection's way to streams.
func (c *Conn) JetStream() jetstream.JetStream { return c.js }

// URL is the address of the server without its passwords.
func (c *Conn) URL() string { return c.url }

// Close sends what is still in the buffer and ends the connection.
func (c *Conn) Close() {
	if c.nc.IsConnected() {
		_ = c.nc.FlushTimeout(2 * time.Second) // what could not be sent will be delivered again
	}
	c.nc.Close()
}
