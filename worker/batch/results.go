package batch

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"

	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/judge/verdict"
	"github.com/gaveloj/gavel/queue/client"
	"github.com/gaveloj/gavel/sandbox/flock"
	"github.com/gaveloj/gavel/worker/exit"
	"github.com/gaveloj/gavel/worker/terminal"
	"github.com/gaveloj/gavel/worker/wholefile"
)

// lineResult is a line of results: that of the run request, with the ID of the line in place of the request's. Schema:
// configs/schemas/batch-result.json.
type lineResult struct {
	Line int `json:"line"` // of the batch, from 1
	// Retry reports that the line may succeed when it is run again: not its program was at fault.
	Retry bool `json:"retry,omitempty"`
	api.RunResult
}

// newLineResult is what came of a line.
func newLineResult(line line, result api.RunResult, err error) lineResult {
	r := lineResult{Line: line.number, RunResult: result}
	r.Version, r.ID = api.Version, line.ID
	if err == nil {
		return r
	}
	r.Status, r.Reason, r.Runs = "", "", []api.Run{}
	class := api.RunHost
	var known *api.RunError
	var rejection *api.Rejection
	switch {
	case errors.As(err, &known):
		r.Error = known
	case errors.Is(err, client.ErrBusy):
		class = api.RunBusy
	case errors.As(err, &rejection) && rejection.Class == verdict.ClassLanguage:
		class = api.RunLanguage
	case errors.Is(err, api.ErrRejected), exit.CodeOf(err) == exit.BadRequest:
		class = api.RunRefused
	}
	if r.Error == nil {
		r.Error = &api.RunError{Class: class, Message: terminal.SingleLine(err.Error())}
	}
	r.Retry = !errors.Is(r.Error, api.ErrRejected)
	return r
}

// results writes results as they come, each line whole.
type results struct {
	path string   // "" for standard output
	file *os.File // nil for standard output
	out  *terminal.Output
	done map[string]bool // IDs that had a result before
	// earlier is the summary of those, without their number.
	earlier tally

	mu   sync.Mutex
	size int64 // of the whole lines in a regular file, -1 in another; guarded by mu
}

// openResults opens the file for results. With resume the results in it stay, without those that are to be had again.
func openResults(path string, resume bool, out *terminal.Output) (*results, error) {
	r := &results{path: path, out: out, size: -1}
	if path == "" {
		return r, nil
	}
	info, err := os.Stat(path)
	switch {
	case err == nil && info.Mode().IsRegular() && info.Size() > 0 && !resume:
		return nil, exit.Usage(fmt.Errorf("--out %s is there already; --resume goes on with it, or remove it", path))
	case err == nil && info.Mode().IsRegular() && resume:
		err = r.keepResults()
	default:
		r.file, err = os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o644)
	}
	if err == nil {
		err = r.lock()
	}
	if err != nil {
		_ = r.close() // nothing was written
		return nil, exit.Usage(fmt.Errorf("--out: %w", err))
	}
	return r, nil
}

// lock keeps two batches from writing to one file.
func (r *results) lock() error {
	info, err := r.file.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return err
	}
	r.size = info.Size()
	return r.take(r.file)
}

// take locks the file of the results, also where it is about to be replaced.
func (r *results) take(f *os.File) error {
	err := flock.Lock(f)
	if errors.Is(err, flock.ErrHeld) {
		return fmt.Errorf("%s is written to by another batch", r.path)
	}
	return err
}

// keepResults replaces the file by one with the lines that are whole and have a result.
func (r *results) keepResults() (err error) {
	old, err := os.OpenFile(r.path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer old.Close()
	if err := r.take(old); err != nil {
		return err
	}
	err = wholefile.Write(r.path, func(w io.Writer) error {
		r.done, err = copyResults(w, old, r.earlier.add)
		return err
	})
	r.earlier.lines, r.earlier.used = 0, 0
	if err != nil {
		return err
	}
	r.file, err = os.OpenFile(r.path, os.O_WRONLY|os.O_APPEND, 0)
	return err
}

// copyResults copies the lines that have a result, tells add of each, and returns their IDs.
func copyResults(to io.Writer, from io.Reader, add func(lineResult)) (map[string]bool, error) {
	done := map[string]bool{}
	for reader := bufio.NewReader(from); ; {
		line, err := reader.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			return done, nil // what has no end was cut
		}
		if err != nil {
			return nil, err
		}
		var r lineResult
		if json.Unmarshal(line, &r) != nil {
			return nil, fmt.Errorf("it has a line that is no result of a batch: %.60q", bytes.TrimSpace(line))
		}
		if r.Error != nil || r.ID == "" || done[r.ID] {
			continue
		}
		done[r.ID] = true
		add(r)
		if _, err := to.Write(line); err != nil {
			return nil, err
		}
	}
}

// has reports whether there was a result before.
func (r *results) has(id string) bool { return r.done[id] }

// write writes a line, or nothing of it.
func (r *results) write(result lineResult) error {
	if r.file == nil {
		return r.out.Object(result)
	}
	line, err := json.Marshal(result)
	if err != nil {
		return fmt.Errorf("encode result: %w", err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, err := r.file.Write(append(line, '\n')); err != nil {
		if r.size >= 0 {
			err = errors.Join(err, r.file.Truncate(r.size))
		}
		return fmt.Errorf("write results: %w; what is done is kept: go on with --resume when that is mended", err)
	}
	if r.size >= 0 {
		r.size += int64(len(line)) + 1
	}
	return nil
}

func (r *results) close() error {
	if r.file == nil {
		return nil
	}
	return r.file.Close()
}

// printSummary prints what came of the batch: to stderr beside results, else to stdout.
func (b *batch) printSummary(ended error) error {
	s := &b.summary
	if b.Out != "" && b.out.JSON {
		return b.out.Object(s.object())
	}
	table := b.out
	if b.Out == "" {
		table = b.out.Beside()
	}
	table.Table(s.rows())
	text := fmt.Sprintf("%s in %.1f s on %s", terminal.Plural(s.lines, "line"), s.elapsed.Seconds(), b.runner.about)
	if s.left > 0 {
		text += fmt.Sprintf("; %s had a result before", terminal.Plural(s.left, "line"))
	}
	table.Linef("%s", text)
	if ended != nil && b.results.size >= 0 {
		b.out.Notef("not finished: the same command with --resume goes on")
	}
	return table.Err()
}

// summaryObject is the summary for programs.
type summaryObject struct {
	Lines     int            `json:"lines"`
	Statuses  map[string]int `json:"statuses"`
	Before    int            `json:"had_result"`
	ElapsedMs int64          `json:"elapsed_ms"`
	UsedMs    int64          `json:"used_ms"` // wall time of all runs and compilers together
}

func (s *tally) object() summaryObject {
	statuses := s.statuses
	if statuses == nil {
		statuses = map[string]int{}
	}
	return summaryObject{s.lines, statuses, s.left, s.elapsed.Milliseconds(), s.used.Milliseconds()}
}
