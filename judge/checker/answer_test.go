package checker

import (
	"math"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/sys/unix"

	"github.com/gaveloj/gavel/judge/verdict"
	"github.com/gaveloj/gavel/sandbox"
)

// said is what a program that ended by itself said.
type said struct {
	code           int
	stdout, stderr string
	files          map[string]string
}

// answer decides what a program said by a protocol.
func answer(t testing.TB, v Program, in Invocation, s said) Result {
	t.Helper()
	r := reply{program: v, in: in, facts: sandbox.Result{
		Outcome: sandbox.OutcomeExited, ExitCode: s.code, Stdout: []byte(s.stdout), Stderr: []byte(s.stderr),
	}}
	for name, text := range s.files {
		r.feedback.files = append(r.feedback.files, sandbox.File{Path: name, Data: []byte(text)})
	}
	out, err := r.result()
	if err != nil {
		t.Fatal(err)
	}
	if out.NextPass != nil {
		t.Cleanup(func() { _ = out.NextPass.Close() })
	}
	return out
}

func absolute(v float64) verdict.Score { return verdict.Score{Kind: verdict.ScoreAbsolute, Value: v} }

func multiplier(v float64) verdict.Score {
	return verdict.Score{Kind: verdict.ScoreMultiplier, Value: v}
}

func report(attributes, text string) map[string]string {
	return map[string]string{reportName: `<?xml version="1.0" encoding="windows-1251"?><result ` + attributes + `>` + text + `</result>`}
}

