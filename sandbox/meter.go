package sandbox

import (
	"context"
	"os"
	"time"

	"github.com/gaveloj/gavel/sandbox/cgroup"
	"github.com/gaveloj/gavel/sandbox/container"
)

// meter limits and measures the runs of one container: with its control group, or, where the host gives it none,
// by looking at its processes. It is the only thing that knows which.
type meter struct {
	group   *cgroup.Group // nil without control groups
	entered uint64        // generation of the control group files that the server holds
	watch   *watch        // nil with control groups
}

// make makes the control group of a container, where there are any.
func (m *meter) make(tree *cgroup.Tree, cfg *Config) (err error) {
	if tree == nil {
		return nil
	}
	held := cfg.CPUs
	if !tree.Features().Cpuset {
		held = nil // the affinity that programs inherit remains; they could change it
	}
	m.group, err = tree.NewGroup(cfg.Name, held)
	return err
}

// birth starts the container server in its control group, before anything else runs in it, so that all of it is
// accounted for.
func (m *meter) birth(cfg *Config) (client *container.Client, err error) {
	if m.group == nil {
		return container.Start(cfg.start(nil))
	}
	err = m.group.StartServer(func(born *os.File) (int, error) {
		if client, err = container.Start(cfg.start(born)); err != nil {
			return 0, err
		}
		return client.Pid(), nil
	})
	return client, err
}

// adopt returns how programs get into the control group.
func (m *meter) adopt(cfg *Config) (cgroup.Entry, error) {
	if m.group == nil {
		return cgroup.Entry{}, nil
	}
	if err := m.group.Delegate(cfg.owner()); err != nil {
		return cgroup.Entry{}, err
	}
	entry, err := m.group.Start(cgroup.Limits{})
	m.entered = entry.Generation
	return entry, err
}

// attach begins to watch a container that is configured and has no control group.
func (m *meter) attach(ctx context.Context, client *container.Client) (err error) {
	if m.group == nil {
		m.watch, err = newWatch(ctx, client)
	}
	return err
}

// start makes ready for a run.
func (m *meter) start(l *Limits) (cgroup.Entry, error) {
	if m.group == nil {
		m.watch.start(l)
		return cgroup.Entry{}, nil
	}
	return m.group.Start(cgroup.Limits{MemoryBytes: int64(l.Memory), Pids: l.pids()})
}

// cpu is the CPU time used since start.
func (m *meter) cpu() (time.Duration, error) {
	if m.group == nil {
		return m.watch.cpu(), nil
	}
	return m.group.CPU()
}

// nextLook is when look has something to do; zero for never.
func (m *meter) nextLook() time.Time {
	if m.group == nil {
		return m.watch.next
	}
	return time.Time{}
}

// look enforces what no control group does.
func (m *meter) look(now time.Time) (KillCause, error) {
	if m.group != nil || now.Before(m.watch.next) {
		return KillNone, nil
	}
	if err := m.watch.look(now); err != nil {
		return KillNone, err
	}
	if m.watch.overMemory() {
		return KillMemory, nil
	}
	return KillNone, nil
}

// usage fills in what a run has used.
func (m *meter) usage(f *container.Finished, res *Result) error {
	if m.group == nil {
		res.CPU, res.PeakMemory, res.Approximate = m.watch.usage(f)
		if res.KilledBy == KillMemory {
			res.OOMKills = 1
		}
		return nil
	}
	usage, err := m.group.Usage()
	res.CPU, res.PeakMemory, res.OOMKills = max(usage.CPU-f.SetupCPU, 0), Bytes(usage.PeakBytes), usage.OOMKills
	return err
}

// prepare makes ready for the next run while nobody waits.
func (m *meter) prepare() error {
	if m.group == nil {
		return nil
	}
	return m.group.Prepare()
}

// remove ends everything in the control group. It can be called twice.
func (m *meter) remove() (err error) {
	if m.group != nil {
		err = m.group.Remove()
		m.group = nil
	}
	if m.watch != nil {
		m.watch.close()
	}
	return err
}
