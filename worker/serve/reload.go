package serve

import (
	"context"
	"errors"
	"fmt"
	"os"
	"reflect"
	"slices"
	"sync"
	"time"

	"github.com/rs/zerolog"

	"github.com/gaveloj/gavel/judge/language"
	"github.com/gaveloj/gavel/judge/library"
	"github.com/gaveloj/gavel/worker/exit"
	"github.com/gaveloj/gavel/worker/settings"
)

// Reader reads the settings of the running worker anew: the same command line and environment, and the configuration file as it
// is now, whose path it returns.
type Reader func() (Command, settings.ConfigPath, error)

// liveSettings are those that a worker takes over while it works. The others are bound to something that it opened when it
// started, or that it has told the other workers.
func liveSettings() []string {
	return []string{"grace", "lanes", "languages", "log.level", "min_free_disk", "min_free_memory", "problems", "python"}
}

// Reloaded is what came of a reload.
type Reloaded struct {
	Changed      []string `json:"changed"`       // settings that count from now on
	NeedsRestart []string `json:"needs_restart"` // settings whose new values do not count yet
}

// reloader has the worker work by its configuration as it is now. Everything is read, checked and opened before anything is
// changed.
type reloader struct {
	*server
	read  Reader
	level *leveledWriter

	mu      sync.Mutex      // held for a whole reload
	running Command         // what the worker works by; guarded by mu
	table   *language.Table // of the languages that it judges; guarded by mu
}

// candidate is a configuration that can be applied.
type candidate struct {
	command   Command
	result    Reloaded
	table     *language.Table
	languages *language.Toolchains // nil: as they are
	directory *library.DirSource   // counts where problems has changed; nil for none
}

// reload reads, checks and applies. cause is who asked for it.
func (r *reloader) reload(cause string) (Reloaded, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.health.unready() == healthStopping {
		return Reloaded{}, errors.New("the worker is stopping")
	}
	next, err := r.prepare()
	r.metrics.Reload(err == nil, time.Now())
	if err != nil {
		r.log.Error().Err(err).Str("cause", cause).Msg("configuration is refused, and nothing has changed")
		return Reloaded{}, err
	}
	before := r.running.Log.Level
	_ = r.level.set(moreLogged(before, next.command.Log.Level)) // both are checked
	if err := r.apply(next); err != nil {
		r.log.Warn().Err(err).Msg("what the last configuration used could not be closed")
	}
	r.log.Info().Str("cause", cause).Strs("changed", next.result.Changed).Strs("needs_restart", next.result.NeedsRestart).
		Msg("configuration is read anew")
	_ = r.level.set(next.command.Log.Level)
	return next.result, nil
}

// moreLogged is the lower one of two levels: what has been done is told by the level before or the one after.
func moreLogged(a, b string) string {
	first, _ := zerolog.ParseLevel(a)
	second, _ := zerolog.ParseLevel(b)
	return min(first, second).String()
}

// prepare reads and checks everything, and opens what would be used. The caller holds mu.
func (r *reloader) prepare() (candidate, error) {
	command, config, err := r.read()
	if err != nil {
		return candidate{}, err
	}
	if err := command.validate(); err != nil {
		return candidate{}, err
	}
	if err := command.refuseExposed(config); err != nil {
		return candidate{}, err
	}
	table, err := language.Load(command.Languages)
	if err != nil {
		return candidate{}, exit.Usage(err)
	}
	next := candidate{command: command, table: r.table}
	next.result = compare(r.running, command, reflect.DeepEqual(r.table, table))
	has := func(name string) bool { return slices.Contains(next.result.Changed, name) }
	if has("languages") || has("python") {
		next.table = table
		if next.languages, err = r.runtime.OpenLanguages(table, command.Python); err != nil {
			return candidate{}, err
		}
	}
	if has("problems") {
		if next.directory, err = r.openDirectory(command.Problems); err != nil {
			return candidate{}, err
		}
	}
	return next, nil
}

// compare tells what is new in a configuration. The language table is a file of its own, which may change under the same name.
func compare(running, next Command, sameTable bool) Reloaded {
	result := Reloaded{Changed: []string{}, NeedsRestart: []string{}}
	for _, name := range settings.Changed(running, next) {
		if slices.Contains(liveSettings(), name) {
			result.Changed = append(result.Changed, name)
		} else {
			result.NeedsRestart = append(result.NeedsRestart, name)
		}
	}
	if !sameTable && !slices.Contains(result.Changed, "languages") {
		result.Changed = append(result.Changed, "languages")
		slices.Sort(result.Changed)
	}
	return result
}

// apply has the worker work by next, but for what needs a restart, which is told the next time again. What it returns is in the
// way of nothing. The caller holds mu.
func (r *reloader) apply(next candidate) error {
	var errs []error
	c := next.command
	if next.languages != nil {
		errs = append(errs, r.runtime.ReplaceLanguages(next.languages))
		r.tellLanguages()
	}
	if slices.Contains(next.result.Changed, "problems") {
		errs = append(errs, r.problems.replaceDirectory(next.directory))
	}
	r.wanted.begin(r.runtime.Languages().Statuses())
	errs = append(errs, r.worker.SetWeights(c.Lanes))
	r.worker.SetGrace(grace(c.Serving))
	r.resources.setMinFree(leastFree(c.Serving))
	r.table = next.table
	r.running.Languages, r.running.Python, r.running.Problems = c.Languages, c.Python, c.Problems
	r.running.Lanes, r.running.Grace, r.running.Log.Level = c.Lanes, c.Grace, c.Log.Level
	r.running.MinFreeDisk, r.running.MinFreeMemory = c.MinFreeDisk, c.MinFreeMemory
	return errors.Join(errs...)
}

// grace is how long what is in hand may go on when the worker is told to stop.
func grace(s settings.Serving) time.Duration { return max(s.Grace.Duration(), time.Nanosecond) }

// tellLanguages tells the registry and the metrics that there are other languages.
func (s *server) tellLanguages() {
	count := countLanguages(s.runtime.Languages().Statuses())
	s.info.set(s.runtime)
	s.metrics.Languages(slices.Concat(count.ready, count.toCome)...)
}

// acceptReloads reloads when SIGHUP or another command asks for it, until the stop function is called.
func (s *server) acceptReloads(hangups <-chan os.Signal, r *reloader) (stop func(), err error) {
	control, err := s.startControl(r)
	if err != nil {
		return nil, fmt.Errorf("%w; choose a state directory that can hold a socket with --state-dir DIR", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	var waiting sync.WaitGroup
	waiting.Go(func() {
		for {
			select {
			case <-hangups:
				_, _ = r.reload("SIGHUP") // the log tells
			case <-ctx.Done():
				return
			}
		}
	})
	return func() {
		control()
		cancel()
		waiting.Wait()
	}, nil
}
