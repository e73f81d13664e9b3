package api_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gaveloj/gavel/judge/api"
)

// TestNullLists: null is what an empty list becomes in many programs.
func TestNullLists(t *testing.T) {
	s, _, err := api.Decode([]byte(`{"version":1,"id":"s","attempt":1,"problem":"sum","files":[{"name":"a.py","text":"x","object":null,"content":null}],` +
		`"keep":null,"language":null,"entry_point":null,"time_limit_us":null,"all_tests":null,"problem_digest":null}`))
	want := api.Submission{Version: 1, ID: "s", Attempt: 1, Problem: "sum", Files: []api.SourceFile{{Name: "a.py", Text: "x"}}}
	if diff := cmp.Diff(want, s); diff != "" || err != nil {
		t.Errorf("%v\n%s", err, diff)
	}
	r, err := api.DecodeRun([]byte(`{"version":1,"id":null,"files":[{"name":"a.py"}],"inputs":[{"name":null,"content":null}],"args":null,"limits":null,"keep":null}`))
	run := api.RunRequest{Version: 1, Files: []api.SourceFile{{Name: "a.py"}}, Inputs: []api.RunInput{{}}}
	if diff := cmp.Diff(run, r); diff != "" || err != nil {
		t.Errorf("%v\n%s", err, diff)
	}
	for _, list := range []string{"files", "inputs"} {
		message := strings.Replace(`{"version":1,"files":[{"name":"a.py"}],"inputs":[{}]}`, `"`+list+`":[`, `"`+list+`":null,"x":[`, 1)
		if _, err := api.DecodeRun([]byte(message)); err == nil || !strings.Contains(err.Error(), "field "+list+" is missing or empty") {
			t.Errorf("%s of null: %v, want it missing", list, err)
		}
	}
}

// TestOwnNotes: the names of JSON differ in case, so that a platform's own notes are never taken for fields.
func TestOwnNotes(t *testing.T) {
	s, who, err := api.Decode([]byte(`{"ID":5,"Version":"a","id":"s","version":1,"attempt":1,"ATTEMPT":9,"problem":"sum","Problem":null,"Keep":7,` +
		`"files":[{"Name":1,"name":"a.py","TEXT":{},"object":{"NAME":2,"name":"o","bytes":1,"Bytes":"x","sha256":"` + strings.Repeat("0", 64) + `","Sha256":1}}],"Files":"none"}`))
	want := api.Submission{
		Version: 1, ID: "s", Attempt: 1, Problem: "sum",
		Files: []api.SourceFile{{Name: "a.py", Object: &api.FileObject{Name: "o", Bytes: 1, SHA256: strings.Repeat("0", 64)}}},
	}
	if diff := cmp.Diff(want, s); diff != "" || err != nil || who != (api.Identity{ID: "s", Attempt: 1}) {
		t.Errorf("%+v, %v\n%s", who, err, diff)
	}
	r, err := api.DecodeRun([]byte(`{"version":1,"files":[{"name":"a.py"}],"inputs":[{"Content":1,"text":"x"}],"limits":{"CPU_us":"x","cpu_us":5000},"Limits":3,"Args":0}`))
	run := api.RunRequest{
		Version: 1, Files: []api.SourceFile{{Name: "a.py"}}, Inputs: []api.RunInput{{Text: "x"}}, Limits: api.RunLimits{CPUUsec: 5000},
	}
	if diff := cmp.Diff(run, r); diff != "" || err != nil {
		t.Errorf("%v\n%s", err, diff)
	}
	if _, _, err := api.Decode([]byte(`{"Version":1,"Id":"s","Attempt":1,"Problem":"sum","Files":[]}`)); err == nil {
		t.Error("a message of notes alone was taken")
	}
}

func TestUnmarshal(t *testing.T) {
	type inner struct {
		At    time.Time       `json:"at"`
		Raw   json.RawMessage `json:"raw"`
		Words map[string]int  `json:"words"`
	}
	type outer struct {
		List  []inner `json:"list"`
		One   *inner  `json:"one"`
		Bytes []byte  `json:"bytes"`
		//lint:ignore U1000 what the decoder must leave alone
		hidden int
		Not    int `json:"-"`
	}
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	var got outer
	err := api.Unmarshal([]byte(`{"list":[{"at":"2026-01-02T03:04:05Z","raw":{"A":1}},null],"one":{"words":{"a":1,"A":2},"AT":0},"bytes":"aGk=","hidden":1,"Not":2,"-":3}`), &got)
	want := outer{List: []inner{{At: at, Raw: json.RawMessage(`{"A":1}`)}, {}}, One: &inner{Words: map[string]int{"a": 1, "A": 2}}, Bytes: []byte("hi")}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(outer{})); diff != "" || err != nil {
		t.Errorf("%v\n%s", err, diff)
	}
	for message, want := range map[string]string{
		`{"list":[{},{"at":5}]}`:           "",
		`{"one":{"words":3}}`:              "one.words",
		`{"list":[{"words":{"a":"b"}}]}`:   "list[0].words",
		`{"bytes":"aGk=","bytes":"aGk="}`:  "field bytes: given twice",
		`{"one":{"raw":1,"raw":1}}`:        "field one.raw: given twice",
		`{"list":{}}`:                      "list",
		`[]`:                               "array",
		`{"list":[]`:                       "unexpected end",
		`{} {}`:                            "after top-level value",
		`{"one":{"x":1,"x":2},"y":1,"y":}`: "invalid character",
	} {
		if err := api.Unmarshal([]byte(message), new(outer)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q in it", message, err, want)
		}
	}
}

func TestFieldsGivenTwice(t *testing.T) {
	for message, want := range map[string]string{
		`{"version":1,"id":"a","id":"b","attempt":1,"problem":"p","files":[{"name":"a"}]}`:                       "field id: given twice",
		`{"version":1,"id":"a","attempt":1,"problem":"p","files":[{"name":"a"},{"name":"b","name":"c"}]}`:        "field files[1].name: given twice",
		`{"version":1,"id":"a","attempt":1,"problem":"p","files":[{"name":"a","object":{"bytes":1,"bytes":2}}]}`: "field files[0].object.bytes: given twice",
	} {
		if _, _, err := api.Decode([]byte(message)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", message, err, want)
		}
	}
	if s, _, err := api.Decode([]byte(`{"note":1,"note":2,"version":1,"id":"a","attempt":1,"problem":"p","files":[{"name":"a"}]}`)); err != nil || s.ID != "a" {
		t.Errorf("a note of the platform's own twice: %+v, %v", s, err)
	}
}
