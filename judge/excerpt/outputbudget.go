package excerpt

import (
	"bytes"
	"unicode/utf8"

	"github.com/gaveloj/gavel/judge/api"
)

// Budget shares out the bytes of an encoded result among the outputs that come inline.
type Budget struct {
	Each    int // bytes of one output, at most
	Left    int // bytes of JSON
	Streams int // that are still to come
}

// Inline takes as much of data as the stream may have: its share of what is left. What it does not use is for those
// that follow.
func (b *Budget) Inline(data []byte) api.RunOutput {
	share := b.Left / max(b.Streams, 1)
	b.Streams--
	o := api.RunOutput{Bytes: int64(len(data))}
	head, valid := textHead(data, b.Each)
	valid = valid && bytes.IndexByte(head, 0) < 0 // which not every database takes in text
	used := 0
	if valid {
		head, used = fitText(head, share)
		o.Text = string(head)
	} else {
		head = head[:min(len(head), share/4*3)]
		used = (len(head) + 2) / 3 * 4
		o.Content = append([]byte(nil), head...) // the rest is not to stay in memory
	}
	b.Left -= used
	o.Truncated = len(head) < len(data)
	return o
}

// textHead is data cut to most bytes, and whether it is UTF-8. Text is cut between characters.
func textHead(data []byte, most int) (head []byte, valid bool) {
	head = data[:min(len(data), most)]
	if len(head) < len(data) {
		for cut := len(head); cut > 0 && len(head)-cut < utf8.UTFMax; cut-- {
			if utf8.RuneStart(data[cut]) {
				if utf8.Valid(data[:cut]) {
					return data[:cut], true
				}
				break
			}
		}
	}
	return head, utf8.Valid(head)
}

// fitText cuts text so that it takes at most most bytes of JSON, and tells how many it takes.
func fitText(text []byte, most int) (head []byte, used int) {
	for i := 0; i < len(text); {
		c, size := utf8.DecodeRune(text[i:])
		cost := jsonCost(c, size)
		if used+cost > most {
			return text[:i], used
		}
		used += cost
		i += size
	}
	return text, used
}

// jsonCost is how many bytes package json makes of a character in a string.
func jsonCost(c rune, size int) int {
	switch {
	case c == '"', c == '\\', c == '\n', c == '\r', c == '\t', c == '\b', c == '\f':
		return len(`\n`)
	case c < ' ', c == '<', c == '>', c == '&', c == '\u2028', c == '\u2029':
		return len(`\u0000`)
	}
	return size
}
