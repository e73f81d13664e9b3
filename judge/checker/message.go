package checker

import (
	"bytes"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/gaveloj/gavel/judge/api"
)

// message says where the texts part and what stood there, in valid UTF-8 and on one line.
func (c *comparison) message() string {
	where := fmt.Sprintf("Wrong answer on line %d of output (corresponding to line %d in answer file): ",
		c.output.line(), c.answer.line())
	return where + c.difference()
}

func (c *comparison) difference() string {
	output, answer := quote(c.output.bytes()), quote(c.answer.bytes())
	switch c.failure {
	case tokenDiffers:
		return fmt.Sprintf("got %s, expected %s", output, answer)
	case numberExpected:
		return fmt.Sprintf("got %s, expected a number close to %s", output, answer)
	case numberOff:
		return fmt.Sprintf("got %s, which is too far from %s", output, answer)
	case outputEnds:
		return fmt.Sprintf("the output ends, expected %s", answer)
	case outputGoesOn:
		return fmt.Sprintf("got %s, expected the end of the output", output)
	case spaceDiffers:
		return fmt.Sprintf("got white space %s, expected %s", output, answer)
	}
	panic(fmt.Sprintf("checker: no difference to tell (%d)", int(c.failure)))
}

// line is the number of the line, from 1, in which the cursor stands.
func (c *cursor) line() int { return 1 + bytes.Count(c.text[:c.start], []byte{'\n'}) }

// maxQuoted bounds what of a token is shown, in bytes.
const maxQuoted = 40

// quote shows text so that no byte of it can harm a terminal or a web page's layout.
func quote(text []byte) string {
	if len(text) <= maxQuoted {
		return fmt.Sprintf("%q", text)
	}
	return fmt.Sprintf("%q... (%d bytes)", text[:maxQuoted], len(text))
}

// clip makes text valid UTF-8 of at most limit bytes that others can store: see api.Storable.
func clip(text []byte, limit int) string {
	if len(text) > limit {
		text = text[:limit]
	}
	s := api.Storable(strings.ToValidUTF8(string(text), "\uFFFD"))
	if len(s) <= limit {
		return s
	}
	for limit > 0 && !utf8.RuneStart(s[limit]) {
		limit--
	}
	return s[:limit]
}
