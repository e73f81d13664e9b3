package api

import "strings"

// Storable replaces the character U+0000, which databases do not take in text, and says so in a line before the text.
func Storable(text string) string {
	if !strings.Contains(text, "\x00") {
		return text
	}
	return "(each U+0000 is shown as \uFFFD)\n" + strings.ReplaceAll(text, "\x00", "\uFFFD")
}
