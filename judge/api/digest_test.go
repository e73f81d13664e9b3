package api

import "testing"

func TestContentDigest(t *testing.T) {
	t.Parallel()
	base := func() Submission {
		return Submission{
			Version: 1, ID: "s1", Attempt: 1, Problem: "sum", Language: "c",
			Files: []SourceFile{{Name: "a.c", Text: "int main(void) {}"}},
		}
	}
	const hash = "6b2b6c4b1d5b0c7c4c8a8b0d5d7c6e2a0b9d8c7e6f5a4b3c2d1e0f9a8b7c6d5e"
	for _, test := range []struct {
		name   string
		change func(*Submission)
		same   bool
	}{
		{"nothing", func(*Submission) {}, true},
		{"ID and attempt", func(s *Submission) { s.ID, s.Attempt, s.Version = "s2", 2, 2 }, true},
		{"content in place of text", func(s *Submission) {
			s.Files[0] = SourceFile{Name: "a.c", Content: []byte("int main(void) {}")}
		}, true},
		{"object in place of text", func(s *Submission) {
			s.Files[0] = SourceFile{Name: "a.c", Object: &FileObject{Name: "x", SHA256: hexSHA256([]byte("int main(void) {}"))}}
		}, true},
		{"another object", func(s *Submission) {
			s.Files[0] = SourceFile{Name: "a.c", Object: &FileObject{Name: "x", SHA256: hash}}
		}, false},
		{"a space", func(s *Submission) { s.Files[0].Text += " " }, false},
		{"file name", func(s *Submission) { s.Files[0].Name = "b.c" }, false},
		{"another file", func(s *Submission) { s.Files = append(s.Files, SourceFile{Name: "b.h"}) }, false},
		{"problem", func(s *Submission) { s.Problem = "guess" }, false},
		{"version of the problem", func(s *Submission) { s.ProblemDigest = hash }, false},
		{"language", func(s *Submission) { s.Language = "cpp17" }, false},
		{"entry point", func(s *Submission) { s.EntryPoint = "a" }, false},
		{"time limit", func(s *Submission) { s.TimeLimitUsec = 1 }, false},
		{"kept files", func(s *Submission) { s.Keep = []ArtifactKind{ArtifactOutput} }, false},
		{"all tests", func(s *Submission) { s.AllTests = true }, false},
	} {
		s := base()
		test.change(&s)
		if same := s.ContentDigest() == base().ContentDigest(); same != test.same {
			t.Errorf("%s: same digest is %v, want %v", test.name, same, test.same)
		}
	}
}
