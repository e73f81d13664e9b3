package sandbox

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/gaveloj/gavel/sandbox/cgroup"
	"github.com/gaveloj/gavel/sandbox/container"
	"github.com/gaveloj/gavel/sandbox/sampler"
)

// accounting limits and measures the runs of one container, by its control group or, where the host provides none, by
// sampling its processes. No other code needs to know which.
type accounting struct {
	group   *cgroup.Group    // nil without control groups
	entered uint64           // generation of the control group files that the server holds
	sampler *sampler.Sampler // nil with control groups
}

// createGroup creates the control group of the container; a nil tree means that the host provides none.
func (m *accounting) createGroup(tree *cgroup.Tree, cfg *Config) (err error) {
	if tree == nil {
		return nil
	}
	cpus := cfg.CPUs
	if !tree.Features().Cpuset {
		cpus = nil // the affinity that programs inherit remains; they could change it
	}
	m.group, err = tree.NewGroup(cfg.Name, cpus)
	return err
}

// startServer starts the container server in its control group, before anything else runs in it, so that all of it is
// accounted for.
func (m *accounting) startServer(cfg *Config) (client *container.Client, err error) {
	if m.group == nil {
		return container.Start(cfg.start(nil))
	}
	err = m.group.StartServer(func(dir *os.File) (int, error) {
		if client, err = container.Start(cfg.start(dir)); err != nil {
			return 0, err
		}
		return client.Pid(), nil
	})
	return client, err
}

// delegate lets the container server place programs in the control group, and returns how they enter it.
func (m *accounting) delegate(cfg *Config) (cgroup.Entry, error) {
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

// startSampler starts sampling a configured container that has no control group.
func (m *accounting) startSampler(ctx context.Context, client *container.Client) (err error) {
	if m.group == nil {
		m.sampler, err = sampler.New(ctx, client, scratchDirs[:])
	}
	return err
}

// begin prepares for a run.
func (m *accounting) begin(l *Limits) (cgroup.Entry, error) {
	if m.group == nil {
		m.sampler.Begin(int64(l.Memory))
		return cgroup.Entry{}, nil
	}
	return m.group.Start(cgroup.Limits{MemoryBytes: int64(l.Memory), Pids: l.pids()})
}

// cpu is the CPU time used since start.
func (m *accounting) cpu() (time.Duration, error) {
	if m.group == nil {
		return m.sampler.CPU(), nil
	}
	return m.group.CPU()
}

// stalled is for how long the run has waited for a core, all of it together, since start; false where only its threads tell.
func (m *accounting) stalled() (time.Duration, bool) {
	if m.group == nil {
		return 0, false
	}
	return m.group.Stalled()
}

// nextSample is when sample has something to do; zero means never.
func (m *accounting) nextSample() time.Time {
	if m.group == nil {
		return m.sampler.Next
	}
	return time.Time{}
}

// sample enforces the memory limit where no control group does.
func (m *accounting) sample(now time.Time) (KillCause, error) {
	if m.group != nil || now.Before(m.sampler.Next) {
		return KillNone, nil
	}
	if err := m.sampler.Sample(now); err != nil {
		return KillNone, err
	}
	if m.sampler.OverMemory() {
		return KillMemory, nil
	}
	return KillNone, nil
}

// addUsage sets the CPU and memory fields of res. f is how the run ended.
func (m *accounting) addUsage(f *container.Finished, res *Result) error {
	if m.group == nil {
		cpu, peakBytes := m.sampler.Usage(f)
		res.CPU, res.PeakMemory, res.Approximate = cpu, Bytes(peakBytes), true
		if res.KilledBy == KillMemory {
			res.OOMKills = 1
		}
		if res.KilledBy == KillNone && m.sampler.OutOfHostMemory(f, peakBytes) {
			return hostMemoryError(res)
		}
		return nil
	}
	usage, err := m.group.Usage()
	res.CPU, res.PeakMemory, res.OOMKills = max(usage.CPU-f.SetupCPU, 0), Bytes(usage.PeakBytes), usage.OOMKills
	if err == nil && usage.HostOOMKills > 0 {
		return hostMemoryError(res)
	}
	return err
}

func hostMemoryError(res *Result) error {
	return fmt.Errorf("%w; the kernel killed a process of a run that had taken %d MiB", ErrHostMemory, res.PeakMemory/MiB)
}

// prepare does what the next run needs, off its critical path.
func (m *accounting) prepare() error {
	if m.group == nil {
		return nil
	}
	return m.group.Prepare()
}

// remove kills everything in the control group and removes it. It may be called twice.
func (m *accounting) remove() (err error) {
	if m.group != nil {
		err = m.group.Remove()
		m.group = nil
	}
	if m.sampler != nil {
		m.sampler.Close()
	}
	return err
}
