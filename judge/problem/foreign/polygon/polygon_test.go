package polygon_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gaveloj/gavel/judge/problem/foreign"
	"github.com/gaveloj/gavel/judge/problem/foreign/foreigntest"
	"github.com/gaveloj/gavel/judge/problem/foreign/polygon"
)

type files = foreigntest.Files

// document is problem.xml with three tests.
func document(judging, assets string) string {
	return `<problem><names><name language="russian" value="Б"/><name language="english" value="A"/></names>
<judging><testset name="tests"><time-limit>1500</time-limit><memory-limit>67108864</memory-limit><test-count>3</test-count>
<input-path-pattern>tests/%02d</input-path-pattern><answer-path-pattern>tests/%02d.a</answer-path-pattern>
` + judging + `</testset></judging>
<assets>` + assets + `</assets></problem>`
}

const (
	threeTests = `<tests><test sample="true"/><test/><test/></tests>`
	wcmp       = `<checker name="std::wcmp.cpp" type="testlib"><source path="files/check.cpp"/></checker>`
)

// sound is a package that nothing is wrong with.
func sound(judging, assets string) files {
	f := files{
		"problem.xml": document(judging, assets), "files/check.cpp": "x", "files/val.cpp": "x", "files/int.cpp": "x", "files/grader.cpp": "x",
		"solutions/a.cpp": "x", "solutions/b.py": "x", "solutions/c.dpr": "x",
	}
	for i := range 3 {
		f[fmt.Sprintf("tests/%02d", i+1)], f[fmt.Sprintf("tests/%02d.a", i+1)] = "x", "x"
	}
	return f
}

// basic are the settings of sound(threeTests, wcmp).
func basic() foreign.Settings {
	return foreign.Settings{
		Name: "A", TimeLimit: 1.5, MemoryLimit: 64, OutputLimit: 64,
		Tests:   foreign.Tests{Input: "tests/*", Answer: "tests/*.a", Names: []string{"01", "02", "03"}},
		Samples: []string{"01"}, Checker: &foreign.Program{Compare: "tokens"},
	}
}

func TestRead(t *testing.T) {
	for name, tt := range map[string]struct {
		judging, assets string
		change          func(*foreign.Settings)
		warnings        []string
	}{
		"least": {threeTests, wcmp, func(*foreign.Settings) {}, nil},
		"own checker": {
			threeTests, `<checker type="testlib"><source path="files\check.cpp"/></checker>`,
			func(s *foreign.Settings) { s.Checker = &foreign.Program{Path: "files/check.cpp", Protocol: "testlib"} }, nil,
		},
		"checker of testlib without a comparison": {
			threeTests, `<checker name="std::lcmp.cpp" type="testlib"><source path="files/check.cpp"/></checker>`,
			func(s *foreign.Settings) { s.Checker = &foreign.Program{Path: "files/check.cpp", Protocol: "testlib"} }, nil,
		},
		"interactor": {
			threeTests, wcmp + `<interactor><source path="files/int.cpp"/></interactor>`,
			func(s *foreign.Settings) {
				s.Interactor = &foreign.Program{Path: "files/int.cpp", Protocol: "testlib"}
				s.Checker = &foreign.Program{Path: "files/check.cpp", Protocol: "testlib"}
			}, nil,
		},
		"validators and solutions": {
			threeTests, wcmp + `<validators><validator><source path="files/val.cpp"/></validator></validators><solutions>
<solution tag="main"><source path="solutions/a.cpp" type="cpp.g++17"/></solution>
<solution tag="time-limit-exceeded-or-accepted"><source path="solutions/b.py" type="python.pypy3-64"/></solution>
<solution tag="magic"><source path="solutions/c.dpr" type="pas.dpr"/><extra-tags><extra-tag group="1" tag="accepted"/></extra-tags></solution>
</solutions>`,
			func(s *foreign.Settings) {
				s.Validators = []string{"files/val.cpp"}
				s.Solutions = map[string]foreign.Solution{
					"solutions/a.cpp": {Verdict: []string{"MAIN"}, Language: "cpp"},
					"solutions/b.py":  {Verdict: []string{"TLE", "AC"}, Language: "python3"},
					"solutions/c.dpr": {Language: "pascal"},
				}
			},
			[]string{
				`problem.xml:8: the tag "magic" of solutions/c.dpr is not known, and the solution may get anything`,
				"problem.xml:8: what solutions/c.dpr must get on a group or test set is not checked",
			},
		},
		"points without groups": {
			`<tests><test sample="true" points="0"/><test points="40"/><test points="60"/></tests>`, wcmp,
			func(s *foreign.Settings) {
				s.Samples = nil // its group gives points
				s.Groups = []foreign.Group{
					{Name: "group1-1", Points: 0, Tests: []string{"01"}, Scoring: "sum"},
					{Name: "group1-2", Points: 40, Tests: []string{"02"}, Scoring: "sum"},
					{Name: "group1-3", Points: 60, Tests: []string{"03"}, Scoring: "sum"},
				}
			}, nil,
		},
		"groups in the order that they depend on": {
			`<tests><test sample="true" group="0"/><test group="1" points="5"/><test group="2" points="5"/></tests>
<groups><group name="1" points="30" points-policy="complete-group"><dependencies><dependency group="2"/></dependencies></group>
<group name="2" points-policy="each-test"><dependencies><dependency group="0"/></dependencies></group><group name="9"/></groups>`, wcmp,
			func(s *foreign.Settings) {
				s.Groups = []foreign.Group{
					{Name: "2", Points: 5, Tests: []string{"03"}, Scoring: "sum", Requires: []string{"sample"}},
					{Name: "1", Points: 30, Tests: []string{"02"}, Scoring: "all", Requires: []string{"2"}},
				}
			},
			[]string{`problem.xml:6: group "9" has no tests, and is ignored`},
		},
		"what is not known": {
			threeTests + `<magic/>`, wcmp + `<wand/>`, func(*foreign.Settings) {},
			[]string{"problem.xml:2: <testset> has the element <magic>, which is not known, and ignored", "problem.xml:5: <assets> has the element <wand>, which is not known, and ignored"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			want := basic()
			tt.change(&want)
			got := foreigntest.Check(t, polygon.Read, sound(tt.judging, tt.assets), nil, tt.warnings)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("settings (-want +got):\n%s", diff)
			}
		})
	}
}

