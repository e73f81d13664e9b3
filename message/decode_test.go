package message_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/gaveloj/gavel/message"
	"github.com/gaveloj/gavel/message/messagetest"
)

func TestDecodeRefuses(t *testing.T) {
	for _, test := range messagetest.BadMessages {
		t.Run(test.Name, func(t *testing.T) {
			s, who, err := message.Decode([]byte(test.Payload))
			if err == nil {
				t.Fatal("decode = nil error")
			}
			if who != test.Who {
				t.Errorf("identity %+v, want %+v", who, test.Who)
			}
			var rejection *message.Rejection
			if !errors.As(err, &rejection) || !errors.Is(err, message.ErrRejected) || rejection.Class != test.Class {
				t.Errorf("error %v (%T), want a rejection of class %s", err, err, test.Class)
			}
			if len(s.Files) > 0 || len(s.Problem) > 128 || len(s.Language) > 32 {
				t.Errorf("decode = %.500v, want nothing that cannot be repeated", s)
			}
			if !strings.Contains(err.Error(), test.Want) || len(err.Error()) > 400 {
				t.Errorf("error %q, want %q in it", err, test.Want)
			}
		})
	}
}

func TestDecodeTakes(t *testing.T) {
	full := message.Submission{
		Version: 1, ID: "S-1_x", Attempt: 7, Problem: "a.b-c_1", Language: "c++20", EntryPoint: "Main",
		Files:         []message.SourceFile{{Name: "Main.java", Text: "class Main {}"}, {Name: "решение 2.py"}},
		TimeLimitUsec: 1, AllTests: true,
	}
	least := message.Submission{Version: 1, ID: "1", Attempt: 1, Problem: "1", Files: []message.SourceFile{{Name: "a"}}}
	for name, want := range map[string]message.Submission{"full": full, "least": least} {
		got, who, err := message.Decode([]byte(messagetest.Encode(want)))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		if (who != message.Identity{want.ID, want.Attempt}) {
			t.Errorf("%s: identity %+v", name, who)
		}
	}
	if _, _, err := message.Decode([]byte(messagetest.With("contest", "icpc-2025"))); err != nil {
		t.Errorf("a field of the platform's own: %v", err)
	}
}

func TestValidateRefusesTooMuchSource(t *testing.T) {
	s := message.Submission{Version: 1, ID: "s1", Attempt: 1, Problem: "sum"}
	half := strings.Repeat("x", message.MaxSourceBytes/2)
	s.Files = []message.SourceFile{{Name: "a.c", Text: half}, {Name: "b.c", Content: []byte(half)}}
	if err := message.Validate(s); err != nil {
		t.Errorf("Validate of all that is allowed = %v", err)
	}
	s.Files[0].Text += "x"
	if err := message.Validate(s); !errors.Is(err, message.ErrRejected) || !strings.Contains(err.Error(), "20971521 bytes altogether") {
		t.Errorf("Validate = %v, want a rejection with the size", err)
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte(messagetest.Good()))
	for _, test := range messagetest.BadMessages {
		if len(test.Payload) < 1<<12 {
			f.Add([]byte(test.Payload))
		}
	}
	f.Fuzz(func(t *testing.T, payload []byte) {
		s, who, err := message.Decode(payload)
		if err != nil {
			if !errors.Is(err, message.ErrRejected) {
				t.Errorf("error %v is not a rejection", err)
			}
			return
		}
		if !who.Known() || who.ID != s.ID || who.Attempt != s.Attempt {
			t.Errorf("identity %+v of %+v", who, s)
		}
		if slices.ContainsFunc(s.Files, func(f message.SourceFile) bool {
			return f.Name == "" || strings.Contains(f.Name, "\x00") || strings.HasPrefix(f.Name, ".")
		}) {
			t.Errorf("file names %+v", s.Files)
		}
		again, _, err := message.Decode([]byte(messagetest.Encode(s)))
		if err != nil || !cmp.Equal(s, again, cmpopts.EquateEmpty()) {
			t.Errorf("encoded and decoded again: %v\n%s", err, cmp.Diff(s, again))
		}
	})
}
