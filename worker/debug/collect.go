package debug

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/judge/verdict"
	"github.com/gaveloj/gavel/queue/client"
	"github.com/gaveloj/gavel/queue/message"
	"github.com/gaveloj/gavel/worker/artifacts"
	"github.com/gaveloj/gavel/worker/state"
)

// explanation is all that is known of one submission: debug.json in the file, and what the page there shows. Schema:
// configs/schemas/debug.json.
type explanation struct {
	Gavel      string    `json:"gavel_version"` // of the command
	Made       time.Time `json:"made"`
	Server     string    `json:"server"`
	Submission string    `json:"submission_id"`
	Current    int       `json:"current_attempt"`

	Message  *submittedMessage    `json:"message,omitempty"`
	Attempts []*attemptTrace      `json:"attempts"`
	Events   []client.StoredEvent `json:"events"`
	Dead     []deadTrace          `json:"dead_letters,omitempty"`
	Queued   *queuedTrace         `json:"queued,omitempty"`
	Workers  []*judgingWorker     `json:"workers,omitempty"`
	Problem  *problemTrace        `json:"problem,omitempty"`
	Rerun    *rerunTrace          `json:"rerun,omitempty"`

	Missing  []absence `json:"missing"`
	Withheld []string  `json:"withheld"`
}

// submittedMessage is what was published.
type submittedMessage struct {
	From       string           `json:"from"` // where it was found
	Attempt    int              `json:"attempt"`
	Pool       string           `json:"pool"`
	Lane       string           `json:"lane"`
	Submission api.Submission   `json:"-"` // the message itself is a file of its own
	Sources    []api.SourceFile `json:"-"` // with their contents
	payload    []byte
}

// attemptTrace is one judging.
type attemptTrace struct {
	Attempt      int                   `json:"attempt"`
	Stored       time.Time             `json:"verdict_stored,omitzero"`
	Report       *api.Report           `json:"verdict,omitempty"`
	Tries        *message.Tries        `json:"tries,omitempty"`
	Cancellation *message.Cancellation `json:"cancellation,omitempty"`
}

// deadTrace is a dead letter without the original.
type deadTrace struct {
	message.DeadSummary
	Subject string `json:"subject"`
	Worker  string `json:"worker,omitempty"`
}

// queuedTrace says where the current attempt waits.
type queuedTrace struct {
	Pool      string    `json:"pool"`
	Lane      string    `json:"lane"`
	Published time.Time `json:"published"`
	Position  uint64    `json:"position,omitempty"` // 0 where a worker has it, or has put it aside for a while
}

// judgingWorker is a worker that had the submission in hand, as the registry knows it now, and what its log says of the submission.
// What it does with other submissions is not taken over.
type judgingWorker struct {
	Name          string                 `json:"name"`
	Registered    bool                   `json:"registered"`
	State         string                 `json:"state,omitempty"`
	Gavel         string                 `json:"gavel_version,omitempty"`
	Host          string                 `json:"host,omitempty"`
	Pool          string                 `json:"pool,omitempty"`
	Slots         int                    `json:"slots,omitempty"`
	CgroupVersion int                    `json:"cgroup_version,omitempty"`
	Rootless      bool                   `json:"rootless,omitempty"`
	Kernel        string                 `json:"kernel,omitempty"`
	CPU           string                 `json:"cpu,omitempty"`
	Calibration   *message.Calibration   `json:"calibration,omitempty"`
	Started       time.Time              `json:"started,omitzero"`
	Restarted     bool                   `json:"restarted_since,omitempty"` // after the verdict: what it says of itself may have changed
	Languages     []message.LanguageInfo `json:"languages,omitempty"`
	LogSince      time.Time              `json:"log_since,omitzero"` // from when on no line is missing
	Log           []string               `json:"log,omitempty"`      // JSON, a line each
}

// mostAttempts bounds how many attempts are looked at, the newest first.
const mostAttempts = 50

// verdict is that of the current attempt; nil where there is none.
func (e *explanation) verdict() *api.Report {
	for _, a := range e.Attempts {
		if a.Attempt == e.Current {
			return a.Report
		}
	}
	return nil
}

