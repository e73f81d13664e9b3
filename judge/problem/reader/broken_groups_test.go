package reader_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// broken is a package that breaks rules, and what is said of it.
type broken struct {
	files files
	want  []string
}

// checkBroken loads packages that differ from base by what is broken in them.
func checkBroken(t *testing.T, base files, tests map[string]broken) {
	t.Helper()
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, issuesOf(t, base.with(tt.files).write(t))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestBrokenKinds(t *testing.T) {
	validator := files{"output_validators/v.py": ""}
	with := func(yaml string, more files) files { return validator.with(more).with(files{"problem.yaml": yaml}) }
	checkBroken(t, sound(), map[string]broken{
		"type empty":             {files{"problem.yaml": modern + "type: []"}, []string{"problem.yaml:4: type is an empty list"}},
		"both types":             {files{"problem.yaml": modern + "type: [pass-fail, scoring]"}, []string{"problem.yaml:4: type cannot be both pass-fail and scoring"}},
		"unknown type":           {files{"problem.yaml": modern + "type: [batch]"}, []string{`problem.yaml:4: type "batch" is not known`}},
		"answers, interactive":   {with(modern+"type: [submit-answer, interactive]", nil), []string{"problem.yaml:4: type cannot be both submit-answer and interactive"}},
		"answers, passes":        {with(modern+"type: [multi-pass, submit-answer]", nil), []string{"problem.yaml:4: type cannot be both submit-answer and multi-pass"}},
		"answers, static":        {files{"problem.yaml": modern + "type: submit-answer", "static_validator/v.py": ""}, []string{"static_validator: a submit-answer problem has no sources to look at"}},
		"interactive alone":      {files{"problem.yaml": modern + "type: interactive"}, []string{"problem.yaml: the problem is interactive, but there is no output validator"}},
		"multi-pass alone":       {files{"problem.yaml": modern + "type: multi-pass"}, []string{"problem.yaml: the problem is multi-pass, but there is no output validator"}},
		"one pass":               {with(modern+"type: multi-pass\nlimits: {validation_passes: 1}", nil), []string{"problem.yaml:5: limits.validation_passes must be a whole number from 2 to 1000, not 1"}},
		"half passes":            {with(modern+"type: multi-pass\nlimits: {validation_passes: 2.5}", nil), []string{"problem.yaml:5: limits.validation_passes must be a whole number from 2 to 1000, not 2.5"}},
		"hexadecimal limit":      {files{"problem.yaml": modern + "limits: {time_limit: 0x10}"}, []string{"problem.yaml:4: limits.time_limit must be a finite decimal number, not 0x10"}},
		"underscores in a limit": {files{"problem.yaml": "limits: {memory: 1_000}"}, []string{"problem.yaml:1: limits.memory must be a finite decimal number, not 1_000"}},
		"icpc, scoring":          {files{"problem.yaml": "problem_format_version: legacy-icpc\ntype: scoring"}, []string{"problem.yaml:2: type cannot be scoring in format legacy-icpc"}},
		"icpc, score":            {with("problem_format_version: legacy-icpc\nvalidation: custom score", nil), []string{"problem.yaml:2: validation has the word score, which format legacy-icpc does not know"}},
		"score, pass-fail":       {with("type: pass-fail\nvalidation: custom score", nil), []string{"problem.yaml:2: validation has the word score, but the problem's type is not scoring"}},
		"word of validation":     {with("validation: custom fast", nil), []string{`problem.yaml:1: validation has the unknown word "fast"`}},
		"old custom_scoring":     {files{"problem.yaml": "type: pass-fail\ngrading: {custom_scoring: true}"}, []string{"problem.yaml:2: grading has custom_scoring, but the problem's type is not scoring"}},
		"old on_reject":          {files{"problem.yaml": "type: scoring\ngrading: {on_reject: never}"}, []string{`problem.yaml:2: grading.on_reject "never" is not known`}},
		"old range":              {files{"problem.yaml": "type: scoring\ngrading: {range: '5 4'}"}, []string{"problem.yaml:2: grading.range begins with 5 and ends with 4, which is less"}},
		"unknown grading":        {files{"problem.yaml": "type: scoring\ngrading: {scale: 2}"}, []string{"problem.yaml:2: unknown key grading.scale"}},
		"default in legacy":      {files{"include/default/a.h": ""}, []string{"include/default: format legacy has no files for all languages"}},
		"two validator dirs":     {with("validation: custom", files{"output_validator/v.py": ""}), []string{"output_validator: there is also output_validators"}},
		"two programs, 2025":     {files{"problem.yaml": modern, "output_validator/a/a.py": "", "output_validator/b/b.py": ""}, []string{"output_validator: holds several output validators (a/, b/)"}},
		"two static validators":  {files{"problem.yaml": modern, "static_validator/a/a.py": "", "static_validator/b/b.py": ""}, []string{"static_validator: holds several static validators (a/, b/)"}},
		"validator is a file":    {files{"problem.yaml": modern, "output_validator": ""}, []string{"output_validator: is a file"}},
	})
}

func TestBrokenLegacyGroups(t *testing.T) {
	const scoring = "name: x\ntype: scoring\n"
	group := func(text string) files { return files{"data/secret/testdata.yaml": text} }
	const file = "data/secret/testdata.yaml:1: "
	checkBroken(t, sound().with(files{"problem.yaml": scoring}), map[string]broken{
		"on_reject":             {group("on_reject: stop"), []string{file + `on_reject "stop" is not known`}},
		"grading":               {group("grading: mine"), []string{file + `grading "mine" is not known`}},
		"no grader":             {group("grading: custom"), []string{file + "grading is custom, but there is no grader"}},
		"two graders":           {group("grading: custom").with(files{"graders/a/a.py": "", "graders/b/b.py": ""}), []string{"graders: holds several graders (a/, b/)"}},
		"grader flag":           {group("grader_flags: sum median"), []string{file + `grader_flags has "median", which the default grader does not know`}},
		"ignore_sample below":   {group("grader_flags: ignore_sample"), []string{file + "grader_flags has ignore_sample, which is for the directory data itself"}},
		"range of one":          {group("range: 5"), []string{file + "range must be two numbers, not 1"}},
		"range of words":        {group("range: 0 lots"), []string{file + `range has "lots", which is not a decimal number`}},
		"range of nan":          {group("range: nan 5"), []string{file + `range has "nan", which is not a decimal number`}},
		"range backwards":       {group("range: 5 -inf"), []string{file + "range begins with 5 and ends with -Inf, which is less"}},
		"accept_score":          {group("accept_score: many"), []string{file + `accept_score must be a number, not "many"`}},
		"reject_score":          {group("reject_score: .inf"), []string{file + "reject_score must be a finite decimal number, not .inf"}},
		"unknown key":           {group("max_score: 5"), []string{file + "unknown key max_score"}},
		"validator flags":       {group("output_validator_flags: case_insensitive"), []string{file + `bad argument of the default output validator: unknown argument "case_insensitive"; known are case_sensitive, space_change_sensitive, float_tolerance, float_absolute_tolerance and float_relative_tolerance`}},
		"flags of problem.yaml": {files{"problem.yaml": scoring + "validator_flags: float_tolerance"}, []string{"problem.yaml:3: bad argument of the default output validator: float_tolerance needs a number after it"}},
		"flags in a list":       {group("output_validator_flags: [a]"), []string{file + "output_validator_flags must be a string, not a list"}},
		"two files":             {group("").with(files{"data/secret/test_group.yaml": ""}), []string{"data/secret/test_group.yaml: there is also testdata.yaml"}},
		"domjudge, custom": {
			group("grading: custom").with(files{"gavel.yaml": "grading_dialect: domjudge", "graders/a.py": ""}),
			[]string{file + "grading cannot be custom by the rules of DOMjudge"},
		},
		"domjudge, negative": {
			group("range: -5 5").with(files{"gavel.yaml": "grading_dialect: domjudge"}),
			[]string{file + "range must not be negative by the rules of DOMjudge"},
		},
	})
	checkBroken(t, sound(), map[string]broken{
		"custom in pass-fail": {group("grading: custom").with(files{"graders/a.py": ""}), []string{file + "grading cannot be custom in a pass-fail problem"}},
	})
}

func TestBrokenModernGroups(t *testing.T) {
	const scoring = modern + "type: scoring\n"
	base := pairs("secret/a/1", "secret/b/1", "sample/1").with(files{
		"problem.yaml":                  scoring,
		"data/secret/a/test_group.yaml": "max_score: 40\n", "data/secret/b/test_group.yaml": "max_score: 60\n",
	})
	const a, b, secret, sample = "data/secret/a/test_group.yaml", "data/secret/b/test_group.yaml", "data/secret/test_group.yaml", "data/sample/test_group.yaml"
	static := files{"static_validator/v.py": ""}
	checkBroken(t, base, map[string]broken{
		"max_score negative":    {files{a: "max_score: -1"}, []string{a + ":1: max_score must be a whole number, zero or more, not -1"}},
		"max_score not whole":   {files{a: "max_score: 1.5\nscore_aggregation: sum", secret: "max_score: unbounded"}, []string{a + ":1: max_score must be a whole number, zero or more, not 1.5"}},
		"max_score a word":      {files{a: "max_score: much\nscore_aggregation: sum", secret: "max_score: unbounded"}, []string{a + `:1: max_score must be a number, not "much"`}},
		"pass-fail, unbounded":  {files{a: "max_score: unbounded", secret: "max_score: unbounded"}, []string{a + ":1: has no max_score, which score_aggregation pass-fail needs"}},
		"unbounded in bounded":  {files{a: "\nmax_score: unbounded\nscore_aggregation: sum"}, []string{a + ":2: is unbounded, but data/secret is not"}},
		"no max_score":          {files{a: "score_aggregation: min"}, []string{a + ": is unbounded, but data/secret is not"}},
		"secret pass-fail, too": {files{secret: "score_aggregation: pass-fail\nmax_score: unbounded", a: "max_score: 1", b: "max_score: 1"}, []string{secret + ":2: has no max_score, which score_aggregation pass-fail needs"}},
		"pass-fail above sum":   {files{secret: "score_aggregation: pass-fail", b: "max_score: 60\nscore_aggregation: sum"}, []string{b + ":2: has score_aggregation sum, but that of data/secret is pass-fail"}},
		"aggregation":           {files{a: "max_score: 1\nscore_aggregation: max"}, []string{a + `:2: score_aggregation "max" is not known`}},
		"require unknown":       {files{b: "max_score: 60\nrequire_pass: c"}, []string{b + `:2: has require_pass "secret/c", which is no test group`}},
		"require later":         {files{a: "max_score: 40\nrequire_pass: [b]"}, []string{a + `:2: has require_pass "secret/b", which is not before it in order of names`}},
		"require itself":        {files{a: "max_score: 40\nrequire_pass: secret/a"}, []string{a + `:2: has require_pass "secret/a", which is not before it in order of names`}},
		"require a sum":         {files{a: "max_score: 40\nscore_aggregation: sum", b: "max_score: 60\nrequire_pass: a"}, []string{b + `:2: has require_pass "secret/a", whose score_aggregation is sum`}},
		"secret requires":       {files{secret: "require_pass: [sample, a]"}, []string{secret + `:1: has require_pass "secret/a", and data/secret can only require sample`}},
		"require secret":        {files{b: "max_score: 60\nrequire_pass: secret"}, []string{b + `:2: has require_pass "secret", which is no test group`}},
		"require a map":         {files{b: "max_score: 60\nrequire_pass: {a: 1}"}, []string{b + ":2: require_pass must be a list, not a map"}},
		"static without":        {files{a: "max_score: 40\nstatic_validation_score: pass-fail"}, []string{a + ":2: static_validation_score is given, but there is no static validator"}},
		"static score":          {static.with(files{a: "max_score: 40\nscore_aggregation: sum\nstatic_validation_score: 41"}), []string{a + ":3: static_validation_score of 41 is more than the max_score of 40"}},
		"static in pass-fail":   {static.with(files{a: "max_score: 40\nstatic_validation_score: 4"}), []string{a + ":2: static_validation_score can only be pass-fail where score_aggregation is pass-fail"}},
		"static negative":       {static.with(files{a: "max_score: 40\nscore_aggregation: sum\nstatic_validation_score: -4"}), []string{a + ":3: static_validation_score must be a whole number, zero or more, not -4"}},
		"group without cases":   {files{"data/secret/c/test_group.yaml": "max_score: 0"}, []string{"data/secret/c: is a test group without test cases"}},
		"group in sample":       {pairs("sample/g/1").with(files{"data/sample/g/test_group.yaml": ""}), []string{"data/sample/g: a test group can only lie directly in data/secret"}},
		"group in group":        {pairs("secret/a/g/1").with(files{"data/secret/a/g/test_group.yaml": "max_score: 1"}), []string{"data/secret/a/g: a test group can only lie directly in data/secret"}},
		"plain beside group":    {pairs("secret/c/1"), []string{"data/secret/c: must be a test group, because data/secret/a is one"}},
		"case beside group":     {pairs("secret/1"), []string{"data/secret/1.in: must be in a test group, because data/secret/a is one"}},
		"unknown key":           {files{a: "max_score: 40\non_reject: break"}, []string{a + ":2: unknown key on_reject"}},
	})
	checkBroken(t, base.with(files{"problem.yaml": modern, a: "", b: ""}), map[string]broken{
		"pass-fail: static score": {static.with(files{a: "static_validation_score: 4"}), []string{a + ":1: static_validation_score can only be pass-fail in a pass-fail problem"}},
	})
}

func TestBrokenModernCases(t *testing.T) {
	const file = "data/secret/1.yaml"
	checkBroken(t, sound().with(files{"problem.yaml": modern}), map[string]broken{
		"files is a file":       {files{"data/secret/1.files": ""}, []string{"data/secret/1.files: is a file"}},
		"args a string":         {files{file: "args: a b"}, []string{file + `:1: args must be a list, not "a b"`}},
		"args with a list":      {files{file: "args: [a, [b]]"}, []string{file + ":1: args must be a list of strings, and holds a list"}},
		"args with null":        {files{file: "args: [a, ~]"}, []string{file + `:1: args must be a list of strings, and holds "~"`}},
		"args with a zero byte": {files{file: `args: ["a\0"]`}, []string{file + ":1: args has a null character, which no program can be given"}},
		"args too long":         {files{file: "args: [" + strings.Repeat("a", 1<<16) + "]"}, []string{file + ":1: args has 65537 bytes, and a program can be given 65536"}},
		"feedback":              {files{file: "full_feedback: perhaps"}, []string{file + `:1: full_feedback must be true or false, not "perhaps"`}},
		"flags":                 {files{file: "output_validator_flags: case_sensitive"}, []string{file + ":1: unknown key output_validator_flags"}},
		"max_score":             {files{file: "max_score: 5"}, []string{file + ":1: unknown key max_score"}},
		"argument twice":        {files{file: "\noutput_validator_args: [case_sensitive, case_sensitive]"}, []string{file + ":2: bad argument of the default output validator: case_sensitive is given twice"}},
		"tolerance twice":       {files{file: "output_validator_args: [float_tolerance, 1, float_absolute_tolerance, 1]"}, []string{file + ":1: bad argument of the default output validator: float_absolute_tolerance gives a tolerance that was given before"}},
		"input validators":      {files{file: "input_validator_args: {v: x}"}, []string{file + `:1: input_validator_args.v must be a list, not "x"`}},
		"broken":                {files{file: "args: ["}, []string{file + ":1: broken yaml: did not find expected node content"}},
	})
}
