package message

import (
	"fmt"
	"strings"
	"time"

	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/judge/verdict"
)

// ServiceName is the name of the run service among NATS micro services.
const ServiceName = "judge"

// RunSubject is where a pool is asked to run programs. A request whose ID has a namespace has it as a last token, as a
// submission: what the server lets a platform publish decides whose files it can read and keep. Workers of the default
// pool listen on "judge.run" too.
func RunSubject(pool, id string) string {
	subject := "judge.run." + pool
	if namespace := api.Namespace(id); namespace != "" {
		subject += "." + namespace
	}
	return subject
}

// Headers of run requests, for callers that send many. Neither is needed.
const (
	// RunTokenHeader names a request, however often it is sent: 1 to 64 bytes. The answers to $SRV.STATS.judge list the
	// requests that each worker has in hand, so that a caller finds out that one was lost with its worker.
	RunTokenHeader = "Gavel-Run"
	// RunCallerHeader is a subject on which the caller answers for as long as it waits for replies. Its last token is "caller",
	// and what is before it begins the subject of the reply too. A request that waits for a slot is dropped when nobody listens
	// there any more.
	RunCallerHeader = "Gavel-Caller"
)

// RunStatsSubject is where the run services of all workers tell what they have in hand.
const RunStatsSubject = "$SRV.STATS." + ServiceName

// RunStats is what each run service says there as the data of an endpoint, beside the library's own figures: those do not know
// how requests end, and their processing time ends when a request is taken, because the next one must be answered meanwhile.
type RunStats struct {
	Running int64 `json:"running"`
	Waiting int64 `json:"waiting"` // for a slot
	Done    int64 `json:"done"`
	Busy    int64 `json:"busy"`
	Failed  int64 `json:"failed"`
	// ProcessingTime is that of all requests that were run, in nanoseconds as the library's, and Average that of one.
	ProcessingTime        time.Duration `json:"processing_time"`
	AverageProcessingTime time.Duration `json:"average_processing_time"`
	// Requests are the tokens of those that run or wait, where the request has one.
	Requests []string `json:"requests,omitempty"`
}

// RunSubjects are the subjects on which a worker of a pool is asked to run programs.
func RunSubjects(pool string) []string {
	subjects := []string{RunSubject(pool, ""), RunSubject(pool, "") + ".*"}
	if pool == DefaultPool {
		return append([]string{"judge.run"}, subjects...)
	}
	return subjects
}

// CheckRunSubject makes sure that who may publish to the subject may send a request with this ID.
func CheckRunSubject(subject, id string) error {
	namespace := ""
	if parts := strings.Split(subject, "."); len(parts) > 3 {
		namespace = parts[3]
	}
	if namespace == api.Namespace(id) {
		return nil
	}
	return api.Refuse(verdict.ClassProblem, fmt.Errorf("field id: %q has the namespace %q, and was sent to %s: send it to judge.run.<pool>%s",
		api.Truncate(id), api.Namespace(id), api.Truncate(subject), strings.TrimSuffix("."+api.Namespace(id), ".")))
}
