package api

import (
	"errors"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/gaveloj/gavel/judge/verdict"
)

// What a submission may hold at most.
const (
	MaxFiles       = 100
	MaxDirectories = 1000     // that the names of the files have above them, all together
	MaxSourceBytes = 20 << 20 // all files together; in base64 they still fit into MaxMessage
	maxNameBytes   = 255      // of a file name, as file systems have it
	maxPathBytes   = 1024     // of a file name with its directories
	maxObjectName  = 512
	maxAttempt     = 1_000_000
	maxTimeLimit   = time.Hour
)

var (
	problemPattern  = nameRule{regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]*$`), 128}
	languagePattern = nameRule{regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._+#-]*$`), 32}
)

// Validate refuses a submission that no worker can judge. The error is a *Rejection that names the field.
func Validate(s Submission) error {
	if err := checkLanguage(s.Language); err != nil {
		return err
	}
	for _, err := range []error{
		checkIdentity(s),
		checkProblem(s.Problem),
		checkProblemDigest(s.ProblemDigest),
		checkEntryPoint(s.EntryPoint),
		checkTimeLimit(s.TimeLimitUsec),
		checkFiles(s.Files),
		checkKeep(s.Keep),
	} {
		if err != nil {
			return refuse(err)
		}
	}
	return nil
}

func checkLanguage(name string) error {
	if name == "" || languagePattern.MatchString(name) {
		return nil
	}
	return Refuse(verdict.ClassLanguage, fmt.Errorf(
		"field language: %q is not an ID of a language: want 1 to 32 of A-Z a-z 0-9 . _ + # -", Truncate(name)))
}

func checkVersion(version int) error {
	switch version {
	case Version:
		return nil
	case 0:
		return fmt.Errorf("field version is missing: want %d", Version)
	}
	return fmt.Errorf("field version: got %d, this worker understands %d: send that, or update the worker", version, Version)
}

func checkIdentity(s Submission) error {
	if err := checkVersion(s.Version); err != nil {
		return err
	}
	switch {
	case s.ID == "":
		return errors.New("field id is missing")
	case s.Attempt == 0:
		return errors.New("field attempt is missing: the first one is 1")
	}
	if err := CheckAttempt(s.Attempt); err != nil {
		return fmt.Errorf("field %w", err)
	}
	if err := CheckID(s.ID); err != nil {
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
			"want 1 to 128 of A-Z a-z 0-9 . _ -, and a letter or digit first", Truncate(name))
	}
	return nil
}

func checkProblemDigest(digest string) error {
	if digest == "" {
		return nil
	}
	return checkDigest("problem_digest", digest)
}

func checkEntryPoint(name string) error {
	if name == "" {
		return nil
	}
	if err := checkFilePath("field entry_point", name); err != nil {
		return submittedError{err}
	}
	return nil
}

func checkTimeLimit(usec int64) error {
	if usec < 0 || usec > maxTimeLimit.Microseconds() {
		return fmt.Errorf("field time_limit_us: got %d, want 0 to %d", usec, maxTimeLimit.Microseconds())
	}
	return nil
}

func checkKeep(kinds []ArtifactKind) error {
	for i, kind := range kinds {
		if !slices.Contains(ArtifactKinds(), kind) {
			return fmt.Errorf("field keep[%d]: %q is not one of %q", i, Truncate(string(kind)), ArtifactKinds())
		}
		if slices.Contains(kinds[:i], kind) {
			return fmt.Errorf("field keep[%d]: %q is named twice", i, kind)
		}
	}
	return nil
}

