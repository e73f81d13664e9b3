package top

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rivo/uniseg"

	"github.com/gaveloj/gavel/configs/schematest"
	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/judge/verdict"
	"github.com/gaveloj/gavel/queue"
	"github.com/gaveloj/gavel/queue/client"
	"github.com/gaveloj/gavel/queue/message"
	"github.com/gaveloj/gavel/queue/queuetest"
)

// A crowd of workers, as the registry of a large installation has it.
const (
	crowd       = 200
	crowdLost   = 50
	crowdPaused = 3
)

// crowdOf fills the registry of a server with workers, of which every fourth has been silent for longer than it may.
func crowdOf(t *testing.T) *client.Client {
	t.Helper()
	conn := queuetest.Connect(t, queuetest.Server(t).URL())
	ctx := queuetest.Context(t)
	first, err := queue.Register(ctx, conn, queue.RegistryConfig{Info: message.WorkerInfo{Name: "w001", Pool: "default", Host: "host-001", State: message.WorkerReady, Slots: 4}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(first.Close)
	entries, err := conn.JetStream().KeyValue(ctx, message.BucketWorkers)
	if err != nil {
		t.Fatal(err)
	}
	for i := range crowd {
		w := message.WorkerInfo{
			Version: 1, Name: fmt.Sprintf("w%03d", i), Instance: "i", Gavel: "v1", Host: fmt.Sprintf("host-%03d", i), Pool: "default", Slots: 4,
			State: message.WorkerReady, Lanes: []message.Lane{{Name: message.LaneContest, Weight: 1}}, Interval: (10 * time.Minute).Seconds(),
		}
		switch {
		case i == 1:
			continue // the first one
		case i%4 == 0:
			w.Interval = time.Microsecond.Seconds()
		case i < 6:
			w.State, w.Reason = message.WorkerPaused, "the disk is full"
		}
		data, err := json.Marshal(w)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := entries.Put(ctx, w.Name, data); err != nil {
			t.Fatal(err)
		}
	}
	platform := client.New(conn)
	queuetest.Eventually(t, "every fourth is lost", func() bool {
		all, err := platform.Workers(ctx)
		lost := slices.DeleteFunc(all, func(w client.Worker) bool { return !w.Lost })
		return err == nil && len(lost) == crowdLost
	})
	return platform
}

// firstPicture is what a page that has just been opened is sent.
func firstPicture(t *testing.T, page *Page) []byte {
	t.Helper()
	mux := http.NewServeMux()
	page.Routes(mux)
	server := httptest.NewServer(mux)
	defer server.Close()
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, server.URL+"/pictures", nil)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := server.Client().Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	lines := bufio.NewScanner(answer.Body)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		if data, found := strings.CutPrefix(lines.Text(), "data: "); found {
			return []byte(data)
		}
	}
	t.Fatalf("no picture: %v", lines.Err())
	return nil
}

// What a page is sent of a crowd is whole, and small enough to be sent every two seconds to each that looks.
func TestPictureOfACrowd(t *testing.T) {
	page := NewPage("")
	page.Follow(crowdOf(t))
	data := firstPicture(t, page)
	if err := schematest.Validate(schematest.Schema(t, "top.json"), data); err != nil {
		t.Error(err)
	}
	if most := 200 * crowd; len(data) > most {
		t.Errorf("the picture has %d bytes, more than %d", len(data), most)
	}
	var got picture
	if err := json.Unmarshal(data, &got); err != nil {
		t.Fatal(err)
	}
	count := map[string]int{}
	for _, w := range got.Workers {
		count[w.State]++
	}
	if len(got.Workers) != crowd || count[stateLost] != crowdLost || count["paused"] != crowdPaused {
		t.Errorf("%d workers, by state %v", len(got.Workers), count)
	}
}

// On a terminal of few rows, neither those that are lost nor those that are ready hide anything else.
func TestScreenOfACrowd(t *testing.T) {
	m := newModel(time.Now)
	if err := ask(queuetest.Context(t), crowdOf(t), "", m); err != nil {
		t.Fatal(err)
	}
	for i := range 2 * keptVerdicts {
		m.verdict(api.Report{Submission: fmt.Sprintf("s%d", i), Attempt: 1, Problem: "sum", Verdict: verdict.Accepted, Worker: "w001"})
		m.event(api.Event{Submission: fmt.Sprintf("h%d", i), Attempt: 1, Stage: api.StageTest, Test: 1, Tests: 9})
	}
	for _, all := range []bool{false, true} {
		const rows, columns = 40, 80
		lines := screen(m.show(), columns, rows, all)
		if len(lines) > rows {
			t.Errorf("all=%v: %d lines, more than %d", all, len(lines), rows)
		}
		for _, line := range lines {
			if n := uniseg.StringWidth(line); n > columns {
				t.Errorf("all=%v: %d columns: %s", all, n, line)
			}
		}
		text := strings.Join(lines, "\n") + "\n"
		for _, want := range []string{
			"workers: 147 ready, 3 paused, 50 lost", "\nIn hand\n", "\nQueue\n", "\nWorkers\n", "\nLost workers\n", "\nVerdicts\n",
			"w002  paused", "w003  paused", "w005  paused", "w000  lost", " more\n", "  h0 ", "  s39 ",
		} {
			if !strings.Contains(text, want) {
				t.Errorf("all=%v: no %q in\n%s", all, want, text)
			}
		}
		if strings.Contains(text, "w001  ready") != all {
			t.Errorf("all=%v, but the ready ones:\n%s", all, text)
		}
	}
	text := strings.Join(screen(m.show(), 0, 0, true), "\n")
	for i := range crowd {
		if n := strings.Count(text, fmt.Sprintf("  w%03d  ", i)); n != 1 {
			t.Errorf("w%03d is listed %d times", i, n)
		}
	}
}
