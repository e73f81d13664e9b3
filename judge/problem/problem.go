package problem

import (
	"fmt"
	"os"
	"time"

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

	Limits Limits
	// Tests are in judging order: samples first, then by the format's rules.
	Tests []*Test
	// Groups is the directory data with the same tests as a tree.
	Groups *Group
	// Validator is nil for the default output validator.
	Validator *Validator
	// StrictArgs says that a repeated argument of the default output validator is an error.
	StrictArgs bool
	// Languages are the format's codes of the languages allowed; empty means all.
	Languages []string
	// Include maps a language code to the files that are added to submissions in that language, and replace
	// files of the same name. "default" goes to all languages, before their own.
	Include map[string][]File
	// AllowFileWriting says whether submissions may write files, which then count as output.
	AllowFileWriting bool
	// Warnings tell what was ignored or tolerated.
	Warnings []Issue

	tree     *tree
	unpacked string // temporary directory, "" when the package is a directory
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
}

// TimeSource says where a time limit came from.
type TimeSource string

// The sources, by priority.
const (
	TimeProblemYAML TimeSource = "problem.yaml"
	TimeFile        TimeSource = ".timelimit"
	TimeDOMjudge    TimeSource = "domjudge-problem.ini"
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

// Test is one test case.
type Test struct {
	Name          string // path below data without extension, such as "secret/03-big"
	Input, Answer string // regular files on disk
	// ValidatorArgs are the arguments for the output validator, default or custom.
	ValidatorArgs []string
	Sample        bool
}

// Group is a directory of test cases.
type Group struct {
	Name     string  // path below data, such as "secret/small"; "" for data itself
	Children []Child // in judging order
}

// Child is what a group holds: exactly one of the two is set.
type Child struct {
	Test  *Test
	Group *Group
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
	Path       string // on disk, a regular file
	Size       int64
	Executable bool
}

// Program is source code in the package.
type Program struct {
	Path  string // in the package, slash-separated: a file or a directory
	Files []File // in byte order of their names
	// Language is the format's code ("cpp", "python3", ...), "" when the file names do not tell it.
	Language string
	// EntryPoint is the main file, or the main class for languages of the Java machine; "" when there is only
	// one way to start the program.
	EntryPoint string
}

// Validator is a custom output validator.
type Validator struct {
	Program
	// Build and Run say that the directory has these scripts. Build is run in a copy of the directory and makes
	// run; with Run alone there is nothing to build. With either, Language does not matter.
	Build, Run bool
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
