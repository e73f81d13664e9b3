package grade

import (
	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/judge/verdict"
)

// Status says what became of an entry.
type Status string

// The statuses.
const (
	Graded        Status = "graded"
	Missing       Status = "missing"   // the roster has the student, and nothing was handed in
	Empty         Status = "empty"     // nothing is in it
	NoSource      Status = "no source" // nothing of it is a program
	Ambiguous     Status = "ambiguous" // several files could be the program, or several entries the student's
	BrokenArchive Status = "broken archive"
	TooLarge      Status = "too large"
	Refused       Status = "refused"
	JudgeError    Status = "judge error" // the host or the package is at fault, after a second try
	Waiting       Status = "waiting"     // the command was interrupted before its turn
)

// Statuses lists them, in the order in which they are counted for people.
func Statuses() []Status {
	return []Status{Graded, Missing, Empty, NoSource, Ambiguous, BrokenArchive, TooLarge, Refused, JudgeError, Waiting}
}

// Student is one row. Schema: configs/schemas/grade.json.
type Student struct {
	Student string `json:"student"`         // no two rows have the same
	ID      string `json:"id,omitempty"`    // of the course system or the roster
	Name    string `json:"name,omitempty"`  // where it is another one than student
	Email   string `json:"email,omitempty"` // of the roster
	Entry   string `json:"entry,omitempty"` // where it lies; absent for those that are missing

	Unlisted bool `json:"unlisted,omitempty"` // the roster does not have the student

	Status Status `json:"status"`
	Detail string `json:"detail,omitempty"` // why it was not graded

	Language string       `json:"language,omitempty"`
	Verdict  verdict.Code `json:"verdict,omitempty"`
	Score    *float64     `json:"score,omitempty"`
	Max      *float64     `json:"max,omitempty"` // absent where there is no most
	Percent  *float64     `json:"percent,omitempty"`
	Groups   []Points     `json:"groups,omitempty"` // those of Book.Groups, in that order

	SlowestMS float64  `json:"slowest_ms,omitempty"` // CPU time of the slowest test
	PeakMiB   float64  `json:"peak_mib,omitempty"`   // memory of the largest
	Feedback  string   `json:"feedback,omitempty"`   // one line
	LeftOut   []string `json:"left_out,omitempty"`   // files that were not taken for a part of the program
	File      string   `json:"feedback_file,omitempty"`

	// Basis is what the result follows from; as long as it is the same, so is the result.
	Basis *Basis `json:"basis,omitempty"`
	// Report is the whole verdict; with status waiting that of an earlier run, which stands where nothing has changed since.
	Report *api.Report `json:"report,omitempty"`
}

// Points are those of one test group, or the accepted tests where there are no points.
type Points struct {
	Name  string   `json:"name"`
	Score *float64 `json:"score,omitempty"`
	Max   *float64 `json:"max,omitempty"`
}

// Basis is all that a result depends on.
type Basis struct {
	SourcesSHA256 string `json:"sources_sha256"` // Submission.ContentDigest of what was judged
	Problem       string `json:"problem_digest"`
	Gavel         string `json:"gavel_version"`
	Toolchain     string `json:"toolchain,omitempty"` // first line that the compiler or runtime prints of its version
}

// name is what people call the student.
func (s *Student) name() string {
	if s.Name != "" {
		return s.Name
	}
	return s.Student
}

// Book is the whole class. Schema: configs/schemas/grade.json.
type Book struct {
	Version int    `json:"version"` // of this file; 1
	Problem string `json:"problem"`
	Title   string `json:"title"`
	Scoring bool   `json:"scoring"` // the package gives points; else there is one, for the verdict AC
	Digest  string `json:"problem_digest"`
	Gavel   string `json:"gavel_version"`
	// TimeLimitUsec is the time limit that was computed for a package that states none, so that later runs have the same.
	TimeLimitUsec int64     `json:"time_limit_us,omitempty"`
	Max           *float64  `json:"max,omitempty"`    // absent where there is no most, or nobody was graded
	Groups        []Points  `json:"groups,omitempty"` // with the most of each
	Students      []Student `json:"students"`
}
