package problem

import (
	"fmt"
	"io/fs"
	"math"
	"os"
	"time"

	"github.com/gaveloj/gavel/judge/checker"
	"github.com/gaveloj/gavel/sandbox"
)

// Format is a version of the problem package format, as problem_format_version names it.
type Format string

// The formats that are read. Drafts are mapped to the version that they became.
const (
	Legacy     Format = "legacy"
	LegacyICPC Format = "legacy-icpc"
	Draft2023  Format = "2023-07"
	F2025      Format = "2025-09"
	// Testlib is no format of its own: tests, a checker and gavel.yaml, which says what is what.
	Testlib Format = "testlib"
	// These are layouts of other systems. Their packages are read into what those of Testlib are.
	Polygon        Format = "polygon"
	CMS            Format = "cms"
	Sinol          Format = "sinol"
	LibraryChecker Format = "library-checker"
)

// legacy says whether the rules of the two legacy formats hold.
func (f Format) legacy() bool { return f == Legacy || f == LegacyICPC }

// Problem is a package that can be judged.
type Problem struct {
	Name   string // of the directory or archive, without its extension
	Title  string // for people; the name where the package gives none
	Format Format
	// Digest is "sha256:" and the hash of the package's files: their paths, contents and executable bits. The
	// same package has the same digest as a directory and as an archive.
	Digest string

	Kind   Kind
	Limits Limits
	// Tests are in judging order: samples first, then by the format's rules.
	Tests []*Test
	// Groups is the directory data with the same tests as a tree, and how their results are put together.
	Groups *Group
	// Validator is the custom output validator or checker; nil when Test.Comparer compares. In an interactive problem
	// it is the interactor, unless Interactor is set.
	Validator *Validator
	// Interactor is set where interactor and checker are two programs, as with testlib: when the interactor ends
	// well, Validator, where there is one, judges what it wrote.
	Interactor *Validator
	// StaticValidator looks at the submitted files; nil where there is none.
	StaticValidator *Validator
	// Visualizer makes pictures of outputs, and never changes a verdict; nil where there is none.
	Visualizer *Validator
	// InputValidators look at the package's own inputs. They play no part in judging.
	InputValidators []*Validator
	// ValidatorTests are the package's tests of its own validators. They play no part in judging.
	ValidatorTests []ValidatorTest
	// Grader is the custom grader of the legacy format; nil where no group asks for it.
	Grader *Validator
	// Scores says that the validator may give scores. In the legacy formats that is "validation: custom score"; in
	// 2025-09 it holds for every scoring problem.
	Scores bool
	// SamplesOnly says that the package has no secret test cases, and does not ask to be judged without: only its own
	// examples are.
	SamplesOnly bool
	// StrictArgs says that a repeated argument of the default output validator is an error.
	StrictArgs bool
	// Languages are the format's codes of the languages allowed; empty means all.
	Languages []string
	// Include maps a language code to the files that are added to submissions in that language, and replace
	// files of the same name. "default" goes to all languages, before their own.
	Include map[string][]File
	// InputFile and OutputFile are the names of the files in the working directory in which a submission finds its input and
	// leaves its output, in place of the standard streams; "" for those. With an output file, what is written to files counts
	// as output. Never set where Kind is more than Scoring.
	InputFile, OutputFile string
	// AllowFileWriting says whether submissions may write files, which then count as output.
	AllowFileWriting bool
	// Warnings tell what was ignored or tolerated.
	Warnings []Issue
	// Defects are the test cases and submissions that are broken and left out; nil where there are none, and always
	// without Options.Verify.
	Defects *InvalidError

	tree          *tree
	examples      []Submission
	exampleIssues *findings
	duplicates    duplicates
	unpacked      string // temporary directory, "" when the package is a directory
}

// Kind says what a submission is and how it is run. The zero value is pass-fail: one run for each test case.
type Kind struct {
	// Scoring problems give a score. See Group.
	Scoring bool
	// Interactive: the program talks to the validator while both run.
	Interactive bool
	// MultiPass: the validator may ask for further runs of one test case. See Limits.ValidationPasses.
	MultiPass bool
	// SubmitAnswer: the submission is the outputs themselves, nothing is run. Not with the other two.
	SubmitAnswer bool
}

