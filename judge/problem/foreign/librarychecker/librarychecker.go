// Package librarychecker reads the problems of library-checker-problems: info.toml, checker.cpp, verifier.cpp, gen/, sol/, and
// in/ and out/, which its generate.py makes.
//
// Tests called example are samples. sol/correct.cpp is the model solution; the others are those of info.toml, where wrong
// promises a wrong answer, and allow_tle and allow_re let a solution be too slow or fail.
package librarychecker

import (
	"fmt"
	"math"
	"path"
	"strings"

	"github.com/gaveloj/gavel/judge/problem/foreign"
)

// File is what makes a directory a problem of library-checker-problems.
const File = "info.toml"

// The limits where info.toml gives none: seconds, and MiB as the site has them.
const (
	timeLimit   = 2
	memoryLimit = 1024
)

const toGenerate = "run generate.py of library-checker-problems with this info.toml, which makes in/, out/ and params.h"

// reader reads one package.
type reader struct {
	files    foreign.Files
	report   foreign.Report
	info     *foreign.Table
	settings foreign.Settings
}

// Read describes the package. Where it has reported an error, the result is of no use.
func Read(files foreign.Files, report foreign.Report) foreign.Settings {
	r := reader{files: files, report: report, info: foreign.ReadTOML(files, report, File)}
	if r.info == nil {
		return r.settings
	}
	r.settings.Name, _ = r.info.Text("title")
	r.settings.TimeLimit, r.settings.MemoryLimit, r.settings.OutputLimit = timeLimit, memoryLimit, foreign.OutputLimit
	if v, ok := r.info.Positive("timelimit"); ok {
		r.settings.TimeLimit = v
	}
	r.tests()
	r.programs()
	r.solutions()
	r.info.Ignore("forum", "type", "params")
	r.info.Done()
	return r.settings
}

// tests lists the tests that info.toml asks for, which have to be there.
func (r *reader) tests() {
	r.settings.Tests = foreign.Tests{Input: "in/*.in", Answer: "out/*.out"}
	missing, first := 0, ""
	for _, t := range r.info.Tables("tests") {
		name, _ := t.Text("name")
		number, ok := t.Number("number")
		t.Done()
		stem := strings.TrimSuffix(name, path.Ext(name))
		switch {
		case !foreign.IsName(stem):
			r.info.Reject("tests", fmt.Sprintf("has the name %.60q, which must be that of a file in gen", name), "")
			return
		case !ok || number < 0 || number != math.Trunc(number) || number+float64(len(r.settings.Tests.Names)) > foreign.MaxTests:
			r.info.Reject("tests", fmt.Sprintf("has %v tests of %.60q, and %d altogether are possible", number, name, foreign.MaxTests), "")
			return
		}
		for i := range int(number) {
			test := fmt.Sprintf("%s_%02d", stem, i)
			for _, file := range []string{"in/" + test + ".in", "out/" + test + ".out"} {
				if !r.files.File(file) {
					if missing++; missing == 1 {
						first = file
					}
				}
			}
			r.settings.Tests.Names = append(r.settings.Tests.Names, test)
			if stem == "example" {
				r.settings.Samples = append(r.settings.Samples, test)
			}
		}
	}
	switch {
	case len(r.settings.Tests.Names) == 0:
		r.info.Reject("tests", "names no tests", "")
	case missing > 0:
		r.report.Reject(first, 0, fmt.Sprintf("is not there, as %d of the %d files of tests are not", missing, 2*len(r.settings.Tests.Names)), toGenerate)
	}
}

// programs finds checker and verifier.
func (r *reader) programs() {
	if !r.files.File("checker.cpp") {
		r.report.Reject("checker.cpp", 0, "is not there", "add it")
	}
	r.settings.Checker = &foreign.Program{Path: "checker.cpp", Protocol: "testlib"}
	if r.files.File("verifier.cpp") {
		r.settings.Validators = []string{"verifier.cpp"}
	}
	if r.info.Table("params") != nil && !r.files.File("params.h") {
		r.report.Reject("params.h", 0, "is not there, and holds the params of info.toml for checker and verifier", toGenerate)
	}
	if strings.EqualFold(r.kind(), "function") {
		r.graders()
	}
}

// kind is what a submission is: a program, or a function.
func (r *reader) kind() string {
	kind, _ := r.info.Text("type")
	return kind
}

// graders adds what a function is compiled with.
func (r *reader) graders() {
	var files []string
	for _, name := range r.files.List("grader") {
		if ext := path.Ext(name); ext == ".cpp" || ext == ".h" || ext == ".hpp" {
			files = append(files, path.Join("grader", name))
		}
	}
	if len(files) == 0 {
		r.info.Reject("type", "is function, and there is no grader/ with what functions are compiled with", "")
		return
	}
	r.settings.Include = map[string][]string{"cpp": files}
}

// solutions reads what the programs in sol/ must get.
func (r *reader) solutions() {
	const model = "sol/correct.cpp"
	r.settings.Solutions = make(map[string]foreign.Solution)
	if r.files.File(model) {
		r.settings.Solutions[model] = foreign.Solution{Verdict: []string{"MAIN"}}
	} else {
		r.report.Warn(model, 0, "is not there: there is no model solution", "")
	}
	for _, s := range r.info.Tables("solutions") {
		name, _ := s.Text("name")
		file := foreign.Find(r.files, r.report, File, r.info.Line("solutions"), path.Join("sol", name))
		wrong, slow, fails := s.Bool("wrong"), s.Bool("allow_tle"), s.Bool("allow_re")
		s.Ignore("function")
		s.Done()
		if file == "" {
			continue
		}
		verdicts := []string{"AC"}
		if wrong {
			verdicts = []string{"WA"}
		}
		if slow {
			verdicts = append(verdicts, "TLE")
		}
		if fails {
			verdicts = append(verdicts, "RTE")
		}
		r.settings.Solutions[file] = foreign.Solution{Verdict: verdicts}
	}
}
