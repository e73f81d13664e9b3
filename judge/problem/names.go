package problem

// The files that say what the rest of a package is.
const (
	metadataFile = "problem.yaml"
	// settingsFile is our own: it describes a testlib-style package whole, or says of a package of another format what that
	// format cannot say. Its schema is configs/schemas/gavel.json.
	settingsFile = "gavel.yaml"
	// domjudgeFile is DOMjudge's own: "timelimit = '5'" among others. Keys that do not matter to judging are not read.
	domjudgeFile = "domjudge-problem.ini"
	// timeLimitFile is that of Kattis and DOMjudge, in seconds.
	timeLimitFile = ".timelimit"
	// groupFile configures data/sample, data/secret and the test groups directly in it, in 2025-09.
	groupFile = "test_group.yaml"
)

// The two directories with test cases, in judging order. Others below data are for tools of authors.
const (
	sampleDir = "data/sample"
	secretDir = "data/secret"
	// testsDir is where the test cases of a testlib-style package are when it does not say.
	testsDir = "tests"
	// filesExt is the extension of the directory with a test case's files, in 2025-09.
	filesExt = ".files"
)

// The directories that hold programs which judge, or look after the data. The first two are that of 2025-09 and that of
// the older formats.
const (
	validatorDir        = "output_validator"
	legacyValidatorsDir = "output_validators"
	staticDir           = "static_validator"
	visualizerDir       = "output_visualizer"
	graderDir           = "graders"
	inputValidatorsDir  = "input_validators"
	// testlibHeader is what checkers of a widespread kind include. It is not ours to bring along.
	testlibHeader = "testlib.h"
)

// The example submissions, and the files that say more of them than their directories do.
const (
	submissionsDir = "submissions"
	// exampleFile is that of 2025-09.
	exampleFile = submissionsDir + "/submissions.yaml"
	// detailsFile is DOMjudge's: a map from their paths below submissions.
	detailsFile = submissionsDir + "/submissions.json"
)