// collect asks the queue and the workers. known is false where nobody has heard of the submission.
func (d *collector) collect(ctx context.Context) (known bool, err error) {
	d.progress("reading what the queue has of %s", d.id)
	d.readMessages(ctx)
	if d.Current, err = d.queue.Attempt(ctx, d.id); err != nil {
		d.miss("the number of the current attempt", err)
	}
	last := d.Current
	for _, e := range d.Events {
		last = max(last, e.Attempt)
	}
	for _, l := range d.Dead {
		last = max(last, l.Attempt)
	}
	if d.Message != nil {
		last = max(last, d.Message.Attempt)
	}
	d.Current = last
	if last > mostAttempts {
		d.miss(fmt.Sprintf("attempts 1 to %d", last-mostAttempts), fmt.Errorf("only the newest %d are looked at", mostAttempts))
	}
	for n := max(last-mostAttempts+1, 1); n <= last; n++ {
		d.readAttempt(ctx, n)
	}
	d.findQueued(ctx)
	known = len(d.Attempts) > 0 || d.Message != nil || len(d.Events) > 0 || len(d.Dead) > 0 || d.Queued != nil
	if known {
		d.readSources(ctx)
		d.readArtifacts(ctx)
		d.readWorkers(ctx)
	}
	return known, ctx.Err()
}

// readMessages reads the events, the dead letters and the submission itself.
func (d *collector) readMessages(ctx context.Context) {
	events, newestOnly, err := d.queue.Events(ctx, d.id)
	d.Events = events
	d.miss("events", err)
	if newestOnly && len(events) > 0 {
		d.miss("events but for the newest", errors.New("the server does not let this user read them"))
	}
	archived, payload, err := d.queue.ArchivedMessage(ctx, d.id)
	switch {
	case err == nil:
		d.takeMessage("the archive", archived.Pool, archived.Lane, payload)
	case !errors.Is(err, client.ErrNotArchived):
		d.miss("the archive", err)
	}
	n := 0
	for letter, err := range d.queue.DeadLetters(ctx, d.id) {
		if err != nil {
			d.miss("dead letters", err)
			break
		}
		n++
		d.takeLetter(n, letter)
	}
}

// takeMessage takes over the submission message.
func (d *collector) takeMessage(from, pool, lane string, payload []byte) {
	submission, who, err := api.Decode(payload)
	if err != nil || who.ID != d.id {
		d.miss("the submission message of "+from, errors.Join(errors.New("it cannot be read"), err))
		return
	}
	d.Message = &submittedMessage{From: from, Attempt: who.Attempt, Pool: pool, Lane: lane, Submission: submission, payload: payload}
}

// takeLetter takes over a dead letter. What a checker said may be in the reason.
func (d *collector) takeLetter(n int, letter message.DeadLetter) {
	if letter.Class == verdict.ClassChecker && !d.withData {
		d.hold("the reason of dead letter %d, which may repeat what a checker said", n)
		letter.Reason = withheldText
	}
	d.Dead = append(d.Dead, deadTrace{letter.Summary(), letter.Subject, letter.Worker})
	if d.Message == nil && !letter.Truncated {
		pool, lane, _, _ := message.ParseSubmissionSubject(letter.Subject) // empty where it went to no lane
		d.takeMessage(fmt.Sprintf("dead letter %d", n), pool, lane, letter.Payload)
	}
	d.addJSON(fmt.Sprintf("dead-letter-%d.json", n), letter)
}

// readAttempt reads what there is of an attempt.
func (d *collector) readAttempt(ctx context.Context, n int) {
	a := &attemptTrace{Attempt: n}
	switch stored, err := d.queue.StoredVerdict(ctx, d.id, n); {
	case err == nil:
		report := d.withhold(stored.Report, fmt.Sprintf("attempt %d", n))
		a.Report, a.Stored = &report, stored.Stored
	case !errors.Is(err, client.ErrNoVerdict):
		d.miss(fmt.Sprintf("the verdict of attempt %d", n), err)
	}
	tries, found, err := d.queue.Tries(ctx, d.id, n)
	if found {
		a.Tries = &tries
	}
	d.miss(fmt.Sprintf("the tries of attempt %d", n), err)
	cancellation, found, err := d.queue.Cancellation(ctx, d.id, n)
	if found {
		a.Cancellation = &cancellation
	}
	d.miss(fmt.Sprintf("a cancellation of attempt %d", n), err)
	if a.Report != nil || a.Tries != nil || a.Cancellation != nil {
		d.Attempts = append(d.Attempts, a)
	}
}

