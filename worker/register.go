package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"

	"github.com/gaveloj/gavel/client"
	"github.com/gaveloj/gavel/message"
	"github.com/gaveloj/gavel/queue"
	"github.com/gaveloj/gavel/sandbox"
)

// details is what the registry is told once the workbench is open. The zero value is a worker that starts.
type details struct {
	of atomic.Pointer[message.WorkerInfo]
}

// set notes what the workbench offers.
func (d *details) set(w *workbench) {
	info := &message.WorkerInfo{
		Slots:         w.containers.Slots(),
		CgroupVersion: w.containers.CgroupVersion(),
		Rootless:      w.containers.Rootless(),
		Languages:     []message.LanguageInfo{},
	}
	for _, l := range w.languages.Statuses() {
		if !l.Available {
			continue
		}
		of, _ := w.languages.Table().Lookup(l.ID)
		info.Languages = append(info.Languages, message.LanguageInfo{ID: l.ID, Aliases: of.Aliases, Name: l.Name, Version: l.Version})
	}
	d.of.Store(info)
}

// fill adds to an entry what is known.
func (d *details) fill(info *message.WorkerInfo) {
	if known := d.of.Load(); known != nil {
		info.Slots, info.Languages = known.Slots, known.Languages
		info.CgroupVersion, info.Rootless = known.CgroupVersion, known.Rootless
	}
}

// register enters the worker into the registry, for as long as the connection lasts.
func (s *server) register(ctx context.Context, conn *client.Conn) error {
	info, err := s.introduction()
	if err != nil {
		return err
	}
	registration, err := queue.Register(ctx, conn, queue.RegistryConfig{
		Info: info, Observe: s.observeState, Conflict: s.conflict, Log: s.log, Replicas: int(s.Replicas),
	})
	if err != nil {
		return err
	}
	s.onClose(func() error { registration.Close(); return nil })
	return nil
}

// introduction is what does not change.
func (s *server) introduction() (message.WorkerInfo, error) {
	home, err := s.state.home()
	if err != nil {
		return message.WorkerInfo{}, err
	}
	host, err := os.Hostname()
	if err != nil {
		return message.WorkerInfo{}, fmt.Errorf("ask for the host's name: %w", err)
	}
	calibration, err := calibrate()
	if err != nil {
		return message.WorkerInfo{}, err
	}
	s.metrics.Calibration(inMilliseconds(calibration.CPU), inMilliseconds(calibration.Memory))
	return message.WorkerInfo{
		Name: s.name, Home: home, Gavel: readVersion().Version, Host: host, PID: os.Getpid(), Pool: string(s.Pool),
		Lanes: s.lanes(), Kernel: kernelRelease(), CPU: cpuModel(), Calibration: calibration,
	}, nil
}

func inMilliseconds(ms float64) time.Duration { return time.Duration(ms * float64(time.Millisecond)) }

// lanes are those that the worker serves, the most urgent first.
func (s *server) lanes() []message.Lane {
	all := []message.Lane{}
	for _, name := range message.Lanes() {
		if weight := s.Lanes[name]; weight > 0 {
			all = append(all, message.Lane{Name: name, Weight: weight})
		}
	}
	return all
}

// observeState tells what the worker does now.
func (s *server) observeState(info *message.WorkerInfo) {
	s.told.fill(info)
	switch s.health.unready() {
	case healthStarting:
		info.State = message.WorkerStarting
		return // there is no worker yet that could be asked
	case healthStopping:
		info.State = message.WorkerStopping
	default:
		info.State = message.WorkerReady
		if info.Reason = s.gate.Reason(); info.Reason != "" {
			info.State = message.WorkerPaused
		}
	}
	info.Busy = s.worker.Busy()
}

// conflict keeps the worker from taking submissions while another one goes by its name.
func (s *server) conflict(reason string) {
	const gate = "name"
	if reason == "" {
		s.gate.Open(gate)
		return
	}
	s.gate.Close(gate, reason)
}

// watch keeps an eye on the other workers and on what the host still has, until the worker is closed.
func (s *server) watch(conn *client.Conn) {
	stranded := queue.NewStranded(conn, s.peers, queue.StrandedConfig{Log: s.log, Metrics: s.metrics})
	pressure := pressure{
		floors: floors{disk: sandbox.Bytes(s.MinFreeDisk), memory: sandbox.Bytes(s.MinFreeMemory)},
		dirs:   []string{s.state.dir, s.state.temp}, gate: &s.gate, log: s.log,
	}
	short := pressure.look(false) // before the first submission is taken
	ctx, stop := context.WithCancel(context.Background())
	var watching sync.WaitGroup
	watching.Go(func() { stranded.Run(ctx) })
	watching.Go(func() { pressure.run(ctx, short) })
	s.onClose(func() error {
		stop()
		watching.Wait()
		return nil
	})
}

// kernelRelease is the name and version of the kernel; "" when it does not tell.
func kernelRelease() string {
	var name unix.Utsname
	if unix.Uname(&name) != nil {
		return ""
	}
	text := func(field [65]byte) string { return string(bytes.TrimRight(field[:], "\x00")) }
	return text(name.Sysname) + " " + text(name.Release) + " " + text(name.Machine)
}

// cpuModel is what the kernel calls the first processor; "" where it has no name.
func cpuModel() string {
	data, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return ""
	}
	for line := range strings.Lines(string(data)) {
		if name, model, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
			return strings.TrimSpace(model)
		}
	}
	return ""
}
