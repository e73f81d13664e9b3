package serve

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rs/zerolog"

	"github.com/gaveloj/gavel/queue/message"
)

func TestLogRingKeepsLinesOfOneSubmission(t *testing.T) {
	t.Parallel()
	ring := newLogRing()
	log := zerolog.New(ring)
	log.Info().Msg("starting")
	log.Info().Str("submission", "s1").Msg("submission judged")
	log.Info().Str("submission", "s10").Msg("submission judged")
	log.Warn().Str("submission", "s2").Str("reason", `"submission":"s1"`).Msg("submission refused")
	log.Warn().Str("submission", "s1").Msg("artifact not stored")
	got, since := ring.of("s1")
	want := `{"level":"info","submission":"s1","message":"submission judged"}` + "\n" +
		`{"level":"warn","submission":"s1","message":"artifact not stored"}` + "\n"
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("of(s1) mismatch (-want +got):\n%s", diff)
	}
	if ring.count != 4 || since.After(time.Now()) {
		t.Errorf("%d lines since %v, want the 4 that name a submission", ring.count, since)
	}
}

func TestLogRingIsBounded(t *testing.T) {
	t.Parallel()
	for name, padding := range map[string]int{"lines": 0, "bytes": 4096} {
		ring := newLogRing()
		begun := ring.since
		const written = 2*ringLines + 7
		for i := range written {
			fmt.Fprintf(ring, `{"submission":"s%d","padding":"%s"}`+"\n", i, strings.Repeat("x", padding))
		}
		if ring.count > ringLines || ring.bytes > ringBytes || padding == 0 && ring.count != ringLines {
			t.Errorf("%s: %d lines of %d bytes, want at most %d of %d", name, ring.count, ring.bytes, ringLines, ringBytes)
		}
		newest, since := ring.of(fmt.Sprintf("s%d", written-1))
		oldest, _ := ring.of(fmt.Sprintf("s%d", written-ring.count))
		gone, _ := ring.of(fmt.Sprintf("s%d", written-ring.count-1))
		if newest == "" || oldest == "" || gone != "" || !since.After(begun) {
			t.Errorf("%s: newest %q, oldest %q, gone %q, since %v after %v", name, newest, oldest, gone, since, begun)
		}
	}
	ring := newLogRing()
	fmt.Fprintf(ring, `{"submission":"s1","padding":"%s"}`, strings.Repeat("x", ringBytes))
	if ring.count != 0 {
		t.Error("a line larger than the ring was kept")
	}
}

func TestServeLog(t *testing.T) {
	t.Parallel()
	s := &server{name: "w1", ring: newLogRing()}
	fmt.Fprint(s.ring, `{"submission":"s1"}`+"\n")
	for query, want := range map[string]struct {
		status int
		body   string
	}{
		"?submission=s1":    {http.StatusOK, `{"submission":"s1"}` + "\n"},
		"?submission=other": {http.StatusOK, ""},
		"":                  {http.StatusBadRequest, "name one with ?submission=ID: "},
		"?submission=%22":   {http.StatusBadRequest, "name one with ?submission=ID: "},
	} {
		answer := httptest.NewRecorder()
		s.serveLog(answer, httptest.NewRequest(http.MethodGet, "/debug/log"+query, nil))
		body := answer.Body.String()
		if answer.Code != want.status || !strings.HasPrefix(body, want.body) || want.status == http.StatusOK && body != want.body {
			t.Errorf("GET /debug/log%s = %d %q, want %d %q", query, answer.Code, body, want.status, want.body)
		}
		if _, err := time.Parse(time.RFC3339, answer.Header().Get(message.HeaderLogSince)); want.status == http.StatusOK && (err != nil || answer.Header().Get(message.HeaderLogWorker) != "w1") {
			t.Errorf("GET /debug/log%s: headers %v", query, answer.Header())
		}
	}
}