// findQueued looks for the current attempt in the queue where it has no verdict.
func (d *collector) findQueued(ctx context.Context) {
	if d.verdict() != nil {
		return
	}
	queued, err := d.queue.FindQueued(ctx, d.id, client.Current, nil)
	switch {
	case err == nil:
		d.Queued = &queuedTrace{queued.Pool, queued.Lane, queued.Published, queued.Position}
	case !errors.Is(err, client.ErrNotQueued):
		d.miss("whether it waits in the queue", err)
	}
}

// readSources gets the files of the submission, of which large ones lie in the object store.
func (d *collector) readSources(ctx context.Context) {
	if d.Message == nil {
		d.miss("the submission message and its files", client.ErrNotArchived)
		return
	}
	for _, f := range d.Message.Submission.Files {
		if f.Object != nil {
			var content bytes.Buffer
			if err := d.queue.Conn().GetObject(ctx, message.FilesBucket(d.id), *f.Object, &content); err != nil {
				d.miss("the submitted file "+f.Name, err)
				continue
			}
			f = api.SourceFile{Name: f.Name, Content: content.Bytes()}
		}
		d.Message.Sources = append(d.Message.Sources, api.SourceFile{Name: f.Name, Content: f.Bytes()})
	}
}

// readArtifacts gets what was kept beside the verdicts.
func (d *collector) readArtifacts(ctx context.Context) {
	for _, a := range d.Attempts {
		if a.Report != nil {
			d.addArtifacts(fmt.Sprintf("attempt-%d", a.Attempt), *a.Report, func(a api.Artifact) ([]byte, error) {
				return d.queue.Artifact(ctx, d.id, a)
			})
		}
	}
}

// workerNames are those who had the submission in hand, as far as it is recorded.
func (d *collector) workerNames() []string {
	var names []string
	add := func(name string) {
		if name != "" && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	for _, a := range d.Attempts {
		if a.Report != nil {
			add(a.Report.Worker)
		}
		if a.Tries != nil {
			for _, f := range a.Tries.Faults {
				add(f.Worker)
			}
		}
	}
	for _, l := range d.Dead {
		add(l.Worker)
	}
	return names
}

// readWorkers reads the registry, and the logs of the workers.
func (d *collector) readWorkers(ctx context.Context) {
	names := d.workerNames()
	if len(names) == 0 {
		return
	}
	registered, err := d.queue.Workers(ctx)
	if err != nil {
		d.miss("the registry of workers, and with it their logs", err)
		return
	}
	for _, name := range names {
		i := slices.IndexFunc(registered, func(w client.Worker) bool { return w.Name == name })
		if i < 0 {
			d.Workers = append(d.Workers, &judgingWorker{Name: name})
			d.miss("worker "+name+" and its log", errors.New("the registry does not have it: it has said nothing for an hour"))
			continue
		}
		d.readWorker(ctx, registered[i])
	}
}

func (d *collector) readWorker(ctx context.Context, w client.Worker) {
	j := &judgingWorker{
		Name: w.Name, Registered: true, State: string(w.State), Gavel: w.Gavel, Host: w.Host, Pool: w.Pool, Slots: w.Slots,
		CgroupVersion: w.CgroupVersion, Rootless: w.Rootless, Kernel: w.Kernel, CPU: w.CPU, Calibration: w.Calibration,
		Started: w.Started, Languages: w.Languages,
	}
	if w.Lost {
		j.State = "lost"
	}
	var judged time.Time
	for _, a := range d.Attempts {
		if a.Report != nil && a.Report.Worker == w.Name {
			j.Restarted = j.Restarted || w.Started.After(a.Stored)
			judged = a.Stored
		}
	}
	d.Workers = append(d.Workers, j)
	what := "the log of worker " + w.Name
	if !w.Live() {
		d.miss(what, fmt.Errorf("it is %s: look into its log on host %s", j.State, w.Host))
		return
	}
	lines, since, err := d.logs.fetch(ctx, w, d.id)
	if err != nil {
		d.miss(what, err)
		return
	}
	j.LogSince = since
	for line := range strings.Lines(lines) {
		j.Log = append(j.Log, d.withholdLine(strings.TrimSpace(line)))
	}
	if !judged.IsZero() && since.After(judged) {
		d.miss(what+" before "+since.Format(time.RFC3339), fmt.Errorf("it keeps the newest lines since its start: look into its log on host %s", w.Host))
	}
}

// Bounds of asking a worker for its log.
const (
	logWait  = 5 * time.Second
	logBytes = 16 << 20
)

// logReader asks workers what their logs say.
type logReader struct {
	state string // directory of the worker of this host, which is asked over its socket
	token string // for those that are asked over --http; "" for none
}

// fetch asks a worker what its log says of a submission.
func (l logReader) fetch(ctx context.Context, w client.Worker, id string) (lines string, since time.Time, err error) {
	ctx, cancel := context.WithTimeout(ctx, logWait)
	defer cancel()
	if lines, since, err = l.ask(ctx, state.ControlTransport(l.state), "http://worker", w.Name, id); err == nil {
		return lines, since, nil
	}
	own, _ := os.Hostname() // "" is another host
	address, err := logAddress(w.HTTP, w.Host, own)
	if err != nil {
		return "", since, err
	}
	return l.ask(ctx, &http.Transport{DisableKeepAlives: true}, address, w.Name, id)
}

// ask asks at one address for the log of the worker called name. The registry names the address: ask there, and nowhere else.
func (l logReader) ask(ctx context.Context, by http.RoundTripper, address, name, id string) (lines string, since time.Time, err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address+"/debug/log?submission="+url.QueryEscape(id), nil)
	if err != nil {
		return "", since, err
	}
	if l.token != "" {
		request.Header.Set("Authorization", "Bearer "+l.token)
	}
	answer, err := by.RoundTrip(request) // it follows no redirection
	if err != nil {
		return "", since, err
	}
	defer answer.Body.Close()
	switch told := answer.Header.Get(message.HeaderLogWorker); {
	case answer.StatusCode == http.StatusUnauthorized:
		return "", since, fmt.Errorf("at %s it asks for the token of its --http-token: name the file with --http-token FILE, or run gavel debug on its host with its --state-dir", address)
	case answer.StatusCode == http.StatusForbidden:
		return "", since, fmt.Errorf("at %s it answers its own host alone: run gavel debug there with its --state-dir, or start it with --http-token FILE", address)
	case answer.StatusCode != http.StatusOK || told != name:
		return "", since, fmt.Errorf("at %s answers %q, status %d, and not that worker", address, told, answer.StatusCode)
	}
	text, err := io.ReadAll(io.LimitReader(answer.Body, logBytes))
	if err != nil {
		return "", since, err
	}
	since, err = time.Parse(time.RFC3339, answer.Header.Get(message.HeaderLogSince))
	return string(text), since, err
}