func TestProtocolAnswers(t *testing.T) {
	const ac, wa, part, je = Accepted, Wrong, Partial, Error
	const layout = verdict.ReasonPresentation
	fraction, percent := Program{Protocol: Testlib, PointsScale: PointsFraction}, Program{Protocol: Testlib, PointsScale: PointsPercent}
	testlib, xml := Program{Protocol: Testlib}, Program{Protocol: TestlibXML}
	cms, sinol, exit := Program{Protocol: CMS}, Program{Protocol: Sinol}, Program{Protocol: ExitCode}
	for name, tt := range map[string]struct {
		program Program
		said    said
		want    Decision
		score   verdict.Score
		reason  verdict.Reason
		judge   string // the whole message, and the beginning of one with Error
	}{
		"ok":                      {testlib, said{0, "", "ok 3 numbers\n", nil}, ac, verdict.Score{}, "", "3 numbers"},
		"ok, silent":              {testlib, said{0, "", "", nil}, ac, verdict.Score{}, "", ""},
		"ok, whatever it says":    {testlib, said{0, "", "wrong answer or not\n", nil}, ac, verdict.Score{}, "", "wrong answer or not"},
		"wrong":                   {testlib, said{1, "", "wrong answer 1st words differ\n", nil}, wa, verdict.Score{}, "", "1st words differ"},
		"wrong, says ok":          {testlib, said{1, "", "ok\n", nil}, wa, verdict.Score{}, "", "ok"},
		"okay is no prefix":       {testlib, said{0, "", "okay\n", nil}, ac, verdict.Score{}, "", "okay"},
		"presentation":            {testlib, said{2, "", "wrong output format Expected integer\n", nil}, wa, verdict.Score{}, layout, "Expected integer"},
		"dirt":                    {testlib, said{4, "", "wrong output format Extra tokens\n", nil}, wa, verdict.Score{}, layout, "Extra tokens"},
		"unexpected end":          {testlib, said{8, "", "unexpected eof Unexpected end of file\n", nil}, wa, verdict.Score{}, layout, "Unexpected end of file"},
		"fail":                    {testlib, said{3, "", "FAIL jury has worse\n", nil}, je, verdict.Score{}, "", "output validator says that it failed\njury has worse"},
		"5":                       {testlib, said{5, "", "", nil}, je, verdict.Score{}, "", "output validator ended with exit code 5; it must be one of testlib's"},
		"42":                      {testlib, said{42, "", "", nil}, je, verdict.Score{}, "", "output validator ended with exit code 42;"},
		"49":                      {testlib, said{49, "", "", nil}, je, verdict.Score{}, "", "output validator ended with exit code 49;"},
		"partial 0":               {testlib, said{50, "", "partially correct (0) nothing\n", nil}, wa, absolute(0), "", "nothing"},
		"partial 30":              {testlib, said{80, "", "partially correct (30) some\n", nil}, part, absolute(30), "", "some"},
		"partial 205":             {testlib, said{255, "", "", nil}, part, absolute(205), "", ""},
		"partial 30 %":            {percent, said{80, "", "", nil}, part, multiplier(0.3), "", ""},
		"partial 30 of fractions": {fraction, said{80, "", "", nil}, part, multiplier(0.3), "", ""},
		"partial 100 %":           {percent, said{150, "", "", nil}, ac, multiplier(1), "", ""},
		"partial 101 %":           {percent, said{151, "", "", nil}, je, verdict.Score{}, "", `output validator gave 101 points, and the scale "percent" of the package goes from 0 to 100`},

		"points":                  {testlib, said{7, "", "points 12.5 well done\nmore\n", nil}, part, absolute(12.5), "", "well done\nmore"},
		"points 0":                {testlib, said{7, "", "points 0\n", nil}, wa, absolute(0), "", ""},
		"points, fraction":        {fraction, said{7, "", "points 0.5 half\n", nil}, part, multiplier(0.5), "", "half"},
		"points, fraction 1":      {fraction, said{7, "", "points 1 all\n", nil}, ac, multiplier(1), "", "all"},
		"points, fraction over 1": {fraction, said{7, "", "points 1.5\n", nil}, je, verdict.Score{}, "", `output validator gave 1.5 points, and the scale "fraction" of the package goes from 0 to 1`},
		"points, percent":         {percent, said{7, "", "points 25\n", nil}, part, multiplier(0.25), "", ""},
		"points, negative":        {testlib, said{7, "", "points -1\n", nil}, je, verdict.Score{}, "", "output validator gave points (exit code 7), and no line of its standard error"},
		"points, exponent":        {testlib, said{7, "", "points 1e5\n", nil}, je, verdict.Score{}, "", "output validator gave points (exit code 7)"},
		"points, nan":             {testlib, said{7, "", "points nan\n", nil}, je, verdict.Score{}, "", "output validator gave points (exit code 7)"},
		"points, no digits":       {testlib, said{7, "", "points 1.\n", nil}, je, verdict.Score{}, "", "output validator gave points (exit code 7)"},
		"points, with a tail":     {testlib, said{7, "", "points 5abc\n", nil}, je, verdict.Score{}, "", "output validator gave points (exit code 7)"},
		"points, info only":       {testlib, said{7, "", "points_info=5 x\n", nil}, je, verdict.Score{}, "", "output validator gave points (exit code 7)"},
		"points after noise":      {testlib, said{7, "", "debug\npoints 5 fine\n", nil}, part, absolute(5), "", "fine\ndebug"},
		"points, the last":        {testlib, said{7, "", "points 1 of the first part\npoints 5\n", nil}, part, absolute(5), "", "points 1 of the first part"},
		"points, then a word":     {testlib, said{7, "", "points 5 so far\npoints are hard\n", nil}, part, absolute(5), "", "so far\npoints are hard"},
		"points in a word":        {testlib, said{7, "", "got points 5\n points 5\nPoints 5\npointsize 5", nil}, je, verdict.Score{}, "", "output validator gave points (exit code 7)"},
		"points after much noise": {testlib, said{7, "", strings.Repeat("x\n", 1<<16) + "points 5\n", nil}, part, absolute(5), "", strings.TrimSpace(strings.Repeat("x\n", 1<<15))},
		"points, Windows":         {testlib, said{7, "", "debug\r\npoints 5\r\n", nil}, part, absolute(5), "", "debug"},
		"points on stdout":        {testlib, said{7, "points 5\n", "", nil}, je, verdict.Score{}, "", "output validator gave points (exit code 7)"},
		"points too many":         {testlib, said{7, "", "points " + strings.Repeat("9", 400), nil}, je, verdict.Score{}, "", "output validator gave points that cannot be used: the checker says"},
		"points, no UTF-8":        {testlib, said{7, "", "points 5 \xff", nil}, part, absolute(5), "", "\uFFFD"},

		"xml: accepted":              {xml, said{0, "", "", report(`outcome = "accepted"`, "fine")}, ac, verdict.Score{}, "", "fine"},
		"xml: any exit code":         {xml, said{172, "", "", report(`outcome="accepted"`, "")}, ac, verdict.Score{}, "", ""},
		"xml: wrong":                 {xml, said{0, "", "", report(`outcome = "wrong-answer"`, "a &lt; b")}, wa, verdict.Score{}, "", "a < b"},
		"xml: presentation":          {xml, said{2, "", "", report(`outcome = "presentation-error"`, "x")}, wa, verdict.Score{}, layout, "x"},
		"xml: end":                   {xml, said{8, "", "", report(`outcome = "unexpected-eof"`, "x")}, wa, verdict.Score{}, layout, "x"},
		"xml: fail":                  {xml, said{3, "", "", report(`outcome = "fail"`, "bad")}, je, verdict.Score{}, "", "output validator says that it failed\nbad"},
		"xml: points":                {xml, said{7, "", "", report(`outcome = "points" points="3.25"`, "x")}, part, absolute(3.25), "", "x"},
		"xml: other word":            {xml, said{7, "", "", report(`outcome = "relative-scoring" points="3"`, "x")}, part, absolute(3), "", "x"},
		"xml: no points":             {xml, said{7, "", "", report(`outcome = "points"`, "x")}, je, verdict.Score{}, "", `output validator left a report with the points ""`},
		"xml: points nan":            {xml, said{7, "", "", report(`outcome = "points" points="nan"`, "x")}, je, verdict.Score{}, "", `output validator left a report with the points "nan"`},
		"xml: partial":               {xml, said{16, "", "", report(`outcome = "partially-correct" pctype = "40"`, "x")}, part, absolute(40), "", "x"},
		"xml: partial, broken":       {xml, said{16, "", "", report(`outcome = "partially-correct" pctype = "256"`, "x")}, je, verdict.Score{}, "", `output validator left a report with the pctype "256"`},
		"xml: other outcome":         {xml, said{0, "", "", report(`outcome = "reserved"`, "x")}, je, verdict.Score{}, "", `output validator left a report with the unknown outcome "reserved"`},
		"xml: other root":            {xml, said{0, "", "", map[string]string{reportName: `<html outcome="accepted"/>`}}, je, verdict.Score{}, "", "output validator left a report that cannot be read"},
		"xml: cut":                   {xml, said{0, "", "", map[string]string{reportName: `<result outcome="accepted">`}}, je, verdict.Score{}, "", "output validator left a report that cannot be read"},
		"xml: huge":                  {xml, said{0, "", "", map[string]string{reportName: strings.Repeat(" ", maxReport+1)}}, je, verdict.Score{}, "", "output validator left a report that cannot be read: it has"},
		"xml: none":                  {xml, said{0, "", "ok", nil}, je, verdict.Score{}, "", "output validator ended with exit code 0 and left no report; the end of its standard error: ok"},
		"xml: signs of windows-1251": {xml, said{0, "", "", report(`outcome="accepted"`, "\xb9\xab\xbb\x97\xcf")}, ac, verdict.Score{}, "", "№«»—П"},
		"xml: windows-1251":          {xml, said{0, "", "", report(`outcome="accepted"`, "\xcf\xf0\xe8\xb8")}, ac, verdict.Score{}, "", "При\u0451"},
		"xml: UTF-8":                 {xml, said{0, "", "", report(`outcome="accepted"`, "Прё")}, ac, verdict.Score{}, "", "Прё"},

		"cms: 1":               {cms, said{0, "1.0\n", "", nil}, ac, multiplier(1), "", ""},
		"cms: 0":               {cms, said{0, "0\n", "", nil}, wa, multiplier(0), "", ""},
		"cms: half":            {cms, said{0, " 0.5 \nmore\n", "", nil}, part, multiplier(0.5), "", ""},
		"cms: over":            {cms, said{0, "1.5\n", "", nil}, je, verdict.Score{}, "", "output validator gave no score: the first line of its standard output says \"1.5\", which is not between 0 and 1"},
		"cms: below":           {cms, said{0, "-0.5\n", "", nil}, je, verdict.Score{}, "", "output validator gave no score"},
		"cms: nan":             {cms, said{0, "nan\n", "", nil}, je, verdict.Score{}, "", "output validator gave no score: the first line of its standard output says \"nan\", which is not a decimal number"},
		"cms: nothing":         {cms, said{0, "", "x", nil}, je, verdict.Score{}, "", "output validator gave no score"},
		"cms: number in 2nd":   {cms, said{0, "\n1\n", "", nil}, je, verdict.Score{}, "", "output validator gave no score"},
		"sinol: ok":            {sinol, said{0, "OK\n", "", nil}, ac, multiplier(1), "", ""},
		"sinol: ok, no line":   {sinol, said{0, "OK", "", nil}, ac, multiplier(1), "", ""},
		"sinol: all":           {sinol, said{0, "OK\r\ngood\r\n100\r\n", "", nil}, ac, multiplier(1), "", ""},
		"sinol: part":          {sinol, said{0, "OK\nalmost\n37.5\nmore\n", "", nil}, part, multiplier(0.375), "", ""},
		"sinol: nothing of it": {sinol, said{0, "OK\n\n0\n", "", nil}, wa, multiplier(0), "", ""},
		"sinol: wrong":         {sinol, said{0, "WRONG\nline 1\n50\n", "", nil}, wa, verdict.Score{}, "", ""},
		"sinol: wrong, exit 1": {sinol, said{1, "WRONG\n", "", nil}, wa, verdict.Score{}, "", ""},
		"sinol: ok, exit 1":    {sinol, said{1, "OK\n", "", nil}, je, verdict.Score{}, "", "output validator ended with exit code 1, and the first line of its standard output is \"OK\""},
		"sinol: exit 2":        {sinol, said{2, "WRONG\n", "", nil}, je, verdict.Score{}, "", "output validator ended with exit code 2; it must be 0, or 1 beside WRONG"},
		"sinol: silent":        {sinol, said{0, "", "", nil}, je, verdict.Score{}, "", "output validator ended with exit code 0, and the first line of its standard output is \"\""},
		"sinol: other word":    {sinol, said{0, "ok\n", "", nil}, je, verdict.Score{}, "", "output validator ended with exit code 0, and the first line of its standard output is \"ok\""},
		"sinol: over":          {sinol, said{0, "OK\n\n101\n", "", nil}, je, verdict.Score{}, "", "output validator gave no score: the third line of its standard output says \"101\", which is not between 0 and 100"},
		"sinol: below":         {sinol, said{0, "OK\n\n-1\n", "", nil}, je, verdict.Score{}, "", "output validator gave no score"},
		"sinol: no number":     {sinol, said{0, "OK\n\nhalf\n", "", nil}, je, verdict.Score{}, "", "output validator gave no score"},
		"cms: exit code":       {cms, said{1, "1\n", "", nil}, je, verdict.Score{}, "", "output validator ended with exit code 1; it must be 0"},

		"exit: 0":  {exit, said{0, "", "x\n", nil}, ac, verdict.Score{}, "", "x"},
		"exit: 1":  {exit, said{1, "", "x\n", nil}, wa, verdict.Score{}, "", "x"},
		"exit: 2":  {exit, said{2, "", "", nil}, je, verdict.Score{}, "", "output validator ended with exit code 2; it must be 0 (accepted) or 1 (wrong answer)"},
		"exit: 42": {exit, said{42, "", "", nil}, je, verdict.Score{}, "", "output validator ended with exit code 42;"},

		"no such protocol": {Program{Protocol: "polygon"}, said{0, "", "", nil}, je, verdict.Score{}, "", `output validator has the unknown protocol "polygon"`},
		"its name":         {Program{Name: "checker"}, said{0, "", "", nil}, je, verdict.Score{}, "", "checker ended with exit code 0"},
	} {
		t.Run(name, func(t *testing.T) {
			got := answer(t, tt.program, Invocation{}, tt.said)
			same := got.JudgeMessage == tt.judge || tt.want == Error && strings.HasPrefix(got.JudgeMessage, tt.judge)
			if got.Decision != tt.want || got.Score != tt.score || got.Reason != tt.reason || !same {
				t.Errorf("got %v %+v %q %q, want %v %+v %q %q", got.Decision, got.Score, got.Reason, got.JudgeMessage,
					tt.want, tt.score, tt.reason, tt.judge)
			}
		})
	}
}

