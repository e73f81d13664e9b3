// Package judging opens what judges on this host: the containers, the languages that work in them, and the judge that uses
// both, by the settings of a command. Whoever opened it closes it, and no container is left.
package judging

import (
	"context"
	"errors"
	"fmt"
	"os"
	"regexp"
	"strconv"
	"sync"
	"sync/atomic"

	"github.com/gaveloj/gavel/judge"
	"github.com/gaveloj/gavel/judge/language"
	"github.com/gaveloj/gavel/judge/library"
	"github.com/gaveloj/gavel/judge/verify"
	"github.com/gaveloj/gavel/metrics"
	"github.com/gaveloj/gavel/sandbox"
	"github.com/gaveloj/gavel/sandbox/pool"
	"github.com/gaveloj/gavel/worker/exit"
	"github.com/gaveloj/gavel/worker/settings"
	"github.com/gaveloj/gavel/worker/state"
	"github.com/gaveloj/gavel/worker/terminal"
)

// MemoryPerSlot is how much memory each slot should find: that of a common problem's limit twice over, for
// programs and for the files that they write. Compilers get up to 2 GiB and seldom take it.
const MemoryPerSlot = 512 * sandbox.MiB

// Runtime is where submissions are judged on this host: warm containers, the languages that work in them, and
// the judge that uses both.
type Runtime struct {
	cfg        Config
	Containers *pool.Pool // closed by Close
	current    atomic.Pointer[judgement]

	// These belong to who prepares, replaces and closes.
	preparing sync.WaitGroup
	stop      context.CancelFunc // ends preparing; nil while there is none
	prepared  error              // how preparing ended; read after it has
}

// judgement is a judge with its languages.
type judgement struct {
	languages *language.Toolchains
	judge     *judge.Judge
}

// Config says what runtime to open.
type Config struct {
	settings.Judging
	State    *state.Dir
	Worker   string                // its name, see WorkerName
	Problems library.Source        // may be nil
	Keeper   judge.Keeper          // may be nil
	Metrics  *metrics.Metrics      // may be nil
	Changed  func(language.Status) // may be nil; see language.Config
	// Discarded, when set, is called when a container is thrown away; see pool.Config.
	Discarded func(user any, reason error)
	// OnCacheError, when set, is called with what could not be removed from the artifact store; see judge.Config.
	OnCacheError func(error)
}

// Open warms the containers. Languages are prepared when they are needed; see also Prepare.
func Open(ctx context.Context, cfg Config) (*Runtime, error) {
	table, err := language.Load(cfg.Languages)
	if err != nil {
		return nil, exit.Usage(fmt.Errorf("read language table: %w", err))
	}
	r := &Runtime{cfg: cfg}
	languages, err := r.OpenLanguages(table, cfg.Python)
	if err != nil {
		return nil, err
	}
	r.Containers, err = r.newPool(ctx, languages, int(cfg.Slots), cfg.Pin)
	if err != nil {
		return nil, err
	}
	if err := r.openJudge(languages); err != nil {
		return nil, errors.Join(err, r.Containers.Close())
	}
	return r, nil
}

// Languages are those that are judged now: prepared when they are needed, or ahead by Prepare.
func (r *Runtime) Languages() *language.Toolchains { return r.current.Load().languages }

// Judge judges what comes now.
func (r *Runtime) Judge() *judge.Judge { return r.current.Load().judge }

// OpenLanguages finds which languages of a table are installed here. python is as in settings.Judging.
func (r *Runtime) OpenLanguages(table *language.Table, python string) (*language.Toolchains, error) {
	var languages *language.Toolchains
	changed := func(s language.Status) {
		if r.cfg.Changed != nil && r.Languages() == languages { // no news of those that were replaced
			r.cfg.Changed(s)
		}
	}
	languages, err := language.Open(language.Config{
		Table: table, StateDir: r.cfg.State.Path, Temp: r.cfg.State.Temp, Prefer: python == "pypy", Changed: changed,
	})
	if err != nil {
		return nil, fmt.Errorf("%w; make the state directory writable or choose another with --state-dir DIR", err)
	}
	return languages, nil
}

// ReplaceLanguages has what comes from now on judged with other languages, which are prepared as by Prepare: each is offered
// after its self-test. What is in hand goes on with those that it began with. It needs no other containers: the caches of all
// languages lie in the same directory.
func (r *Runtime) ReplaceLanguages(languages *language.Toolchains) error {
	r.current.Store(&judgement{languages, r.Judge().WithLanguages(languages)})
	err := r.stopPreparing()
	r.Prepare(language.EveryLanguage)
	return err
}

func (r *Runtime) openJudge(languages *language.Toolchains) error {
	j, err := judge.New(judge.Config{
		Pool:         r.Containers,
		Languages:    languages,
		Problems:     r.cfg.Problems,
		TimeLimit:    verify.NewTimeLimits().Get,
		Keeper:       r.cfg.Keeper,
		StateDir:     r.cfg.State.Path,
		Worker:       r.cfg.Worker,
		Metrics:      r.cfg.Metrics,
		OnCacheError: r.cfg.OnCacheError,
	})
	if err != nil {
		return fmt.Errorf("open judge: %w", err)
	}
	r.current.Store(&judgement{languages, j})
	return nil
}

func (r *Runtime) newPool(ctx context.Context, languages *language.Toolchains, slots int, pin bool) (*pool.Pool, error) {
	containers, err := pool.New(ctx, pool.Config{Slots: slots, Pin: pin, Mounts: languages.Mounts(), Discarded: r.cfg.Discarded})
	if err != nil {
		return nil, fmt.Errorf("make containers: %w; gavel doctor tells what this host lacks", err)
	}
	return containers, nil
}

// Prepare prepares languages in the background until the runtime is closed.
func (r *Runtime) Prepare(ahead language.Ahead) {
	ctx, stop := context.WithCancel(context.Background())
	r.stop = stop
	languages := r.Languages()
	r.preparing.Go(func() {
		r.prepared = languages.Run(ctx, ahead, func(ctx context.Context) (*pool.Pool, error) {
			return r.newPool(ctx, languages, 1, false) // not pinned: the compilers that make caches use every core there is
		})
	})
}

// Settle makes, after a command has shown its result, the caches of languages that are used again and again. What keeps
// it from that takes nothing from the result.
func (r *Runtime) Settle(ctx context.Context, out *terminal.Output) {
	err := r.Languages().Settle(ctx, r.Containers, func(l *language.Language) {
		out.Progressf("preparing %s, once: the next ones compile sooner", l.Name)
	})
	if err != nil && ctx.Err() == nil {
		out.Notef("warning: prepare languages: %v", err)
	}
}

// Close ends everything that was opened.
func (r *Runtime) Close() error {
	return errors.Join(r.stopPreparing(), r.Judge().Close(), r.Containers.Close())
}

// stopPreparing ends what Prepare has begun, and returns how it ended.
func (r *Runtime) stopPreparing() error {
	if r.stop == nil {
		return nil
	}
	r.stop()
	r.preparing.Wait()
	return r.prepared
}

// WorkerName is the configured name, or one from host name and process id.
func WorkerName(configured string) string {
	if configured != "" {
		return configured
	}
	host, err := os.Hostname()
	if err != nil {
		host = "worker"
	}
	host = regexp.MustCompile(`[^A-Za-z0-9_-]+`).ReplaceAllString(host, "-")
	return host[:min(len(host), 64)] + "-" + strconv.Itoa(os.Getpid())
}
