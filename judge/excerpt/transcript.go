package excerpt

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/gaveloj/gavel/sandbox"
)

// MaxTranscript bounds TestReport.Transcript, in bytes.
const MaxTranscript = 64 << 10

// longestLine is how much of a line is shown, in bytes.
const longestLine = 200

// Transcript writes down a conversation, one line for each that was said:
//
//	[  0.012s/3]>: 42
//
// That is when it was said, how many bytes long it was, and to whom: > to the submission, < from it.
func Transcript(c sandbox.Transcript) string {
	var text strings.Builder
	for _, e := range c.Beginning {
		writeExchange(&text, e)
	}
	if c.Omitted > 0 {
		fmt.Fprintf(&text, "... %d more ...\n", c.Omitted)
	}
	for _, e := range c.End {
		writeExchange(&text, e)
	}
	return text.String()
}

// SaidWhole tells that the transcript has everything that was said.
func SaidWhole(c sandbox.Transcript) bool {
	for _, e := range slices.Concat(c.Beginning, c.End) {
		if e.Size > len(e.Data) {
			return false
		}
		for line := range strings.Lines(string(e.Data)) {
			if len(line) > longestLine+1 {
				return false
			}
		}
	}
	return c.Omitted == 0
}

func writeExchange(text *strings.Builder, e sandbox.Turn) {
	direction := '>'
	if e.ByProgram {
		direction = '<'
	}
	rest := e.Size - len(e.Data)
	for line := range strings.Lines(string(e.Data)) {
		fmt.Fprintf(text, "[%7.3fs/%d]%c: %s\n", e.At.Seconds(), len(line), direction, printable(line))
	}
	if rest > 0 {
		fmt.Fprintf(text, "[%7.3fs/%d]%c: ...\n", e.At.Seconds(), rest, direction)
	}
}

// printable is a line as it can be shown: without its end, cut, valid UTF-8, nothing in it that a terminal obeys.
func printable(line string) string {
	line, ended := strings.CutSuffix(line, "\n")
	if len(line) > longestLine {
		line = line[:longestLine] + "..."
	}
	line = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\t' {
			return unicode.ReplacementChar
		}
		return r
	}, strings.ToValidUTF8(line, "\uFFFD"))
	if !ended {
		line += "\\" // the line goes on
	}
	return line
}

// Shorten takes lines out of the middle of a text, so that it has at most so many bytes.
func Shorten(text string, most int) string {
	if len(text) <= most {
		return text
	}
	const gap = "...\n"
	half := (most - len(gap)) / 2
	head := text[:half]
	tail := text[len(text)-half:]
	_, tail, _ = strings.Cut(tail, "\n")
	return head[:strings.LastIndexByte(head, '\n')+1] + gap + tail
}
