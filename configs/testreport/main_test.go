package main

import (
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestShow(t *testing.T) {
	tests := []struct {
		name, in, want, err string
	}{
		{
			name: "passed",
			in: `{"Action":"start","Package":"p"}
{"Action":"output","Package":"p","Test":"TestA","Output":"--- PASS: TestA\n"}
{"Action":"pass","Package":"p","Test":"TestA"}
{"Action":"output","Package":"p","Output":"PASS\n"}
{"Action":"output","Package":"p","Output":"ok  \tp\t0.1s\n"}
{"Action":"pass","Package":"p"}
`,
			want: "ok  \tp\t0.1s\n",
		},
		{
			name: "failed",
			in: `{"Action":"output","Package":"p","Test":"TestA","Output":"a_test.go:3: no\n"}
{"Action":"output","Package":"p","Test":"TestB","Output":"said before the crash\n"}
{"Action":"fail","Package":"p","Test":"TestA"}
{"Action":"output","Package":"p","Output":"FAIL\tp\t0.1s\n"}
{"Action":"fail","Package":"p"}
`,
			want: "a_test.go:3: no\nsaid before the crash\nFAIL\tp\t0.1s\n", err: "1 packages failed",
		},
		{
			name: "does not build",
			in: `{"ImportPath":"p","Action":"build-output","Output":"a.go:1: syntax error\n"}
{"ImportPath":"p","Action":"build-fail"}
`,
			want: "a.go:1: syntax error\n", err: "1 packages failed",
		},
		{name: "nothing", in: "go: no such file\n", want: "go: no such file\n", err: "no package passed"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var b strings.Builder
			err := show(strings.NewReader(tt.in), &b)
			if (err == nil) != (tt.err == "") || err != nil && err.Error() != tt.err {
				t.Errorf("show() = %v, want %q", err, tt.err)
			}
			if diff := cmp.Diff(tt.want, b.String()); diff != "" {
				t.Errorf("show() printed (-want +got):\n%s", diff)
			}
		})
	}
}

// A test that one stage skips and another one runs has run; one that both skip is told, and what is run by hand alone
// is counted.
func TestStages(t *testing.T) {
	bare := `{"Action":"pass","Package":"p","Test":"TestA/one"}
{"Action":"skip","Package":"p","Test":"TestA/two"}
{"Action":"pass","Package":"p","Test":"TestA"}
{"Action":"skip","Package":"p","Test":"TestEvery"}
{"Action":"skip","Package":"p","Test":"TestSoak"}
{"Action":"skip","Package":"p","Test":"TestNever"}
`
	host := `{"Action":"pass","Package":"p","Test":"TestA/two"}
{"Action":"pass","Package":"p","Test":"TestA"}
{"Action":"pass","Package":"p","Test":"TestEvery/ada"}
{"Action":"pass","Package":"p","Test":"TestEvery"}
{"Action":"pass","Package":"p"}
`
	var stages []stage
	for name, text := range map[string]string{"bare": bare, "host": host} {
		s, err := readStage(name, strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		stages = append(stages, s)
	}
	if stages[0].name != "bare" {
		stages[0], stages[1] = stages[1], stages[0]
	}
	var b strings.Builder
	err := reportStages(&b, regexp.MustCompile("^TestSoak$"), stages)
	if err == nil || err.Error() != "1 tests ran in no stage" {
		t.Errorf("reportStages() = %v, want one test that no stage ran", err)
	}
	want := `stage  passed  failed  skipped  only here
bare   1       0       3        1
host   2       0       0        2
ran in no stage: p TestNever
5 tests, 1 of them by hand alone
`
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Errorf("reportStages() printed (-want +got):\n%s", diff)
	}
}
