package message

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// The streams.
const (
	StreamSubmissions = "SUBMISSIONS"
	StreamVerdicts    = "VERDICTS"
	StreamEvents      = "EVENTS"
	StreamDead        = "DEAD"
	StreamArchive     = "ARCHIVE"
)

// The buckets: key-value stores and object stores.
const (
	BucketWorkers       = "judge-workers"          // one entry for each worker
	BucketCancellations = "judge-cancellations"    // attempts that are not wanted any more
	BucketAttempts      = "judge-attempts"         // the newest attempt of each submission that was rejudged
	BucketTries         = "judge-tries"            // deliveries of an attempt that ended without a verdict, and why
	BucketVersions      = "judge-problem-versions" // which package a problem is, and was
	BucketProblems      = "judge-problems"         // packages, by digest
)

// The lanes of a pool, which share its slots by weight.
const (
	LaneContest  = "contest"
	LanePractice = "practice"
	LaneRejudge  = "rejudge"
)

// Lanes lists the lanes, the most urgent first.
func Lanes() []string { return []string{LaneContest, LanePractice, LaneRejudge} }

// DefaultPool is the pool of workers that are not told another.
const DefaultPool = "default"

// unknownSubmission takes the place of the submission's ID in the subject of a dead letter that has none.
const unknownSubmission = "unknown"

// tokenPattern is what may stand between the dots of a subject: pools, lanes, workers and parts of submission IDs.
var tokenPattern = regexp.MustCompile(`^[A-Za-z0-9_-]{1,128}$`)

// idPattern is a submission ID: a token, or two of which the first is the namespace.
var idPattern = regexp.MustCompile(`^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)?$`)

// maxID bounds a submission ID, in bytes.
const maxID = 128

// Namespace is the part of a submission ID before its dot; "" where it has none. Servers can let a platform publish and
// read in its own namespace only.
func Namespace(id string) string {
	namespace, _, found := strings.Cut(id, ".")
	if !found {
		return ""
	}
	return namespace
}

// SubmissionSubject is where a submission is published. Those with a namespace have it as a last token, which the
// worker compares with the ID: so what the server lets a platform publish decides whose submissions these can be.
func SubmissionSubject(pool, lane, id string) string {
	subject := "judge.submissions." + pool + "." + lane
	if namespace := Namespace(id); namespace != "" {
		subject += "." + namespace
	}
	return subject
}

// DoorbellSubject is where it is told, without content, that something may wait in a lane of a pool: the server
// republishes there what it stored in SUBMISSIONS.
func DoorbellSubject(pool, lane string) string { return "judge.doorbell." + pool + "." + lane }

// LaneSubjects are the filters that match every submission of a lane of a pool.
func LaneSubjects(pool, lane string) []string {
	subject := "judge.submissions." + pool + "." + lane
	return []string{subject, subject + ".*"}
}

// ParseSubmissionSubject is the inverse of SubmissionSubject, with the namespace in place of the ID.
func ParseSubmissionSubject(subject string) (pool, lane, namespace string, err error) {
	parts := strings.Split(subject, ".")
	if len(parts) < 4 || len(parts) > 5 || parts[0] != "judge" || parts[1] != "submissions" {
		return "", "", "", fmt.Errorf("subject %q: want judge.submissions.<pool>.<lane>, with .<namespace> behind it where the ID has one",
			cut(subject))
	}
	if len(parts) == 5 {
		namespace = parts[4]
	}
	return parts[2], parts[3], namespace, nil
}

// VerdictSubject is where the verdict of an attempt is published.
func VerdictSubject(id string, attempt int) string { return VerdictSubjectOf(AttemptKey(id, attempt)) }

// VerdictSubjectOf is where the verdict of the attempt with an AttemptKey is published.
func VerdictSubjectOf(key string) string { return "judge.verdicts." + key }

// AttemptKey names an attempt in buckets: <submission>.<attempt>.
func AttemptKey(id string, attempt int) string { return id + "." + strconv.Itoa(attempt) }

// EventSubject is where the progress of a submission is published.
func EventSubject(id string) string { return "judge.events." + id }

// ArchiveSubject is where the newest attempt of a submission is kept, to be judged again.
func ArchiveSubject(id string) string { return "judge.archive." + id }

// DeadSubject is where what cannot be judged is published. An ID that is none becomes "unknown".
func DeadSubject(id string) string {
	if CheckID(id) != nil {
		id = unknownSubmission
	}
	return "judge.dead." + id
}

// FilesBucket is the object store of the large sources and the artifacts of a submission; each namespace has its own.
func FilesBucket(id string) string {
	if namespace := Namespace(id); namespace != "" {
		return "judge-files-" + namespace
	}
	return "judge-files"
}

// EntrySubject is where the entry of a bucket is published.
func EntrySubject(bucket, key string) string { return "$KV." + bucket + "." + key }

// EntryKey is the inverse of EntrySubject; "" where the subject is not of the bucket.
func EntryKey(bucket, subject string) string {
	key, found := strings.CutPrefix(subject, "$KV."+bucket+".")
	if !found {
		return ""
	}
	return key
}

// BucketStream is the stream that holds the entries of a bucket.
func BucketStream(bucket string) string { return "KV_" + bucket }

// CheckToken makes sure that name can be part of a subject.
func CheckToken(what, name string) error {
	if tokenPattern.MatchString(name) {
		return nil
	}
	return fmt.Errorf("%s %q: want 1 to 128 of A-Z a-z 0-9 _ -", what, cut(name))
}

// CheckLane makes sure that there are workers for the lane.
func CheckLane(lane string) error {
	if slices.Contains(Lanes(), lane) {
		return nil
	}
	return fmt.Errorf("lane %q: want contest, practice or rejudge", cut(lane))
}

// CheckID makes sure that id can be the ID of a submission.
func CheckID(id string) error {
	if len(id) <= maxID && idPattern.MatchString(id) {
		return nil
	}
	return fmt.Errorf("id %q: want 1 to 128 of A-Z a-z 0-9 _ -, with at most one dot behind a namespace", cut(id))
}

// CheckAttempt makes sure that n can be the number of an attempt.
func CheckAttempt(n int) error {
	if n < 1 || n > maxAttempt {
		return fmt.Errorf("attempt: got %d, want 1 to %d", n, maxAttempt)
	}
	return nil
}

// cut shortens what a stranger wrote before it goes into a message.
func cut(s string) string {
	const most = 64
	if len(s) <= most {
		return s
	}
	return s[:most] + "..."
}
