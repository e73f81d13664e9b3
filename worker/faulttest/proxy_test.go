package faulttest

import (
	"net"
	"sync"
)

// direction is one of the two ways through a proxy.
type direction int

const (
	toServer direction = iota
	toClient
)

// link is how a proxy treats what passes.
type link struct {
	refuse bool    // connections are cut, and new ones too
	hold   [2]bool // by direction: bytes wait until the link is healed
}

var (
	healthy = link{}
	cut     = link{refuse: true}
	stalled = link{hold: [2]bool{true, true}}
	half    = link{hold: [2]bool{toClient: true}} // one side is heard, and hears nothing
)

// proxy stands between somebody who connects and a server.
type proxy struct {
	listener net.Listener
	target   string
	running  sync.WaitGroup

	mu      sync.Mutex
	link    link                  // guarded by mu
	changed chan struct{}         // closed when the link changes; guarded by mu
	conns   map[net.Conn]struct{} // guarded by mu
}

func newProxy(target string) (*proxy, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	p := &proxy{listener: l, target: target, changed: make(chan struct{}), conns: map[net.Conn]struct{}{}}
	p.running.Go(p.accept)
	return p, nil
}

func (p *proxy) address() string { return p.listener.Addr().String() }

// set changes the link. reset also cuts what is connected, as a lost network does that comes back too late.
func (p *proxy) set(l link, reset bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.link = l
	close(p.changed)
	p.changed = make(chan struct{})
	if l.refuse || reset {
		p.hangUp()
	}
}

// hangUp is called with mu held.
func (p *proxy) hangUp() {
	for conn := range p.conns {
		_ = conn.Close() // both sides see it; nothing to lose
	}
	clear(p.conns)
}

func (p *proxy) close() {
	_ = p.listener.Close() // ends accept
	p.mu.Lock()
	p.link = cut
	close(p.changed)
	p.changed = make(chan struct{})
	p.hangUp()
	p.mu.Unlock()
	p.running.Wait()
}

func (p *proxy) accept() {
	for {
		conn, err := p.listener.Accept()
		if err != nil {
			return // closed
		}
		if p.hold(conn) {
			p.running.Go(func() { p.serve(conn) })
		}
	}
}

// hold keeps a connection to be cut later, or cuts it now.
func (p *proxy) hold(conn net.Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.link.refuse {
		_ = conn.Close() // nothing was sent
		return false
	}
	p.conns[conn] = struct{}{}
	return true
}

func (p *proxy) drop(conn net.Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.conns, conn)
	_ = conn.Close() // it may be closed already
}

func (p *proxy) serve(conn net.Conn) {
	defer p.drop(conn)
	if !p.pass(conn, toServer) {
		return
	}
	server, err := net.Dial("tcp", p.target)
	if err != nil || !p.hold(server) {
		return
	}
	defer p.drop(server)
	var back sync.WaitGroup
	back.Go(func() {
		p.pump(conn, server, toClient)
		_ = conn.Close() // ends the other direction
	})
	p.pump(server, conn, toServer)
	_ = server.Close() // ends the other direction
	back.Wait()
}

func (p *proxy) pump(to, from net.Conn, d direction) {
	buffer := make([]byte, 64<<10)
	for {
		n, err := from.Read(buffer)
		if err != nil || !p.pass(from, d) {
			return
		}
		if _, err := to.Write(buffer[:n]); err != nil {
			return
		}
	}
}

// pass waits until the link lets bytes through in that direction. It tells false when the connection was cut meanwhile.
func (p *proxy) pass(conn net.Conn, d direction) bool {
	for {
		p.mu.Lock()
		_, connected := p.conns[conn]
		held, changed := p.link.hold[d], p.changed
		p.mu.Unlock()
		if !connected || !held {
			return connected
		}
		<-changed
	}
}
