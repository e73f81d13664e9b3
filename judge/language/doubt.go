package language

import (
	"cmp"
	"context"
	"errors"
	"path"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/gaveloj/gavel/judge/verdict"
	"github.com/gaveloj/gavel/sandbox"
)

// A compiler that lost a part of itself, or whose parts are being replaced, refuses every program. So a compile error of a
// kind that sources seldom bring about is believed only when the test program of the language still compiles and runs; else
// the language has failed, and the submission is for another worker.

// brokenWords are what compilers say when something of theirs is missing or broken, and seldom else.
var brokenWords = []string{
	"No such file or directory", "cannot find", "cannot execute", "cannot open", "could not find", "Could not find", "not found",
	"internal compiler error", "Internal compiler error", "error while loading shared libraries", "Segmentation fault",
	"Permission denied", "undefined reference to", "Exec format error", "file not recognized", "file format not recognized", "No space left on device",
}

// doubtful reports whether a compilation that failed may have failed for the toolchain's sake.
func (c *Compilation) doubtful(u *Unit) bool {
	if c.abnormal || c.Failure == verdict.ReasonCompileLimit {
		return c.abnormal // limits are measured
	}
	log := cmp.Or(c.FullLog, c.Log)
	for _, word := range brokenWords {
		if strings.Contains(log, word) {
			return true
		}
	}
	return !names(log, u.Files) || blamesToolchain(log)
}

// names reports whether a compiler speaks of the sources at all.
func names(log string, files []sandbox.File) bool {
	for _, f := range files {
		if strings.Contains(log, path.Base(f.Path)) {
			return true
		}
	}
	return false
}

// blamesToolchain reports whether a compiler finds an error in a file of its own, as wrong uses of templates make it.
func blamesToolchain(log string) bool {
	for line := range strings.Lines(log) {
		if strings.HasPrefix(line, "/") && strings.Contains(line, "error:") {
			return true
		}
	}
	return false
}

// abnormalExit are the codes by which shells and drivers say that they could not start something.
func abnormalExit(code int) bool { return code == 126 || code == 127 }

// startFault reports whether a compiler that could not be started was kept from it by something else than the names of the sources.
func startFault(errno error) bool {
	return !errors.Is(errno, unix.E2BIG) && !errors.Is(errno, unix.ENAMETOOLONG)
}

// stillWorks runs the test program of l with the cache. Where it fails, so has the language: the error is a *MissingError. One
// that says nothing of the language is returned as it is.
func (t *Toolchains) stillWorks(ctx context.Context, lease leaseFunc, c *toolchain, with cache, known stamp) error {
	tools, err := t.cfg.Table.tools(c.language)
	if err == nil {
		s := selfTest{table: t.cfg.Table, language: c.language, lease: lease, temp: t.cfg.Temp}
		if c.language.Prepare != nil && !c.language.Prepare.Optional {
			s.prepared = with.dir // without an optional one, more of the toolchain is tested
		}
		defer s.close()
		err = s.run(ctx)
	}
	var fault *leaseError
	if err == nil || ctx.Err() != nil || errors.As(err, &fault) {
		return err
	}
	t.results.forget(t.results.path(t.cfg.Table, c.language, tools, with.dir))
	t.mu.Lock()
	if c.stamp == known && c.status.State == StateReady { // else it is known already
		c.status = c.status.failed(c.language, "self-test failed after a compile error", err)
		c.rest()
	}
	status, missing := c.status, c.missing()
	t.mu.Unlock()
	t.tell(status)
	return missing
}
