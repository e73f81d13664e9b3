package excerpt

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
		budget Budget
		data   string
		want   api.RunOutput
	}{
		"nothing":         {Budget{Each: 5, Left: 10, Streams: 1}, "", api.RunOutput{}},
		"all of it":       {Budget{Each: 5, Left: 10, Streams: 1}, "hello", api.RunOutput{Text: "hello", Bytes: 5}},
		"cut":             {Budget{Each: 4, Left: 10, Streams: 1}, "hello", api.RunOutput{Text: "hell", Bytes: 5, Truncated: true}},
		"not asked for":   {Budget{Each: 0, Left: 10, Streams: 1}, "hello", api.RunOutput{Bytes: 5, Truncated: true}},
		"its share":       {Budget{Each: 9, Left: 8, Streams: 2}, "hello", api.RunOutput{Text: "hell", Bytes: 5, Truncated: true}},
		"no budget":       {Budget{Each: 9, Left: 0, Streams: 2}, "hello", api.RunOutput{Bytes: 5, Truncated: true}},
		"dear to encode":  {Budget{Each: 9, Left: 13, Streams: 1}, "<<<", api.RunOutput{Text: "<<", Bytes: 3, Truncated: true}},
		"between letters": {Budget{Each: 3, Left: 99, Streams: 1}, "aéé", api.RunOutput{Text: "aé", Bytes: 5, Truncated: true}},
		"within a letter": {Budget{Each: 4, Left: 99, Streams: 1}, "aéé", api.RunOutput{Text: "aé", Bytes: 5, Truncated: true}},
		"binary":          {Budget{Each: 9, Left: 99, Streams: 1}, "\xff\x00", api.RunOutput{Content: []byte("\xff\x00"), Bytes: 2}},
		"binary cut":      {Budget{Each: 9, Left: 7, Streams: 1}, "\xff\xff\xff\xff", api.RunOutput{Content: []byte("\xff\xff\xff"), Bytes: 4, Truncated: true}},
		"text that starts binary": {
			Budget{Each: 2, Left: 99, Streams: 1},
			"ab\xff",
			api.RunOutput{Text: "ab", Bytes: 3, Truncated: true},
		},
		"ends within a letter": {Budget{Each: 9, Left: 99, Streams: 1}, "a\xc3", api.RunOutput{Content: []byte("a\xc3"), Bytes: 2}},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, tt.budget.Inline([]byte(tt.data))); diff != "" {
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
		budget := Budget{Each: rapid.IntRange(0, 200).Draw(t, "each"), Left: rapid.IntRange(0, 600).Draw(t, "left"), Streams: 3}
		most, each := budget.Left, budget.Each
		size := 0
		for range 3 {
			data := []byte(strings.Join(pieces.Draw(t, "data"), ""))
			o := budget.Inline(data)
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
