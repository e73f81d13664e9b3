package checker

import "github.com/gaveloj/gavel/sandbox"

// Protocol is how a validator or checker is called and how it answers. It is told by the package and never guessed.
//
//	protocol       arguments                              beside the submission        answers by
//	kattis         INPUT ANSWER FEEDBACK_DIR/ < OUTPUT    the same                     exit code 42 or 43, files
//	testlib        INPUT OUTPUT ANSWER                    INPUT TOUT ANSWER            exit code
//	testlib-appes  INPUT OUTPUT ANSWER REPORT -appes      INPUT TOUT ANSWER REPORT ..  the report
//	cms            INPUT ANSWER OUTPUT                    there is no such form        standard output
//	sinol          INPUT OUTPUT ANSWER                    there is no such form        standard output
//	exit-code      INPUT OUTPUT ANSWER                    INPUT TOUT ANSWER            exit code 0 or 1
type Protocol string

// The protocols.
const (
	// Kattis: validator INPUT ANSWER FEEDBACK_DIR/ [ARGS] < OUTPUT; exits 42 to accept and 43 to reject.
	Kattis Protocol = "kattis"
	// Testlib: checker INPUT OUTPUT ANSWER; exits by testlib's table, a score is in a line of standard error that begins with points.
	Testlib Protocol = "testlib"
	// TestlibXML: the same with REPORT -appes; the report in XML decides, whatever the exit code is.
	TestlibXML Protocol = "testlib-appes"
	// CMS: checker INPUT ANSWER OUTPUT; prints a score from 0 to 1, and a message on standard error.
	CMS Protocol = "cms"
	// Sinol: checker INPUT OUTPUT ANSWER; prints OK or WRONG, a comment, and a score from 0 to 100, on a line each. It is that
	// of sinol-pack and oioioi.
	Sinol Protocol = "sinol"
	// ExitCode: checker INPUT OUTPUT ANSWER; 0 accepts, 1 rejects, anything else is a judge error.
	ExitCode Protocol = "exit-code"
)

// Protocols lists every protocol, for checking what people write.
func Protocols() []Protocol { return []Protocol{Kattis, Testlib, TestlibXML, CMS, Sinol, ExitCode} }

// Interacts reports whether the protocol has a form for a program that runs beside the submission.
func (p Protocol) Interacts() bool { return p != CMS && p != Sinol }

// PointsScale is what the points of a testlib checker mean, which its author and the platform agree on. The zero
// value is PointsAbsolute.
type PointsScale string

// The scales. A partial result (_pc of testlib) is n points, and a percentage by the other two.
const (
	PointsAbsolute PointsScale = "absolute" // points of the test case: ScoreAbsolute
	PointsFraction PointsScale = "fraction" // 0 to 1: ScoreMultiplier
	PointsPercent  PointsScale = "percent"  // 0 to 100: ScoreMultiplier
)

// PointsScales lists every scale, for checking what people write.
func PointsScales() []PointsScale {
	return []PointsScale{PointsAbsolute, PointsFraction, PointsPercent}
}

// Where programs find their files. The first three are files, and no links to descriptors: a name means the same for every
// process that the program starts, whatever descriptors it opens and closes.
const (
	inputPath  = sandbox.JudgeDir + "/input"
	answerPath = sandbox.JudgeDir + "/answer"
	outputPath = sandbox.JudgeDir + "/output"
	// Not below the working directory, which holds what was submitted and nothing else.
	feedbackPath = "/tmp/feedback/" // with the slash: validators append file names to it
	toutPath     = "/tmp/tout"
	reportName   = "report.xml"
)

// ProgramDir is where the files of a validator, checker and the like belong in a container.
const ProgramDir = "/tmp/validator"

// arguments are those of the protocol. They follow how to start the program, and in.Args follow them.
func (p Protocol) arguments(in Invocation) []string {
	output := outputPath
	if in.Interactive {
		output = toutPath
	}
	switch p {
	case Testlib, ExitCode, Sinol:
		return []string{inputPath, output, answerPath}
	case TestlibXML:
		return []string{inputPath, output, answerPath, feedbackPath + reportName, "-appes"}
	case CMS:
		return []string{inputPath, answerPath, output}
	case Kattis:
	}
	return []string{inputPath, answerPath, feedbackPath}
}

// hasFeedback says whether the program is given a feedback directory.
func (p Protocol) hasFeedback() bool { return p == Kattis || p == TestlibXML }
