package terminal

import "strings"

// exampleWidth is how long a line of an example is at most, so that help with its indent fits 60 columns.
const exampleWidth = 56

// Examples makes the part of a command's help that shows how it is used, of one command line on each line. A long one goes on
// behind a backslash, as a shell reads it.
func Examples(lines string) string {
	var b strings.Builder
	b.WriteString("Examples:\n")
	for line := range strings.Lines(strings.TrimSpace(lines)) {
		b.WriteString("\n    " + continued(strings.TrimSpace(line)))
	}
	return b.String()
}

// continued breaks a command line between words, as seldom as it can; a flag stays with its value.
func continued(line string) string {
	var b strings.Builder
	width := 0
	words := unbroken(line)
	for i, word := range words {
		rest := strings.Join(words[i:], " ")
		switch {
		case width == 0:
		case width+1+len(rest) > exampleWidth && width+1+len(word)+len(` \`) > exampleWidth:
			b.WriteString(" \\\n        ")
			width = len("    ")
		default:
			b.WriteByte(' ')
			width++
		}
		b.WriteString(word)
		width += len(word)
	}
	return b.String()
}

// unbroken are the parts of a command line between which it may be broken: not within quotes, nor between a flag and what is
// perhaps its value.
func unbroken(line string) []string {
	var parts []string
	quoted := false
	for word := range strings.SplitSeq(line, " ") {
		last := len(parts) - 1
		if last >= 0 && (quoted || takesNext(parts[last], word)) {
			parts[last] += " " + word
		} else {
			parts = append(parts, word)
		}
		if strings.Count(word, "'")%2 == 1 {
			quoted = !quoted
		}
	}
	return parts
}

// takesNext reports whether a part may belong to the word behind it: a flag to its value, -- to the command that it announces.
func takesNext(part, word string) bool {
	return part == "--" || strings.HasPrefix(part, "--") && !strings.Contains(part, " ") && !strings.HasPrefix(word, "-")
}
