package serve

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

	"github.com/gaveloj/gavel/judge/language"
	"github.com/gaveloj/gavel/metrics"
	"github.com/gaveloj/gavel/queue"
	"github.com/gaveloj/gavel/queue/client"
	"github.com/gaveloj/gavel/queue/message"
	"github.com/gaveloj/gavel/sandbox"
	"github.com/gaveloj/gavel/worker/judging"
	"github.com/gaveloj/gavel/worker/settings"
	"github.com/gaveloj/gavel/worker/version"
)

// workerInfo is the part of the registry entry that is known once the languages are. The zero value is a worker that
// is starting.
type workerInfo struct {
	of atomic.Pointer[message.WorkerInfo]
}

// set takes the slots and languages over.
func (i *workerInfo) set(w *judging.Runtime) {
	info := &message.WorkerInfo{
		Slots:         w.Containers.Slots(),
		CgroupVersion: w.Containers.CgroupVersion(),
		Rootless:      w.Containers.Rootless(),
		Languages:     []message.LanguageInfo{},
	}
	languages := w.Languages()
	for _, s := range languages.Statuses() {
		of, _ := languages.Table().Lookup(s.ID)
		l := message.LanguageInfo{ID: s.ID, Aliases: of.Aliases, Name: s.Name, Version: s.Version}
		switch {
		case s.State == language.StateReady:
			info.Languages = append(info.Languages, l)
		case s.ToCome():
			info.LanguagesToCome = append(info.LanguagesToCome, l)
		}
	}
	i.of.Store(info)
}

// fill adds what is known to an entry.
func (i *workerInfo) fill(info *message.WorkerInfo) {
	if known := i.of.Load(); known != nil {
		info.Slots, info.Languages, info.LanguagesToCome = known.Slots, known.Languages, known.LanguagesToCome
		info.CgroupVersion, info.Rootless = known.CgroupVersion, known.Rootless
	}
}

// register enters the worker into the registry, for as long as the connection lasts.
func (s *server) register(ctx context.Context, conn *client.Conn) error {
	info, err := s.staticInfo()
	if err != nil {
		return err
	}
	registration, err := queue.Register(ctx, conn, queue.RegistryConfig{
		Info: info, Observe: s.observeState, Conflict: s.onNameConflict, Log: s.log, Replicas: int(s.Replicas),
	})
	if err != nil {
		return err
	}
	s.onClose(func() error { registration.Close(); return nil })
	return nil
}

// staticInfo is the part of the registry entry that never changes.
func (s *server) staticInfo() (message.WorkerInfo, error) {
	home, err := s.state.Identity()
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
		Name: s.name, Home: home, Gavel: version.Read().Version, Host: host, PID: os.Getpid(), Pool: string(s.Pool),
		HTTP:  s.http,
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

// observeState fills in what the worker does now.
func (s *server) observeState(info *message.WorkerInfo) {
	s.info.fill(info)
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
	info.Busy, info.Lanes = s.worker.Busy(), s.worker.Lanes()
}

// onNameConflict keeps the worker from taking submissions while another live worker has its name.
func (s *server) onNameConflict(reason string) {
	const gate = string(metrics.PausedName)
	if reason == "" {
		s.gate.Open(gate)
		return
	}
	s.gate.Close(gate, reason)
}

// watch observes submissions that no worker can judge, and the free disk and memory, until the worker is closed.
func (s *server) watch(conn *client.Conn) {
	stranded := queue.NewUnservedMonitor(conn, s.peers, queue.UnservedConfig{Log: s.log, Metrics: s.metrics})
	s.resources = &resourceMonitor{
		minFree: leastFree(s.Serving),
		dirs:    map[metrics.Directory]string{metrics.DirectoryState: s.state.Path, metrics.DirectoryTemp: s.state.Temp},
		gate:    &s.gate, log: s.log, metrics: s.metrics,
	}
	s.resources.check() // before the first submission is taken
	ctx, stop := context.WithCancel(context.Background())
	var watching sync.WaitGroup
	watching.Go(func() { stranded.Run(ctx) })
	watching.Go(func() { s.resources.run(ctx) })
	s.onClose(func() error {
		stop()
		watching.Wait()
		return nil
	})
}

// leastFree is what must be free by the settings.
func leastFree(s settings.Serving) minFree {
	return minFree{disk: sandbox.Bytes(s.MinFreeDisk), memory: sandbox.Bytes(s.MinFreeMemory)}
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
