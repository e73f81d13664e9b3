package language

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/gaveloj/gavel/sandbox"
	"github.com/gaveloj/gavel/sandbox/pool"
)

// Config says which languages there are and where their caches are kept. Table and StateDir are required.
type Config struct {
	Table *Table
	// StateDir keeps caches and the results of tests between starts, in its directories prepared and tested.
	StateDir string
	// Temp is the directory for temporary files, on a file system from which programs may be executed; os.TempDir() when
	// empty.
	Temp string
	// Prefer has languages count that the table prefers to others; see Choose.
	Prefer bool
	// Changed, which may be nil, is called when the status of a language has changed.
	Changed func(Status)
}

// Toolchains are the languages of a table on this host. Each is prepared and tested when it is needed first, or before
// that by Run. The methods may be called from several goroutines.
type Toolchains struct {
	cfg     Config
	caches  string // directory, absolute
	results resultStore
	all     []*toolchain  // one per language of the table, in its order; set before use
	wake    chan struct{} // tells Run that a language has become ready

	mu sync.Mutex // guards what toolchain says it guards
}

// toolchain is what is known of one language. All but language is guarded by Toolchains.mu.
type toolchain struct {
	language    *Language
	status      Status
	stamp       stamp     // of the toolchain that status is about
	checked     time.Time // when stamp was last compared with the host
	cache       cache     // in use
	recalled    bool      // it was ready in an earlier run
	failures    int       // in a row
	retry       time.Time // when to try again after a failure
	making      *task     // tries the language; nil while nobody does
	completing  *task     // makes the whole cache; nil while nobody does
	completeErr error     // why the cache could not be completed the last time
}

// task is something that one goroutine does and others may wait for.
type task struct {
	done    chan struct{}      // closed when it has ended
	awaited context.Context    // ends when somebody waits for it, and with it
	await   context.CancelFunc // ends awaited
}

func newTask() *task {
	awaited, await := context.WithCancel(context.Background())
	return &task{make(chan struct{}), awaited, await}
}

func (w *task) end() {
	close(w.done)
	w.await()
}

