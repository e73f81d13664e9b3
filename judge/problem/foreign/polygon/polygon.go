// Package polygon reads the packages of Polygon, which problem.xml describes.
//
// Taken over are the limits, names of input and output files, tests with samples, points, groups and their dependencies,
// checker, interactor, validators, graders, and what solutions must get. Of several test sets the one called tests is
// judged. A checker of testlib's own that has a comparison in Gavel is that comparison; every other is compiled.
package polygon

import (
	"fmt"
	"strings"

	"github.com/gaveloj/gavel/judge/problem/foreign"
)

// File is what makes a directory a package of Polygon.
const File = "problem.xml"

// reader reads one package.
type reader struct {
	files    foreign.Files
	report   foreign.Report
	settings foreign.Settings
}

// Read describes the package. Where it has reported an error, the result is of no use.
func Read(files foreign.Files, report foreign.Report) foreign.Settings {
	r := reader{files: files, report: report}
	text, err := files.Read(File)
	if err != nil {
		report.Reject(File, 0, "cannot be read: "+err.Error(), "")
		return r.settings
	}
	problem, err := parse(text)
	if err != nil {
		report.Reject(File, 0, "broken xml: "+strings.TrimPrefix(err.Error(), "XML syntax error on "), "download the package again")
		return r.settings
	}
	problem.known(report, "revision short-name url id",
		"names statements tutorials judging files assets properties stresses tags documents attachments package-info")
	r.name(problem)
	r.judging(problem.child("judging"))
	r.assets(problem.child("assets"))
	r.resources(problem.child("files").child("resources"))
	return r.settings
}

func (r *reader) reject(line int, what, remedy string) { r.report.Reject(File, line, what, remedy) }

// name takes the name in English, or else the first.
func (r *reader) name(problem *element) {
	for _, n := range problem.child("names").all("name") {
		if r.settings.Name == "" || n.attr("language") == "english" {
			r.settings.Name = n.attr("value")
		}
	}
}

// mainTestset is the test set that is judged where there are several.
const mainTestset = "tests"

// judging reads limits and tests.
func (r *reader) judging(j *element) {
	j.known(r.report, "cpu-name cpu-speed input-file output-file run-count treat-points-from-checker-as-percent", "testset")
	r.settings.InputFile, r.settings.OutputFile = j.attr("input-file"), j.attr("output-file")
	if runs := j.attr("run-count"); runs != "" && runs != "1" {
		r.reject(j.at(), fmt.Sprintf("run-count is %.20q: submissions that run several times on a test are not judged", runs), "")
	}
	sets := j.all("testset")
	if len(sets) == 0 {
		r.reject(j.at(), "has no <testset>", "download the package again")
		return
	}
	set := sets[0]
	for _, s := range sets {
		if s.attr("name") == mainTestset {
			set = s
		}
	}
	for _, s := range sets {
		if s != set {
			r.report.Warn(File, s.line, fmt.Sprintf("test set %.60q is not judged, but %.60q", s.attr("name"), set.attr("name")), "")
		}
	}
	r.limits(set)
	r.tests(set)
}

// limits reads milliseconds and bytes.
func (r *reader) limits(set *element) {
	set.known(r.report, "name", "time-limit memory-limit test-count input-path-pattern output-path-pattern answer-path-pattern tests groups")
	r.settings.OutputLimit = foreign.OutputLimit
	if e := set.child("time-limit"); e == nil {
		r.reject(set.line, "has no <time-limit>", "download the package again")
	} else if v, ok := number(r.report, e.line, "<time-limit>", string(e.text)); ok {
		if v == 0 {
			r.reject(e.line, "<time-limit> must be more than zero", "")
		}
		r.settings.TimeLimit = v / 1000
	}
	if e := set.child("memory-limit"); e != nil {
		v, ok := number(r.report, e.line, "<memory-limit>", string(e.text))
		mib, rounded := foreign.MiB(v, 1)
		switch {
		case ok && v == 0:
			r.reject(e.line, "<memory-limit> must be more than zero", "")
		case ok && rounded:
			r.report.Warn(File, e.line, fmt.Sprintf("<memory-limit> is rounded up to %d MiB", mib), "")
		}
		r.settings.MemoryLimit = mib
	}
}

// resources reads the files that are compiled together with solutions.
func (r *reader) resources(resources *element) {
	for _, f := range resources.all("file") {
		if !hasChild(f.child("assets"), "asset", "SOLUTION") {
			continue
		}
		name := foreign.Find(r.files, r.report, File, f.line, f.attr("path"))
		if name == "" {
			continue
		}
		for kind := range strings.FieldsFuncSeq(f.attr("for-types"), func(c rune) bool { return c == ',' || c == ';' || c == ' ' }) {
			code := languageOf(kind)
			if kind == "*" || kind == ".*" {
				code = "default"
			}
			if code == "" {
				r.reject(f.line, fmt.Sprintf("for-types has %.40q, which is not known, and the file is a part of solutions", kind), "")
				continue
			}
			if r.settings.Include == nil {
				r.settings.Include = make(map[string][]string)
			}
			r.settings.Include[code] = append(r.settings.Include[code], name)
		}
	}
}

// hasChild reports whether one of the elements of a kind has a name.
func hasChild(e *element, kind, name string) bool {
	for _, c := range e.all(kind) {
		if c.attr("name") == name {
			return true
		}
	}
	return false
}
