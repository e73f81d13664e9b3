package serve

import (
	"fmt"
	"strings"
	"sync"

	"github.com/gaveloj/gavel/judge/language"
)

// languageCount sums up the languages of a worker.
type languageCount struct {
	ready, toCome, failed, missing []string // IDs
}

func countLanguages(statuses []language.Status) (c languageCount) {
	for _, s := range statuses {
		switch {
		case s.State == language.StateReady:
			c.ready = append(c.ready, s.ID)
		case s.ToCome():
			c.toCome = append(c.toCome, s.ID)
		case s.Missing:
			c.missing = append(c.missing, s.ID)
		default:
			c.failed = append(c.failed, s.ID)
		}
	}
	return c
}

// installed is how many languages have a toolchain here.
func (c languageCount) installed() int { return len(c.ready) + len(c.toCome) + len(c.failed) }

// progress tells how far preparing has come; "" when nothing is to come.
func (c languageCount) progress() string {
	if len(c.toCome) == 0 {
		return ""
	}
	return fmt.Sprintf("languages: %d of %d ready, to come: %s", len(c.ready), c.installed(), strings.Join(c.toCome, " "))
}

// available reports of each language whether it is judged now.
func available(statuses []language.Status) map[string]bool {
	all := map[string]bool{}
	for _, s := range statuses {
		all[s.ID] = s.State == language.StateReady
	}
	return all
}

// wantedLanguages knows which languages the worker should judge: those whose toolchain is installed, and those that have been
// ready since the configuration was last read, whatever has become of their toolchains. So a reload or a restart, after a toolchain
// was removed on purpose, is what takes note of it. The zero value knows of none that was ready.
type wantedLanguages struct {
	mu    sync.Mutex
	ready map[string]bool // IDs; guarded by mu
}

// add notes a language that is ready.
func (w *wantedLanguages) add(id string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.ready == nil {
		w.ready = map[string]bool{}
	}
	w.ready[id] = true
}

// begin forgets what was ready before and is not now.
func (w *wantedLanguages) begin(statuses []language.Status) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.ready = map[string]bool{}
	for _, s := range statuses {
		if s.State == language.StateReady {
			w.ready[s.ID] = true
		}
	}
}

// of reports of each language whether it is wanted.
func (w *wantedLanguages) of(statuses []language.Status) map[string]bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	all := map[string]bool{}
	for _, s := range statuses {
		all[s.ID] = !s.Missing || w.ready[s.ID]
	}
	return all
}

// languageChanged tells the registry, the metrics and the log about a language of which there is news. It is called as
// soon as the runtime prepares languages.
func (s *server) languageChanged(status language.Status) {
	count := countLanguages(s.runtime.Languages().Statuses())
	s.info.set(s.runtime)
	s.metrics.Languages(append(count.ready, count.toCome...)...)
	log := s.log.With().Str("language", status.ID).Int("ready", len(count.ready)).Int("of", count.installed()).Logger()
	if status.State == language.StateReady {
		s.wanted.add(status.ID)
	}
	switch {
	case status.State == language.StateFailed:
		log.Warn().Str("reason", status.Reason).Str("remedy", status.Remedy).Msg("language is not offered")
	case status.State == language.StatePreparing:
		log.Debug().Msg("preparing language")
	case status.State == language.StatePending:
		log.Info().Msg("toolchain has changed, language is prepared anew")
	case status.Warning != "":
		log.Warn().Str("reason", status.Warning).Str("remedy", status.Remedy).Msg("language is offered with a flaw")
	default:
		log.Info().Str("version", status.Version).Bool("cache", status.Cached).Msg("language is ready")
	}
	if ready := int64(len(count.ready)); s.ready.Swap(ready) != ready && len(count.toCome) == 0 {
		s.log.Info().Strs("languages", count.ready).Msg("all languages are ready")
	}
}

// languageProgress is what /readyz says beside "ok".
func (s *server) languageProgress() string {
	if s.info.of.Load() == nil {
		return "" // the runtime is not open
	}
	return countLanguages(s.runtime.Languages().Statuses()).progress()
}
