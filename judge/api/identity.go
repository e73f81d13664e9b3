package api

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// nameRule is what a name may be, and of how many bytes. A bound within the pattern would make it large, and every process that
// imports this package compile it, containers too.
type nameRule struct {
	pattern *regexp.Regexp
	most    int
}

// MatchString reports whether s keeps to the rule.
func (n nameRule) MatchString(s string) bool { return len(s) <= n.most && n.pattern.MatchString(s) }

// tokenPattern is what may stand between the dots of a subject: pools, lanes, workers and parts of submission IDs.
var tokenPattern = nameRule{regexp.MustCompile(`^[A-Za-z0-9_-]+$`), 128}

// idPattern is a submission ID: a token, or two of which the first is the namespace.
var idPattern = nameRule{regexp.MustCompile(`^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)?$`), maxID}

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

// AttemptKey names an attempt in buckets: <submission>.<attempt>.
func AttemptKey(id string, attempt int) string { return id + "." + strconv.Itoa(attempt) }

// CheckToken makes sure that name can be part of a subject.
func CheckToken(what, name string) error {
	if tokenPattern.MatchString(name) {
		return nil
	}
	return fmt.Errorf("%s %q: want 1 to 128 of A-Z a-z 0-9 _ -", what, Truncate(name))
}

// CheckID makes sure that id can be the ID of a submission.
func CheckID(id string) error {
	if idPattern.MatchString(id) {
		return nil
	}
	return fmt.Errorf("id %q: want 1 to 128 of A-Z a-z 0-9 _ -, with at most one dot behind a namespace", Truncate(id))
}

// CheckAttempt makes sure that n can be the number of an attempt.
func CheckAttempt(n int) error {
	if n < 1 || n > maxAttempt {
		return fmt.Errorf("attempt: got %d, want 1 to %d", n, maxAttempt)
	}
	return nil
}

// Truncate shortens what a stranger wrote before it goes into a message.
func Truncate(s string) string {
	const most = 64
	if len(s) <= most {
		return s
	}
	return s[:most] + "..."
}
