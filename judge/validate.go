package judge

import (
	"errors"
	"fmt"
	"path"
	"time"

	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/judge/language"
	"github.com/gaveloj/gavel/judge/verdict"
)

// What a submission may hold at most. The problem's code limit is another matter, and a verdict.
const (
	maxSourceFiles = 256
	maxTimeLimit   = time.Hour
)

// ValidateSubmission tells whether sub could be judged at all: its fields and its file names. The error is a
// *Rejection that lists everything that is wrong.
func ValidateSubmission(sub api.Submission) error {
	var errs []error
	add := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	if err := api.CheckID(sub.ID); err != nil {
		add("submission %w", err)
	}
	if sub.Version != 1 {
		add("version %d of the submission message is unknown; write 1", sub.Version)
	}
	if sub.Attempt < 1 {
		add("attempt %d: attempts count from 1", sub.Attempt)
	}
	if sub.Problem == "" {
		add("problem is missing")
	}
	if limit := time.Duration(sub.TimeLimitUsec) * time.Microsecond; sub.TimeLimitUsec < 0 ||
		sub.TimeLimitUsec > maxTimeLimit.Microseconds() {
		add("time limit %v: 0 to %v are possible", limit, maxTimeLimit)
	}
	if len(errs) > 0 {
		return api.Refuse(verdict.ClassLanguage, errors.Join(append(errs, checkFiles(sub.Files)...)...))
	}
	if errs = checkFiles(sub.Files); len(errs) > 0 {
		return &api.Rejection{Class: verdict.ClassLanguage, Err: errors.Join(errs...), Submitted: true}
	}
	return nil
}

func checkFiles(files []api.SourceFile) []error {
	switch {
	case len(files) == 0:
		return []error{errors.New("no files")}
	case len(files) > maxSourceFiles:
		return []error{fmt.Errorf("%d files; at most %d are possible", len(files), maxSourceFiles)}
	}
	var errs []error
	seen := map[string]bool{}
	for i, f := range files {
		if err := language.CheckPath(f.Name); err != nil {
			errs = append(errs, fmt.Errorf("file %d: %w", i+1, err))
		}
		if seen[f.Name] {
			errs = append(errs, fmt.Errorf("file %d: there are two files called %q", i+1, f.Name))
		}
		seen[f.Name] = true
		if len(f.Content) > 0 && f.Text != "" {
			errs = append(errs, fmt.Errorf("file %q has both content and text; send one of them", f.Name))
		}
		if f.Object != nil {
			errs = append(errs, fmt.Errorf("file %q lies in an object store, which only a worker of a queue reads", f.Name))
		}
	}
	dirs := map[string]bool{}
	for i, f := range files {
		for dir := path.Dir(f.Name); dir != "." && dir != "/" && !dirs[dir]; dir = path.Dir(dir) {
			if dirs[dir] = true; seen[dir] {
				errs = append(errs, fmt.Errorf("file %d: %q lies in %q, which is a file", i+1, f.Name, dir))
			}
		}
	}
	if len(dirs) > api.MaxDirectories {
		errs = append(errs, fmt.Errorf("%d directories; at most %d are possible", len(dirs), api.MaxDirectories))
	}
	return errs
}
