package faulttest

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// process is a child of the test, which may be started, broken and started again.
type process struct {
	name    string
	command func() *exec.Cmd
	logFile string

	mu  sync.Mutex
	now *life // nil before the first start; guarded by mu
}

// life is a process from its start to its end.
type life struct {
	pid   int
	ended chan struct{} // closed when the process has ended and was waited for
	err   error         // how it ended; read after ended
}

func (p *process) start() error {
	log, err := os.OpenFile(p.logFile, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	cmd := p.command()
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = &unix.SysProcAttr{Setpgid: true} // a key pressed at the terminal is not for them
	p.mu.Lock()
	defer p.mu.Unlock()
	err = cmd.Start()
	_ = log.Close() // the child has its own
	if err != nil {
		return fmt.Errorf("start %s: %w", p.name, err)
	}
	l := &life{pid: cmd.Process.Pid, ended: make(chan struct{})}
	p.now = l
	go func() { // ends with the process, which close waits for
		l.err = cmd.Wait()
		close(l.ended)
	}()
	return nil
}

func (p *process) life() *life {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.now
}

// pid is that of the process, or of the last one when it has ended; 0 before the first.
func (p *process) pid() int {
	if l := p.life(); l != nil {
		return l.pid
	}
	return 0
}

func (p *process) alive() bool {
	l := p.life()
	if l == nil {
		return false
	}
	select {
	case <-l.ended:
		return false
	default:
		return true
	}
}

// signal is sent to the process alone, not to what it started.
func (p *process) signal(sig unix.Signal) error {
	if !p.alive() {
		return fmt.Errorf("%s does not run", p.name)
	}
	return unix.Kill(p.pid(), sig)
}

// kill ends the process without a chance to do anything, and waits.
func (p *process) kill() {
	if p.alive() {
		_ = unix.Kill(p.pid(), unix.SIGKILL) // it may have ended just now
		<-p.life().ended
	}
}

// terminate asks the process to end, and waits.
func (p *process) terminate(ctx context.Context) error {
	if err := p.signal(unix.SIGTERM); err != nil {
		return err
	}
	if err := p.await(ctx, time.Minute); err != nil {
		return err
	}
	return p.life().err
}

// await waits until the process has ended.
func (p *process) await(ctx context.Context, most time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, most)
	defer cancel()
	select {
	case <-p.life().ended:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("%s has not ended after %v", p.name, most)
	}
}

// stopped tells whether the process was stopped by a signal.
func (p *process) stopped() bool { return p.alive() && stat(p.pid()).state == 'T' }

// processStat is what /proc tells about a process.
type processStat struct {
	pid, parent int
	state       byte
	command     string
}

func stat(pid int) processStat {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return processStat{} // it is gone
	}
	// "PID (COMMAND) STATE PPID ..."; the command may hold anything, a parenthesis too.
	start, end := bytes.IndexByte(data, '('), bytes.LastIndexByte(data, ')')
	fields := bytes.Fields(data[end+1:])
	parent, err := strconv.Atoi(string(fields[1]))
	if err != nil {
		return processStat{}
	}
	return processStat{pid: pid, parent: parent, state: fields[0][0], command: string(data[start+1 : end])}
}

// pause waits for d. It tells false when ctx ended first.
func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// poll asks again and again until ok says yes.
func poll(ctx context.Context, most time.Duration, what string, ok func() bool) error {
	ctx, cancel := context.WithTimeout(ctx, most)
	defer cancel()
	for !ok() {
		if !pause(ctx, 20*time.Millisecond) {
			return fmt.Errorf("waited %v until %s: %w", most, what, context.Cause(ctx))
		}
	}
	return nil
}
