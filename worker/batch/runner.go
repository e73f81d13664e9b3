package batch

import (
	"context"
	"slices"
	"time"

	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/worker/connect"
	"github.com/gaveloj/gavel/worker/judging"
	"github.com/gaveloj/gavel/worker/settings"
	"github.com/gaveloj/gavel/worker/state"
	"github.com/gaveloj/gavel/worker/terminal"
)

// runner runs the lines of a batch: in this process, or in the workers of a pool.
type runner struct {
	run      func(ctx context.Context, r api.RunRequest, noWorker func()) (api.RunResult, error)
	close    func() error
	parallel int    // lines that keep every slot busy
	about    string // where they run, for people
}

func (c Command) openRunner(ctx context.Context, config settings.ConfigPath, out *terminal.Output) (runner, error) {
	if c.Local {
		return c.openLocal(ctx, config, out)
	}
	return c.openQueue(ctx, out)
}

// maxLocalResult bounds the outputs of a result, in bytes of JSON.
const maxLocalResult = 256 << 20

// openLocal makes containers in this process.
func (c Command) openLocal(ctx context.Context, config settings.ConfigPath, out *terminal.Output) (runner, error) {
	exposed, err := c.State.Private()
	if err != nil {
		return runner{}, err
	}
	if err := settings.RefuseExposed(slices.Concat(config.Private(), exposed)...); err != nil {
		return runner{}, err
	}
	state, err := state.Open(c.State)
	if err != nil {
		return runner{}, err
	}
	out.Progressf("making containers")
	defer out.Done()
	w, err := judging.Open(ctx, judging.Config{
		Judging: c.Judging, State: state, Worker: judging.WorkerName(""), OnCacheError: func(err error) { out.Notef("%v", err) },
	})
	if err != nil {
		state.Close()
		return runner{}, err
	}
	slots := w.Containers.Slots()
	return runner{
		run: func(ctx context.Context, r api.RunRequest, _ func()) (api.RunResult, error) {
			return w.Judge().Run(ctx, r, "", maxLocalResult)
		},
		close: func() error {
			err := w.Close()
			state.Close()
			return err
		},
		parallel: 2 * slots, // while one is read or written, others run
		about:    terminal.Plural(slots, "slot") + " of this host",
	}, nil
}

// How many lines are sent for each slot, and at least. The server gives each to some worker by chance, so that with one for
// each slot many slots had none: with n lines on k workers of one slot, a slot idles for (k-1)/(n+k-1) of its time.
const (
	linesPerSlot = 8
	leastLines   = 16
)

// openQueue connects to the workers.
func (c Command) openQueue(ctx context.Context, out *terminal.Output) (runner, error) {
	platform, done, err := c.NATS.Platform(ctx, out, c.State)
	if err != nil {
		return runner{}, err
	}
	q, err := platform.NewRunQueue(string(c.Pool))
	if err != nil {
		done()
		return runner{}, err
	}
	wait := time.Duration(-1)
	if c.Wait != nil {
		wait = c.Wait.Duration()
	}
	slots, workers := connect.CountSlots(ctx, platform, string(c.Pool))
	about := "pool " + string(c.Pool)
	if slots > 0 {
		about = terminal.Plural(slots, "slot") + " of " + terminal.Plural(workers, "worker")
	}
	return runner{
		run: func(ctx context.Context, r api.RunRequest, noWorker func()) (api.RunResult, error) {
			return q.Run(ctx, r, wait, noWorker)
		},
		close:    func() error { q.Close(); done(); return nil },
		parallel: max(linesPerSlot*slots, leastLines),
		about:    about,
	}, nil
}
