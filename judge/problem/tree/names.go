package tree

// The files that say what the rest of a package is.
const (
	MetadataFile = "problem.yaml"
	// SettingsFile is our own: it describes a testlib-style package whole, or says of a package of another format what that
	// format cannot say. Its schema is configs/schemas/gavel.json.
	SettingsFile = "gavel.yaml"
	// DOMjudgeFile is DOMjudge's own: "timelimit = '5'" among others. Keys that do not matter to judging are not read.
	DOMjudgeFile = "domjudge-problem.ini"
	// TimeLimitFile is that of Kattis and DOMjudge, in seconds.
	TimeLimitFile = ".timelimit"
	// GroupFile configures data/sample, data/secret and the test groups directly in it, in 2025-09.
	GroupFile = "test_group.yaml"
)

// The two directories with test cases, in judging order. Others below data are for tools of authors.
const (
	SampleDir = "data/sample"
	SecretDir = "data/secret"
	// TestsDir is where the test cases of a testlib-style package are when it does not say.
	TestsDir = "tests"
	// FilesExt is the extension of the directory with a test case's files, in 2025-09.
	FilesExt = ".files"
)

// The directories that hold programs which judge, or look after the data. The first two are that of 2025-09 and that of
// the older formats.
const (
	ValidatorDir        = "output_validator"
	LegacyValidatorsDir = "output_validators"
	StaticDir           = "static_validator"
	VisualizerDir       = "output_visualizer"
	GraderDir           = "graders"
	InputValidatorsDir  = "input_validators"
	// TestlibHeader is what checkers of a widespread kind include. It is not ours to bring along.
	TestlibHeader = "testlib.h"
)

// The example submissions, and the files that say more of them than their directories do.
const (
	SubmissionsDir = "submissions"
	// ExampleFile is that of 2025-09.
	ExampleFile = SubmissionsDir + "/submissions.yaml"
	// DetailsFile is DOMjudge's: a map from their paths below submissions.
	DetailsFile = SubmissionsDir + "/submissions.json"
)
