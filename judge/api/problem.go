package api

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
)

// ProblemVersion is one change of a problem: a package that was pushed, or what was removed. It is an entry of the
// bucket judge-problem-versions under ProblemKey(Name), which keeps the last 64 of each problem. Schema:
// configs/schemas/problem-version.json.
type ProblemVersion struct {
	Version int    `json:"version"` // of this message; 1
	Name    string `json:"name"`    // of the problem
	// Digest is the SHA-256 of the package's zip archive in hexadecimal, which is also the name of its object in
	// judge-problems. With Removed it names the one version that goes; "" then means all of them.
	Digest string    `json:"digest,omitempty"`
	Bytes  int64     `json:"bytes,omitempty"` // of the archive
	Pushed time.Time `json:"pushed"`          // by the clock of the one who did; what counts is when the server stored it
	Title  string    `json:"title,omitempty"`
	Format string    `json:"format,omitempty"` // of the package, such as 2025-09
	// Kind lists what the problem is beyond pass-fail: scoring, interactive, multi-pass, submit-answer.
	Kind    []string `json:"kind,omitempty"`
	Removed bool     `json:"removed,omitempty"`
}

// StoredVersion is a version with what the server says of it.
type StoredVersion struct {
	ProblemVersion
	Stored   time.Time // when it was stored
	Revision uint64    // as which message of the bucket
}

// ProblemKey is the key of a problem's versions. A name may have dots where a key cannot, and no slash.
func ProblemKey(name string) string { return strings.ReplaceAll(name, ".", "/") }

// ProblemName is the inverse of ProblemKey.
func ProblemName(key string) string { return strings.ReplaceAll(key, "/", ".") }

// CheckVersion refuses an entry that is no version of the problem called name.
func CheckVersion(name string, v ProblemVersion) error {
	switch {
	case v.Version != Version:
		return fmt.Errorf("field version: got %d, want %d", v.Version, Version)
	case v.Name != name:
		return fmt.Errorf("field name: got %q, want %q", Truncate(v.Name), name)
	case v.Bytes < 0:
		return fmt.Errorf("field bytes: got %d", v.Bytes)
	case v.Removed && v.Digest == "":
		return checkProblem(name)
	default:
		return errors.Join(checkProblem(name), checkDigest("digest", v.Digest))
	}
}

var digestPattern = regexp.MustCompile(`^[0-9a-f]+$`)

func checkDigest(field, digest string) error {
	if len(digest) == 2*sha256.Size && digestPattern.MatchString(digest) {
		return nil
	}
	return fmt.Errorf("field %s: %q is not a SHA-256: want 64 of 0-9 a-f", field, Truncate(digest))
}

// ProblemHistory is what the bucket keeps of one problem, the oldest change first.
type ProblemHistory []StoredVersion

// At lists the versions that were there at a time, the one that counted last; the zero time means now. A time before
// everything that is kept is taken for that of the first version: then the problem was pushed only later, or has changed
// more often than the bucket keeps, and the nearest version is of more use than none.
func (h ProblemHistory) At(t time.Time) []StoredVersion {
	if t.IsZero() {
		return h.fold()
	}
	later := func(v StoredVersion) bool { return v.Stored.After(t) }
	if n := slices.IndexFunc(h, later); n > 0 {
		return h[:n].fold()
	} else if n < 0 {
		return h.fold()
	}
	if n := slices.IndexFunc(h, func(v StoredVersion) bool { return !v.Removed }); n >= 0 {
		return h[:n+1].fold()
	}
	return nil
}

// fold plays the changes through.
func (h ProblemHistory) fold() []StoredVersion {
	var there []StoredVersion
	for _, v := range h {
		switch same := func(o StoredVersion) bool { return o.Digest == v.Digest }; {
		case v.Removed && v.Digest == "":
			there = nil
		case v.Removed:
			there = slices.DeleteFunc(there, same)
		default:
			there = append(slices.DeleteFunc(there, same), v)
		}
	}
	return there
}

// Find returns the version of this digest among versions.
func Find(versions []StoredVersion, digest string) (StoredVersion, bool) {
	n := slices.IndexFunc(versions, func(v StoredVersion) bool { return v.Digest == digest })
	if n < 0 {
		return StoredVersion{}, false
	}
	return versions[n], true
}
