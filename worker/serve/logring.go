package serve

import (
	"bytes"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/queue/message"
)

// Bounds of what is kept of the log. A line of a submission has about 250 bytes.
const (
	ringLines = 10_000
	ringBytes = 8 << 20
)

// logRing keeps the last lines of the log that name a submission, at most ringLines with ringBytes together, so that what was said
// of one can still be asked for. It gets the lines as JSON, whatever the log itself is written as.
type logRing struct {
	mu sync.Mutex
	// lines is a ring: count lines from first on. Guarded by mu, as the rest.
	lines        []loggedLine
	first, count int
	bytes        int
	since        time.Time // from when on nothing is missing
}

type loggedLine struct {
	at   time.Time
	text string // with the line feed
}

func newLogRing() *logRing {
	return &logRing{lines: make([]loggedLine, ringLines), since: time.Now()}
}

// submissionField begins the field of a line that says whose it is. Within a value its quotes would be escaped.
const submissionField = `"submission":"`

// Write takes one line. It never fails.
func (r *logRing) Write(line []byte) (int, error) {
	if len(line) > ringBytes || !bytes.Contains(line, []byte(submissionField)) {
		return len(line), nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for r.count == len(r.lines) || r.bytes+len(line) > ringBytes {
		r.drop()
	}
	r.lines[(r.first+r.count)%len(r.lines)] = loggedLine{time.Now(), string(line)}
	r.count++
	r.bytes += len(line)
	return len(line), nil
}

// drop forgets the oldest line. The caller holds mu.
func (r *logRing) drop() {
	oldest := &r.lines[r.first]
	r.bytes -= len(oldest.text)
	r.since = oldest.at
	*oldest = loggedLine{}
	r.first = (r.first + 1) % len(r.lines)
	r.count--
}

// of returns the lines of a submission, the oldest first, and from when on none of them is missing.
func (r *logRing) of(id string) (lines string, since time.Time) {
	field := submissionField + id + `"`
	var found strings.Builder
	r.mu.Lock()
	defer r.mu.Unlock()
	for i := range r.count {
		if text := r.lines[(r.first+i)%len(r.lines)].text; strings.Contains(text, field) {
			found.WriteString(text)
		}
	}
	return found.String(), r.since
}

// serveLog answers with the lines of one submission, a JSON object each. The headers say of which worker they are, and since when
// none is missing.
func (s *server) serveLog(w http.ResponseWriter, request *http.Request) {
	id := request.URL.Query().Get("submission")
	if err := api.CheckID(id); err != nil {
		http.Error(w, fmt.Sprintf("name one with ?submission=ID: %v", err), http.StatusBadRequest)
		return
	}
	lines, since := s.ring.of(id)
	w.Header().Set("Content-Type", "application/x-ndjson; charset=utf-8")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set(message.HeaderLogWorker, s.name)
	w.Header().Set(message.HeaderLogSince, since.UTC().Format(time.RFC3339Nano))
	_, _ = w.Write([]byte(lines)) // who has hung up is not told
}
