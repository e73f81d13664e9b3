package grade

import (
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/judge/language"
	"github.com/gaveloj/gavel/judge/problem"
	"github.com/gaveloj/gavel/judge/verdict"
	"github.com/gaveloj/gavel/sandbox"
	"github.com/gaveloj/gavel/worker/sources"
)

// Config says how a class is graded. Problem, Table, Judge and Parallel are required.
type Config struct {
	Problem *problem.Problem
	// Request is what every submission has in common: ID and files are set for each.
	Request api.Submission
	Table   *language.Table
	Prefer  []string // see sources.Chooser
	// ComputedLimit is the time limit in Request, where it was computed from the package.
	ComputedLimit time.Duration
	Gavel         string // version, for Basis
	// Judge judges one submission. An error that ends ctx ends the run; one that matches api.ErrRejected is final; any other,
	// and a judge error, is tried once more, with again set.
	Judge func(ctx context.Context, s api.Submission, again bool) (api.Report, error)
	// Toolchain is the version of the compiler or runtime that would be used now; "" where that cannot be known. May be nil.
	Toolchain func(ctx context.Context, s api.Submission) string
	Parallel  int // submissions at a time
	// Earlier is the book of an earlier run, whose results of unchanged submissions are kept; may be nil.
	Earlier *Book
	// Done is called, one call at a time, when a row is ready. kept says that it is of the earlier book; sofar makes a book of
	// what there is. May be nil.
	Done func(s Student, kept bool, sofar func() *Book)
}

// Run grades the entries. Also when ctx ends, the book has a row for each entry; the error is ctx's cause then. All else that
// goes wrong is in the rows.
func Run(ctx context.Context, cfg Config, entries []Entry) (*Book, error) {
	r := &run{Config: cfg, earlier: map[string]*Student{}}
	if cfg.Earlier != nil {
		for i := range cfg.Earlier.Students {
			s := &cfg.Earlier.Students[i]
			r.earlier[s.Student] = s
		}
	}
	for i := range entries {
		waiting := row(&entries[i])
		if before := r.earlier[waiting.Student]; before != nil { // an interruption does not lose it
			waiting.Report, waiting.Basis = before.Report, before.Basis
		}
		r.rows = append(r.rows, waiting)
	}
	group, groupCtx := errgroup.WithContext(ctx)
	group.SetLimit(cfg.Parallel)
	for i := range entries {
		group.Go(func() error { return r.one(groupCtx, &entries[i], i) })
	}
	err := group.Wait()
	r.mu.Lock()
	defer r.mu.Unlock()
	return newBook(cfg, slices.Clone(r.rows)), err
}

// run is one call of Run.
type run struct {
	Config
	earlier map[string]*Student

	mu   sync.Mutex
	rows []Student // in the order of the entries; guarded by mu, which is held while Done is called
}

// row is a student before anything is known.
func row(e *Entry) Student {
	s := Student{Student: e.Student, ID: e.ID, Email: e.Email, Entry: e.Origin, Unlisted: e.Unlisted, Status: Waiting, Detail: "interrupted before its turn"}
	if e.Name != e.Student {
		s.Name = e.Name
	}
	return s
}

// one grades one entry. The error is that which ends ctx.
func (r *run) one(ctx context.Context, e *Entry, i int) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	s := row(e)
	kept, err := r.grade(ctx, e, &s)
	var trouble *Trouble
	switch {
	case errors.As(err, &trouble):
		s.Status, s.Detail = trouble.Status, trouble.Detail
	case err != nil && ctx.Err() != nil:
		return context.Cause(ctx)
	case err != nil:
		s.Status, s.Detail = JudgeError, err.Error()
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.rows[i] = s
	if r.Done != nil {
		r.Done(s, kept, func() *Book { return newBook(r.Config, slices.Clone(r.rows)) })
	}
	return nil
}

// grade judges the entry, or keeps what is known of it. The error is a *Trouble or a fault.
func (r *run) grade(ctx context.Context, e *Entry, s *Student) (kept bool, err error) {
	files, err := e.read(r.Table)
	if err != nil {
		return false, err
	}
	submission, err := r.submission(files, s)
	if err != nil {
		return false, err
	}
	basis := Basis{SourcesSHA256: submission.ContentDigest(), Problem: r.Problem.Digest, Gavel: r.Gavel}
	if before := r.earlier[s.Student]; before != nil && r.unchanged(ctx, before, basis, submission) {
		s.take(before.Report, before.Basis)
		return true, nil
	}
	report, err := r.judge(ctx, submission)
	if err != nil {
		return false, err
	}
	basis.Toolchain = report.LanguageVersion
	s.take(&report, &basis)
	return false, nil
}

