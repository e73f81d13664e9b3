package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/gaveloj/gavel/judge"
	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/judge/language"
	"github.com/gaveloj/gavel/judge/problem"
	"github.com/gaveloj/gavel/sandbox/flock"
	"github.com/gaveloj/gavel/worker/connect"
	"github.com/gaveloj/gavel/worker/exit"
	"github.com/gaveloj/gavel/worker/grade"
	"github.com/gaveloj/gavel/worker/packages"
	"github.com/gaveloj/gavel/worker/settings"
	"github.com/gaveloj/gavel/worker/state"
	"github.com/gaveloj/gavel/worker/terminal"
	"github.com/gaveloj/gavel/worker/version"
)

// gradeCmd grades what a class has handed in.
type gradeCmd struct {
	settings.State
	settings.Judging
	settings.Naming
	NATS connect.Settings `embed:"" group:"nats" prefix:"nats-"`

	Out       string                `help:"Directory for grades.csv, grades.json, report.html and feedback; by default SUBMISSIONS.graded." placeholder:"DIR"`
	Roster    string                `help:"CSV with a header that lists the class: who has handed in nothing gets a row too."                placeholder:"FILE.csv"`
	Match     string                `help:"Column of the roster by which students are found; by default the one that fits them best."       placeholder:"COLUMN"`
	By        string                `help:"How names tell the student: folder, file, moodle, canvas, gradescope, or a regular expression with (?P<student>...), and if you like id, email and file; by default what all names look like, else folder." placeholder:"RULE"`
	File      []string              `help:"Pattern of the file that is meant where several could be the program; may be given several times." placeholder:"GLOB" sep:"none"`
	Language  string                `help:"Language of all submissions; by default what the file names tell."                                placeholder:"ID"`
	TimeLimit settings.Span         `help:"CPU time for each test in place of the package's; seconds, or with a unit."                        placeholder:"TIME"`
	AllTests  bool                  `default:"true" help:"Run the tests that come after the verdict is certain, too."                         negatable:""`
	Queue     bool                  `help:"Judge through the workers of a queue, in the lane practice, in place of here."`
	Pool      settings.SubjectToken `default:"${pool}" env:"GAVEL_POOL" help:"With --queue: pool of workers." placeholder:"NAME"`
	Force     bool                  `help:"Judge again also who has not changed."`
	Feedback  string                `default:"students" enum:"students,judges" help:"Who reads the feedback: students see nothing of secret tests but how many there are; judges all." placeholder:"students|judges"`
	CSV       string                `default:"plain" enum:"plain,moodle,canvas,gradescope" help:"Columns of grades.csv: all there is, or what a course system imports." name:"csv" placeholder:"plain|moodle|canvas|gradescope"`
	Results   string                `default:"" enum:",gradescope,prairielearn" help:"Write results/STUDENT.json as an autograder of this system does." placeholder:"gradescope|prairielearn"`
	Excel     bool                  `help:"Begin grades.csv with a byte-order mark, by which Excel knows UTF-8."`
	Strict    bool                  `help:"Exit with 1 also when somebody has handed in nothing."`

	Package     string   `arg:"" help:"Problem package: a directory, .zip or .kpp." name:"package"`
	Submissions []string `arg:"" help:"What the class has handed in: directories with a folder, file or archive of each student, or the .zip of a course system." name:"submissions"`
}

// grader is one call of the command.
type grader struct {
	gradeCmd
	out     *terminal.Output
	state   *state.Dir
	problem *problem.Problem
	entries []grade.Entry
	earlier *grade.Book
	shown   gradeProgress
}

func (c gradeCmd) Run(ctx context.Context, config settings.ConfigPath, out *terminal.Output) (err error) {
	layout, err := c.validate()
	if err != nil {
		return err
	}
	if err := c.refuseExposed(config); err != nil {
		return err
	}
	state, err := state.Open(c.State)
	if err != nil {
		return err
	}
	defer state.Close()
	p, err := packages.Load(c.Package, c.ReadWith(state.Temp))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.Close()) }()
	if err := judge.CheckProblem(p); err != nil {
		return err
	}
	roots, err := c.roots(out)
	defer func() {
		for _, root := range roots {
			err = errors.Join(err, root.Close())
		}
	}()
	if err != nil {
		return err
	}
	g := grader{gradeCmd: c, out: out, state: state, problem: p}
	if err := g.collect(roots, layout); err != nil {
		return err
	}
	lock, err := g.lockOut()
	if err != nil {
		return err
	}
	defer lock.Close() // it was only locked
	if err := g.readEarlier(); err != nil {
		return err
	}
	defer out.Done()
	return g.all(ctx)
}