// Limits of a package. Every one is set and positive.
type Limits struct {
	// Time is the CPU time of one test case. See TimeSource.
	Time       time.Duration
	TimeSource TimeSource
	// Multipliers are for computing Time from the example submissions when TimeSource is TimeComputed.
	Multipliers Multipliers

	Memory sandbox.Bytes // of one run
	Output sandbox.Bytes // of one run
	Code   sandbox.Bytes // of all submitted files together

	CompilationTime   time.Duration
	CompilationMemory sandbox.Bytes

	ValidationTime   time.Duration
	ValidationMemory sandbox.Bytes
	ValidationOutput sandbox.Bytes
	// InteractionOutput bounds what an interactor says to the submission. In 2025-09 it is ValidationOutput, by the text of
	// the format; before, it is far above.
	InteractionOutput sandbox.Bytes
	// ValidationPasses is the most runs of one test case in a multi-pass problem, at least 2 there; 1 elsewhere.
	ValidationPasses int
}

// TimeSource says where a time limit came from.
type TimeSource string

// The sources, by priority.
const (
	TimeProblemYAML TimeSource = "problem.yaml"
	TimeFile        TimeSource = ".timelimit"
	TimeDOMjudge    TimeSource = "domjudge-problem.ini"
	TimeSettings    TimeSource = "gavel.yaml"
	// TimeComputed means that the package leaves the time limit to be computed from its accepted submissions.
	// Until somebody does, Limits.Time is DefaultTimeLimit.
	TimeComputed TimeSource = "computed"
)

// DefaultTimeLimit is the time limit where a package gives none; DOMjudge has the same.
const DefaultTimeLimit = 10 * time.Second

// Multipliers are how a time limit follows from measured times.
type Multipliers struct {
	// AcceptedToLimit times the slowest accepted run is the least time limit.
	AcceptedToLimit float64
	// LimitToExceeded times the time limit is what a submission that must be too slow has to take.
	LimitToExceeded float64
	// Resolution is what the time limit is a multiple of, rounded up.
	Resolution time.Duration
}

// ScaleTime multiplies, rounding up to a microsecond. What is less than a thousandth of one above is an error of the
// floating point.
func ScaleTime(d time.Duration, by float64) time.Duration {
	return time.Duration(math.Ceil(float64(d)/1e3*by-1e-3)) * time.Microsecond
}

// Test is one test case.
type Test struct {
	Name          string // path below data without extension, such as "secret/03-big"
	Input, Answer string // regular files on disk
	Sample        bool
	// Args are the arguments of the submission.
	Args []string
	// Files are put into the working directory of the submission before each run, over files of the same name.
	Files []File
	// ValidatorArgs are the arguments for the output validator, default or custom.
	ValidatorArgs []string
	// InputValidatorArgs and VisualizerArgs are those for the input validators and the output visualizer.
	InputValidatorArgs, VisualizerArgs []string
	// InputValidatorArgsOf is set in place of InputValidatorArgs where each input validator has its own, by the last
	// element of Validator.Path without extension.
	InputValidatorArgsOf map[string][]string
	// Comparer judges outputs where there is no custom validator.
	Comparer checker.Comparer
	// FullFeedback says that the team may see all about this test case. Never set in the legacy formats, which have no
	// such key.
	FullFeedback bool
}

// Group is a directory of test cases.
type Group struct {
	Name     string  // path below data, such as "secret/small"; "" for data itself
	Children []Child // in judging order
	// Legacy and Modern say how the results of the children are put together: the one in the legacy formats and the
	// drafts that use testdata.yaml, the other in 2025-09. Exactly one of them is set in every group, also in
	// pass-fail problems. In 2025-09 a directory that is no test group has a Modern that says so.
	Legacy *LegacyGrading
	Modern *ModernGrading
	// Static is set where the result of the static validator counts as one more test case of this group.
	Static *StaticTest
}

// Child is what a group holds: exactly one of the two is set.
type Child struct {
	Test  *Test
	Group *Group
}

