package api_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/judge/api/apitest"
)

func TestDecodeRefuses(t *testing.T) {
	for _, test := range apitest.BadMessages {
		t.Run(test.Name, func(t *testing.T) {
			s, who, err := api.Decode([]byte(test.Payload))
			if err == nil {
				t.Fatal("decode = nil error")
			}
			if who != test.Who {
				t.Errorf("identity %+v, want %+v", who, test.Who)
			}
			var rejection *api.Rejection
			if !errors.As(err, &rejection) || !errors.Is(err, api.ErrRejected) || rejection.Class != test.Class ||
				rejection.Submitted != test.Submitted {
				t.Errorf("error %v (%T), want a rejection of class %s, by the contestant's doing: %t", err, err, test.Class, test.Submitted)
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
	full := api.Submission{
		Version: 1, ID: "S-1_x", Attempt: 7, Problem: "a.b-c_1", Language: "c++20", EntryPoint: "Main",
		Files:         []api.SourceFile{{Name: "Main.java", Text: "class Main {}"}, {Name: "решение 2.py"}},
		TimeLimitUsec: 1, AllTests: true,
	}
	least := api.Submission{Version: 1, ID: "1", Attempt: 1, Problem: "1", Files: []api.SourceFile{{Name: "a"}}}
	for name, want := range map[string]api.Submission{"full": full, "least": least} {
		got, who, err := api.Decode([]byte(apitest.Encode(want)))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		if (who != api.Identity{want.ID, want.Attempt}) {
			t.Errorf("%s: identity %+v", name, who)
		}
	}
	if _, _, err := api.Decode([]byte(apitest.With("contest", "icpc-2025"))); err != nil {
		t.Errorf("a field of the platform's own: %v", err)
	}
}

func TestValidateRefusesTooMuchSource(t *testing.T) {
	s := api.Submission{Version: 1, ID: "s1", Attempt: 1, Problem: "sum"}
	half := strings.Repeat("x", api.MaxSourceBytes/2)
	s.Files = []api.SourceFile{{Name: "a.c", Text: half}, {Name: "b.c", Content: []byte(half)}}
	if err := api.Validate(s); err != nil {
		t.Errorf("Validate of all that is allowed = %v", err)
	}
	s.Files[0].Text += "x"
	if err := api.Validate(s); !errors.Is(err, api.ErrRejected) || !strings.Contains(err.Error(), "20971521 bytes altogether") {
		t.Errorf("Validate = %v, want a rejection with the size", err)
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte(apitest.Good()))
	for _, test := range apitest.BadMessages {
		if len(test.Payload) < 1<<12 {
			f.Add([]byte(test.Payload))
		}
	}
	f.Fuzz(func(t *testing.T, payload []byte) {
		s, who, err := api.Decode(payload)
		if err != nil {
			if !errors.Is(err, api.ErrRejected) {
				t.Errorf("error %v is not a rejection", err)
			}
			return
		}
		if !who.Known() || who.ID != s.ID || who.Attempt != s.Attempt {
			t.Errorf("identity %+v of %+v", who, s)
		}
		if slices.ContainsFunc(s.Files, func(f api.SourceFile) bool {
			return f.Name == "" || strings.Contains(f.Name, "\x00") || strings.HasPrefix(f.Name, ".")
		}) {
			t.Errorf("file names %+v", s.Files)
		}
		again, _, err := api.Decode([]byte(apitest.Encode(s)))
		if err != nil || !cmp.Equal(s, again, cmpopts.EquateEmpty()) {
			t.Errorf("encoded and decoded again: %v\n%s", err, cmp.Diff(s, again))
		}
	})
}