func TestCMSMessages(t *testing.T) {
	for stderr, want := range map[string]string{
		"":                              "",
		"Nice try\nsecond line":         "Nice try",
		"translate:success":             "Output is correct",
		"translate:partial\n":           "Output is partially correct",
		"translate:wrong\r\n":           "Output isn't correct",
		"translate: something else":     "something else",
		"a\xffb":                        "a\uFFFDb",
		strings.Repeat("y", 100_000):    strings.Repeat("y", int(MaxMessage)),
		"see translate:success for it.": "see translate:success for it.",
	} {
		got := answer(t, Program{Protocol: CMS}, Invocation{}, said{stdout: "1", stderr: stderr})
		if got.TeamMessage != want || got.JudgeMessage != "" {
			t.Errorf("%.40q: message %.60q and for judges %.60q, want %.60q", stderr, got.TeamMessage, got.JudgeMessage, want)
		}
	}
}

func TestKattisScores(t *testing.T) {
	const ac, wa, je = Accepted, Wrong, Error
	for name, tt := range map[string]struct {
		legacy            bool
		code              int
		score, multiplier string // content of the files, "-" for none
		want              Decision
		wantScore         verdict.Score
		says              string
	}{
		"none":                          {false, 42, "-", "-", ac, verdict.Score{}, ""},
		"score":                         {false, 42, " 12.5\r\n", "-", ac, absolute(12.5), ""},
		"score on wrong":                {false, 43, "3", "-", wa, absolute(3), ""},
		"score 0":                       {false, 42, "0", "-", ac, absolute(0), ""},
		"score, minus 0":                {false, 42, "-0", "-", ac, absolute(0), ""},
		"score with exponent":           {false, 42, "+.5E+1", "-", ac, absolute(5), ""},
		"negative":                      {false, 42, "-1", "-", je, verdict.Score{}, `left a score that cannot be used: score.txt says "-1", which is negative`},
		"negative in legacy":            {true, 42, "-1.5", "-", ac, absolute(-1.5), ""},
		"nan":                           {true, 42, "nan", "-", je, verdict.Score{}, `score.txt says "nan", which is not a decimal number`},
		"inf":                           {true, 42, "inf", "-", je, verdict.Score{}, `score.txt says "inf", which is not`},
		"infinite":                      {true, 42, "1e999", "-", je, verdict.Score{}, `score.txt says "1e999", which is too large`},
		"hexadecimal":                   {false, 42, "0x10", "-", je, verdict.Score{}, "not a decimal number"},
		"underscores":                   {false, 42, "1_000", "-", je, verdict.Score{}, "not a decimal number"},
		"two numbers":                   {false, 42, "1 2", "-", je, verdict.Score{}, "not a decimal number"},
		"empty":                         {false, 42, "", "-", je, verdict.Score{}, `score.txt says "", which`},
		"junk on wrong":                 {false, 43, "\x00\xff", "-", je, verdict.Score{}, "not a decimal number"},
		"multiplier":                    {false, 42, "-", "0.25\n", ac, multiplier(0.25), ""},
		"multiplier 1":                  {false, 42, "-", "1", ac, multiplier(1), ""},
		"multiplier over 1":             {false, 42, "-", "1.01", je, verdict.Score{}, `score_multiplier.txt says "1.01", which is not between 0 and 1`},
		"multiplier below 0":            {false, 42, "-", "-0.1", je, verdict.Score{}, "not between 0 and 1"},
		"both":                          {false, 42, "1", "1", je, verdict.Score{}, "both score.txt and score_multiplier.txt are there; only one may be"},
		"score on wrong in legacy":      {true, 43, "3", "-", wa, verdict.Score{}, "warning: score.txt beside exit code 43 is ignored"},
		"junk on wrong in legacy":       {true, 43, "?", "-", wa, verdict.Score{}, "warning: score.txt beside exit code 43 is ignored"},
		"multiplier in legacy":          {true, 42, "-", "junk", ac, verdict.Score{}, ""},
		"both in legacy":                {true, 42, "7", "junk", ac, absolute(7), ""},
		"score of a validator that die": {false, 0, "7", "-", je, verdict.Score{}, "exit code 0"},
	} {
		t.Run(name, func(t *testing.T) {
			files := map[string]string{}
			for file, text := range map[string]string{scoreFile: tt.score, multiplierFile: tt.multiplier} {
				if text != "-" {
					files[file] = text
				}
			}
			got := answer(t, Program{}, Invocation{LegacyScores: tt.legacy}, said{code: tt.code, files: files})
			if got.Decision != tt.want || got.Score != tt.wantScore || !strings.Contains(got.JudgeMessage, tt.says) ||
				(tt.says == "") != (got.JudgeMessage == "") {
				t.Errorf("got %v %+v %q, want %v %+v %q", got.Decision, got.Score, got.JudgeMessage, tt.want, tt.wantScore, tt.says)
			}
			if wantFile := tt.legacy && tt.multiplier != "-"; (len(got.Artifacts) > 0) != wantFile {
				t.Errorf("artifacts %+v, want one: %v", got.Artifacts, wantFile)
			}
		})
	}
}

