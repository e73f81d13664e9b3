// Package sinol reads the packages of sinol-pack, which oioioi and sinol-make use: config.yml, in/, out/ and prog/.
//
// The name of a test is ABC, its group, and letters: in/abc1a.in is of group 1. Group 0, and tests that end with "ocen", are
// samples. A group gives the least that one of its tests gets of its score. Solutions are prog/abc.cpp, abc2.py and so on,
// which are right, abcs.cpp, which are too slow, and abcb.cpp, which are wrong; sinol_expected_scores says more.
package sinol

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/gaveloj/gavel/judge/problem/foreign"
)

// File, with one of the directories Beside, makes a directory a package of sinol-pack.
const File = "config.yml"

// Beside are the directories of a package.
var Beside = []string{"prog", "in"}

// reader reads one package.
type reader struct {
	files    foreign.Files
	report   foreign.Report
	config   *foreign.Table
	settings foreign.Settings
	id       string // of the task, with which the names of all files begin
	tests    []test
}

// Read describes the package. Where it has reported an error, the result is of no use.
func Read(files foreign.Files, report foreign.Report) foreign.Settings {
	r := reader{files: files, report: report, config: foreign.ReadYAML(files, report, File)}
	if r.config == nil {
		return r.settings
	}
	r.settings.OutputLimit = foreign.OutputLimit
	for _, key := range []string{"title_pl", "title_en", "title"} {
		if title, ok := r.config.Text(key); ok {
			r.settings.Name = title
		}
	}
	r.findTests()
	r.kind()
	r.limits()
	r.scores()
	r.programs()
	r.include()
	r.config.Ignore("sinol_task_id", "sinol_latex_compiler", "sinol_static_tests", "sinol_undocumented_time_tool",
		"sinol_undocumented_test_limits", "keep_in_archive")
	r.config.Done()
	return r.settings
}

// kind refuses what is no plain task.
func (r *reader) kind() {
	for _, key := range []string{"sinol_task_type", "task_type"} {
		kind, ok := r.config.Text(key)
		if ok && !slices.Contains([]string{"normal", "default", "batch"}, strings.ToLower(kind)) {
			r.config.Reject(key, fmt.Sprintf("is %.40q: interactive and other special tasks are not judged", kind), "")
		}
	}
	if contest, _ := r.config.Text("sinol_contest_type"); contest == "oi" {
		r.config.Warn("sinol_contest_type", "is oi, and points do not get less beyond half the time limit here", "")
	}
}

// limits reads milliseconds and KiB. Gavel has one limit for all tests: the largest.
func (r *reader) limits() {
	if ms, ok := r.largest("time_limit"); ok {
		r.settings.TimeLimit = ms / 1000
	}
	if kib, ok := r.largest("memory_limit"); ok {
		mib, rounded := foreign.MiB(kib, 1<<10)
		if rounded {
			r.config.Warn("memory_limit", fmt.Sprintf("is rounded up to %d MiB", mib), "")
		}
		r.settings.MemoryLimit = mib
	}
	if r.config.Has("override_limits") {
		r.config.Warn("override_limits", "is ignored: limits are the same in all languages", "")
	}
}

// largest is the largest limit of a test, by a key for all and one, with an s behind it, for groups and tests.
func (r *reader) largest(key string) (float64, bool) {
	all, ok := r.config.Positive(key)
	single := r.config.Table(key + "s")
	if single == nil {
		return all, ok
	}
	known := make(map[string]float64)
	for _, name := range single.Keys() {
		if v, sound := single.Positive(name); sound {
			known[name] = v
		}
	}
	least, most := 0.0, 0.0
	for _, t := range r.tests {
		v, given := known[t.name]
		if !given {
			v, given = known[fmt.Sprint(t.group)]
		}
		if !given {
			v = all
		}
		if least == 0 || v < least {
			least = v
		}
		most = max(most, v)
	}
	if least != most {
		r.config.Warn(key+"s", fmt.Sprintf("gives tests limits from %v to %v, and all are judged by the largest", least, most),
			"a solution that has to be too slow by a lower limit may get AC")
	}
	return most, most > 0
}

// languages has the codes of the package formats, by extension.
var languages = map[string]string{
	".c": "c", ".cpp": "cpp", ".cc": "cpp", ".py": "python3", ".pas": "pascal", ".java": "java", ".rs": "rust", ".go": "go", ".cs": "csharp",
}

// program finds the one program in prog/ that is called so; "" where there is none.
func (r *reader) program(name string) string {
	found := ""
	for _, file := range r.files.List("prog") {
		switch {
		case strings.TrimSuffix(file, path.Ext(file)) != name || languages[path.Ext(file)] == "":
		case found != "":
			r.report.Reject(path.Join("prog", file), 0, "there is also "+found, "keep one")
		default:
			found = path.Join("prog", file)
		}
	}
	return found
}

