package checker

import (
	"bytes"

	"github.com/gaveloj/gavel/judge/verdict"
)

// Compare is the default output validator. It looks at bytes, not at characters: white space is space, tab,
// line feed, vertical tab, form feed and carriage return. Neither slice is kept or changed. When the outputs
// agree it allocates nothing.
func Compare(output, answer []byte, o Options) Result {
	c := newComparison(output, answer, o)
	c.skipCommon()
	if c.run() {
		return Result{Decision: Accepted}
	}
	return Result{
		Decision:     Wrong,
		Reason:       c.reason(),
		JudgeMessage: c.message(),
		Difference:   &Difference{Answer: c.answer.start, Output: c.output.start},
	}
}

// comparison walks the two texts side by side.
type comparison struct {
	output, answer cursor
	options        Options
	failure        failure
}

// cursor stands at text[start:end], a token or, while white space matters, a run of white space.
type cursor struct {
	text       []byte
	start, end int
}

// failure is how two texts differ.
type failure int

const (
	tokenDiffers failure = iota + 1
	numberExpected
	numberOff
	outputEnds   // before the answer does
	outputGoesOn // after the answer ended
	spaceDiffers
)

func newComparison(output, answer []byte, o Options) *comparison {
	return &comparison{output: cursor{text: output}, answer: cursor{text: answer}, options: o}
}

// skipCommon moves both cursors past what is the same, up to the beginning of the token, with the white space
// before it, in which the texts part. Right answers mostly are the same bytes, and this runs at memory speed.
func (c *comparison) skipCommon() {
	n := commonPrefix(c.output.text, c.answer.text)
	for n > 0 && n < max(len(c.output.text), len(c.answer.text)) && !isSpace(c.answer.text[n-1]) {
		n--
	}
	if c.options.SpaceSensitive {
		for n > 0 && n < max(len(c.output.text), len(c.answer.text)) && isSpace(c.answer.text[n-1]) {
			n--
		}
	}
	c.output.start, c.output.end = n, n
	c.answer.start, c.answer.end = n, n
}

// run says whether the texts agree. If not, failure is set and the cursors stand where they part.
func (c *comparison) run() bool {
	for {
		if c.options.SpaceSensitive && !c.sameSpace() {
			c.failure = spaceDiffers
			return false
		}
		moreOutput, moreAnswer := c.output.nextToken(), c.answer.nextToken()
		switch {
		case !moreOutput && !moreAnswer:
			return true
		case !moreOutput:
			c.failure = outputEnds
		case !moreAnswer:
			c.failure = outputGoesOn
		default:
			c.failure = c.compareTokens(c.output.bytes(), c.answer.bytes())
		}
		if c.failure != 0 {
			return false
		}
	}
}

// sameSpace reads a run of white space on both sides. A run that ends before a difference elsewhere is fine.
func (c *comparison) sameSpace() bool {
	c.output.nextSpace()
	c.answer.nextSpace()
	return bytes.Equal(c.output.bytes(), c.answer.bytes())
}

// compareTokens returns 0 when the tokens agree.
func (c *comparison) compareTokens(output, answer []byte) failure {
	if bytes.Equal(output, answer) {
		return 0
	}
	if c.options.floats() && isNumber(answer) {
		switch {
		case !isNumber(output):
			return numberExpected
		case !c.options.close(output, answer):
			return numberOff
		}
		return 0
	}
	if c.options.CaseSensitive || !equalFold(output, answer) {
		return tokenDiffers
	}
	return 0
}

// reason tells a wrong layout and an empty output from other differences.
func (c *comparison) reason() verdict.Reason {
	if isBlank(c.output.text) && !isBlank(c.answer.text) {
		return verdict.ReasonNoOutput
	}
	if c.failure != spaceDiffers {
		return ""
	}
	rest := newComparison(c.output.text, c.answer.text, c.options)
	rest.options.SpaceSensitive = false
	if rest.run() {
		return verdict.ReasonPresentation
	}
	return ""
}

// nextToken moves to the next token, and says whether there is one.
func (c *cursor) nextToken() bool {
	i := c.end
	for i < len(c.text) && isSpace(c.text[i]) {
		i++
	}
	c.start = i
	for i < len(c.text) && !isSpace(c.text[i]) {
		i++
	}
	c.end = i
	return c.start < c.end
}

// nextSpace moves to the white space right after, which may be none.
func (c *cursor) nextSpace() {
	i := c.end
	c.start = i
	for i < len(c.text) && isSpace(c.text[i]) {
		i++
	}
	c.end = i
}

func (c *cursor) bytes() []byte { return c.text[c.start:c.end] }

// isSpace is isspace of the C locale.
func isSpace(b byte) bool { return b == ' ' || b-'\t' <= '\r'-'\t' }

func isBlank(text []byte) bool {
	c := cursor{text: text}
	return !c.nextToken()
}

// equalFold compares bytes with A to Z and a to z alike; all other bytes stand for themselves.
func equalFold(x, y []byte) bool {
	if len(x) != len(y) {
		return false
	}
	for i, b := range x {
		if b != y[i] && lower(b) != lower(y[i]) {
			return false
		}
	}
	return true
}

func lower(b byte) byte {
	if b-'A' <= 'Z'-'A' {
		b += 'a' - 'A'
	}
	return b
}

// commonPrefix is the length of what both texts begin with.
func commonPrefix(x, y []byte) int {
	const block = 4096 // bytes.Equal goes many bytes at a time; only the block that differs is looked at singly
	limit := min(len(x), len(y))
	n := 0
	for n+block <= limit && bytes.Equal(x[n:n+block], y[n:n+block]) {
		n += block
	}
	for n < limit && x[n] == y[n] {
		n++
	}
	return n
}
