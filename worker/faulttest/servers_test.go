package faulttest

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/gaveloj/gavel/queue/queuetest"
	"golang.org/x/sys/unix"
)

// storeMiB is the disk of one server, in MiB: what a whole run stores fits in many times.
const storeMiB = 256

// server is one node of the cluster.
type server struct {
	process
	levers levers
	disk   disk
	client int               // port for clients
	routes int               // port for other servers
	links  map[string]*proxy // by name of the server that connects here
}

func (s *server) url() string { return fmt.Sprintf("nats://127.0.0.1:%d", s.client) }

// serverConfig is as in configs/nats, with two differences: nobody is told of addresses, which would lead around the
// proxies, and peers that hang are found sooner.
const serverConfig = `
server_name: %s
listen: "127.0.0.1:%d"
max_payload: 48MB
max_pending: 512MB
ping_interval: "5s"
jetstream { store_dir: "%s", max_file_store: 1TB }
cluster {
  name: faults
  listen: "127.0.0.1:%d"
  advertise: "127.0.0.1:9"
  no_advertise: true
  pool_size: -1
  routes: [ %s ]
}
`

// newServers prepares a cluster.
func newServers(dir, program string, count int) ([]*server, error) {
	var all []*server
	for i := range count {
		s := &server{links: map[string]*proxy{}}
		all = append(all, s)
		s.name = fmt.Sprint("n", i+1)
		var errs [4]error
		s.client, errs[0] = queuetest.FreePort()
		s.routes, errs[1] = queuetest.FreePort()
		s.levers, errs[2] = newLevers(filepath.Join(dir, s.name+".levers"))
		s.disk, errs[3] = newDisk(filepath.Join(dir, s.name), storeMiB)
		if err := errors.Join(errs[:]...); err != nil {
			return all, err
		}
		config := filepath.Join(dir, s.name+".conf")
		s.logFile = filepath.Join(dir, s.name+".log")
		s.command = func() *exec.Cmd {
			cmd := exec.Command(program, "-c", config)
			cmd.Env = append(os.Environ(), leversEnv+"="+s.levers.file)
			return cmd
		}
	}
	for _, s := range all {
		if err := s.configure(filepath.Join(dir, s.name+".conf"), all); err != nil {
			return all, err
		}
	}
	return all, nil
}

// configure writes the file of s, which reaches each other server through a link of its own.
func (s *server) configure(file string, all []*server) error {
	var routes []string
	for _, other := range all {
		if other == s {
			continue
		}
		link, err := newProxy(fmt.Sprintf("127.0.0.1:%d", other.routes))
		if err != nil {
			return err
		}
		other.links[s.name] = link
		routes = append(routes, "nats-route://"+link.address())
	}
	config := fmt.Sprintf(serverConfig, s.name, s.client, s.disk.dir, s.routes, strings.Join(routes, ", "))
	return os.WriteFile(file, []byte(config), 0o600)
}

// close ends the server for good.
func (s *server) close() error {
	if s.alive() {
		_ = s.signal(unix.SIGCONT) // it may be stopped
		s.kill()
	}
	for _, link := range s.links {
		link.close()
	}
	return s.disk.close()
}

// restart lets a server come back that was ended.
func (s *server) restart(ctx context.Context) error {
	if err := s.start(); err != nil {
		return err
	}
	return poll(ctx, time.Minute, s.name+" listens", func() bool {
		conn, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", s.client))
		if err != nil {
			return false
		}
		_ = conn.Close() // nothing was sent
		return true
	})
}
