package judge

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/gaveloj/gavel/message"
)

func TestInline(t *testing.T) {
	for name, tt := range map[string]struct {
		room inlineRoom
		data string
		want message.RunOutput
	}{
		"nothing":         {inlineRoom{each: 5, left: 10, streams: 1}, "", message.RunOutput{}},
		"all of it":       {inlineRoom{each: 5, left: 10, streams: 1}, "hello", message.RunOutput{Text: "hello", Bytes: 5}},
		"cut":             {inlineRoom{each: 4, left: 10, streams: 1}, "hello", message.RunOutput{Text: "hell", Bytes: 5, Truncated: true}},
		"not asked for":   {inlineRoom{each: 0, left: 10, streams: 1}, "hello", message.RunOutput{Bytes: 5, Truncated: true}},
		"its share":       {inlineRoom{each: 9, left: 8, streams: 2}, "hello", message.RunOutput{Text: "hell", Bytes: 5, Truncated: true}},
		"no room":         {inlineRoom{each: 9, left: 0, streams: 2}, "hello", message.RunOutput{Bytes: 5, Truncated: true}},
		"dear to encode":  {inlineRoom{each: 9, left: 13, streams: 1}, "<<<", message.RunOutput{Text: "<<", Bytes: 3, Truncated: true}},
		"between letters": {inlineRoom{each: 3, left: 99, streams: 1}, "aéé", message.RunOutput{Text: "aé", Bytes: 5, Truncated: true}},
		"within a letter": {inlineRoom{each: 4, left: 99, streams: 1}, "aéé", message.RunOutput{Text: "aé", Bytes: 5, Truncated: true}},
		"binary":          {inlineRoom{each: 9, left: 99, streams: 1}, "\xff\x00", message.RunOutput{Content: []byte("\xff\x00"), Bytes: 2}},
		"binary cut":      {inlineRoom{each: 9, left: 7, streams: 1}, "\xff\xff\xff\xff", message.RunOutput{Content: []byte("\xff\xff\xff"), Bytes: 4, Truncated: true}},
		"text that starts binary": {
			inlineRoom{each: 2, left: 99, streams: 1},
			"ab\xff",
			message.RunOutput{Text: "ab", Bytes: 3, Truncated: true},
		},
		"ends within a letter": {inlineRoom{each: 9, left: 99, streams: 1}, "a\xc3", message.RunOutput{Content: []byte("a\xc3"), Bytes: 2}},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, tt.room.inline([]byte(tt.data))); diff != "" {
				t.Errorf("inline(%q) (-want +got):\n%s", tt.data, diff)
			}
		})
	}
}

// Whatever programs write, what comes inline is a beginning of it, keeps every bound, and takes no more JSON than there is
// room for.
func TestInlineKeepsItsBounds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pieces := rapid.SliceOf(rapid.SampledFrom([]string{
			"a", "line\n", `"`, `\`, "<", "\x00", "\x7f", "\xff", "é", "\u2028", "😀", "\xf0\x9f", strings.Repeat("x", 50),
		}))
		room := inlineRoom{each: rapid.IntRange(0, 200).Draw(t, "each"), left: rapid.IntRange(0, 600).Draw(t, "left"), streams: 3}
		most, each := room.left, room.each
		size := 0
		for range 3 {
			data := []byte(strings.Join(pieces.Draw(t, "data"), ""))
			o := room.inline(data)
			got := o.Inline()
			if !bytes.HasPrefix(data, got) || len(got) > each || o.Truncated != (len(got) < len(data)) || !utf8.ValidString(o.Text) {
				t.Fatalf("inline(%q) = %+v", data, o)
			}
			for _, v := range []any{o.Text, o.Content} {
				encoded, err := json.Marshal(v)
				if err != nil {
					t.Fatal(err)
				}
				if s := string(encoded); s != "null" {
					size += len(s) - len(`""`)
				}
			}
		}
		if size > most {
			t.Fatalf("%d bytes of JSON, want at most %d", size, most)
		}
	})
}
