package checker

import (
	"bytes"
	"fmt"

	"github.com/gaveloj/gavel/judge/verdict"
)

// identical asks for the same bytes.
type identical struct{}

// Key implements Comparer.
func (identical) Key() string { return "identical" }

// Compare implements Comparer.
func (identical) Compare(output, answer []byte) Result {
	if bytes.Equal(output, answer) {
		return Result{Decision: Accepted}
	}
	n := commonPrefix(output, answer)
	return wrongLine(lineAt(output, n), lineAt(answer, n), true)
}

// lineRule says what of a line counts.
type lineRule int

const (
	wholeLines    lineRule = iota + 1 // every byte
	strippedLines                     // white space at its end does not, and blank lines at the end of the text do not
	tokenLines                        // its tokens; blank lines do not
	spacedLines                       // its tokens; blank lines at the end of the text do not
)

// lines compares texts line by line, in order.
type lines struct {
	rule lineRule
	fold bool // letters of either case are alike
}

// Key implements Comparer.
func (l lines) Key() string { return fmt.Sprintf("lines rule=%d fold=%t", l.rule, l.fold) }

// Compare implements Comparer.
func (l lines) Compare(output, answer []byte) Result {
	if bytes.Equal(output, answer) {
		return Result{Decision: Accepted}
	}
	o, a := l.reader(output), l.reader(answer)
	for {
		moreOutput, moreAnswer := o.next(), a.next()
		if !moreOutput && !moreAnswer {
			return Result{Decision: Accepted}
		}
		if !moreOutput || !moreAnswer || !l.same(o.bytes(), a.bytes()) {
			return wrongLine(o.cursor, a.cursor, l.rule != tokenLines)
		}
	}
}

// same says whether two lines agree.
func (l lines) same(output, answer []byte) bool {
	if l.rule == tokenLines || l.rule == spacedLines {
		return sameTokens(output, answer, l.fold)
	}
	return l.fold && equalFold(output, answer) || bytes.Equal(output, answer)
}

func sameTokens(x, y []byte, fold bool) bool {
	a, b := cursor{text: x}, cursor{text: y}
	for {
		moreA, moreB := a.nextToken(), b.nextToken()
		if !moreA || !moreB {
			return moreA == moreB
		}
		if !bytes.Equal(a.bytes(), b.bytes()) && !(fold && equalFold(a.bytes(), b.bytes())) {
			return false
		}
	}
}

// lineReader walks over the lines that count. The cursor stands at one, without its line feed, and is empty at the end
// of the text after the last.
type lineReader struct {
	cursor
	rule  lineRule
	pos   int // where the next line begins
	limit int // where the last line ends
	over  bool
}

func (l lines) reader(text []byte) lineReader {
	r := lineReader{cursor: cursor{text: text}, rule: l.rule, limit: len(text)}
	switch l.rule {
	case wholeLines:
		r.limit = len(bytes.TrimSuffix(text, []byte("\n")))
	case strippedLines, tokenLines, spacedLines:
		r.limit = stripped(text, 0, len(text))
		r.over = r.limit == 0
	}
	return r
}

// next moves to the next line, and says whether there is one.
func (r *lineReader) next() bool {
	for !r.over {
		r.start = r.pos
		if n := bytes.IndexByte(r.text[r.pos:r.limit], '\n'); n >= 0 {
			r.end = r.pos + n
			r.pos = r.end + 1
		} else {
			r.end, r.over = r.limit, true
		}
		if r.rule != wholeLines {
			r.end = stripped(r.text, r.start, r.end)
		}
		if r.rule != tokenLines || r.start < r.end {
			return true
		}
	}
	r.start, r.end = len(r.text), len(r.text)
	return false
}

// stripped is where text[start:end] ends without the white space at its end.
func stripped(text []byte, start, end int) int {
	for end > start && isSpace(text[end-1]) {
		end--
	}
	return end
}

// lineAt is the line in which text[n] stands, or the end of the text.
func lineAt(text []byte, n int) cursor {
	c := cursor{text: text, start: 1 + bytes.LastIndexByte(text[:n], '\n'), end: len(text)}
	if i := bytes.IndexByte(text[n:], '\n'); i >= 0 {
		c.end = n + i + 1
	}
	return c
}

// wrongLine is the result for two lines that differ, one of which may be the end of its text. layout says that white
// space alone may be what makes them differ.
func wrongLine(output, answer cursor, layout bool) Result {
	r := Result{
		Decision: Wrong, Difference: &Difference{Answer: answer.start, Output: output.start},
		JudgeMessage: fmt.Sprintf("Wrong answer on line %d of output (corresponding to line %d in answer file): ",
			output.line(), answer.line()),
	}
	switch {
	case isBlank(output.text) && !isBlank(answer.text):
		r.Reason = verdict.ReasonNoOutput
	case layout && Compare(output.text, answer.text, Options{CaseSensitive: true}).Decision == Accepted:
		r.Reason = verdict.ReasonPresentation
	}
	switch got, expected := quoteFrom(output, answer), quoteFrom(answer, output); {
	case output.start == len(output.text):
		r.JudgeMessage += fmt.Sprintf("the output ends, expected %s", expected)
	case answer.start == len(answer.text):
		r.JudgeMessage += fmt.Sprintf("got %s, expected the end of the output", got)
	default:
		r.JudgeMessage += fmt.Sprintf("got %s, expected %s", got, expected)
	}
	return r
}

// quoteFrom shows a line; a long one from shortly before the place where it differs from the other.
func quoteFrom(line, other cursor) string {
	const before = 10
	text := line.bytes()
	if len(text) <= maxQuoted {
		return quote(text)
	}
	skip := max(commonPrefix(text, other.bytes())-before, 0)
	if skip == 0 {
		return quote(text)
	}
	return fmt.Sprintf("%q... (byte %d of %d)", text[skip:min(skip+maxQuoted, len(text))], skip, len(text))
}

// lineCount gives a part of the score for a part of the lines.
type lineCount struct{ lines }

// Key implements Comparer.
func (l lineCount) Key() string { return "count of " + l.lines.Key() }

// Compare implements Comparer.
func (l lineCount) Compare(output, answer []byte) Result {
	first := l.lines.Compare(output, answer)
	if first.Decision == Accepted {
		first.Score = verdict.Score{Kind: verdict.ScoreMultiplier, Value: 1}
		return first
	}
	same, all := 0, 0
	o, a := l.reader(output), l.reader(answer)
	for ; a.next(); all++ {
		if o.next() && l.same(o.bytes(), a.bytes()) {
			same++
		}
	}
	first.Score.Kind = verdict.ScoreMultiplier
	if o.next() || same == 0 { // lines too many: who prints every line there is shall not win by it
		return first
	}
	first.Decision, first.Reason = Partial, ""
	first.Score.Value = float64(same) / float64(all)
	first.JudgeMessage = fmt.Sprintf("%d of %d lines are right. %s", same, all, first.JudgeMessage)
	return first
}