// TestScoresOfWrong: by the rules of DOMjudge a score counts beside a rejection.
func TestScoresOfWrong(t *testing.T) {
	t.Parallel()
	got := answer(t, Program{}, Invocation{LegacyScores: true, ScoresOfWrong: true}, said{code: 43, files: map[string]string{scoreFile: "3"}})
	if got.Decision != Wrong || got.Score != absolute(3) || got.JudgeMessage != "" {
		t.Errorf("got %v %+v %q, want the score", got.Decision, got.Score, got.JudgeMessage)
	}
}

func TestArtifactsAreBounded(t *testing.T) {
	files := map[string]string{
		judgeMessageFile: "for judges", teamMessageFile: "for the team", "b/diffposition.txt": "3 4", "a\xff.txt": "",
		"c.png": strings.Repeat("p", int(MaxArtifact)+7), "d1": strings.Repeat("d", int(MaxArtifact)),
		"d2": strings.Repeat("d", int(MaxArtifact)), "d3": strings.Repeat("d", int(MaxArtifact)),
	}
	got := answer(t, Program{}, Invocation{}, said{code: 43, files: files})
	if got.JudgeMessage != "for judges" || got.TeamMessage != "for the team" || got.Feedback != nil {
		t.Errorf("got %.100q, %.100q and feedback %v", got.JudgeMessage, got.TeamMessage, got.Feedback)
	}
	total := 0
	for _, a := range got.Artifacts {
		total += len(a.Data)
		if !utf8.ValidString(a.Name) || len(a.Data) > int(MaxArtifact) || int64(len(a.Data)) != a.Bytes {
			t.Errorf("artifact %q with %d bytes, of which it says %d", a.Name, len(a.Data), a.Bytes)
		}
		if whole := len(files[a.Name]); a.Name != "a\uFFFD.txt" && a.Truncated != (len(a.Data) < whole) {
			t.Errorf("%s has %d of %d bytes, truncated: %v", a.Name, a.Bytes, whole, a.Truncated)
		}
	}
	if len(got.Artifacts) != 6 || total > int(MaxArtifacts) {
		t.Errorf("%d artifacts of %d bytes", len(got.Artifacts), total)
	}
}

