package queuetest

import (
	"io"
	"net"
	"sync"
	"testing"
)

// Relay passes connections on to an address until it is cut, and again after it was mended.
type Relay struct {
	listener net.Listener
	mu       sync.Mutex
	down     bool
	open     []net.Conn
	passing  sync.WaitGroup
}

func NewRelay(t testing.TB, to string) *Relay {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r := &Relay{listener: listener}
	r.passing.Go(func() {
		for {
			near, err := listener.Accept()
			if err != nil {
				return
			}
			far, err := net.Dial("tcp", to)
			if err != nil || !r.keep(near, far) {
				near.Close()
				continue
			}
			for _, way := range [][2]net.Conn{{near, far}, {far, near}} {
				r.passing.Go(func() {
					_, _ = io.Copy(way[0], way[1]) // until one of them is closed
					way[0].Close()
				})
			}
		}
	})
	t.Cleanup(func() {
		listener.Close()
		r.Cut(true)
		r.passing.Wait()
	})
	return r
}

func (r *Relay) keep(conns ...net.Conn) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.down {
		conns[1].Close()
		return false
	}
	r.open = append(r.open, conns...)
	return true
}

// Cut breaks every connection, and refuses new ones while it is down.
func (r *Relay) Cut(down bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.down = down
	for _, c := range r.open {
		c.Close()
	}
	r.open = nil
}

// URL is where clients connect.
func (r *Relay) URL() string { return "nats://" + r.listener.Addr().String() }
