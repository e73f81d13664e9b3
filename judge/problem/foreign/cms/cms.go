// Package cms reads the packages of CMS in the layout of the Italian olympiad: task.yaml, input/inputN.txt,
// output/outputN.txt, gen/GEN, and what is in check/ or cor/ and sol/.
//
// Batch tasks are taken over, with graders, subtasks of the types Sum and GroupMin, checkers whose source is there, and the
// names of input and output files, which are input.txt and output.txt where nothing is said. The official solution
// must be right; CMS has no promises for others.
package cms

import (
	"fmt"
	"path"
	"strings"

	"github.com/gaveloj/gavel/judge/problem/foreign"
)

// File is what makes a directory a package of CMS.
const File = "task.yaml"

// reader reads one package.
type reader struct {
	files    foreign.Files
	report   foreign.Report
	task     *foreign.Table
	settings foreign.Settings
	tests    int // by the files that are there
}

// Read describes the package. Where it has reported an error, the result is of no use.
func Read(files foreign.Files, report foreign.Report) foreign.Settings {
	r := reader{files: files, report: report, task: foreign.ReadYAML(files, report, File)}
	if r.task == nil {
		return r.settings
	}
	r.settings.OutputLimit = foreign.OutputLimit
	if r.settings.Name, _ = r.task.Text("title"); r.settings.Name == "" {
		r.settings.Name, _ = r.task.Text("name")
	}
	r.kind()
	r.limits()
	r.exchange()
	r.findTests()
	r.score()
	r.checker()
	r.solutions()
	r.task.Ignore(unjudged...)
	r.task.Done()
	return r.settings
}

// unjudged are keys that matter to contests, pages and feedback alone.
var unjudged = []string{
	"name", "title", "statement", "primary_language", "primary_statements", "attachments", "public_testcases", "feedback_level",
	"score_precision", "score_mode", "min_submission_interval", "max_submission_number", "min_user_test_interval",
	"max_user_test_number", "submission_format", "token_mode", "token_initial", "token_max", "token_total", "token_gen_initial",
	"token_gen_number", "token_gen_interval", "token_gen_max", "token_min_interval", "token_max_number", "allowed_languages",
	"nome_breve", "nome", "risultati", "n_input", "difficulty", "color", "syllabuslevel", "source", "event", "topic", "label", "testing",
}

// kind refuses all but batch tasks.
func (r *reader) kind() {
	if r.task.Bool("output_only") {
		r.task.Reject("output_only", "asks for an OutputOnly task, and only Batch tasks are judged", "")
	}
	if kind, ok := r.task.Text("task_type"); ok && kind != "Batch" {
		r.task.Reject("task_type", fmt.Sprintf("is %.40q, and only Batch tasks are judged", kind), "")
	}
	if r.task.Has("task_type_parameters") {
		r.task.Warn("task_type_parameters", "is ignored: grader, files and checker are those of the package", "")
	}
	for _, dir := range checkerDirs {
		for _, name := range r.files.List(dir) {
			if stem(name) == "manager" {
				r.report.Reject(path.Join(dir, name), 0, "is the manager of a Communication task, and only Batch tasks are judged", "")
				return
			}
		}
	}
}

// limits reads seconds and MiB.
func (r *reader) limits() {
	for _, key := range []string{"time_limit", "timeout"} { // the second was its name before
		if v, ok := r.task.Positive(key); ok {
			r.settings.TimeLimit = v
		}
	}
	for _, key := range []string{"memory_limit", "memlimit"} {
		v, ok := r.task.Positive(key)
		if !ok {
			continue
		}
		mib, rounded := foreign.MiB(v, 1<<20)
		if rounded {
			r.task.Warn(key, fmt.Sprintf("is rounded up to %d MiB", mib), "")
		}
		r.settings.MemoryLimit = mib
	}
}

// exchange reads the names of the files for input and output. An empty name means the standard stream.
func (r *reader) exchange() {
	name := func(key, usual string) string {
		switch text, ok := r.task.Text(key); {
		case ok && text != "" && !foreign.IsName(text):
			r.task.Reject(key, fmt.Sprintf("is %.80q, and must be a plain name of a file", text), "")
		case ok, r.task.Has(key):
			return text
		}
		return usual
	}
	r.settings.InputFile, r.settings.OutputFile = name("infile", "input.txt"), name("outfile", "output.txt")
	if r.settings.InputFile != "" && r.settings.InputFile == r.settings.OutputFile {
		r.task.Reject("outfile", "is the name of the input file", "")
	}
}