func TestNextPass(t *testing.T) {
	files := map[string]string{nextPassFile: "next\n", "state": "kept", scoreFile: "3", judgeMessageFile: "so far"}
	got := answer(t, Program{}, Invocation{MultiPass: true}, said{code: 42, files: files})
	text := make([]byte, 10)
	if got.NextPass == nil {
		t.Fatalf("no next pass: %+v", got)
	}
	n, _ := got.NextPass.Read(text)
	if got.Decision != Accepted || string(text[:n]) != "next\n" || len(got.Feedback) != 2 {
		t.Errorf("got %v, input %q, feedback %+v", got.Decision, text[:n], got.Feedback)
	}
	for name, tt := range map[string]struct {
		in   Invocation
		said said
		want Decision
		says string
	}{
		"wrong":          {Invocation{MultiPass: true}, said{code: 43, files: files}, Error, "asked for another pass by nextpass.in and ended with exit code 43; only 42 (accepted) goes with it\nso far"},
		"not multi-pass": {Invocation{}, said{code: 42, files: files}, Accepted, "so far"},
		"the same, 43":   {Invocation{}, said{code: 43, files: files}, Wrong, "so far"},
		"crashed":        {Invocation{MultiPass: true}, said{code: 1, files: files}, Error, "exit code 1"},
		"last":           {Invocation{MultiPass: true}, said{code: 42}, Accepted, ""},
	} {
		got := answer(t, Program{}, tt.in, tt.said)
		if got.Decision != tt.want || !strings.Contains(got.JudgeMessage, tt.says) || got.NextPass != nil || got.Feedback != nil {
			t.Errorf("%s: got %+v, want %v %q", name, got, tt.want, tt.says)
		}
	}
}

