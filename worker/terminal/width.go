package terminal

import (
	"strings"
	"unicode"

	"github.com/rivo/uniseg"
)

// Cut shortens text without escape sequences to a width in columns; an ellipsis is in place of the rest.
func Cut(text string, width int) string {
	if uniseg.StringWidth(text) <= width {
		return text
	}
	const ellipsis = "…"
	var kept strings.Builder
	left := width - uniseg.StringWidth(ellipsis)
	for graphemes := uniseg.NewGraphemes(text); graphemes.Next(); {
		if left -= graphemes.Width(); left < 0 {
			break
		}
		kept.WriteString(graphemes.Str())
	}
	if width < 1 {
		return ""
	}
	return kept.String() + ellipsis
}

// zeroWidthJoiner makes one grapheme of several characters, in emoji and in some scripts.
const zeroWidthJoiner = '\u200d'

// PrintableLines is SingleLine for each line of a text; tabs stay.
func PrintableLines(text string) string {
	return strings.Map(func(r rune) rune {
		if r == '\n' || r == '\t' {
			return r
		}
		return printable(r)
	}, text)
}

// SingleLine replaces what is not printable in text, so that it stays on its row and cannot move the cursor: names of
// files and messages of programs come from others.
func SingleLine(text string) string {
	return strings.Map(printable, text)
}

func printable(r rune) rune {
	if !unicode.IsPrint(r) && r != zeroWidthJoiner {
		return unicode.ReplacementChar
	}
	return r
}