// programs finds checker, validator and solutions.
func (r *reader) programs() {
	if r.id == "" {
		return
	}
	r.settings.Checker = &foreign.Program{Compare: "whitediff"}
	if checker := r.program(r.id + "chk"); checker != "" {
		r.settings.Checker = &foreign.Program{Path: checker, Protocol: "sinol"}
	}
	if social := r.program(r.id + "soc"); social != "" {
		r.report.Reject(social, 0, "is the program that an interactive task talks to, and such tasks are not judged", "")
	}
	if validator := r.program(r.id + "inwer"); validator != "" {
		r.settings.Validators = []string{validator}
	}
	r.solutions()
}

// solutions finds the solutions by their names: those of the task, with s for slow or b for wrong, a number, and words after
// a low line.
func (r *reader) solutions() {
	expected := r.config.Table("sinol_expected_scores")
	name := regexp.MustCompile("^" + regexp.QuoteMeta(r.id) + `([bs]?)[0-9]*(_.*)?$`)
	for _, file := range r.files.List("prog") {
		m := name.FindStringSubmatch(strings.TrimSuffix(file, path.Ext(file)))
		if m == nil || languages[path.Ext(file)] == "" {
			continue
		}
		s := foreign.Solution{Language: languages[path.Ext(file)]}
		switch m[1] {
		case "s":
			s.Verdict = []string{"TLE", "MLE"}
		case "b":
			s.Verdict = []string{"REJECTED"}
		default:
			s.Verdict = []string{"AC"}
			if strings.TrimSuffix(file, path.Ext(file)) == r.id {
				s.Verdict = []string{"MAIN"}
			}
		}
		if expected != nil && expected.Has(file) {
			expect(&s, expected.Table(file))
		}
		if r.settings.Solutions == nil {
			r.settings.Solutions = make(map[string]foreign.Solution)
		}
		r.settings.Solutions[path.Join("prog", file)] = s
	}
	if expected != nil {
		expected.Done()
	}
}

// statuses are verdicts by their names in sinol_expected_scores.
var statuses = map[string]string{"OK": "AC", "WA": "WA", "TL": "TLE", "ML": "MLE", "RE": "RTE", "CE": "CE"}

// expect takes what sinol_expected_scores says of a solution: its points, and a status for each group, of which the
// submission as a whole gets one.
func expect(s *foreign.Solution, t *foreign.Table) {
	if t == nil {
		return
	}
	if v, ok := t.Number("points"); ok {
		s.Score = &v
	}
	groups := t.Table("expected")
	if groups == nil {
		return
	}
	var verdicts []string
	for _, name := range groups.Keys() {
		status := ""
		if of := groups.Table(name); of != nil {
			status, _ = of.Text("status")
		}
		if v := statuses[status]; v != "" && v != "AC" && !slices.Contains(verdicts, v) {
			verdicts = append(verdicts, v)
		} else if v == "" {
			groups.Warn(name, fmt.Sprintf("has the status %.40q, which is not known", status), "")
		}
	}
	if s.Verdict = verdicts; verdicts == nil {
		s.Verdict = []string{"AC", "PAC"} // what a checker gives a part for is OK too
	}
}

// include adds what is compiled or run together with solutions: files in prog/.
func (r *reader) include() {
	add := func(key, code, name string) {
		file := path.Join("prog", name)
		switch clean, ok := foreign.Local(file); {
		case !ok || !strings.HasPrefix(clean, "prog/"):
			r.config.Reject(key, fmt.Sprintf("names %.80q, which is no path in prog", name), "")
		case !r.files.File(clean):
			r.config.Reject(key, fmt.Sprintf("names %.80q, which is not in prog", name), foreign.MissingRemedy(clean))
		default:
			if r.settings.Include == nil {
				r.settings.Include = make(map[string][]string)
			}
			if !slices.Contains(r.settings.Include[code], clean) && len(r.settings.Include[code]) < maxIncluded {
				r.settings.Include[code] = append(r.settings.Include[code], clean)
			}
		}
	}
	for _, name := range r.config.Texts("extra_compilation_files") {
		add("extra_compilation_files", "default", name)
	}
	for _, key := range []string{"extra_compilation_args", "extra_execution_files"} {
		table := r.config.Table(key)
		if table == nil {
			continue
		}
		for _, extension := range table.Keys() {
			code := languages["."+extension]
			for _, name := range table.Texts(extension) {
				switch {
				case code == "":
					r.config.Reject(key, fmt.Sprintf("has the language %.40q, which is not known", extension), "")
				case strings.HasPrefix(name, "-"):
					r.config.Reject(key, fmt.Sprintf("has the flag %.40q, and flags of compilers are those of the worker", name), "")
				default:
					add(key, code, name)
				}
			}
		}
	}
}

// maxIncluded bounds the files that are added to submissions in a language.
const maxIncluded = 100