// TestReadAround has what is said outside of tests and programs.
func TestReadAround(t *testing.T) {
	text := document(threeTests, wcmp)
	for name, tt := range map[string]struct {
		text     string
		change   func(*foreign.Settings)
		warnings []string
	}{
		"files": {
			strings.Replace(text, "<judging>", `<judging input-file="a.in" output-file="a.out">`, 1),
			func(s *foreign.Settings) { s.InputFile, s.OutputFile = "a.in", "a.out" }, nil,
		},
		"graders": {
			strings.Replace(text, "<assets>", `<files><resources><file path="files/check.cpp"/><file path="files/grader.cpp" for-types="cpp.*,java.*">`+
				`<stages><stage name="COMPILE"/></stages><assets><asset name="SOLUTION"/></assets></file></resources></files><assets>`, 1),
			func(s *foreign.Settings) {
				s.Include = map[string][]string{"cpp": {"files/grader.cpp"}, "java": {"files/grader.cpp"}}
			}, nil,
		},
		"odd memory": {
			strings.Replace(text, "67108864", "64000000", 1), func(s *foreign.Settings) { s.MemoryLimit = 62 },
			[]string{"problem.xml:2: <memory-limit> is rounded up to 62 MiB"},
		},
		"several test sets": {
			strings.Replace(text, "<judging>", `<judging><testset name="pretests"><test-count>99</test-count></testset>`, 1),
			func(*foreign.Settings) {},
			[]string{`problem.xml:2: test set "pretests" is not judged, but "tests"`},
		},
	} {
		t.Run(name, func(t *testing.T) {
			want := basic()
			tt.change(&want)
			got := foreigntest.Check(t, polygon.Read, sound("", "").With(files{"problem.xml": tt.text}), nil, tt.warnings)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("settings (-want +got):\n%s", diff)
			}
		})
	}
}

