package judge

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/gaveloj/gavel/judge/grading"
	"github.com/gaveloj/gavel/judge/language"
	"github.com/gaveloj/gavel/judge/problem"
	"github.com/gaveloj/gavel/message"
	"github.com/gaveloj/gavel/message/verdict"
	"github.com/gaveloj/gavel/sandbox"
)

// session is the judgement of one submission.
type session struct {
	judge    *Judge
	problem  *problem.Problem
	sub      Submission
	files    []sandbox.File // as submitted
	stretch  float64        // of the time limit; see Judge.judge
	language *language.Language
	limits   runLimits
	plan     *grading.Plan
	events   *events
	report   Report

	program *artifact
	// entryPoint is what the program is started by, "" where its language has nothing to choose.
	entryPoint string
	answers    answers    // of a submit-answer problem, in place of a program
	validator  *validator // nil for the default output validator
	// interactor runs beside the submission where it and the validator are two programs; else nil.
	interactor *validator
	// submitted are the files in the validator's working directory. Not asked for before s.program is set.
	submitted func() ([]sandbox.File, error)
	// beside are the files in the program's working directory that are none of it. The same holds.
	beside func() ([]sandbox.File, error)
	static *validator // nil when no group asks for it
	grader *validator // nil when no group asks for it
	// visualizer makes pictures; nil when there is none, or nobody asked for them.
	visualizer *validator
	kept       keeping
	clock      phaseClock
}

// newSession looks at everything that can be refused before any work is done.
func (j *Judge) newSession(
	p *problem.Problem, sub Submission, files []sandbox.File, emit func(Event),
) (*session, error) {
	l, err := j.chooseLanguage(p, sub, files)
	if err != nil {
		return nil, err
	}
	s := &session{
		judge: j, problem: p, sub: sub, files: files, language: l,
		limits: limitsFor(p, l, sub), events: newEvents(sub, emit),
		plan: grading.New(p, sub.AllTests),
	}
	s.submitted, s.beside = sync.OnceValues(s.submittedTo), sync.OnceValues(s.besideProgram)
	s.kept.begin(j.cfg.Keeper, sub.ID, message.AttemptKey(sub.ID, sub.Attempt), maxKept)
	s.report = Report{
		Version: reportVersion, Submission: sub.ID, Attempt: sub.Attempt, Problem: p.Name,
		Language:      AnswersLanguage,
		TimeLimitUsec: s.limits.cpu.Microseconds(), MemoryLimit: int64(p.Limits.Memory), Worker: j.cfg.Worker,
		Tests: []TestReport{},
	}
	if l != nil {
		s.report.Language, s.report.LanguageVersion = l.ID, j.cfg.Languages.Version(l)
	}
	return s, nil
}

// chooseLanguage finds the language of a submission; nil where submissions are no programs.
func (j *Judge) chooseLanguage(p *problem.Problem, sub Submission, files []sandbox.File) (*language.Language, error) {
	if p.Kind.SubmitAnswer {
		return nil, nil
	}
	names := make([]string, len(files))
	for i, f := range files {
		names[i] = f.Path
	}
	l, err := j.cfg.Languages.Choose(sub.Language, names)
	if err != nil {
		return nil, lacking(err)
	}
	if !l.AllowedBy(p.Languages) {
		return nil, reject(verdict.ClassLanguage, fmt.Errorf("problem %s does not allow %s; it allows %q",
			p.Name, l.ID, p.Languages))
	}
	return l, nil
}

// lacking refuses a language, and says so where another worker may have it.
func lacking(err error) error {
	refused := &Rejection{Class: verdict.ClassLanguage, Err: err}
	var missing *language.MissingError
	if errors.As(err, &missing) {
		refused.Lacking = missing.Language
	}
	return refused
}

// limitsFor are the limits of one test run.
func limitsFor(p *problem.Problem, l *language.Language, sub Submission) runLimits {
	cpu := p.Limits.Time
	if sub.TimeLimitUsec > 0 {
		cpu = time.Duration(sub.TimeLimitUsec) * time.Microsecond
	}
	limits := runLimits{cpu: cpu, wall: wallLimit(p.Kind, cpu), memory: p.Limits.Memory, output: p.Limits.Output}
	if l != nil {
		limits.memory += l.Run.Memory.Allowance
	}
	return limits
}