func checkFiles(files []SourceFile) error {
	switch {
	case len(files) == 0:
		return submittedError{errors.New("field files is missing or empty: want at least one file")}
	case len(files) > MaxFiles:
		return submittedError{fmt.Errorf("field files: got %d files, want at most %d", len(files), MaxFiles)}
	}
	total := int64(0)
	seen := make(map[string]int, len(files))
	for i, f := range files {
		field := fmt.Sprintf("field files[%d].name", i)
		if err := checkFilePath(field, f.Name); err != nil {
			return submittedError{err}
		}
		if first, dup := seen[f.Name]; dup {
			return submittedError{fmt.Errorf("%s: %q is also the name of files[%d]", field, Truncate(f.Name), first)}
		}
		seen[f.Name] = i
		if len(f.Content) > 0 && f.Text != "" {
			return fmt.Errorf("field files[%d]: both content and text are set, want one", i)
		}
		size, err := checkObject(i, f)
		if err != nil {
			return err
		}
		total += int64(len(f.Content)+len(f.Text)) + size
	}
	if total > MaxSourceBytes {
		return submittedError{fmt.Errorf("field files: %d bytes altogether, want at most %d", total, MaxSourceBytes)}
	}
	return checkDirectories(files, seen)
}

// checkDirectories looks at the directories above the files, whose indices are given by their names.
func checkDirectories(files []SourceFile, byName map[string]int) error {
	dirs := map[string]bool{}
	for i, f := range files {
		for dir := path.Dir(f.Name); dir != "." && !dirs[dir]; dir = path.Dir(dir) {
			if other, clash := byName[dir]; clash {
				return submittedError{fmt.Errorf("field files[%d].name: %q lies in %q, which is the file files[%d]",
					i, Truncate(f.Name), Truncate(dir), other)}
			}
			dirs[dir] = true
		}
	}
	if len(dirs) > MaxDirectories {
		return submittedError{fmt.Errorf("field files: %d directories, want at most %d", len(dirs), MaxDirectories)}
	}
	return nil
}

// checkObject looks at where a file lies that did not come with the message, and returns its size.
func checkObject(i int, f SourceFile) (int64, error) {
	o := f.Object
	switch field := fmt.Sprintf("files[%d].object", i); {
	case o == nil:
		return 0, nil
	case len(f.Content) > 0 || f.Text != "":
		return 0, fmt.Errorf("field %s: the file has content or text too, want one", field)
	case o.Name == "" || len(o.Name) > maxObjectName || !utf8.ValidString(o.Name):
		return 0, fmt.Errorf("field %s.name: want 1 to %d bytes of UTF-8", field, maxObjectName)
	case o.Bytes < 0 || o.Bytes > MaxSourceBytes:
		return 0, fmt.Errorf("field %s.bytes: got %d, want 0 to %d", field, o.Bytes, MaxSourceBytes)
	default:
		return o.Bytes, checkDigest(field+".sha256", o.SHA256)
	}
}

// checkFilePath refuses what is not a plain file name, or several of them with slashes between: what could be an option
// of a compiler, leave the directory, hide, or garble a log.
func checkFilePath(field, name string) error {
	if name == "" {
		return fmt.Errorf("%s is missing", field)
	}
	if len(name) > maxPathBytes {
		return fmt.Errorf("%s: %d bytes, want at most %d", field, len(name), maxPathBytes)
	}
	for element := range strings.SplitSeq(name, "/") {
		if err := checkFileName(field, element); err != nil {
			return fmt.Errorf("%w, in %q", err, Truncate(name))
		}
	}
	return nil
}

func checkFileName(field, name string) error {
	problem := ""
	switch {
	case name == "":
		return fmt.Errorf("%s: an element is empty", field)
	case len(name) > maxNameBytes:
		return fmt.Errorf("%s: an element has %d bytes, want at most %d", field, len(name), maxNameBytes)
	case strings.HasPrefix(name, "-"):
		problem = `starts with "-", like an option`
	case strings.HasPrefix(name, "."):
		problem = `starts with "."`
	case strings.Contains(name, `\`):
		problem = `has a "\": directories are told by "/"`
	case !utf8.ValidString(name) || strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsPrint(r) }):
		problem = "has a control character, or one that cannot be printed"
	case strings.TrimSpace(name) != name:
		problem = "starts or ends with a space"
	default:
		return nil
	}
	return fmt.Errorf("%s: %q %s", field, Truncate(name), problem)
}
