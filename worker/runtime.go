package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"regexp"
	"strconv"
	"sync"
	"time"

	"github.com/gaveloj/gavel/judge"
	"github.com/gaveloj/gavel/judge/language"
	"github.com/gaveloj/gavel/judge/library"
	"github.com/gaveloj/gavel/judge/problem"
	"github.com/gaveloj/gavel/judge/verify"
	"github.com/gaveloj/gavel/metrics"
	"github.com/gaveloj/gavel/sandbox/pool"
	"github.com/gaveloj/gavel/worker/exit"
	"github.com/gaveloj/gavel/worker/settings"
	"github.com/gaveloj/gavel/worker/state"
	"github.com/gaveloj/gavel/worker/terminal"
)

// judgeRuntime is where submissions are judged on this host: warm containers, the languages that work in them, and
// the judge that uses both.
type judgeRuntime struct {
	cfg        judgeRuntimeConfig
	containers *pool.Pool
	languages  *language.Toolchains
	judge      *judge.Judge

	preparing sync.WaitGroup
	stop      context.CancelFunc // ends preparing; nil while there is none
	prepared  error              // how preparing ended; read after it has
}

// judgeRuntimeConfig says what runtime to open.
type judgeRuntimeConfig struct {
	settings.Judging
	state    *state.Dir
	worker   string
	problems library.Source // may be nil
	keeper   judge.Keeper   // may be nil
	metrics  *metrics.Metrics
	changed  func(language.Status) // may be nil; see language.Config
	// discarded, when set, is called when a container is thrown away; see pool.Config.
	discarded func(reason error)
	// onCacheError, when set, is called with what could not be removed from the artifact store; see judge.Config.
	onCacheError func(error)
}

// openJudgeRuntime warms the containers. Languages are prepared when they are needed; see also prepare.
func openJudgeRuntime(ctx context.Context, cfg judgeRuntimeConfig) (*judgeRuntime, error) {
	table, err := language.Load(cfg.Languages)
	if err != nil {
		return nil, exit.Usage(fmt.Errorf("read language table: %w", err))
	}
	r := &judgeRuntime{cfg: cfg}
	r.languages, err = language.Open(language.Config{
		Table: table, StateDir: cfg.state.Path, Temp: cfg.state.Temp, Prefer: cfg.Python == "pypy", Changed: cfg.changed,
	})
	if err != nil {
		return nil, fmt.Errorf("%w; make the state directory writable or choose another with --state-dir DIR", err)
	}
	r.containers, err = r.newPool(ctx, int(cfg.Slots), cfg.Pin)
	if err != nil {
		return nil, err
	}
	if err := r.openJudge(); err != nil {
		return nil, errors.Join(err, r.close())
	}
	return r, nil
}

func (r *judgeRuntime) openJudge() (err error) {
	limits := verify.NewTimeLimits()
	r.judge, err = judge.New(judge.Config{
		Pool:      r.containers,
		Languages: r.languages,
		Problems:  r.cfg.problems,
		TimeLimit: func(ctx context.Context, p *problem.Problem) (time.Duration, error) {
			return limits.Get(ctx, r.judge, p)
		},
		Keeper:       r.cfg.keeper,
		StateDir:     r.cfg.state.Path,
		Worker:       r.cfg.worker,
		Metrics:      r.cfg.metrics,
		OnCacheError: r.cfg.onCacheError,
	})
	if err != nil {
		return fmt.Errorf("open judge: %w", err)
	}
	return nil
}

func (r *judgeRuntime) newPool(ctx context.Context, slots int, pin bool) (*pool.Pool, error) {
	containers, err := pool.New(ctx, pool.Config{Slots: slots, Pin: pin, Mounts: r.languages.Mounts(), Discarded: r.cfg.discarded})
	if err != nil {
		return nil, fmt.Errorf("make containers: %w; gavel doctor tells what this host lacks", err)
	}
	return containers, nil
}

// prepare prepares languages in the background until the runtime is closed.
func (r *judgeRuntime) prepare(ahead language.Ahead) {
	ctx, stop := context.WithCancel(context.Background())
	r.stop = stop
	r.preparing.Go(func() {
		r.prepared = r.languages.Run(ctx, ahead, func(ctx context.Context) (*pool.Pool, error) {
			return r.newPool(ctx, 1, false) // not pinned: the compilers that make caches use every core there is
		})
	})
}

// settle makes, after a command has shown its result, the caches of languages that are used again and again. What keeps
// it from that takes nothing from the result.
func (r *judgeRuntime) settle(ctx context.Context, out *terminal.Output) {
	err := r.languages.Settle(ctx, r.containers, func(l *language.Language) {
		out.Progressf("preparing %s, once: the next ones compile sooner", l.Name)
	})
	if err != nil && ctx.Err() == nil {
		out.Notef("warning: prepare languages: %v", err)
	}
}

// close ends everything that was opened.
func (r *judgeRuntime) close() error {
	if r.stop != nil {
		r.stop()
		r.preparing.Wait()
	}
	errs := []error{r.prepared}
	if r.judge != nil {
		errs = append(errs, r.judge.Close())
	}
	return errors.Join(append(errs, r.containers.Close())...)
}

// workerName is the configured name, or one from host name and process id.
func workerName(configured string) string {
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
