package queue

import (
	"fmt"
	"regexp"
	"strconv"
)

// The streams.
const (
	StreamSubmissions = "SUBMISSIONS"
	StreamVerdicts    = "VERDICTS"
	StreamEvents      = "EVENTS"
	StreamDead        = "DEAD"
)

// The lanes of a pool. All lanes are pulled by one consumer.
const (
	LaneContest  = "contest"
	LanePractice = "practice"
	LaneRejudge  = "rejudge"
)

// DefaultPool is the pool of workers that are not told another.
const DefaultPool = "default"

// unknownSubmission takes the place of the submission's ID in the subject of a dead letter that has none.
const unknownSubmission = "unknown"

// tokenPattern is what may stand between the dots of a subject: submission IDs, pools and lanes.
var tokenPattern = regexp.MustCompile(`^[A-Za-z0-9_-]{1,128}$`)

func submissionSubject(pool, lane string) string { return "judge.submissions." + pool + "." + lane }

func verdictSubject(id string, attempt int) string {
	return "judge.verdicts." + id + "." + strconv.Itoa(attempt)
}

func eventSubject(id string) string { return "judge.events." + id }

func deadSubject(id string) string {
	if !tokenPattern.MatchString(id) {
		id = unknownSubmission
	}
	return "judge.dead." + id
}

// checkToken makes sure that name can be part of a subject.
func checkToken(what, name string) error {
	if tokenPattern.MatchString(name) {
		return nil
	}
	return fmt.Errorf("%s %q: want 1 to 128 of A-Z a-z 0-9 _ -", what, cut(name))
}

// cut shortens what a stranger wrote before it goes into a message.
func cut(s string) string {
	const most = 64
	if len(s) <= most {
		return s
	}
	return s[:most] + "..."
}