// fileRule is what the problem lets submissions do with files. Before 2025-09 a package could not say, and what they
// wrote was no output.
func fileRule(p *problem.Problem) sandbox.FileRule {
	switch {
	case !p.AllowFileWriting:
		return sandbox.FilesReadOnly
	case p.Format == problem.F2025:
		return sandbox.FilesCounted
	}
	return sandbox.FilesFree
}

// run takes the submission through its stages.
func (s *session) run(ctx context.Context) (err error) {
	defer func() { err = errors.Join(err, s.close()) }()
	s.events.stage(StageReceived)
	if over := s.overCodeLimit(); over != "" {
		s.compileError(verdict.ReasonCodeLimit, over)
		return nil
	}
	s.events.stage(StageCompiling)
	start := time.Now()
	if err := s.buildPrograms(ctx); err != nil {
		return err
	}
	if s.problem.Kind.SubmitAnswer {
		s.unpackAnswers()
	} else if err := s.compile(ctx); err != nil {
		return err
	}
	s.report.Phases.CompileUsec = time.Since(start).Microseconds()
	if s.report.Verdict == verdict.CompileError {
		return nil
	}
	return s.runTests(ctx)
}

// buildPrograms builds what the package brings for judging.
func (s *session) buildPrograms(ctx context.Context) (err error) {
	p := s.problem
	if p.Validator != nil {
		if s.validator, err = s.judge.buildValidator(ctx, p); err != nil {
			return err
		}
	}
	if p.Interactor != nil {
		if s.interactor, err = s.judge.buildProgram(ctx, p, p.Interactor, roleInteractor); err != nil {
			return err
		}
	}
	if p.StaticValidator != nil && s.plan.Has(grading.StaticTest) {
		if s.static, err = s.judge.buildProgram(ctx, p, p.StaticValidator, roleStatic); err != nil {
			return err
		}
	}
	if p.Grader != nil && s.plan.Has(grading.Grader) {
		if s.grader, err = s.judge.buildProgram(ctx, p, p.Grader, roleGrader); err != nil {
			return err
		}
	}
	if p.Visualizer != nil && s.keeps(message.ArtifactFeedback) {
		s.visualizer, err = s.judge.buildProgram(ctx, p, p.Visualizer, roleVisualizer)
	}
	return err
}

// close gives everything back.
func (s *session) close() error {
	var errs []error
	if s.program != nil {
		errs = append(errs, s.judge.artifacts.release(s.program))
	}
	for _, v := range []*validator{s.validator, s.interactor, s.static, s.grader, s.visualizer} {
		if v != nil {
			errs = append(errs, v.release())
		}
	}
	return errors.Join(errs...)
}

// overCodeLimit says how the sources break the problem's code limit; "" when they keep it. Answers are no code: the
// output limit is for them.
func (s *session) overCodeLimit() string {
	if s.problem.Kind.SubmitAnswer {
		return ""
	}
	var total sandbox.Bytes
	for _, f := range s.files {
		total += sandbox.Bytes(len(f.Data))
	}
	if limit := s.problem.Limits.Code; total > limit {
		return fmt.Sprintf("the sources have %d bytes; this problem allows %d", total, limit)
	}
	return ""
}

// compileError ends the judgement with CE: nothing is run.
func (s *session) compileError(reason verdict.Reason, log string) {
	fold(&s.report, s.plan, s.plan.Nothing(verdict.CompileError), nil, nil)
	s.report.Reason = reason
	if log != "" {
		s.report.Compile.Log = log
	}
}

// compile sets s.program, or the report of a compile error.
func (s *session) compile(ctx context.Context) error {
	failure, log, err := s.build(ctx)
	if err == nil && failure != "" {
		s.compileError(failure, log)
	}
	return err
}