// logAddress is where a worker serves its log, seen from the host own.
func logAddress(served, host, own string) (string, error) {
	u, err := url.Parse(served)
	if err != nil || u.Scheme != "http" || u.Host == "" {
		return "", errors.New("the registry does not say where it is served: the worker is of an earlier version")
	}
	ip := net.ParseIP(u.Hostname())
	switch {
	case ip != nil && ip.IsLoopback() && host != own:
		return "", fmt.Errorf("it is served at %s of host %s alone: run gavel debug there", served, host)
	case ip != nil && ip.IsUnspecified() && host != own:
		return "http://" + net.JoinHostPort(host, u.Port()), nil
	case ip != nil && ip.IsUnspecified():
		return "http://" + net.JoinHostPort("localhost", u.Port()), nil
	}
	return "http://" + u.Host, nil
}

// addArtifacts takes in the files beside a report, as far as they may be.
func (d *collector) addArtifacts(dir string, r api.Report, fetch artifacts.Fetch) {
	for _, a := range r.Artifacts {
		d.addArtifact(path.Join(dir, "compile."+artifacts.SafePath(a.Name)), a, fetch)
	}
	for _, t := range r.Tests {
		for _, a := range t.Artifacts {
			d.addArtifact(path.Join(dir, artifacts.SafePath(t.Name), artifacts.SafePath(strings.ReplaceAll(a.Name, "/", "_"))), a, fetch)
		}
	}
}

func (d *collector) addArtifact(name string, a api.Artifact, fetch artifacts.Fetch) {
	data, err := fetch(a)
	if err != nil {
		d.miss(name, err)
		return
	}
	d.add(name, data)
}

// mostExtra bounds the artifacts and test data in the file, in bytes.
const mostExtra = 256 << 20

// add takes a file in.
func (d *collector) add(name string, data []byte) {
	if d.bytes += len(data); d.bytes > mostExtra {
		d.bytes -= len(data)
		d.miss(name, fmt.Errorf("more than %d MiB altogether", mostExtra>>20))
		return
	}
	d.extra = append(d.extra, zipFile{name, data})
}

// addJSON takes in a file that is the value in JSON.
func (d *collector) addJSON(name string, v any) {
	data, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		d.miss(name, err)
		return
	}
	d.add(name, append(data, '\n'))
}
