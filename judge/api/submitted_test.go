package api

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// What a contestant chooses, the names and the number of the files, is refused as such, in few words.
func TestAnyFilesAreTheSubmissions(t *testing.T) {
	t.Parallel()
	name := rapid.OneOf(
		rapid.String(),
		rapid.SampledFrom([]string{"a", "a/b", "a/b/c", "b", "-o", ".x", "a//b", "a\x00", strings.Repeat("n", 256), strings.Repeat("d/", 600) + "f"}),
		rapid.Map(rapid.IntRange(1, 511), func(n int) string { return strings.Repeat("d/", n) + "f" }),
		rapid.StringN(200, 1000, -1),
	)
	rapid.Check(t, func(t *rapid.T) {
		s := Submission{Version: 1, ID: "s", Attempt: 1, Problem: "p", Language: "c", EntryPoint: name.Draw(t, "entry point")}
		for range rapid.IntRange(0, 120).Draw(t, "files") {
			s.Files = append(s.Files, SourceFile{Name: name.Draw(t, "name"), Text: "x"})
		}
		payload, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		_, who, err := Decode(payload)
		var refused *Rejection
		if err != nil && (!errors.As(err, &refused) || !refused.Submitted || len(err.Error()) > 4<<10) {
			t.Errorf("Decode() = %#v of %d bytes, want that the contestant is told, in few words", err, len(err.Error()))
		}
		if !who.Known() {
			t.Errorf("Decode() does not know whose %q is", payload)
		}
	})
}

// What the platform chooses stays its own fault.
func TestRefusedIsNotSubmitted(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*Submission){
		"version": func(s *Submission) { s.Version = 2 }, "problem": func(s *Submission) { s.Problem = "../x" },
		"language": func(s *Submission) { s.Language = "?" }, "time limit": func(s *Submission) { s.TimeLimitUsec = -1 },
		"content twice": func(s *Submission) { s.Files[0].Text, s.Files[0].Content = "x", []byte("y") },
		"object":        func(s *Submission) { s.Files[0].Object = &FileObject{} },
		"keep":          func(s *Submission) { s.Keep = []ArtifactKind{"all"} },
	} {
		s := Submission{Version: 1, ID: "s", Attempt: 1, Problem: "p", Files: []SourceFile{{Name: "a"}}}
		change(&s)
		var refused *Rejection
		if err := Validate(s); !errors.As(err, &refused) || refused.Submitted {
			t.Errorf("%s: Validate() = %#v, want a refusal that is not the contestant's", name, err)
		}
	}
}
