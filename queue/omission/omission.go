// Package omission makes a report small enough for the server.
package omission

import (
	"fmt"
	"strings"

	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/queue/message"
)

// omissions are what a report goes without, one after the other, where it is larger than the server takes: the verdict is
// worth more than any of it, and a submission must not be able to make a judge error of its own by what it prints. Each
// returns what it left out, "" for nothing.
var omissions = []func(*api.Report) string{omitArtifacts, omitTranscripts, omitMessages, shortenLog, omitTests}

// Next leaves more out of a report that is too large, and says so in it. It reports false when nothing was left to leave out.
// done is how many omissions came before.
func Next(r *api.Report, done *int) bool {
	for *done < len(omissions) {
		next := omissions[*done]
		*done++
		if what := next(r); what != "" {
			r.Omitted = append(r.Omitted, what)
			return true
		}
	}
	return false
}

// omitArtifacts leaves out the list of files that were kept, which says where they are.
func omitArtifacts(r *api.Report) string {
	files := len(r.Artifacts)
	for i := range r.Tests {
		files += len(r.Tests[i].Artifacts)
		r.Tests[i].Artifacts = nil
	}
	r.Artifacts = nil
	if files == 0 {
		return ""
	}
	return fmt.Sprintf("the list of %d files that were kept: look for objects below %s/ in %s",
		files, api.AttemptKey(r.Submission, r.Attempt), message.FilesBucket(r.Submission))
}

func omitTranscripts(r *api.Report) string {
	var bytes int
	for i := range r.Tests {
		bytes += len(r.Tests[i].Transcript)
		r.Tests[i].Transcript = ""
	}
	if bytes == 0 {
		return ""
	}
	return fmt.Sprintf("transcripts of %d bytes", bytes)
}

// omitMessages leaves out what checkers said. Validators of groups have said it in the verdict of a test.
func omitMessages(r *api.Report) string {
	var bytes int
	for i := range r.Tests {
		t := &r.Tests[i]
		bytes += len(t.JudgeMessage) + len(t.TeamMessage)
		t.JudgeMessage, t.TeamMessage = "", ""
	}
	if bytes == 0 {
		return ""
	}
	return fmt.Sprintf("messages of the checker of %d bytes", bytes)
}

// ShortLog is how much of a compile log is left, in bytes.
const ShortLog = 4 << 10

func shortenLog(r *api.Report) string {
	log := &r.Compile.Log
	if len(*log) <= ShortLog {
		return ""
	}
	was := len(*log)
	*log, r.Compile.Truncated = strings.ToValidUTF8((*log)[:ShortLog], ""), true
	return fmt.Sprintf("the end of the compile log of %d bytes", was)
}

// omitTests leaves out what every test case came to. Figures of all, groups and the score stay.
func omitTests(r *api.Report) string {
	tests := len(r.Tests)
	r.Tests = []api.TestReport{}
	if tests == 0 {
		return ""
	}
	return fmt.Sprintf("the results of %d test cases", tests)
}
