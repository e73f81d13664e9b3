package serve

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gaveloj/gavel/judge/language"
)

// A language is wanted while its toolchain is there, and once it was ready until the worker is told that it may go.
func TestWantedLanguages(t *testing.T) {
	t.Parallel()
	ready := func(id string) language.Status { return language.Status{ID: id, State: language.StateReady} }
	missing := func(id string) language.Status {
		return language.Status{ID: id, State: language.StateFailed, Missing: true}
	}
	var w wantedLanguages
	check := func(when string, statuses []language.Status, want map[string]bool) {
		t.Helper()
		if diff := cmp.Diff(want, w.of(statuses)); diff != "" {
			t.Errorf("%s: of() mismatch (-want +got):\n%s", when, diff)
		}
	}
	begun := []language.Status{{ID: "c", State: language.StatePending}, missing("cobol"), {ID: "java", State: language.StateFailed}}
	check("at the start", begun, map[string]bool{"c": true, "cobol": false, "java": true})
	w.add("c")
	w.add("cobol") // it was installed meanwhile
	gone := []language.Status{missing("c"), ready("cobol"), missing("java")}
	check("what was ready has gone", gone, map[string]bool{"c": true, "cobol": true, "java": false})
	w.begin(gone)
	check("after a reload", gone, map[string]bool{"c": false, "cobol": true, "java": false})
	check("and what was ready then goes", []language.Status{missing("c"), missing("cobol")}, map[string]bool{"c": false, "cobol": true})
}