func TestParseGrade(t *testing.T) {
	for stdout, want := range map[string]Grade{
		"AC 100":                         {verdict.Accepted, 100},
		"WA -1.5\n":                      {verdict.WrongAnswer, -1.5},
		"TLE\t0 \r\n":                    {verdict.TimeLimitExceeded, 0},
		"RTE  .5":                        {verdict.RunTimeError, 0.5},
		"MLE 5.\n\n":                     {verdict.MemoryLimitExceeded, 5},
		"OLE 0":                          {verdict.OutputLimitExceeded, 0},
		"JE 0":                           {verdict.JudgeError, 0},
		"":                               {},
		"AC":                             {},
		"AC x":                           {},
		"AC nan":                         {},
		"AC 1e5":                         {},
		"AC +1":                          {},
		"AC 1.2.3":                       {},
		"AC .":                           {},
		"AC 1 2":                         {},
		" AC 1":                          {},
		"ac 1":                           {},
		"PAC 1":                          {},
		"AC 1\nAC 1\n":                   {},
		"AC 1\x00":                       {},
		"AC " + strings.Repeat("9", 400): {},
	} {
		got, complaint := parseGrade([]byte(stdout))
		if got != want || (complaint == "") != (want != Grade{}) {
			t.Errorf("parseGrade(%.40q) = %+v, %q, want %+v", stdout, got, complaint, want)
		}
	}
}