// LegacyGrading is what testdata.yaml says of a group, inherited keys filled in.
type LegacyGrading struct {
	// Break says that nothing more of the group is judged after the first child that was not accepted.
	Break bool
	// Custom says that Problem.Grader decides the group, and not the default grader.
	Custom bool
	// Flags are for the grader, default or custom.
	Flags []string
	// AcceptScore and RejectScore are those of a test case whose validator gives no score.
	AcceptScore, RejectScore float64
	// Least and Most bound the score of the group; infinite where the package says nothing.
	Least, Most float64
	// DOMjudge says that the rules of DOMjudge hold, where AcceptScore is that of a whole group of test cases. Scored
	// says that this directory is a group by those rules.
	DOMjudge, Scored bool
}

// Aggregation says how the scores of a group's test cases become that of the group in 2025-09.
type Aggregation string

// The aggregations.
const (
	AggregatePassFail Aggregation = "pass-fail" // all or nothing
	AggregateSum      Aggregation = "sum"
	AggregateMin      Aggregation = "min"
)

// ModernGrading is what test_group.yaml says of a group, defaults filled in.
type ModernGrading struct {
	// Group says that the directory is a test group: data/sample, data/secret, or one directly in data/secret with a
	// test_group.yaml. The test cases of any other directory count as those of the group that it lies in, and the rest
	// of this struct is empty there.
	Group bool
	// MaxScore is the most that the group can get; of no meaning when Unbounded.
	MaxScore    float64
	Unbounded   bool
	Aggregation Aggregation
	// RequirePass names the groups below data, such as "sample" and "secret/small", whose test cases must all be accepted
	// before those of this group are run.
	RequirePass []string
}

// StaticTest is the virtual test case of a static validator.
type StaticTest struct {
	Args []string
	// PassFail: the static validator accepts or rejects, and gives no score. Else Score is the most that it gives.
	PassFail bool
	Score    float64
}

// tests lists the test cases of the group and those below it, in judging order.
func (g *Group) tests() []*Test {
	var all []*Test
	for _, c := range g.Children {
		if c.Test != nil {
			all = append(all, c.Test)
		} else {
			all = append(all, c.Group.tests()...)
		}
	}
	return all
}

// File is a file of the package.
type File struct {
	Name       string // slash-separated path, relative to the program that it belongs to
	Path       string // on disk, a regular file; Read it, since that is not always all
	Size       int64
	Executable bool
	// Constants are what Read fills in; nil for most files.
	Constants *Constants
}

// Program is source code in the package.
type Program struct {
	Path  string // in the package, slash-separated: a file or a directory
	Files []File // in byte order of their names
	// Language is the format's code ("cpp", "python3", ...), "" when the file names do not tell it.
	Language string
	// EntryPoint is the file or class that the package asks to start; "" leaves it to the rule of the language.
	EntryPoint string
}

// Validator is a program of the package that judges: an output validator, checker, interactor, grader or the like.
type Validator struct {
	Program
	// Protocol is how it is called and how it answers; "" for programs that are no output validators. An input validator
	// of testlib has checker.Testlib.
	Protocol checker.Protocol
	// PointsScale is what the points of a testlib checker mean; "" is checker.PointsAbsolute.
	PointsScale checker.PointsScale
	// Build and Run say that the directory has these scripts. Build is run in a copy of the directory and makes
	// run; with Run alone there is nothing to build. With either, Language does not matter.
	Build, Run bool
}

// SettingsFile is the content of problem.yaml; an error that matches fs.ErrNotExist where the format has another one.
func (p *Problem) SettingsFile() ([]byte, error) {
	if p.tree == nil || p.tree.file(metadataFile) == nil {
		return nil, fmt.Errorf("package %s in format %s has no problem.yaml: %w", p.Name, p.Format, fs.ErrNotExist)
	}
	return p.tree.readText(metadataFile)
}

// Close removes the temporary files of a package that came as an archive. The paths in Tests and Files are of no
// more use then.
func (p *Problem) Close() error {
	if p.unpacked == "" {
		return nil
	}
	if err := os.RemoveAll(p.unpacked); err != nil {
		return fmt.Errorf("remove unpacked problem package: %w", err)
	}
	return nil
}
