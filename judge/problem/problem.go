package problem

import (
	"fmt"
	"io/fs"
	"os"

	"github.com/gaveloj/gavel/judge/checker"
	"github.com/gaveloj/gavel/judge/problem/issue"
	"github.com/gaveloj/gavel/judge/problem/tree"
)

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
	Include map[string][]tree.File
	// InputFile and OutputFile are the names of the files in the working directory in which a submission finds its input and
	// leaves its output, in place of the standard streams; "" for those. With an output file, what is written to files counts
	// as output. Never set where Kind is more than Scoring.
	InputFile, OutputFile string
	// AllowFileWriting says whether submissions may write files, which then count as output.
	AllowFileWriting bool
	// Warnings tell what was ignored or tolerated.
	Warnings []issue.Issue
	// Defects are the test cases and submissions that are broken and left out; nil where there are none, and always
	// without reader.Options.Verify.
	Defects *issue.InvalidError

	// Examples are the sound ones of the example submissions, in byte order of their paths. ExampleDefects is what is
	// wrong with the others, which does not keep the problem from being judged; nil where there are none.
	Examples       []Submission
	ExampleDefects *issue.InvalidError
	// Tree holds the files of the package.
	Tree *tree.Tree
	// Unpacked is the temporary directory that Close removes; "" when the package is a directory.
	Unpacked string

	duplicates duplicates
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

// Test is one test case.
type Test struct {
	Name          string // path below data without extension, such as "secret/03-big"
	Input, Answer string // regular files on disk
	Sample        bool
	// Args are the arguments of the submission.
	Args []string
	// Files are put into the working directory of the submission before each run, over files of the same name.
	Files []tree.File
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

// AllTests lists the test cases of the group and those below it, in judging order.
func (g *Group) AllTests() []*Test {
	var all []*Test
	for _, c := range g.Children {
		if c.Test != nil {
			all = append(all, c.Test)
		} else {
			all = append(all, c.Group.AllTests()...)
		}
	}
	return all
}

// Program is source code in the package.
type Program struct {
	Path  string      // in the package, slash-separated: a file or a directory
	Files []tree.File // in byte order of their names
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
	if p.Tree == nil || p.Tree.File(tree.MetadataFile) == nil {
		return nil, fmt.Errorf("package %s in format %s has no problem.yaml: %w", p.Name, p.Format, fs.ErrNotExist)
	}
	return p.Tree.ReadText(tree.MetadataFile)
}

// Close removes the temporary files of a package that came as an archive. The paths in Tests and Files are of no
// more use then.
func (p *Problem) Close() error {
	if p.Unpacked == "" {
		return nil
	}
	if err := os.RemoveAll(p.Unpacked); err != nil {
		return fmt.Errorf("remove unpacked problem package: %w", err)
	}
	return nil
}

// Programs lists all programs of the package that judge or look after its data.
func (p *Problem) Programs() []*Validator {
	all := append([]*Validator{p.Validator, p.Interactor, p.StaticValidator, p.Visualizer, p.Grader}, p.InputValidators...)
	kept := all[:0]
	for _, v := range all {
		if v != nil {
			kept = append(kept, v)
		}
	}
	return kept
}
