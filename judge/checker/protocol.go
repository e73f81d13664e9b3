package checker

// Protocol is how a validator or checker is called and how it answers. It is told by the package and never guessed.
type Protocol string

// The protocols.
const (
	// Kattis: validator INPUT ANSWER FEEDBACK_DIR/ [ARGS] < OUTPUT; exits 42 to accept and 43 to reject.
	Kattis Protocol = "kattis"
	// Testlib: checker INPUT OUTPUT ANSWER; exits by testlib's table, a score is in the first line of standard error.
	Testlib Protocol = "testlib"
	// TestlibXML: the same with REPORT -appes; the report in XML decides.
	TestlibXML Protocol = "testlib-appes"
	// CMS: checker INPUT ANSWER OUTPUT; prints a score from 0 to 1, and a message on standard error.
	CMS Protocol = "cms"
	// ExitCode: checker INPUT OUTPUT ANSWER; 0 accepts, 1 rejects, anything else is a judge error.
	ExitCode Protocol = "exit-code"
)
