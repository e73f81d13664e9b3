package checker

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"

	"github.com/gaveloj/gavel/judge/verdict"
)

// The exit codes of testlib. Dirt is no longer given by today's testlib.
const (
	testlibOK            = 0
	testlibWrong         = 1
	testlibPresentation  = 2
	testlibFail          = 3
	testlibDirt          = 4
	testlibPoints        = 7
	testlibUnexpectedEOF = 8
	testlibPartial       = PartialBase // and more: 50+n is partial n
)

// PartialBase is what testlib adds to the n of _pc(n). Checkers are compiled with PC_BASE_EXIT_CODE of this value:
// by default it is 0, and _pc(1) cannot be told from a wrong answer.
const PartialBase = 50

// testlib reads the answer of a checker by its exit code. The text of standard error is for people, save the points.
func (r *reply) testlib() Result {
	code, text := r.facts.ExitCode, clip(r.facts.Stderr, int(MaxMessage))
	switch {
	case code == testlibOK:
		return Result{Decision: Accepted, JudgeMessage: testlibMessage(text, "ok")}
	case code == testlibWrong:
		return Result{Decision: Wrong, JudgeMessage: testlibMessage(text, "wrong answer")}
	case code == testlibPresentation, code == testlibDirt:
		return presentation(testlibMessage(text, "wrong output format"))
	case code == testlibUnexpectedEOF:
		return presentation(testlibMessage(text, "unexpected eof"))
	case code == testlibFail:
		return r.failed(testlibMessage(text, "FAIL"))
	case code == testlibPoints:
		return r.points()
	case code >= testlibPartial:
		n := code - testlibPartial
		return r.partial(n, testlibMessage(text, fmt.Sprintf("partially correct (%d)", n)))
	}
	return r.badExit("one of testlib's: 0 (ok), 1 (wrong answer), 2, 4 or 8 (presentation), 3 (fail), 7 (points), " +
		"50 and more (partially correct)")
}

func presentation(message string) Result {
	return Result{Decision: Wrong, Reason: verdict.ReasonPresentation, JudgeMessage: message}
}

// failed is the result of a checker that says itself that it, or the answer of the jury, is broken.
func (r *reply) failed(message string) Result {
	return Result{Decision: Error, JudgeMessage: joinMessages(r.program.name()+" says that it failed", message)}
}

// testlibMessage takes the word for the result off the front of what testlib printed.
func testlibMessage(text, word string) string {
	if rest, ok := strings.CutPrefix(text, word); ok && (rest == "" || isSpace(rest[0])) {
		text = rest
	}
	return strings.TrimSpace(text)
}

// points reads "points X message" from the last line that has this form: testlib writes it last, after what the checker
// may have printed for its author.
func (r *reply) points() Result {
	before, text := lastPoints(r.facts.Stderr)
	line, after, _ := strings.Cut(clip(text, int(MaxMessage)), "\n")
	number, message, ok := cutPoints(line)
	if !ok {
		return r.complain(`gave points (exit code 7), and no line of its standard error is "points" and a number`)
	}
	message = joinMessages(message, strings.TrimSpace(after))
	noise := strings.TrimSpace(clip(before, int(MaxMessage)))
	return r.scoredPoints(number, strings.TrimSpace(joinMessages(message, noise)))
}

// lastPoints splits standard error before the last line that gives points, or before its end where none does.
func lastPoints(stderr []byte) (before, from []byte) {
	for end := len(stderr); end > 0; {
		start := bytes.LastIndexByte(stderr[:end], '\n') + 1
		if _, _, ok := cutPoints(string(stderr[start:min(end, start+maxPointsLine)])); ok {
			return stderr[:start], stderr[start:]
		}
		end = start - 1
	}
	return stderr, nil
}

// maxPointsLine bounds what is looked at of a line, in bytes. The number stands at its beginning.
const maxPointsLine = 4096

