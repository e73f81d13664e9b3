package judge

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/gaveloj/gavel/judge/api"
)

func TestInline(t *testing.T) {
	for name, tt := range map[string]struct {
		budget outputBudget
		data   string
		want   api.RunOutput
	}{
		"nothing":         {outputBudget{each: 5, left: 10, streams: 1}, "", api.RunOutput{}},
		"all of it":       {outputBudget{each: 5, left: 10, streams: 1}, "hello", api.RunOutput{Text: "hello", Bytes: 5}},
		"cut":             {outputBudget{each: 4, left: 10, streams: 1}, "hello", api.RunOutput{Text: "hell", Bytes: 5, Truncated: true}},
		"not asked for":   {outputBudget{each: 0, left: 10, streams: 1}, "hello", api.RunOutput{Bytes: 5, Truncated: true}},
		"its share":       {outputBudget{each: 9, left: 8, streams: 2}, "hello", api.RunOutput{Text: "hell", Bytes: 5, Truncated: true}},
		"no budget":       {outputBudget{each: 9, left: 0, streams: 2}, "hello", api.RunOutput{Bytes: 5, Truncated: true}},
		"dear to encode":  {outputBudget{each: 9, left: 13, streams: 1}, "<<<", api.RunOutput{Text: "<<", Bytes: 3, Truncated: true}},
		"between letters": {outputBudget{each: 3, left: 99, streams: 1}, "aéé", api.RunOutput{Text: "aé", Bytes: 5, Truncated: true}},
		"within a letter": {outputBudget{each: 4, left: 99, streams: 1}, "aéé", api.RunOutput{Text: "aé", Bytes: 5, Truncated: true}},
		"binary":          {outputBudget{each: 9, left: 99, streams: 1}, "\xff\x00", api.RunOutput{Content: []byte("\xff\x00"), Bytes: 2}},
		"binary cut":      {outputBudget{each: 9, left: 7, streams: 1}, "\xff\xff\xff\xff", api.RunOutput{Content: []byte("\xff\xff\xff"), Bytes: 4, Truncated: true}},
		"text that starts binary": {
			outputBudget{each: 2, left: 99, streams: 1},
			"ab\xff",
			api.RunOutput{Text: "ab", Bytes: 3, Truncated: true},
		},
		"ends within a letter": {outputBudget{each: 9, left: 99, streams: 1}, "a\xc3", api.RunOutput{Content: []byte("a\xc3"), Bytes: 2}},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, tt.budget.inline([]byte(tt.data))); diff != "" {
				t.Errorf("inline(%q) (-want +got):\n%s", tt.data, diff)
			}
		})
	}
}

// Whatever programs write, what comes inline is a beginning of it, keeps every bound, and takes no more JSON than there is
// budget for.
func TestInlineKeepsItsBounds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pieces := rapid.SliceOf(rapid.SampledFrom([]string{
			"a", "line\n", `"`, `\`, "<", "\x00", "\x7f", "\xff", "é", "\u2028", "😀", "\xf0\x9f", strings.Repeat("x", 50),
		}))
		budget := outputBudget{each: rapid.IntRange(0, 200).Draw(t, "each"), left: rapid.IntRange(0, 600).Draw(t, "left"), streams: 3}
		most, each := budget.left, budget.each
		size := 0
		for range 3 {
			data := []byte(strings.Join(pieces.Draw(t, "data"), ""))
			o := budget.inline(data)
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
