package terminal

import "strings"

// Examples makes the part of a command's help that shows how it is used, one command line on each line.
func Examples(lines string) string {
	var b strings.Builder
	b.WriteString("Examples:\n")
	for line := range strings.Lines(strings.TrimSpace(lines)) {
		b.WriteString("\n    " + strings.TrimSpace(line))
	}
	return b.String()
}
