package api_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/judge/api/apitest"
)

func TestDecodeRunRefuses(t *testing.T) {
	for _, test := range apitest.BadRuns {
		_, err := api.DecodeRun([]byte(test.Payload))
		if !errors.Is(err, api.ErrRejected) || !strings.Contains(err.Error(), test.Want) {
			t.Errorf("%s: error %v, want %q", test.Name, err, test.Want)
		}
	}
	r, err := api.DecodeRun([]byte(apitest.Encode(map[string]any{"version": 1, "id": "r1", "files": 1})))
	if err == nil || r.ID != "r1" {
		t.Errorf("a bad request with an ID: %+v, %v", r, err)
	}
}

func TestDecodeRun(t *testing.T) {
	for _, payload := range apitest.GoodRuns() {
		if _, err := api.DecodeRun([]byte(payload)); err != nil {
			t.Errorf("refuses %.200s: %v", payload, err)
		}
	}
	want := api.RunRequest{
		Version: 1, ID: "space.r1", Language: "c", EntryPoint: "Main",
		Files:  []api.SourceFile{{Name: "a.c", Text: "x"}, {Name: "b.h", Content: []byte{0xff}}},
		Inputs: []api.RunInput{{Name: "n", Text: "1"}, {Content: []byte{0}, Expect: &api.RunExpected{Text: "2"}}, {}},
		Env:    map[string]string{"A": "b"}, Compare: "lines", Collect: []string{"out"}, WaitUsec: 7,
		Args: []string{"-x"}, Limits: api.RunLimits{CPUUsec: 1000, WallUsec: 2000, Memory: 1 << 20, Output: 4},
		InlineBytes: 5, Keep: true,
	}
	got, err := api.DecodeRun([]byte(apitest.Encode(want)))
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}

func TestRunDefaults(t *testing.T) {
	r := api.RunRequest{Inputs: make([]api.RunInput, 2)}
	want := api.RunRequest{
		Inputs: r.Inputs, InlineBytes: 64 << 10,
		Limits: api.RunLimits{CPUUsec: 10_000_000, WallUsec: 31_000_000, Memory: 256 << 20, Output: 16 << 20},
	}
	if diff := cmp.Diff(want, r.WithDefaults()); diff != "" {
		t.Errorf("defaults (-want +got):\n%s", diff)
	}
	if got, want := r.Longest(), 5*time.Minute+2*(93+1)*time.Second; got != want {
		t.Errorf("Longest() = %v, want %v", got, want)
	}
	r.Limits.CPUUsec = (10 * time.Minute).Microseconds()
	if got := r.WithDefaults().Limits.WallUsec; got != (30*time.Minute + time.Second).Microseconds() {
		t.Errorf("wall limit %d", got)
	}
}

func FuzzDecodeRun(f *testing.F) {
	for _, payload := range apitest.GoodRuns() {
		f.Add([]byte(payload))
	}
	for _, test := range apitest.BadRuns {
		if len(test.Payload) < 1<<12 {
			f.Add([]byte(test.Payload))
		}
	}
	f.Fuzz(func(t *testing.T, payload []byte) {
		r, err := api.DecodeRun(payload)
		if err != nil {
			if !errors.Is(err, api.ErrRejected) || r.ID != "" && api.CheckID(r.ID) != nil {
				t.Errorf("error %v, ID %q", err, r.ID)
			}
			return
		}
		if full := r.WithDefaults(); full.Longest() <= 0 || api.ValidateRun(full) != nil {
			t.Errorf("with defaults: %+v: %v", full.Limits, api.ValidateRun(full))
		}
		again, err := api.DecodeRun([]byte(apitest.Encode(r)))
		if err != nil || !cmp.Equal(r, again, cmpopts.EquateEmpty()) {
			t.Errorf("encoded and decoded again: %v\n%s", err, cmp.Diff(r, again))
		}
	})
}