func TestGradeLines(t *testing.T) {
	got := string(gradeLines([]Grade{{verdict.Accepted, 100}, {verdict.WrongAnswer, 0}, {verdict.Accepted, 1e-7}, {verdict.JudgeError, -2.5}, {verdict.Accepted, 1e21}}))
	if want := "AC 100\nWA 0\nAC 0.0000001\nJE -2.5\nAC 1000000000000000000000\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestFileSizeSignalIsTheOutputLimit(t *testing.T) {
	r := reply{in: Invocation{Limits: sandbox.Limits{Output: 100}}, facts: sandbox.Result{Outcome: sandbox.OutcomeSignaled, Signal: unix.SIGXFSZ}}
	if got, _ := r.result(); got.Decision != Error || !strings.Contains(got.JudgeMessage, "output limit of 100 bytes") {
		t.Errorf("got %+v", got)
	}
}

// FuzzReplies feeds every parser of what programs print.
func FuzzReplies(f *testing.F) {
	f.Add(uint8(0), uint8(42), []byte("1.5"), []byte("12"))
	f.Add(uint8(1), uint8(7), []byte(""), []byte("points 1.5 x\ny"))
	f.Add(uint8(2), uint8(0), []byte(report(`outcome="points" points="3"`, "&#1087;")[reportName]), []byte(""))
	f.Add(uint8(3), uint8(0), []byte("0.5\n"), []byte("translate:partial"))
	f.Add(uint8(4), uint8(1), []byte(""), []byte("\xff"))
	f.Fuzz(func(t *testing.T, which, code uint8, text, stderr []byte) {
		protocols, scales := Protocols(), PointsScales()
		v := Program{Protocol: protocols[int(which)%len(protocols)], PointsScale: scales[int(code)%len(scales)]}
		files := map[string]string{}
		switch v.Protocol {
		case Kattis:
			files[scoreFile], files[judgeMessageFile] = string(text), string(stderr)
		case TestlibXML:
			files[reportName] = string(text)
		case Testlib, CMS, Sinol, ExitCode:
		}
		r := answer(t, v, Invocation{}, said{code: int(code), stdout: string(text), stderr: string(stderr), files: files})
		for _, m := range []string{r.JudgeMessage, r.TeamMessage} {
			if !utf8.ValidString(m) || len(m) > int(MaxMessage) {
				t.Errorf("message of %d bytes, valid: %v", len(m), utf8.ValidString(m))
			}
		}
		most := map[verdict.ScoreKind]float64{verdict.ScoreNone: 0, verdict.ScoreAbsolute: math.MaxFloat64, verdict.ScoreMultiplier: 1}[r.Score.Kind]
		switch {
		case r.Decision < Accepted || r.Decision > Partial:
			t.Errorf("decision %v", r.Decision)
		case !(r.Score.Value >= 0 && r.Score.Value <= most):
			t.Errorf("score %+v", r.Score)
		case r.Decision == Error && (r.Score != verdict.Score{} || r.JudgeMessage == ""):
			t.Errorf("error with %+v %q", r.Score, r.JudgeMessage)
		case r.Decision == Partial && r.Score.Kind == verdict.ScoreNone:
			t.Error("a part of nothing")
		}
		if grade, complaint := parseGrade(text); complaint == "" && !gradeLine.Match(text) {
			t.Errorf("parseGrade(%q) = %+v", text, grade)
		}
	})
}