// validate checks what one flag alone cannot know, and what the directory for the results is. layout is nil where it is not
// told.
func (c *gradeCmd) validate() (layout *grade.Layout, err error) {
	for _, pattern := range c.File {
		if err := grade.CheckPattern(pattern); err != nil {
			return nil, exit.Usage(fmt.Errorf("--file: %w", err))
		}
	}
	if c.By != "" {
		l, err := grade.ParseLayout(c.By)
		if err != nil {
			return nil, exit.Usage(fmt.Errorf("--by: %w", err))
		}
		layout = &l
	}
	if c.Match != "" && c.Roster == "" {
		return nil, exit.Usage(errors.New("--match names a column of --roster FILE.csv, which is missing"))
	}
	if c.Queue && c.Pool == "" {
		return nil, exit.Usage(errors.New("--pool cannot be empty"))
	}
	if c.Out == "" {
		first := filepath.Clean(c.Submissions[0])
		if strings.EqualFold(filepath.Ext(first), ".zip") {
			first = strings.TrimSuffix(first, filepath.Ext(first))
		}
		if first == "." || first == ".." || first == "/" {
			return nil, exit.Usage(fmt.Errorf("--out DIR is missing: %q gives the results no name", c.Submissions[0]))
		}
		c.Out = first + ".graded"
	}
	return layout, errors.Join(c.outside(), c.NATS.Check())
}

// outside refuses a directory for results that a later run would take for a submission.
func (c *gradeCmd) outside() error {
	out, err := filepath.Abs(c.Out)
	if err != nil {
		return err
	}
	for _, path := range c.Submissions {
		root, err := filepath.Abs(path)
		if err != nil {
			return err
		}
		if below, err := filepath.Rel(root, out); err == nil && filepath.IsLocal(below) {
			return exit.Usage(fmt.Errorf("--out %s lies in %s, and would be taken for a submission; choose a directory outside", c.Out, path))
		}
	}
	return nil
}

// refuseExposed refuses what a submission could read of its tests, of others' work and of their grades.
func (c gradeCmd) refuseExposed(config settings.ConfigPath) error {
	state, err := c.State.Private()
	if err != nil {
		return err
	}
	all := slices.Concat([]settings.Private{settings.PrivatePackage(c.Package), {What: "--out", Path: c.Out, Place: "/srv/course"}}, config.Private(), state, c.NATS.Private())
	for _, path := range c.Submissions {
		all = append(all, settings.Private{What: "submissions", Path: path, Place: "/srv/course"})
	}
	if c.Roster != "" {
		all = append(all, settings.Private{What: "--roster", Path: c.Roster, Place: "/srv/course"})
	}
	return settings.RefuseExposed(all...)
}

// roots opens what the class has handed in; also with an error, those that are open are returned.
func (c gradeCmd) roots(out *terminal.Output) (roots []grade.Root, err error) {
	for _, path := range c.Submissions {
		root, err := grade.OpenRoot(filepath.Clean(path))
		if err != nil {
			return roots, exit.Usage(err)
		}
		roots = append(roots, root)
		if root.Inside != "" {
			out.Notef("%s: all is in %s/, which is taken for the class", path, terminal.SingleLine(root.Inside))
		}
	}
	return roots, nil
}

// collect lists the entries and joins them with the roster.
func (g *grader) collect(roots []grade.Root, layout *grade.Layout) error {
	if layout == nil {
		found, err := grade.Detect(roots)
		if err != nil {
			return exit.Usage(err)
		}
		if layout = &found; found.String() != "folder" {
			g.out.Notef("the names are those of a download from %s; --by folder takes them as they are", found)
		}
	}
	entries, err := grade.Collect(roots, *layout)
	if err != nil {
		return exit.Usage(err)
	}
	if len(entries) == 0 {
		return exit.Usage(fmt.Errorf("%s holds no folder, file or archive of a student", strings.Join(g.Submissions, ", ")))
	}
	g.entries = entries
	if g.Roster == "" {
		return nil
	}
	roster, err := grade.ReadRoster(g.Roster)
	if err != nil {
		return exit.Usage(fmt.Errorf("--roster: %w", err))
	}
	column, note, err := roster.Match(g.Match, entries)
	if err != nil {
		return exit.Usage(fmt.Errorf("--roster: %w", err))
	}
	if note != "" {
		g.out.Notef("warning: %s", terminal.SingleLine(note))
	}
	g.entries = column.Join(entries)
	return nil
}