// unchanged reports whether an earlier result still stands.
func (r *run) unchanged(ctx context.Context, before *Student, now Basis, submission api.Submission) bool {
	if before.Report == nil || before.Basis == nil {
		return false
	}
	now.Toolchain = before.Basis.Toolchain
	if *before.Basis != now {
		return false
	}
	if r.Toolchain == nil {
		return true
	}
	version := r.Toolchain(ctx, submission)
	return version == "" || version == now.Toolchain
}

// submission is what is judged of files. What cannot be one is a *Trouble.
func (r *run) submission(files []api.SourceFile, s *Student) (api.Submission, error) {
	submission := r.Request
	submission.Files = files
	if !r.Problem.Kind.SubmitAnswer {
		choice, err := sources.Chooser{Table: r.Table, Language: r.Request.Language, Prefer: r.Prefer}.Choose(files)
		var unclear *sources.ChoiceError
		switch {
		case errors.As(err, &unclear) && len(unclear.Candidates) == 0:
			return submission, noSource(files, err)
		case err != nil:
			return submission, &Trouble{Ambiguous, err.Error()}
		}
		submission.Language, submission.EntryPoint, submission.Files = choice.Language, choice.Entry, choice.Files
		s.LeftOut = append(s.LeftOut, choice.LeftOut...)
		s.LeftOut = append(s.LeftOut, r.leaveDocuments(&submission)...)
	}
	return submission, r.checkSize(submission)
}

// noSource says more where an archive that is not unpacked may hold what is missing.
func noSource(files []api.SourceFile, err error) error {
	for _, f := range files {
		if other := sources.RefuseOtherArchive(f.Name); other != nil {
			return &Trouble{Refused, other.Error()}
		}
	}
	return &Trouble{NoSource, err.Error()}
}

// leaveDocuments takes the files out that are no source of any language, where all together are more than the package takes of
// a program: a report or a picture beside a program is none of it.
func (r *run) leaveDocuments(s *api.Submission) (left []string) {
	if size(s.Files) <= int64(r.Problem.Limits.Code) && len(s.Files) <= api.MaxFiles {
		return nil
	}
	document := func(f api.SourceFile) bool { return !sources.IsSource(r.Table, f.Name) && !isHeader(f.Name) }
	for _, f := range s.Files {
		if document(f) {
			left = append(left, f.Name)
		}
	}
	s.Files = slices.DeleteFunc(slices.Clone(s.Files), document)
	return left
}

// isHeader reports whether a file is one that programs include.
func isHeader(name string) bool {
	return slices.Contains([]string{".h", ".hh", ".hpp", ".hxx", ".inc", ".inl", ".ipp", ".tcc"}, strings.ToLower(path.Ext(name)))
}

func size(files []api.SourceFile) int64 {
	total := int64(0)
	for _, f := range files {
		total += int64(len(f.Content))
	}
	return total
}

// checkSize refuses what no judge takes.
func (r *run) checkSize(s api.Submission) error {
	if n := len(s.Files); n > api.MaxFiles {
		return &Trouble{TooLarge, fmt.Sprintf("%d files, and at most %d are judged", n, api.MaxFiles)}
	}
	if n := size(s.Files); n > api.MaxSourceBytes {
		return &Trouble{TooLarge, fmt.Sprintf("%d MiB of files, and at most %d are judged", n>>20, sandbox.Bytes(api.MaxSourceBytes)>>20)}
	}
	if err := api.Validate(s); err != nil {
		return &Trouble{Refused, err.Error()}
	}
	return nil
}

// rejected is what of a rejection is the student's: a language that is not offered. The package is not.
func rejected(err error) error {
	var why *api.Rejection
	if errors.As(err, &why) && why.Class == verdict.ClassProblem && !why.Submitted {
		return &Trouble{JudgeError, err.Error()}
	}
	return &Trouble{Refused, err.Error()}
}

// judge judges a submission, and once more where somebody else than the student was at fault.
func (r *run) judge(ctx context.Context, s api.Submission) (report api.Report, err error) {
	for _, again := range []bool{false, true} {
		report, err = r.Judge(ctx, s, again)
		switch {
		case errors.Is(err, api.ErrRejected):
			return report, rejected(err)
		case err != nil && ctx.Err() != nil:
			return report, err
		case err == nil && report.Verdict != verdict.JudgeError && report.Verdict != verdict.Canceled:
			return report, nil
		}
	}
	switch {
	case err != nil:
		return report, &Trouble{JudgeError, err.Error()}
	case report.Error != nil && report.Error.Class == verdict.ClassLanguage:
		return report, &Trouble{Refused, report.Error.Message}
	case report.Error != nil:
		return report, &Trouble{JudgeError, fmt.Sprintf("%s: %s", report.Error.Class, report.Error.Message)}
	}
	return report, &Trouble{JudgeError, fmt.Sprintf("verdict %s", report.Verdict)}
}
