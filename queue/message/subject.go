package message

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gaveloj/gavel/judge/api"
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

// SubmissionSubject is where a submission is published. Those with a namespace have it as a last token, which the
// worker compares with the ID: so what the server lets a platform publish decides whose submissions these can be.
func SubmissionSubject(pool, lane, id string) string {
	subject := "judge.submissions." + pool + "." + lane
	if namespace := api.Namespace(id); namespace != "" {
		subject += "." + namespace
	}
	return subject
}

// DoorbellSubject is where a notification without content says that something may wait in a lane of a pool: the server
// republishes there what it stored in SUBMISSIONS.
func DoorbellSubject(pool, lane string) string { return "judge.doorbell." + pool + "." + lane }

// LaneSubjects are the filters that match every submission of a lane of a pool.
func LaneSubjects(pool, lane string) []string {
	subject := "judge.submissions." + pool + "." + lane
	return []string{subject, subject + ".*"}
}

// LaneConsumer is what the consumer of a lane is called. Pools have names of their own choice, lanes do not, so that no two are
// called the same.
func LaneConsumer(pool, lane string) string { return lane + "-" + pool }

// EverySubmission matches the subjects of all submissions.
const EverySubmission = "judge.submissions.>"

// EveryEvent and EveryVerdict match the subjects of all events and of all verdicts.
const (
	EveryEvent   = "judge.events.>"
	EveryVerdict = "judge.verdicts.>"
)

// ParseSubmissionSubject is the inverse of SubmissionSubject, with the namespace in place of the ID.
func ParseSubmissionSubject(subject string) (pool, lane, namespace string, err error) {
	parts := strings.Split(subject, ".")
	if len(parts) < 4 || len(parts) > 5 || parts[0] != "judge" || parts[1] != "submissions" {
		return "", "", "", fmt.Errorf("subject %q: want judge.submissions.<pool>.<lane>, with .<namespace> behind it where the ID has one",
			api.Truncate(subject))
	}
	if len(parts) == 5 {
		namespace = parts[4]
	}
	return parts[2], parts[3], namespace, nil
}

// VerdictSubject is where the verdict of an attempt is published.
func VerdictSubject(id string, attempt int) string {
	return VerdictSubjectOf(api.AttemptKey(id, attempt))
}

// VerdictSubjectOf is where the verdict of the attempt with an AttemptKey is published.
func VerdictSubjectOf(key string) string { return "judge.verdicts." + key }

// EventSubject is where the progress of a submission is published.
func EventSubject(id string) string { return "judge.events." + id }

// ArchiveSubject is where the newest attempt of a submission is kept, to be judged again.
func ArchiveSubject(id string) string { return "judge.archive." + id }

// DeadSubject is where what cannot be judged is published. An ID that is none becomes "unknown".
func DeadSubject(id string) string {
	if api.CheckID(id) != nil {
		id = unknownSubmission
	}
	return "judge.dead." + id
}

// FilesBucket is the object store of the large sources and the artifacts of a submission; each namespace has its own.
func FilesBucket(id string) string {
	if namespace := api.Namespace(id); namespace != "" {
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

// CheckLane makes sure that there are workers for the lane.
func CheckLane(lane string) error {
	if slices.Contains(Lanes(), lane) {
		return nil
	}
	return fmt.Errorf("lane %q: want contest, practice or rejudge", api.Truncate(lane))
}
