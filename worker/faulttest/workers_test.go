package faulttest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

const (
	stateMiB = 512             // the disk of one worker, in MiB
	ackWait  = 3 * time.Second // after which a silent worker loses its submissions
	grace    = 2 * time.Second // what a worker that is told to stop may still finish
	slots    = 2
)

// worker is one gavel serve.
type worker struct {
	process
	levers levers
	disk   disk
	links  []*proxy // one to each server
	// toolchain is what its C compiler needs.
	toolchain toolchain
}

// order is the file that says at which step a worker dies; all workers read the same.
type order struct{ file string }

func (o order) give(what, step string) error {
	temp := o.file + ".new"
	if err := os.WriteFile(temp, []byte(what+" "+step), 0o600); err != nil {
		return err
	}
	return os.Rename(temp, o.file)
}

// takeBack tells whether nobody had followed the order.
func (o order) takeBack() bool { return os.Remove(o.file) == nil }

func (o order) followed() bool {
	_, err := os.Stat(o.file)
	return errors.Is(err, os.ErrNotExist)
}

// newWorkers prepares workers that reach each server through a link of their own.
func newWorkers(dir, program, problems string, o order, servers []*server, count int) ([]*worker, error) {
	temp := filepath.Join(dir, "tmp")
	if err := os.MkdirAll(temp, 0o700); err != nil {
		return nil, err
	}
	var all []*worker
	for i := range count {
		w := &worker{}
		all = append(all, w)
		w.name = fmt.Sprint("w", i+1)
		w.logFile = filepath.Join(dir, w.name+".log")
		var errs [3]error
		w.levers, errs[0] = newLevers(filepath.Join(dir, w.name+".levers"))
		w.disk, errs[1] = newDisk(filepath.Join(dir, w.name), stateMiB)
		w.toolchain, errs[2] = newToolchain()
		if err := errors.Join(errs[:]...); err != nil {
			return all, err
		}
		table := filepath.Join(dir, w.name+".languages.yaml")
		if err := w.toolchain.languages("../testdata/languages.yaml", table); err != nil {
			return all, err
		}
		var urls []string
		for _, s := range servers {
			link, err := newProxy(fmt.Sprintf("127.0.0.1:%d", s.client))
			if err != nil {
				return all, err
			}
			w.links = append(w.links, link)
			urls = append(urls, "nats://"+link.address())
		}
		w.command = func() *exec.Cmd {
			cmd := exec.Command(program, "serve", "--name", w.name, "--state-dir", w.disk.dir, "--problems", problems,
				"--languages", table, "--slots", fmt.Sprint(slots), "--no-pin", "--http", "127.0.0.1:0",
				"--min-free-disk", "64MiB", "--min-free-memory", "0",
				"--nats-url", strings.Join(urls, ","), "--nats-wait", "0", "--nats-replicas", fmt.Sprint(len(servers)),
				"--ack-wait", ackWait.String(), "--tries", "1000", "--grace", grace.String(), "--log-format", "json")
			cmd.Env = append(os.Environ(), leversEnv+"="+w.levers.file, "GAVEL_FAULT_STEP="+o.file, "TMPDIR="+temp)
			return cmd
		}
	}
	return all, nil
}

func (w *worker) close() error {
	if w.alive() {
		_ = w.signal(unix.SIGCONT) // it may be stopped
		w.kill()
	}
	for _, link := range w.links {
		link.close()
	}
	return errors.Join(w.disk.close(), w.toolchain.close())
}

// cut treats all links of the worker the same.
func (w *worker) cut(l link, reset bool) {
	for _, p := range w.links {
		p.set(l, reset)
	}
}

// http is where the worker answers; "" until it takes submissions.
func (w *worker) http() string {
	var endpoint struct {
		PID  int    `json:"pid"`
		HTTP string `json:"http"`
	}
	data, err := os.ReadFile(filepath.Join(w.disk.dir, "worker.json"))
	if err != nil || json.Unmarshal(data, &endpoint) != nil || endpoint.PID != w.pid() {
		return ""
	}
	return endpoint.HTTP
}

func (w *worker) ready() bool {
	url := w.http()
	if url == "" {
		return false
	}
	client := http.Client{Timeout: time.Second}
	response, err := client.Get(url + "/readyz")
	if err != nil {
		return false
	}
	_ = response.Body.Close() // the status says it all
	client.CloseIdleConnections()
	return response.StatusCode == http.StatusOK
}

// restart lets a worker come back that was ended, and waits until it takes submissions; while the cluster is broken
// that may not be.
func (w *worker) restart(ctx context.Context) error {
	if err := w.start(); err != nil {
		return err
	}
	return poll(ctx, 2*time.Minute, w.name+" is ready", func() bool { return w.ready() || !w.alive() })
}