// wait waits until it has ended.
func (w *task) wait(ctx context.Context) error {
	w.await()
	select {
	case <-w.done:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// cache is what a compilation finds at {prepared}.
type cache struct {
	dir      string // name below the directory of caches; "" for none
	complete bool   // nothing is to come
}

// checkEvery is the least time between two looks at the files of a toolchain that works: they cost about 0.1 ms.
const checkEvery = time.Second

// Open makes the directory of caches, and finds which toolchains are installed. Nothing is prepared yet.
func Open(cfg Config) (*Toolchains, error) {
	state, err := filepath.Abs(cfg.StateDir)
	if err != nil {
		return nil, fmt.Errorf("find state directory: %w", err)
	}
	caches := filepath.Join(state, "prepared")
	if err := os.MkdirAll(caches, 0o755); err != nil {
		return nil, fmt.Errorf("make directory for caches of compilers: %w", err)
	}
	removeStale(caches)
	t := &Toolchains{cfg: cfg, caches: caches, results: newResultStore(filepath.Join(state, "tested")), wake: make(chan struct{}, 1)}
	t.results.prune()
	for _, l := range cfg.Table.Languages {
		c := &toolchain{language: l, status: Status{ID: l.ID, Name: l.Name, Package: l.Package, State: StatePending}}
		if _, err := cfg.Table.tools(l); err != nil {
			c.note(newTrial(cfg.Table, l).missing(err))
		}
		t.all = append(t.all, c)
	}
	return t, nil
}

// Mounts are the read-only mounts that containers need in which Compile compiles (pool.Config.Mounts).
func (t *Toolchains) Mounts() []pool.Mount {
	return []pool.Mount{{Source: t.caches, Target: preparedDir}}
}

// Table is the table that the languages are from.
func (t *Toolchains) Table() *Table { return t.cfg.Table }

// Statuses lists every language of the table, in its order.
func (t *Toolchains) Statuses() []Status {
	t.mu.Lock()
	defer t.mu.Unlock()
	list := make([]Status, len(t.all))
	for i, c := range t.all {
		list[i] = c.status
	}
	return list
}

// Status is that of l; empty for the pseudo-language of scripts, which no table has.
func (t *Toolchains) Status(l *Language) Status {
	c := t.of(l)
	if c == nil {
		return Status{}
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	return c.status
}

// of is nil for a language that is not in the table.
func (t *Toolchains) of(l *Language) *toolchain {
	if i := slices.Index(t.cfg.Table.Languages, l); i >= 0 {
		return t.all[i]
	}
	return nil
}

// MissingError is a language that is not offered here. Another worker may have it.
type MissingError struct {
	Language string // as it was asked for, or its ID
	Message  string // what is wrong, and what there is
	// Broken says that the toolchain is there and does not work, or not at the moment, as while it is being replaced.
	Broken bool
}

func (e *MissingError) Error() string { return e.Message }

// Choose finds the language called name, by ID or alias. With an empty name, the extensions of the files
// decide, and the content of those whose extension two languages have; a language that is preferred to that one is taken
// where it works, if the configuration lets it. The error says what is wrong and what there is; a *MissingError is for
// other workers. A language that is still to come is no error: see Ready.
func (t *Toolchains) Choose(name string, files []sandbox.File) (*Language, error) {
	return t.choose(name, files, name == "")
}

// ChooseForPackage is Choose for what a problem package brings. It names languages by what the format knows, so that the
// preferred one is taken also with a name.
func (t *Toolchains) ChooseForPackage(name string, files []sandbox.File) (*Language, error) {
	return t.choose(name, files, true)
}

func (t *Toolchains) choose(name string, files []sandbox.File, prefer bool) (*Language, error) {
	l, err := t.cfg.Table.Find(name, files)
	if err != nil {
		return nil, err
	}
	if prefer && t.cfg.Prefer {
		for _, c := range t.all {
			if c.language.PreferredTo == l.ID && t.available(c) == nil {
				return c.language, nil
			}
		}
	}
	if err := t.available(t.of(l)); err != nil {
		return nil, err
	}
	return l, nil
}

// Missed is the language that would be chosen in place of the one called id, were it available; nil for none.
func (t *Toolchains) Missed(id string) *Language {
	for _, c := range t.all {
		if t.cfg.Prefer && c.language.PreferredTo == id && t.available(c) != nil {
			return c.language
		}
	}
	return nil
}

// available is a *MissingError for a language that failed.
func (t *Toolchains) available(c *toolchain) error {
	t.refresh(c)
	t.mu.Lock()
	defer t.mu.Unlock()
	c.tryAgain()
	if c.status.State == StateFailed {
		return c.missing()
	}
	return nil
}

// tryAgain makes a language pending that failed and has rested. The caller holds mu.
func (c *toolchain) tryAgain() {
	if c.status.State == StateFailed && !c.status.Missing && time.Now().After(c.retry) {
		c.status.State = StatePending
	}
}

// missing is the error of a language that failed. The caller holds mu.
func (c *toolchain) missing() *MissingError {
	return &MissingError{
		Language: c.language.ID, Broken: !c.status.Missing,
		Message: fmt.Sprintf("language %s is not available on this worker: %s", c.language.ID, c.status.Reason),
	}
}

// Ready prepares and tests l in a container of p unless that was done, or waits for who does it. The error is a
// *MissingError when the language cannot be had here.
func (t *Toolchains) Ready(ctx context.Context, p *pool.Pool, l *Language) error {
	return t.ready(ctx, leaseFrom(p), l)
}

// All readies every language of the table, as many at once as p has containers. What cannot be had is told by
// Statuses. tried is called, one call at a time, after each, with how many there have been and will be.
func (t *Toolchains) All(ctx context.Context, p *pool.Pool, tried func(l *Language, tried, of int)) error {
	group, groupCtx := errgroup.WithContext(ctx)
	group.SetLimit(p.Slots())
	var mu sync.Mutex
	n := 0 // guarded by mu
	for _, c := range t.all {
		group.Go(func() error {
			err := t.Ready(groupCtx, p, c.language)
			mu.Lock()
			n++
			tried(c.language, n, len(t.all))
			mu.Unlock()
			var missing *MissingError
			if errors.As(err, &missing) {
				return nil
			}
			return err
		})
	}
	return group.Wait()
}

func (t *Toolchains) ready(ctx context.Context, lease leaseFunc, l *Language) error {
	c := t.of(l)
	if c == nil {
		return nil
	}
	for {
		t.refresh(c)
		t.mu.Lock()
		c.tryAgain()
		switch {
		case c.making != nil:
			making := c.making
			t.mu.Unlock()
			if err := making.wait(ctx); err != nil {
				return err
			}
			continue
		case c.status.State == StateReady:
			t.mu.Unlock()
			return nil
		case c.status.State == StateFailed:
			defer t.mu.Unlock()
			return c.missing()
		}
		making := newTask()
		c.making = making
		c.status.State = StatePreparing
		status := c.status
		t.mu.Unlock()
		t.tell(status)
		fault := t.make(ctx, lease, c)
		making.end()
		if fault != nil {
			return fault
		}
	}
}

func (t *Toolchains) tell(s Status) {
	if t.cfg.Changed != nil {
		t.cfg.Changed(s)
	}
}

// refresh makes a language pending whose toolchain has changed since it was tried. It looks at the files at most every
// checkEvery.
func (t *Toolchains) refresh(c *toolchain) {
	t.mu.Lock()
	known := c.stamp
	tried := c.status.State == StateReady || c.status.State == StateFailed
	if !tried || time.Since(c.checked) < checkEvery {
		t.mu.Unlock()
		return
	}
	c.checked = time.Now()
	t.mu.Unlock()
	if t.cfg.Table.stampOf(c.language) != known {
		t.outdate(c, known)
	}
}

// outdate makes a language pending that was tried with the toolchain known.
func (t *Toolchains) outdate(c *toolchain, known stamp) {
	t.mu.Lock()
	outdated := c.stamp == known && c.making == nil
	if outdated {
		c.status.State, c.status.Warning = StatePending, ""
		c.status.Missing, c.status.Reason, c.status.Remedy = false, "", ""
		c.failures = 0
	}
	status := c.status
	t.mu.Unlock()
	if outdated {
		t.tell(status)
		t.wakeRun()
	}
}

// wakeRun has Run look for work.
func (t *Toolchains) wakeRun() {
	select {
	case t.wake <- struct{}{}:
	default: // told already
	}
}

// firstRetry and maxRetry bound the rest before a toolchain that is there and failed is tried again. One that has changed,
// or comes, is tried at once.
const (
	firstRetry = 2 * time.Second
	maxRetry   = time.Hour
)

// make finds out what is the matter with a language, and notes it. The error is one that says nothing of the language.
func (t *Toolchains) make(ctx context.Context, lease leaseFunc, c *toolchain) error {
	tried, err := t.try(ctx, lease, c.language)
	var fault *leaseError
	if err != nil && ctx.Err() != nil {
		err = context.Cause(ctx)
	} else if !errors.As(err, &fault) {
		err = nil
	}
	t.mu.Lock()
	c.making = nil
	if err != nil {
		c.status.State = StatePending
	} else {
		c.note(tried)
	}
	status := c.status
	t.mu.Unlock()
	if err == nil { // else there is no news of the language: it is to come, as before
		t.tell(status)
		t.wakeRun()
	}
	return err
}

// note takes over what a try brought. The caller holds mu.
func (c *toolchain) note(tried trial) {
	c.status, c.stamp, c.cache, c.recalled = tried.status, tried.stamp, tried.cache, tried.recalled
	c.checked, c.completeErr = time.Now(), nil
	switch {
	case c.status.State == StateFailed:
		c.rest()
	case c.cache.complete || c.language.Prepare.Optional:
		c.failures = 0
	}
}

// rest puts the next try off. The caller holds mu.
func (c *toolchain) rest() {
	c.retry = time.Now().Add(min(firstRetry<<min(c.failures, 10), maxRetry))
	c.failures++
}

// uncompleted is why the cache is not tried again yet; nil when it may be. The caller holds mu.
func (c *toolchain) uncompleted() error {
	if time.Now().After(c.retry) {
		return nil
	}
	return c.completeErr
}

// trial is what one try of a language brought.
type trial struct {
	status   Status
	stamp    stamp
	cache    cache
	recalled bool
}

// newTrial is of a language that works.
func newTrial(t *Table, l *Language) trial {
	return trial{status: Status{ID: l.ID, Name: l.Name, Package: l.Package, State: StateReady}, stamp: t.stampOf(l)}
}

// missing is the trial of a language whose toolchain is not installed.
func (r trial) missing(err error) trial {
	r.status.State, r.status.Missing, r.status.Reason = StateFailed, true, err.Error()
	r.status.Remedy = "install its toolchain; configs/setup.sh names the packages"
	return r
}

// try prepares what l cannot do without, and tests it. The error is in the status, too.
func (t *Toolchains) try(ctx context.Context, lease leaseFunc, l *Language) (trial, error) {
	r := newTrial(t.cfg.Table, l)
	tools, err := t.cfg.Table.tools(l)
	if err != nil {
		return r.missing(err), err
	}
	if r.cache, err = t.needed(ctx, lease, l, tools); err != nil {
		r.status = r.status.failed(l, "could not be prepared", err)
		return r, err
	}
	err = t.test(ctx, lease, l, tools, &r)
	if err != nil && r.cache.dir != "" && l.Prepare.Optional && ctx.Err() == nil {
		r.cache = cache{complete: true} // do without
		r.status.Warning, r.status.Remedy = "does not work with its cache: "+err.Error()+"; compiling takes longer", cacheRemedy(err)
		err = t.test(ctx, lease, l, tools, &r)
	}
	r.status.Cached = r.cache.complete
	if err != nil {
		r.status = r.status.failed(l, "self-test failed", err)
	}
	return r, err
}

// needed is the cache that l is tested and used with at first: what is there already, else the least that it needs.
func (t *Toolchains) needed(ctx context.Context, lease leaseFunc, l *Language, tools []tool) (cache, error) {
	if l.Prepare == nil {
		return cache{complete: true}, nil
	}
	whole, err := t.plan(ctx, l, tools, l.Prepare.Steps)
	if err != nil {
		return cache{}, err
	}
	if whole.found() {
		return cache{whole.name(), true}, nil
	}
	if l.Prepare.Optional {
		return cache{}, nil
	}
	first, complete := whole, true
	if len(l.Prepare.First) > 0 {
		if first, err = t.plan(ctx, l, tools, l.Prepare.First); err != nil {
			return cache{}, err
		}
		complete = false
	}
	if !first.found() {
		err = first.run(ctx, lease)
	}
	return cache{first.name(), complete}, err
}

// test runs the test program of l with r.cache, unless that succeeded lately.
func (t *Toolchains) test(ctx context.Context, lease leaseFunc, l *Language, tools []tool, r *trial) error {
	known := t.results.path(t.cfg.Table, l, tools, r.cache.dir)
	if r.status.Version, r.recalled = t.results.recall(known); r.recalled {
		return nil
	}
	s := selfTest{table: t.cfg.Table, language: l, lease: lease, prepared: r.cache.dir, temp: t.cfg.Temp}
	defer s.close()
	if err := s.run(ctx); err != nil {
		return err
	}
	r.status.Version = s.version
	t.results.remember(known, s.version)
	return nil
}

// complete makes the whole cache of a language that is ready with less, or waits for who does it.
func (t *Toolchains) complete(ctx context.Context, lease leaseFunc, c *toolchain) error {
	t.mu.Lock()
	for c.completing != nil {
		completing := c.completing
		t.mu.Unlock()
		if err := completing.wait(ctx); err != nil {
			return err
		}
		t.mu.Lock()
	}
	if err := c.uncompleted(); err != nil || c.cache.complete || c.status.State != StateReady {
		t.mu.Unlock()
		return err
	}
	completing := newTask()
	c.completing = completing
	before, status := c.stamp, c.status
	t.mu.Unlock()

	whole, err := t.makeWhole(ctx, lease, c.language)

	t.mu.Lock()
	c.completing = nil
	var fault *leaseError
	if c.stamp == before && c.status.State == StateReady && (err == nil || ctx.Err() == nil && !errors.As(err, &fault)) {
		c.completed(whole, err)
	}
	news := c.status != status
	status = c.status
	t.mu.Unlock()
	completing.end()
	if news {
		t.tell(status)
	}
	if err != nil && ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}

// completed notes how it went. The caller holds mu.
func (c *toolchain) completed(whole cache, err error) {
	c.completeErr = err
	if err == nil {
		c.cache, c.failures, c.status.Cached = whole, 0, true
		c.status.Warning, c.status.Remedy = "", ""
		return
	}
	c.rest()
	if c.language.Prepare.Optional {
		c.status.Warning, c.status.Remedy = "could not be prepared: "+err.Error()+"; compiling takes longer", cacheRemedy(err)
	} else {
		c.status = c.status.failed(c.language, "could not be prepared", err)
	}
}

// makeWhole makes the whole cache of l and tests it.
func (t *Toolchains) makeWhole(ctx context.Context, lease leaseFunc, l *Language) (cache, error) {
	tools, err := t.cfg.Table.tools(l)
	if err != nil {
		return cache{}, err
	}
	whole, err := t.plan(ctx, l, tools, l.Prepare.Steps)
	if err != nil {
		return cache{}, err
	}
	if !whole.found() {
		if err := whole.run(ctx, lease); err != nil {
			return cache{}, err
		}
	}
	r := trial{cache: cache{whole.name(), true}}
	return r.cache, t.test(ctx, lease, l, tools, &r)
}
