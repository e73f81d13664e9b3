package debug

import (
	"archive/zip"
	"context"
	"errors"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/judge/verdict"
	"github.com/gaveloj/gavel/queue/client"
	"github.com/gaveloj/gavel/queue/message"
)

// hostileTrace is of a contestant who writes names and texts that the page and the file must not take for their own.
func hostileTrace(withData bool) *collector {
	const script = `</pre><script>alert("x")</script><img src=http://example.com/x onerror=alert(1)>`
	d := &collector{id: "s1", withData: withData, explanation: explanation{Submission: "s1", Current: 2, Made: time.Unix(0, 0), Server: "nats://127.0.0.1"}}
	report := api.Report{
		Submission: "s1", Attempt: 2, Problem: "sum", Language: script, Verdict: verdict.WrongAnswer, Worker: "w1", TimeLimitUsec: 1e6,
		Compile: api.CompileReport{Log: script},
		Tests: []api.TestReport{
			{Name: "sample/1", Verdict: verdict.Accepted, JudgeMessage: "sample " + script},
			{Name: "secret/1", Verdict: verdict.WrongAnswer, JudgeMessage: "expected TopSecret", TeamMessage: "TopSecret", Transcript: "TopSecret", Artifacts: []api.Artifact{{Name: "output"}}},
		},
	}
	held := d.withhold(report, "attempt 2")
	d.Attempts = []*attemptTrace{{Attempt: 2, Report: &held, Cancellation: &message.Cancellation{Reason: script}}}
	d.Message = &submittedMessage{
		From: "the archive", Attempt: 2, payload: []byte("{}"),
		Sources: []api.SourceFile{
			{Name: "../../etc/passwd", Content: []byte(script)},
			{Name: "a b.py", Content: []byte{0, 1}},
			{Name: "a\tb.py"},
			{Name: "index.html", Content: []byte("own")},
		},
	}
	d.Workers = []*judgingWorker{{Name: "w1", Registered: true, Log: []string{script}}}
	d.add("index.html", []byte("taken"))
	d.miss(script, errors.New(script))
	return d
}

func TestDebugFileHasSafeNames(t *testing.T) {
	t.Parallel()
	files, err := hostileTrace(false).files()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "x.zip")
	if err := writeZip(path, files); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v: only the owner may read it", info.Mode(), err)
	}
	archive, err := zip.OpenReader(path)
	if err != nil {
		t.Fatal(err)
	}
	defer archive.Close()
	var got []string
	for _, f := range archive.File {
		got = append(got, f.Name)
		if !fs.ValidPath(f.Name) {
			t.Errorf("%q is no plain path", f.Name)
		}
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(io.Discard, r); err != nil {
			t.Errorf("%s: %v", f.Name, err)
		}
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	}
	want := []string{
		"index.html", "debug.json", "submission.json", "submission/_../_../etc/passwd", "submission/a_b.py", "submission/_a_b.py",
		"submission/index.html", "log/w1.jsonl", "_index.html",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("names mismatch (-want +got):\n%s", diff)
	}
}

