package polygon

import (
	"fmt"
	"path"
	"strings"

	"github.com/gaveloj/gavel/judge/problem/foreign"
)

// assets reads the programs of the package.
func (r *reader) assets(assets *element) {
	assets.known(r.report, "", "checker interactor validators solutions")
	r.interactor(assets.child("interactor"))
	r.checker(assets, assets.child("checker"))
	for _, v := range assets.child("validators").all("validator") {
		if name := r.source(v, "a validator"); name != "" {
			r.settings.Validators = append(r.settings.Validators, name)
		}
	}
	if len(r.settings.Validators) > 0 && len(r.settings.Groups) > 0 {
		r.report.Warn(File, assets.child("validators").line, "validators are run without --testset and --group", "")
	}
	solutions := assets.child("solutions")
	for _, s := range solutions.all("solution") {
		r.solution(s)
	}
}

// source is the path of the source of a program; "" where there is none, which is reported.
func (r *reader) source(e *element, what string) string {
	source := e.child("source")
	if source == nil || source.attr("path") == "" {
		r.reject(e.line, what+" has no <source>", "download the package again")
		return ""
	}
	return foreign.Find(r.files, r.report, File, source.line, source.attr("path"))
}

// comparisons are those of Gavel that give what checkers of testlib give, by their names.
var comparisons = map[string]string{
	"std::fcmp.cpp":   "lines",
	"std::hcmp.cpp":   "tokens",
	"std::icmp.cpp":   "tokens",
	"std::ncmp.cpp":   "tokens",
	"std::wcmp.cpp":   "tokens",
	"std::uncmp.cpp":  "unordered",
	"std::nyesno.cpp": "tokens ignore_case",
	"std::yesno.cpp":  "tokens ignore_case",
	"std::acmp.cpp":   "floats absolute=1.5e-6",
	"std::dcmp.cpp":   "floats tolerance=1e-6",
	"std::rcmp.cpp":   "floats absolute=1.5e-6",
	"std::rcmp4.cpp":  "floats tolerance=1e-4",
	"std::rcmp6.cpp":  "floats tolerance=1e-6",
	"std::rcmp9.cpp":  "floats tolerance=1e-9",
	"std::rncmp.cpp":  "floats absolute=1.5e-5",
}

// checker reads the checker. Where there is an interactor, it judges what that one wrote.
func (r *reader) checker(assets, e *element) {
	if e == nil {
		r.reject(assets.at(), "has no <checker>", "download the package again")
		return
	}
	e.known(r.report, "name type", "source binary copy testset")
	if kind := e.attr("type"); kind != "" && kind != "testlib" {
		r.reject(e.line, fmt.Sprintf("the checker is of the type %.40q, and must be one of testlib", kind), "")
		return
	}
	name := e.attr("name")
	if compare := comparisons[name]; compare != "" && r.settings.Interactor == nil {
		r.settings.Checker = &foreign.Program{Compare: compare}
		return
	}
	if strings.HasPrefix(name, "std::") && e.child("source") == nil {
		r.reject(e.line, fmt.Sprintf("the checker %.60q is neither in the package nor a comparison of Gavel", name),
			"add its source as a <source> of the checker")
		return
	}
	if source := r.source(e, "the checker"); source != "" {
		r.settings.Checker = &foreign.Program{Path: source, Protocol: "testlib"}
	}
}

func (r *reader) interactor(e *element) {
	if e == nil {
		return
	}
	e.known(r.report, "name type", "source binary runs testset copy")
	if runs := e.child("runs").all("run"); len(runs) > 1 {
		r.reject(e.line, "the interactor is for submissions that run several times on a test, which are not judged", "")
	}
	if r.settings.InputFile != "" || r.settings.OutputFile != "" {
		r.reject(e.line, "there is an interactor beside input-file or output-file: interactive problems have standard streams", "empty the two names")
		r.settings.InputFile, r.settings.OutputFile = "", ""
	}
	if source := r.source(e, "the interactor"); source != "" {
		r.settings.Interactor = &foreign.Program{Path: source, Protocol: "testlib"}
	}
}

// promises are what the tags of solutions promise.
var promises = map[string][]string{
	"main":                            {"MAIN"},
	"accepted":                        {"AC"},
	"rejected":                        {"REJECTED"},
	"wrong-answer":                    {"WA"},
	"presentation-error":              {"WA"},
	"time-limit-exceeded":             {"TLE"},
	"time-limit-exceeded-or-accepted": {"TLE", "AC"},
	"time-limit-exceeded-or-memory-limit-exceeded": {"TLE", "MLE"},
	"memory-limit-exceeded":                        {"MLE"},
	"failed":                                       {"RTE"},
}

// solution reads what a solution must get.
func (r *reader) solution(e *element) {
	e.known(r.report, "tag", "source binary extra-tags")
	source := r.source(e, "a solution")
	if source == "" {
		return
	}
	verdicts, known := promises[e.attr("tag")]
	if !known {
		r.report.Warn(File, e.line, fmt.Sprintf("the tag %.60q of %s is not known, and the solution may get anything", e.attr("tag"), source), "")
	}
	if extra := e.child("extra-tags").all("extra-tag"); len(extra) > 0 {
		r.report.Warn(File, extra[0].line, fmt.Sprintf("what %s must get on a group or test set is not checked", source), "")
	}
	if r.settings.Solutions == nil {
		r.settings.Solutions = make(map[string]foreign.Solution)
	}
	language := languageOf(e.child("source").attr("type"))
	if language == "" && path.Ext(source) == "" {
		r.report.Warn(File, e.line, fmt.Sprintf("the language %.40q of %s is not known", e.child("source").attr("type"), source), "")
	}
	r.settings.Solutions[source] = foreign.Solution{Verdict: verdicts, Language: language}
}

// languageOf is the code that the package formats have for a type of Polygon, such as cpp.g++17, java21 or python.3; ""
// where none is known.
func languageOf(kind string) string {
	base := strings.TrimRight(kind, "0123456789")
	base, version, _ := strings.Cut(base, ".")
	base = strings.TrimRight(base, "0123456789")
	switch base {
	case "c", "cpp", "csharp", "d", "go", "haskell", "java", "kotlin", "ocaml", "perl", "php", "ruby", "rust", "scala", "fsharp":
		return base
	case "python", "pypy":
		if strings.HasPrefix(kind, "python.2") || strings.HasSuffix(version, "pypy") && strings.HasSuffix(kind, "2") {
			return "python2"
		}
		return "python3"
	case "pas", "delphi":
		return "pascal"
	case "js", "nodejs":
		return "javascript"
	}
	return ""
}
