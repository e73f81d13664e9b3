package grade

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/gaveloj/gavel/worker/sources"
)

// The layouts that have a name.
const (
	byFolder     = "folder"
	byFile       = "file"
	byMoodle     = "moodle"
	byCanvas     = "canvas"
	byGradescope = "gradescope"
)

// Layouts are the names that ParseLayout knows.
func Layouts() []string { return []string{byFolder, byFile, byMoodle, byCanvas, byGradescope} }

// Names in the downloads of the course systems:
//
//	Moodle      Ada Lovelace_123456_assignsubmission_file_[solution.py]
//	Canvas      lovelaceada_[LATE_]12345_678901_solution[-1].py; the number behind the name counts attempts
//	Gradescope  submission_123456, beside submission_metadata.yml
var (
	moodleName     = regexp.MustCompile(`^(?P<student>.+?)_(?P<id>\d+)_assignsubmission_[a-z]+(?:_(?P<file>.*))?$`)
	canvasName     = regexp.MustCompile(`^(?P<student>[^_]+)_(?:LATE_)?(?P<id>\d+)_\d+_(?P<file>.+)$`)
	gradescopeName = regexp.MustCompile(`^(?P<student>submission_(?P<id>\d+))$`)
	canvasAttempt  = regexp.MustCompile(`-\d+(\.[^.]*)?$`)
)

// ParseLayout understands the name of a layout, or a regular expression for the names of files and directories whose group
// student is what the student is called; groups id, email and file are taken too.
func ParseLayout(text string) (Layout, error) {
	switch text {
	case byFolder:
		return Layout{name: text, parse: plainName}, nil
	case byFile:
		return Layout{name: text, parse: plainName, each: true}, nil
	case byMoodle:
		return Layout{name: text, parse: byPattern(moodleName)}, nil
	case byCanvas:
		return Layout{name: text, parse: func(name string, isDir bool) (parsed, bool) {
			p, ok := byPattern(canvasName)(name, isDir)
			p.file = canvasAttempt.ReplaceAllString(p.file, "$1")
			return p, ok
		}}, nil
	case byGradescope:
		return Layout{name: text, parse: byPattern(gradescopeName)}, nil
	}
	pattern, err := regexp.Compile(text)
	switch {
	case err != nil:
		return Layout{}, fmt.Errorf("%q is neither one of %s nor a regular expression: %w", text, strings.Join(Layouts(), ", "), err)
	case !slices.Contains(pattern.SubexpNames(), "student"):
		return Layout{}, fmt.Errorf("%q is not one of %s, and as a regular expression has no group (?P<student>...)",
			text, strings.Join(Layouts(), ", "))
	}
	return Layout{name: text, parse: byPattern(pattern)}, nil
}

// plainName takes the whole name for the student's.
func plainName(name string, isDir bool) (parsed, bool) {
	if isDir {
		return parsed{student: name}, true
	}
	return parsed{student: sources.StudentName(name), file: name}, true
}

// byPattern takes the groups of a pattern.
func byPattern(pattern *regexp.Regexp) func(string, bool) (parsed, bool) {
	return func(name string, isDir bool) (parsed, bool) {
		m := pattern.FindStringSubmatch(name)
		if m == nil {
			return parsed{}, false
		}
		p := parsed{file: name}
		for i, group := range pattern.SubexpNames() {
			switch {
			case group == "student":
				p.student = strings.TrimSpace(m[i])
			case group == "id":
				p.id = m[i]
			case group == "email":
				p.email = m[i]
			case group == "file" && m[i] != "":
				p.file = m[i]
			}
		}
		return p, p.student != ""
	}
}

// Detect finds the layout that all names have: that of a course system, else folder.
func Detect(roots []Root) (Layout, error) {
	for _, name := range []string{byGradescope, byMoodle, byCanvas} {
		l, err := ParseLayout(name)
		if err != nil {
			return l, err
		}
		fits, err := fitsAll(roots, l)
		if err != nil || fits {
			return l, err
		}
	}
	return ParseLayout(byFolder)
}

func fitsAll(roots []Root, l Layout) (bool, error) {
	found := 0
	for _, root := range roots {
		children, err := fs.ReadDir(root.fsys, ".")
		if err != nil {
			return false, fmt.Errorf("read %s: %w", root.Path, err)
		}
		for _, e := range children {
			if sources.Junk(e.Name()) || e.Name() == metadataFile {
				continue
			}
			if _, ok := l.parse(e.Name(), e.IsDir()); !ok {
				return false, nil
			}
			found++
		}
	}
	return found > 0, nil
}

// CheckPattern refuses a pattern of file names that can never match.
func CheckPattern(pattern string) error {
	if _, err := path.Match(pattern, ""); errors.Is(err, path.ErrBadPattern) {
		return fmt.Errorf("%q is not a pattern of file names, such as main.py or *.c", pattern)
	}
	return nil
}