// The page takes nothing of what strangers wrote for markup, and loads nothing.
func TestDebugPageEscapes(t *testing.T) {
	t.Parallel()
	files, err := hostileTrace(true).files()
	if err != nil {
		t.Fatal(err)
	}
	page := string(files[0].Data)
	if found := regexp.MustCompile(`(?i)<(script|img|link|iframe|object|base|form)\b|@import|url\(`).FindAllString(page, -1); found != nil {
		t.Errorf("the page has %q", found)
	}
	links := regexp.MustCompile(`<[^>]*\s(?:src|href|on\w+)="?([^">]*)`).FindAllStringSubmatch(page, -1)
	for _, link := range links {
		if !fs.ValidPath(link[1]) {
			t.Errorf("the page has %q", link[0])
		}
	}
	if len(links) != len(files)-1 {
		t.Errorf("the page has %d links, want one to each of %d files beside it", len(links), len(files)-1)
	}
	for _, want := range []string{"color-scheme: light dark", "prefers-color-scheme: dark", "(2 bytes that are no text)", "1 line of its log", "has secret test data in it", "got it first. The checker says: expected TopSecret"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
}

func TestDebugWithholdsTestData(t *testing.T) {
	t.Parallel()
	d := hostileTrace(false)
	files, err := d.files()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if strings.Contains(string(f.Data), "TopSecret") {
			t.Errorf("%s has what a checker said of a secret test", f.Name)
		}
	}
	if !strings.Contains(string(files[0].Data), "sample &lt;/pre&gt;") {
		t.Error("the page lacks what the checker said of a sample")
	}
	want := []string{
		"2 messages of checkers of secret tests, attempt 2", "1 transcript of secret tests, attempt 2",
		"1 output or other file of secret tests, attempt 2",
	}
	if diff := cmp.Diff(want, d.Withheld); diff != "" {
		t.Errorf("withheld mismatch (-want +got):\n%s", diff)
	}
	d = &collector{}
	crashed := d.withhold(api.Report{Verdict: verdict.JudgeError, Error: &api.ErrorReport{Class: verdict.ClassChecker, Message: "TopSecret"}}, "attempt 1")
	d.takeLetter(1, message.DeadLetter{Class: verdict.ClassChecker, Reason: "TopSecret", Truncated: true})
	line := d.withholdLine(`{"class":"checker","reason":"TopSecret"}`)
	if crashed.Error.Message != withheldText || d.Dead[0].Reason != withheldText || strings.Contains(line, "TopSecret") || len(d.Withheld) != 3 {
		t.Errorf("report %+v, letter %+v, line %s, withheld %q", crashed.Error, d.Dead[0], line, d.Withheld)
	}
	const other = `{"class":"host","reason":"the disk is full"}`
	if got := d.withholdLine(other); got != other {
		t.Errorf("withholdLine(%s) = %s", other, got)
	}
}

func TestDebugFileOnFullDisk(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "x.zip")
	if err := os.Mkdir(path, 0o755); err != nil { // nothing can be put in its place
		t.Fatal(err)
	}
	if err := writeZip(path, []zipFile{{"index.html", nil}}); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("writeZip() = %v, want an error that names %s", err, path)
	}
	left, err := os.ReadDir(dir)
	if err != nil || len(left) != 1 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

func TestLogAddress(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ served, host, own, want, wantErr string }{
		"here":            {"http://127.0.0.1:8080", "a", "a", "http://127.0.0.1:8080", ""},
		"loopback there":  {"http://127.0.0.1:8080", "b", "a", "", "of host b alone: run gavel debug there"},
		"IPv6 loopback":   {"http://[::1]:8080", "b", "a", "", "of host b alone"},
		"network":         {"http://10.0.0.5:8080", "b", "a", "http://10.0.0.5:8080", ""},
		"everywhere":      {"http://[::]:8080", "b", "a", "http://b:8080", ""},
		"everywhere here": {"http://[::]:8080", "a", "a", "http://localhost:8080", ""},
		"not told":        {"", "a", "a", "", "earlier version"},
		"other scheme":    {"file:///etc/passwd", "a", "a", "", "earlier version"},
	} {
		got, err := logAddress(test.served, test.host, test.own)
		if got != test.want || (err == nil) != (test.wantErr == "") || err != nil && !strings.Contains(err.Error(), test.wantErr) {
			t.Errorf("%s: logAddress() = %q, %v, want %q, %q", name, got, err, test.want, test.wantErr)
		}
	}
}

// Who has taken the address of a worker that is gone is not taken for it, and leads nowhere else.
func TestFetchLogAsksTheWorkerAlone(t *testing.T) {
	t.Parallel()
	reached := false
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached = true }))
	defer other.Close()
	for name, handler := range map[string]http.HandlerFunc{
		"another worker": func(w http.ResponseWriter, _ *http.Request) { w.Header().Set(message.HeaderLogWorker, "w2") },
		"redirection":    func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, other.URL, http.StatusFound) },
	} {
		server := httptest.NewServer(handler)
		own, err := os.Hostname()
		if err != nil {
			t.Fatal(err)
		}
		w := client.Worker{WorkerInfo: message.WorkerInfo{Name: "w1", Host: own, HTTP: server.URL}}
		if lines, _, err := (logReader{state: t.TempDir()}).fetch(context.Background(), w, "s1"); err == nil || reached {
			t.Errorf("%s: fetch() = %q, %v", name, lines, err)
		}
		server.Close()
	}
}