// cutPoints reads "points", white space, and a number of digits with at most one point among them.
func cutPoints(line string) (number, message string, ok bool) {
	rest, ok := strings.CutPrefix(line, "points")
	trimmed := strings.TrimLeft(rest, " \t")
	if !ok || trimmed == rest {
		return "", "", false
	}
	end := strings.IndexAny(trimmed, " \t\r")
	if end < 0 {
		end = len(trimmed)
	}
	return trimmed[:end], strings.TrimSpace(trimmed[end:]), isUnsigned(trimmed[:end])
}

// isUnsigned says whether a number is digits, or digits, a point and digits.
func isUnsigned(number string) bool {
	whole, fraction, point := strings.Cut(number, ".")
	return allDigits(whole) && (!point || allDigits(fraction))
}

func allDigits(s string) bool { return s != "" && skipDigits([]byte(s), 0) == len(s) }

// scoredPoints is the result of a checker that gave points.
func (r *reply) scoredPoints(number, message string) Result {
	v, err := parseScore("the checker", []byte(number))
	if err != nil {
		return r.complain("gave points that cannot be used: " + err.Error())
	}
	most := 0.0 // no bound
	score := verdict.Score{Kind: verdict.ScoreAbsolute, Value: v}
	switch r.program.PointsScale {
	case PointsFraction:
		most, score = 1, verdict.Score{Kind: verdict.ScoreMultiplier, Value: v}
	case PointsPercent:
		most, score = 100, verdict.Score{Kind: verdict.ScoreMultiplier, Value: v / 100}
	case PointsAbsolute:
	}
	if v < 0 || most > 0 && v > most {
		return r.complain(fmt.Sprintf("gave %s points, and the scale %q of the package goes from 0 to %g",
			number, r.program.PointsScale, most))
	}
	return Result{Decision: decisionOf(score), Score: score, JudgeMessage: message}
}

// partial is the result of _pc(n): a whole number, and so a percentage unless points are absolute.
func (r *reply) partial(n int, message string) Result {
	as := *r
	if as.program.PointsScale == PointsFraction {
		as.program.PointsScale = PointsPercent
	}
	return as.scoredPoints(strconv.Itoa(n), message)
}

// decisionOf is what a score of a checker that gives nothing else comes to. How much an absolute score is worth only the
// problem knows.
func decisionOf(s verdict.Score) Decision {
	switch {
	case s.Value <= 0:
		return Wrong
	case s.Kind == verdict.ScoreMultiplier && s.Value >= 1:
		return Accepted
	}
	return Partial
}

// cms reads a score from 0 to 1 in the first line of standard output, and the message for the team in the first line of
// standard error.
func (r *reply) cms() Result {
	if r.facts.ExitCode != 0 {
		return r.badExit("0")
	}
	line, _, _ := bytes.Cut(r.facts.Stdout, []byte("\n"))
	v, err := parseScore("the first line of its standard output", line)
	if err == nil && (v < 0 || v > 1) {
		err = fmt.Errorf("the first line of its standard output says %q, which is not between 0 and 1", shown(line))
	}
	if err != nil {
		return r.complain("gave no score: " + err.Error())
	}
	score := verdict.Score{Kind: verdict.ScoreMultiplier, Value: v}
	message, _, _ := bytes.Cut(r.facts.Stderr, []byte("\n"))
	return Result{Decision: decisionOf(score), Score: score, TeamMessage: cmsMessage(clip(message, int(MaxMessage)))}
}

// cmsMessage replaces the names of texts that CMS keeps in the contestant's language.
func cmsMessage(message string) string {
	message = strings.TrimSpace(message)
	name, ok := strings.CutPrefix(message, "translate:")
	if !ok {
		return message
	}
	switch name {
	case "success":
		return "Output is correct"
	case "partial":
		return "Output is partially correct"
	case "wrong":
		return "Output isn't correct"
	}
	return strings.TrimSpace(name)
}
