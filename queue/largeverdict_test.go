package queue

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/nats-io/nats-server/v2/server"

	"github.com/gaveloj/gavel/configs/schematest"
	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/judge/verdict"
	"github.com/gaveloj/gavel/queue/omission"
	"github.com/gaveloj/gavel/queue/queuetest"
)

// The verdict goes first: whatever makes it too large is left out, one thing after the other, and said so.
func TestLargeVerdicts(t *testing.T) {
	conn := queuetest.Connect(t, queuetest.RunServer(t, &server.Options{JetStream: true, MaxPayload: 1 << 20, JetStreamMaxStore: 1 << 40}))
	most := int(conn.NATS().MaxPayload())
	large := map[string]func(*api.Report){
		"few": func(r *api.Report) { r.Tests[0].Artifacts = []api.Artifact{stored()} },
		"files": func(r *api.Report) {
			for range most / 1000 {
				r.Tests[0].Artifacts = append(r.Tests[0].Artifacts, stored())
			}
		},
		"transcript": func(r *api.Report) {
			r.Tests[0].Transcript, r.Tests[0].Artifacts = strings.Repeat("x", most), []api.Artifact{stored()}
		},
		"messages": func(r *api.Report) { r.Tests[0].JudgeMessage = strings.Repeat("x", most) },
		"log":      func(r *api.Report) { r.Compile.Log = strings.Repeat("é", most/2+1) },
		"tests": func(r *api.Report) {
			for i := range most / 100 {
				r.Tests = append(r.Tests, api.TestReport{Name: fmt.Sprintf("secret/%d", i), Verdict: verdict.Accepted})
			}
		},
	}
	start(t, conn, quick(), func(_ context.Context, s api.Submission, _ func(api.Event)) (api.Report, error) {
		r := queuetest.Accepted(s)
		large[s.ID](&r)
		return r, nil
	})
	for id, check := range map[string]func(api.Report) bool{
		"few":   func(r api.Report) bool { return r.Omitted == nil && len(r.Tests[0].Artifacts) == 1 },
		"files": func(r api.Report) bool { return len(r.Tests[0].Artifacts) == 0 && len(r.Tests) > 0 },
		"transcript": func(r api.Report) bool {
			return r.Tests[0].Transcript == "" && len(r.Omitted) == 2
		},
		"messages": func(r api.Report) bool { return r.Tests[0].JudgeMessage == "" },
		"log":      func(r api.Report) bool { return r.Compile.Truncated && len(r.Compile.Log) == omission.ShortLog },
		"tests":    func(r api.Report) bool { return len(r.Tests) == 0 },
	} {
		submitWhenReady(t, conn, queuetest.Submission(id))
		r := queuetest.WaitVerdict(t, conn, id)
		if r.Verdict != verdict.Accepted || !check(r) {
			t.Errorf("%s: %s, omitted %q", id, r.Verdict, r.Omitted)
		}
		data, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		if err := schematest.Validate(schematest.Schema(t, "verdict.json"), bytes.TrimSpace(data)); err != nil {
			t.Error(id, err)
		}
		says := map[string]string{
			"files": "files that were kept: look for objects below files.1/ in judge-files", "transcript": "transcripts of ",
			"messages": "messages of the checker", "log": "the end of the compile log", "tests": "test cases",
		}[id]
		if says != "" && !slices.ContainsFunc(r.Omitted, func(what string) bool { return strings.Contains(what, says) }) {
			t.Errorf("%s: omitted %q, want %q", id, r.Omitted, says)
		}
	}
}

// stored is a file that was kept in the object store.
func stored() api.Artifact {
	return api.Artifact{Kind: api.ArtifactOutput, Name: "output", Bytes: 1, Object: strings.Repeat("x", 1000), SHA256: strings.Repeat("0", 64)}
}
