package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/gaveloj/gavel/judge"
	"github.com/gaveloj/gavel/judge/language"
	"github.com/gaveloj/gavel/metrics"
	"github.com/gaveloj/gavel/sandbox/pool"
)

// workbench is where submissions are judged on this host: warm containers, the languages that work in them, and
// the judge that uses both.
type workbench struct {
	containers *pool.Pool
	languages  *language.Offer
	judge      *judge.Judge
}

// workbenchConfig says what workbench to open.
type workbenchConfig struct {
	judgeSettings
	stateDir string
	worker   string
	problems judge.Source // may be nil
	keeper   judge.Keeper // may be nil
	metrics  *metrics.Metrics
	remark   func(text string) // told what takes long
	parallel int               // tests of one submission at once
}

// openWorkbench prepares the languages, warms the containers and tests what works in them.
func openWorkbench(ctx context.Context, cfg workbenchConfig) (*workbench, error) {
	table, err := language.Load(cfg.Languages)
	if err != nil {
		return nil, usageError{fmt.Errorf("read language table: %w", err)}
	}
	prepared, err := language.Prepare(ctx, table, cfg.stateDir, func(ctx context.Context) (*pool.Pool, error) {
		cfg.remark("making the caches of compilers: about a minute, once for each toolchain")
		// Not pinned: the compilers that make the caches use every core there is.
		cfg.Pin = false
		return cfg.newPool(ctx)
	})
	if err != nil {
		return nil, fmt.Errorf("prepare languages: %w", err)
	}
	b := &workbench{}
	b.containers, err = cfg.newPool(ctx, prepared.Mounts()...)
	if err != nil {
		return nil, err
	}
	if err := b.open(ctx, table, prepared, cfg); err != nil {
		return nil, errors.Join(err, b.close())
	}
	return b, nil
}

func (b *workbench) open(ctx context.Context, table *language.Table, prepared *language.Prepared, cfg workbenchConfig) (err error) {
	b.languages, err = language.SelfTest(ctx, table, prepared, b.containers)
	if err != nil {
		return fmt.Errorf("test languages: %w", err)
	}
	b.judge, err = judge.New(judge.Config{
		Pool:          b.containers,
		Languages:     b.languages,
		Problems:      cfg.problems,
		Keeper:        cfg.keeper,
		StateDir:      cfg.stateDir,
		Worker:        cfg.worker,
		ParallelTests: cfg.parallel,
		Metrics:       cfg.metrics,
	})
	if err != nil {
		return fmt.Errorf("open judge: %w", err)
	}
	return nil
}

func (c workbenchConfig) newPool(ctx context.Context, mounts ...pool.Mount) (*pool.Pool, error) {
	containers, err := pool.New(ctx, pool.Config{Slots: int(c.Slots), Pin: c.Pin, Mounts: mounts})
	if err != nil {
		return nil, fmt.Errorf("make containers: %w; gavel doctor tells what this host lacks", err)
	}
	return containers, nil
}

// close ends everything that was opened.
func (b *workbench) close() error {
	var errs []error
	if b.judge != nil {
		errs = append(errs, b.judge.Close())
	}
	return errors.Join(append(errs, b.containers.Close())...)
}
