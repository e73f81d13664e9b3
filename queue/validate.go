package queue

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/gaveloj/gavel/judge"
	"github.com/gaveloj/gavel/judge/verdict"
)

// What a submission may hold at most.
const (
	MaxFiles       = 100
	MaxSourceBytes = 20 << 20 // all files together; in base64 they still fit into MaxMessage
	maxNameBytes   = 255      // of a file name, as file systems have it
	maxAttempt     = 1_000_000
	maxTimeLimit   = time.Hour
)

var (
	problemPattern  = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$`)
	languagePattern = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._+#-]{0,31}$`)
)

// Validate refuses a submission that no worker can judge. The error is a *judge.Rejection that names the field.
func Validate(s judge.Submission) error {
	if s.Language != "" && !languagePattern.MatchString(s.Language) {
		return refuse(verdict.ClassLanguage, fmt.Errorf(
			"field language: %q is not an ID of a language: want 1 to 32 of A-Z a-z 0-9 . _ + # -", cut(s.Language)))
	}
	for _, err := range []error{
		checkIdentity(s),
		checkProblem(s.Problem),
		checkEntryPoint(s.EntryPoint),
		checkTimeLimit(s.TimeLimitUsec),
		checkFiles(s.Files),
	} {
		if err != nil {
			return refuse(verdict.ClassProblem, err)
		}
	}
	return nil
}

func checkIdentity(s judge.Submission) error {
	switch {
	case s.Version == 0:
		return fmt.Errorf("field version is missing: want %d", messageVersion)
	case s.Version != messageVersion:
		return fmt.Errorf("field version: got %d, this worker understands %d: send that, or update the worker",
			s.Version, messageVersion)
	case s.ID == "":
		return errors.New("field id is missing")
	case s.Attempt == 0:
		return errors.New("field attempt is missing: the first one is 1")
	case s.Attempt < 0 || s.Attempt > maxAttempt:
		return fmt.Errorf("field attempt: got %d, want 1 to %d", s.Attempt, maxAttempt)
	}
	if err := checkToken("id", s.ID); err != nil {
		return fmt.Errorf("field %w", err)
	}
	return nil
}

func checkProblem(name string) error {
	switch {
	case name == "":
		return errors.New("field problem is missing")
	case !problemPattern.MatchString(name):
		return fmt.Errorf("field problem: %q is not the name of a package: "+
			"want 1 to 128 of A-Z a-z 0-9 . _ -, and a letter or digit first", cut(name))
	}
	return nil
}

func checkEntryPoint(name string) error {
	if name == "" {
		return nil
	}
	return checkFileName("field entry_point", name)
}

func checkTimeLimit(usec int64) error {
	if usec < 0 || usec > maxTimeLimit.Microseconds() {
		return fmt.Errorf("field time_limit_us: got %d, want 0 to %d", usec, maxTimeLimit.Microseconds())
	}
	return nil
}

func checkFiles(files []judge.SourceFile) error {
	switch {
	case len(files) == 0:
		return errors.New("field files is missing or empty: want at least one file")
	case len(files) > MaxFiles:
		return fmt.Errorf("field files: got %d files, want at most %d", len(files), MaxFiles)
	}
	total := 0
	seen := make(map[string]int, len(files))
	for i, f := range files {
		field := fmt.Sprintf("field files[%d].name", i)
		if err := checkFileName(field, f.Name); err != nil {
			return err
		}
		if first, dup := seen[f.Name]; dup {
			return fmt.Errorf("%s: %q is also the name of files[%d]", field, cut(f.Name), first)
		}
		seen[f.Name] = i
		if len(f.Content) > 0 && f.Text != "" {
			return fmt.Errorf("field files[%d]: both content and text are set, want one", i)
		}
		total += len(f.Content) + len(f.Text)
	}
	if total > MaxSourceBytes {
		return fmt.Errorf("field files: %d bytes altogether, want at most %d", total, MaxSourceBytes)
	}
	return nil
}

// checkFileName refuses what is not a plain file name: what could be an option of a compiler, leave the directory,
// hide, or garble a log.
func checkFileName(field, name string) error {
	problem := ""
	switch {
	case name == "":
		return fmt.Errorf("%s is missing", field)
	case len(name) > maxNameBytes:
		return fmt.Errorf("%s: %d bytes, want at most %d", field, len(name), maxNameBytes)
	case strings.HasPrefix(name, "-"):
		problem = `starts with "-", like an option`
	case strings.HasPrefix(name, "."):
		problem = `starts with "."`
	case strings.ContainsAny(name, `/\`):
		problem = "has a slash: want a plain name without a directory"
	case !utf8.ValidString(name) || strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsPrint(r) }):
		problem = "has a control character, or one that cannot be printed"
	case strings.TrimSpace(name) != name:
		problem = "starts or ends with a space"
	default:
		return nil
	}
	return fmt.Errorf("%s: %q %s", field, cut(name), problem)
}