// build compiles what was submitted: it sets s.program, or says why there is none, with the log.
func (s *session) build(ctx context.Context) (failure verdict.Reason, log string, err error) {
	files, err := withInclude(s.files, s.problem, s.language)
	if err != nil {
		return "", "", err
	}
	unit, err := language.NewUnit(s.language, files, s.sub.EntryPoint)
	var nothing *language.SourceError
	if errors.As(err, &nothing) {
		return verdict.ReasonNoProgram, nothing.Message, nil
	}
	if err != nil {
		return "", "", err
	}
	unit.StartWith(s.mainFile(unit))
	s.entryPoint = startOf(unit)
	a, result, err := s.judge.compileUnit(ctx, unit, compileLimits(s.problem))
	if err != nil {
		return "", "", fmt.Errorf("compile submission: %w", err)
	}
	s.program, s.report.Compile = a, result.report
	s.keepLog(ctx, result.fullLog)
	return result.failure, result.report.Log, nil
}

// startOf names the file or class that is started, where a language has such a thing.
func startOf(u *language.Unit) string {
	switch {
	case u.EntryPoint != "":
		return u.EntryPoint
	case u.Language.Entry.Kind == language.EntryFile:
		return u.MainFile
	case u.Language.Entry.Kind == language.EntryClass:
		return strings.TrimSuffix(path.Base(u.MainFile), path.Ext(u.MainFile))
	}
	return ""
}

// compileLimits are those of the package, which are always set. The wall limit only ends what sleeps.
func compileLimits(p *problem.Problem) language.Limits {
	return language.Limits{
		CPU: p.Limits.CompilationTime, Wall: 2*p.Limits.CompilationTime + 10*time.Second,
		Memory: p.Limits.CompilationMemory,
	}
}

// packageFile reads a file of a problem package.
func packageFile(f problem.File) (sandbox.File, error) {
	if err := language.CheckPath(f.Name); err != nil {
		return sandbox.File{}, reject(verdict.ClassProblem, err)
	}
	data, err := f.Read()
	if err != nil {
		return sandbox.File{}, fmt.Errorf("read problem package: %w", err)
	}
	file := sandbox.File{Path: filepath.ToSlash(f.Name), Data: data}
	if f.Executable {
		file.Mode = 0o755
	}
	return file, nil
}

// compileUnit gets the program of u from the store, or compiles it in a container of its own.
func (j *Judge) compileUnit(ctx context.Context, u *language.Unit, limits language.Limits) (*artifact, built, error) {
	key, err := artifactKey(u, j.cfg.Languages.Table(), j.cfg.Languages.Version(u.Language), limits)
	if err != nil {
		return nil, built{}, err
	}
	return j.artifacts.get(ctx, key, u.Language, func(ctx context.Context) (c *language.Compilation, err error) {
		err = j.leased(ctx, func(sb *sandbox.Sandbox) error {
			c, err = language.Compile(ctx, sb, j.cfg.Languages.Table(), u, limits)
			return err
		})
		return c, err
	})
}

// leased does something in a clean container. A fault of the container is tried again in others.
func (j *Judge) leased(ctx context.Context, do func(*sandbox.Sandbox) error) error {
	var err error
	for range attempts {
		if err = j.leaseOnce(ctx, do); err == nil || ctx.Err() != nil {
			return err
		}
	}
	return err
}

// attempts is how often something is tried in containers before it is a fault of the worker.
const attempts = 3

func (j *Judge) leaseOnce(ctx context.Context, do func(*sandbox.Sandbox) error) error {
	start := time.Now()
	sb, err := j.cfg.Pool.Lease(ctx)
	if err != nil {
		return fmt.Errorf("lease container: %w", err)
	}
	defer j.cfg.Pool.Release(sb)
	j.cfg.Metrics.LeaseWait(time.Since(start))
	return do(sb)
}

// readAll reads a file from its start, whatever its offset.
func readAll(f *os.File) ([]byte, error) {
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	data := make([]byte, info.Size())
	_, err = io.ReadFull(io.NewSectionReader(f, 0, info.Size()), data)
	return data, err
}