// lockOut makes the directory for the results and takes it for this process until the file is closed: two runs would each
// write what they know over what the other has judged.
func (g *grader) lockOut() (*os.File, error) {
	if err := os.MkdirAll(g.Out, 0o755); err != nil {
		return nil, exit.Usage(fmt.Errorf("--out: %w", err))
	}
	dir, err := os.Open(g.Out)
	if err != nil {
		return nil, exit.Usage(fmt.Errorf("--out: %w", err))
	}
	if err := flock.Lock(dir); err != nil {
		_ = dir.Close() // nothing was written
		if errors.Is(err, flock.ErrHeld) {
			return nil, exit.Usage(fmt.Errorf("--out %s: another gavel grade writes its results there; wait until it has ended, or choose another directory", g.Out))
		}
		return nil, fmt.Errorf("--out: %w", err)
	}
	return dir, nil
}

// readEarlier reads what a run before this one has left.
func (g *grader) readEarlier() error {
	var err error
	if g.earlier, err = grade.ReadBook(g.Out); err != nil && !g.Force {
		return exit.Usage(err)
	}
	return nil
}

// config is what Run gets, without what judges.
func (g *grader) config() (grade.Config, error) {
	table, err := language.Load(g.Languages)
	if err != nil {
		return grade.Config{}, exit.Usage(fmt.Errorf("read language table: %w", err))
	}
	if g.Language != "" {
		if _, err := table.Find(g.Language, nil); err != nil {
			return grade.Config{}, exit.Usage(fmt.Errorf("--language: %w", err))
		}
	}
	cfg := grade.Config{
		Problem: g.problem, Table: table, Prefer: g.File, Gavel: gavelBuild(), Done: g.done,
		Request: api.Submission{
			Version: api.Version, ID: "local", Attempt: 1, Problem: g.problem.Name, Language: g.Language,
			TimeLimitUsec: g.TimeLimit.Duration().Microseconds(), AllTests: g.AllTests,
		},
	}
	if !g.Force {
		cfg.Earlier = g.earlier
	}
	return cfg, nil
}

// gavelBuild tells builds of gavel apart, as far as the Go toolchain does.
func gavelBuild() string {
	v := version.Read()
	text := "gavel " + v.Version
	if v.Version == "(devel)" && v.Revision != "" {
		text += " " + v.Revision[:min(len(v.Revision), 12)]
	}
	return text
}

// all grades, and writes what there is, whatever ends it.
func (g *grader) all(ctx context.Context) error {
	cfg, err := g.config()
	if err != nil {
		return err
	}
	run := g.here
	if g.Queue {
		run = g.throughQueue
	}
	g.shown = gradeProgress{bar: g.out.Bar(len(g.entries), "students"), saved: time.Now()}
	book, interrupted := run(ctx, cfg)
	if book == nil {
		return interrupted
	}
	g.out.Done()
	unwritten := book.Write(g.Out, grade.Writing{
		Header: grade.Header(g.CSV), Excel: g.Excel, Audience: grade.Audience(g.Feedback), Results: grade.Results(g.Results), Earlier: g.earlier,
	})
	if err := g.print(book); err != nil { // what cannot be written is at least told
		return errors.Join(interrupted, unwritten, err)
	}
	if unwritten != nil {
		return errors.Join(interrupted, fmt.Errorf("%w; make room, and run it again", unwritten))
	}
	g.out.Notef("grades.csv, grades.json, report.html and feedback/ are in %s", g.Out)
	if interrupted != nil {
		g.out.Notef("%d of %d graded; run it again to go on", book.Count(grade.Graded), len(book.Students))
		return interrupted
	}
	return g.result(book)
}

// result is how the command ends.
func (g *grader) result(book *grade.Book) error {
	if n := book.Count(grade.JudgeError); n > 0 {
		return fmt.Errorf("%s could not be judged, and not for a fault of the students; see above, and run it again", plural2(n, "entry", "entries"))
	}
	notGraded := len(book.Students) - book.Count(grade.Graded)
	if !g.Strict {
		notGraded -= book.Count(grade.Missing)
	}
	if notGraded > 0 {
		return exit.ErrNotOK
	}
	return nil
}