// findTests counts the tests from 0 up.
func (r *reader) findTests() {
	r.settings.Tests = foreign.Tests{Input: "input/input*.txt", Answer: "output/output*.txt"}
	for ; r.tests < foreign.MaxTests && r.files.File(fmt.Sprintf("input/input%d.txt", r.tests)); r.tests++ {
		if answer := fmt.Sprintf("output/output%d.txt", r.tests); !r.files.File(answer) {
			r.report.Reject(answer, 0, "is not there", "run cmsMake in the package, which makes inputs and outputs")
			return
		}
		r.settings.Tests.Names = append(r.settings.Tests.Names, fmt.Sprint(r.tests))
	}
	if r.tests == 0 {
		r.report.Reject("input/input0.txt", 0, "is not there", "run cmsMake in the package, which makes inputs and outputs")
	}
	if others := len(r.files.List("input")); others > r.tests {
		r.report.Warn("input", 0, fmt.Sprintf("has other files than input0.txt to input%d.txt, which are ignored: %d of them", r.tests-1, others-r.tests), "")
	}
}

// checkerDirs are where a checker may be; the second is its name in Italian.
var checkerDirs = []string{"check", "cor"}

// checker finds the source of the checker. Without one, outputs are compared as CMS does: line by line, but for white space.
func (r *reader) checker() {
	r.settings.Checker = &foreign.Program{Compare: "whitediff"}
	var compiled, source string
	for i, dir := range checkerDirs {
		for _, name := range r.files.List(dir) {
			switch {
			case stem(name) != []string{"checker", "correttore"}[i]:
			case path.Ext(name) == "":
				compiled = path.Join(dir, name)
			case source != "" && isSource(name):
				r.report.Reject(path.Join(dir, name), 0, "there is also "+source, "keep one")
			case isSource(name):
				source = path.Join(dir, name)
			}
		}
	}
	switch {
	case source != "":
		r.settings.Checker = &foreign.Program{Path: source, Protocol: "cms"}
	case compiled != "":
		r.report.Reject(compiled, 0, "is a checker that is compiled, and its source is not there", "add "+compiled+".cpp")
	}
}

// stem is the name of a file without its extension.
func stem(name string) string { return strings.TrimSuffix(name, path.Ext(name)) }

// isSource reports whether a file is a program in a language that CMS takes for checkers and solutions.
func isSource(name string) bool { return languages[path.Ext(name)] != "" }

// languages has the codes of the package formats, by extension.
var languages = map[string]string{
	".c": "c", ".cpp": "cpp", ".cc": "cpp", ".cxx": "cpp", ".py": "python3", ".java": "java", ".pas": "pascal", ".hs": "haskell",
	".rs": "rust", ".php": "php", ".cs": "csharp",
}

// solutions reads graders and the programs in sol. A grader is compiled together with submissions, with the headers beside.
func (r *reader) solutions() {
	const dir = "sol"
	var graders, headers []string
	for _, name := range r.files.List(dir) {
		file := path.Join(dir, name)
		switch {
		case stem(name) == "grader" && isSource(name):
			graders = append(graders, file)
		case stem(name) == "stub" && isSource(name):
			r.report.Reject(file, 0, "is the stub of a Communication task, and only Batch tasks are judged", "")
		case path.Ext(name) == ".h", strings.HasSuffix(name, "lib.pas"):
			headers = append(headers, file)
		case !isSource(name):
		default:
			r.solution(file)
		}
	}
	for _, grader := range graders {
		r.include(grader, append([]string{grader}, headers...))
	}
	if len(graders) == 0 && len(headers) > 0 {
		r.report.Warn(dir, 0, "has headers without a grader: they are not added to submissions", "")
	}
}

// include adds a grader and headers to the submissions in its language.
func (r *reader) include(grader string, files []string) {
	code := languages[path.Ext(grader)]
	if r.settings.Include == nil {
		r.settings.Include = make(map[string][]string)
	}
	if code == "c" {
		r.report.Warn(grader, 0, "is added to submissions in C alone", "")
	}
	for _, f := range files {
		if pascal := path.Ext(f) == ".pas"; pascal != (code == "pascal") && f != grader {
			continue
		}
		r.settings.Include[code] = append(r.settings.Include[code], f)
	}
}

// solution takes a program of the authors. The official one is called so, in English or Italian.
func (r *reader) solution(file string) {
	if r.settings.Solutions == nil {
		r.settings.Solutions = make(map[string]foreign.Solution)
	}
	s := foreign.Solution{}
	if name := stem(path.Base(file)); name == "solution" || name == "soluzione" {
		s.Verdict = []string{"MAIN"}
	}
	r.settings.Solutions[file] = s
}