func TestBroken(t *testing.T) {
	text := document(threeTests, wcmp)
	change := func(from, to string) files {
		if !strings.Contains(text, from) {
			t.Fatalf("%q is not there", from)
		}
		return files{"problem.xml": strings.Replace(text, from, to, 1)}
	}
	const doctype = `<!DOCTYPE problem [<!ENTITY a "x"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY c SYSTEM "file:///etc/passwd">]>`
	for name, tt := range map[string]struct {
		change files
		issues []string
	}{
		"no xml":             {files{"problem.xml": "time_limit: 5"}, []string{"problem.xml: broken xml: the top element is not <problem>"}},
		"cut off":            {files{"problem.xml": text[:200]}, []string{"problem.xml: broken xml: line 2: unexpected EOF"}},
		"other top":          {files{"problem.xml": "<contest/>"}, []string{"problem.xml: broken xml: the top element is not <problem>"}},
		"other encoding":     {files{"problem.xml": `<?xml version="1.0" encoding="windows-1251"?><problem/>`}, []string{"problem.xml: broken xml: xml: opening charset \"windows-1251\": it is not UTF-8"}},
		"too deep":           {files{"problem.xml": strings.Repeat("<problem>", 1000)}, []string{"problem.xml: broken xml: line 1: more than 32 elements in each other"}},
		"entity":             {files{"problem.xml": doctype + strings.Replace(text, `"A"`, `"&b;"`, 1)}, []string{"problem.xml: broken xml: line 1: invalid character entity &b;"}},
		"outside entity":     {files{"problem.xml": doctype + strings.Replace(text, "1500", "&c;", 1)}, []string{"problem.xml: broken xml: line 2: invalid character entity &c;"}},
		"no time limit":      {change("<time-limit>1500</time-limit>", ""), []string{"problem.xml:2: has no <time-limit>"}},
		"time limit of 0":    {change("1500", "0"), []string{"problem.xml:2: <time-limit> must be more than zero"}},
		"negative memory":    {change("67108864", "-1"), []string{`problem.xml:2: <memory-limit> is "-1", and must be a number`}},
		"no tests":           {files{"tests/01": "", "tests/02": "", "tests/03.a": ""}, []string{"problem.xml:2: 3 of the 6 files of its 3 tests are not there, the first is tests/01"}},
		"huge count":         {change("<test-count>3", "<test-count>999999999999"), []string{"problem.xml:2: <test-count> is 9.99999999999e+11, and 1 to 20000 tests are possible"}},
		"count of NaN":       {change("<test-count>3", "<test-count>NaN"), []string{`problem.xml:2: <test-count> is "NaN", and must be a number`}},
		"traversal":          {change("tests/%02d<", "../tests/%02d<"), []string{`problem.xml:3: <input-path-pattern> is "../tests/%02d", and must be a path in the package with one number, such as tests/%02d`}},
		"absolute pattern":   {change("tests/%02d.a", "/etc/%02d"), []string{`problem.xml:3: <answer-path-pattern> is "/etc/%02d", and must be a path in the package with one number, such as tests/%02d`}},
		"pattern of a text":  {change("tests/%02d<", "tests/%s<"), []string{`problem.xml:3: <input-path-pattern> is "tests/%s", and must be a path in the package with one number, such as tests/%02d`}},
		"two ways":           {change("tests/%02d.a", "tests/%d.a"), []string{"problem.xml:2: the patterns of inputs and answers number tests in two ways, %02d and %d"}},
		"several runs":       {change("<judging>", `<judging run-count="2">`), []string{`problem.xml:2: run-count is "2": submissions that run several times on a test are not judged`}},
		"no test set":        {files{"problem.xml": "<problem><judging/><assets>" + wcmp + "</assets></problem>"}, []string{"problem.xml:1: has no <testset>"}},
		"checker outside":    {change("std::wcmp.cpp\" type=\"testlib\"><source path=\"files/check.cpp", "x\"><source path=\"../../etc/passwd"), []string{`problem.xml:5: names "../../etc/passwd", which is no path in the package`}},
		"checker not there":  {change("std::wcmp.cpp\" type=\"testlib\"><source path=\"files/check.cpp", "x\"><source path=\"check.cpp"), []string{`problem.xml:5: names "check.cpp", which is not there`}},
		"checker of a kind":  {change(`type="testlib"`, `type="pascal"`), []string{`problem.xml:5: the checker is of the type "pascal", and must be one of testlib`}},
		"no checker":         {change(wcmp, ""), []string{"problem.xml:5: has no <checker>"}},
		"unknown comparison": {change(wcmp, `<checker name="std::magic.cpp"/>`), []string{`problem.xml:5: the checker "std::magic.cpp" is neither in the package nor a comparison of Gavel`}},
		"files and an interactor": {
			files{"problem.xml": strings.Replace(strings.Replace(text, "<judging>", `<judging input-file="a">`, 1), wcmp, wcmp+`<interactor><source path="files/int.cpp"/></interactor>`, 1)},
			[]string{"problem.xml:5: there is an interactor beside input-file or output-file: interactive problems have standard streams"},
		},
		"groups that depend on themselves": {
			change(threeTests, `<tests><test group="1" points="1"/><test group="2"/><test group="2"/></tests><groups><group name="1" points-policy="each-test"><dependencies><dependency group="2"/>`+
				`</dependencies></group><group name="2" points-policy="each-test"><dependencies><dependency group="1"/></dependencies></group></groups>`),
			[]string{`problem.xml:4: group "1" depends on itself`},
		},
		"a group that depends on none": {
			change(threeTests, `<tests><test points="1"/><test/><test/></tests><groups><group name="" points-policy="each-test"><dependencies><dependency group="7"/></dependencies></group></groups>`),
			[]string{`problem.xml:4: group "" depends on "7", which has no tests`},
		},
		"points": {
			change(threeTests, `<tests><test points="-5"/><test points="inf"/><test/></tests>`),
			[]string{`problem.xml:4: points is "-5", and must be a number`, `problem.xml:4: points is "inf", and must be a number`},
		},
	} {
		t.Run(name, func(t *testing.T) {
			foreigntest.Check(t, polygon.Read, sound(threeTests, wcmp).With(tt.change), tt.issues, nil)
		})
	}
}

func FuzzRead(f *testing.F) {
	foreigntest.Fuzz(f, polygon.Read, func(text string) files { return sound(threeTests, wcmp).With(files{"problem.xml": text}) },
		document(threeTests, wcmp), "<problem><judging><testset><test-count>3</test-count></testset></judging></problem>")
}
