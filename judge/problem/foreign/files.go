package foreign

import (
	"fmt"
	"io/fs"
	"path"
	"strings"
)

// Files is what a package holds. Paths are slash-separated and relative to its root.
type Files interface {
	// File reports whether there is a regular file.
	File(name string) bool
	// List returns the names of the regular files directly in a directory, in byte order; none where there is no directory.
	List(dir string) []string
	// Read reads a text of bounded size.
	Read(name string) ([]byte, error)
}

// Report takes what a reader says about a package. A line of 0 is none; the remedy may be empty.
type Report interface {
	// Reject tells what makes the package unusable.
	Reject(file string, line int, what, remedy string)
	// Warn tells what is ignored or tolerated.
	Warn(file string, line int, what, remedy string)
}

// Local cleans a path that a package names. It reports false where the path leads out of the package, is absolute, or is no
// path at all; paths of Windows are taken.
func Local(name string) (string, bool) {
	clean := path.Clean(strings.ReplaceAll(name, `\`, "/"))
	return clean, name != "" && fs.ValidPath(clean) && clean != "."
}

// MissingRemedy says what to do about a file that a package names and that is not there.
func MissingRemedy(name string) string {
	for element := range strings.SplitSeq(name, "/") {
		for _, c := range []byte(element) {
			if !plain(c) {
				return "rename it with letters, digits, '_', '.' and '-' only, here and in the package: files with other names are not read"
			}
		}
	}
	return "add it, or correct its name"
}

func plain(c byte) bool {
	return c-'0' <= 9 || (c|0x20)-'a' <= 'z'-'a' || c == '_' || c == '.' || c == '-'
}

// Find returns the cleaned path of a file that a package names at some line of its description; "" where there is none,
// which it reports.
func Find(files Files, report Report, file string, line int, name string) string {
	clean, ok := Local(name)
	switch {
	case !ok:
		report.Reject(file, line, fmt.Sprintf("names %.80q, which is no path in the package", name), "give a relative path without \"..\"")
		return ""
	case !files.File(clean):
		report.Reject(file, line, fmt.Sprintf("names %.80q, which is not there", name), MissingRemedy(clean))
		return ""
	}
	return clean
}

// MaxTests bounds the test cases of a package, far above real ones.
const MaxTests = 20_000

// IsName reports whether gavel.yaml takes a name for a group.
func IsName(name string) bool {
	if name == "" || len(name) > 255 || name[0] == '.' || name[0] == '-' {
		return false
	}
	for _, c := range []byte(name) {
		if !plain(c) {
			return false
		}
	}
	return true
}
