package tree

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/sys/unix"

	"github.com/gaveloj/gavel/judge/problem/issue"
)

// Bounds on what a package may hold. They are far above real packages, and stop endless ones.
const (
	maxEntries = 200_000 // files and directories
	maxDepth   = 32      // directories below one another
)

// scanner reads a directory into a tree.
type scanner struct {
	root   *os.Root
	tree   *Tree
	issues *issue.Findings
	count  int
	// testlib says that the package has no problem.yaml, so that gavel.yaml may name any file of it.
	testlib bool
}

// Scan reads the package in dir. What is wrong with single files goes to issues; an error is about dir itself.
func Scan(dir string, issues *issue.Findings) (*Tree, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	info, err := root.Stat(".")
	if err != nil {
		return nil, err
	}
	s := scanner{root: root, tree: &Tree{Dir: dir, Entries: make(map[string]*Entry)}, issues: issues, testlib: !present(root, MetadataFile, DOMjudgeFile)}
	s.directory(".", []fs.FileInfo{info})
	return s.tree, nil
}

// present says whether one of the files is in the directory.
func present(dir *os.Root, names ...string) bool {
	return slices.ContainsFunc(names, func(name string) bool {
		_, err := dir.Lstat(name)
		return err == nil
	})
}

// directory reads one directory. above holds it and the directories it is in, to find links that lead back.
func (s *scanner) directory(name string, above []fs.FileInfo) {
	e := &Entry{Path: name, Dir: true}
	s.tree.Entries[name] = e
	names, err := s.names(name)
	if err != nil {
		s.issues.Reject(name, 0, "cannot be read: "+Cause(err), "make it readable")
		return
	}
	for _, base := range names {
		child := path.Join(name, base)
		if s.removed(name, base, child) {
			continue
		}
		if s.count++; s.count > maxEntries {
			return // names has said so
		}
		if s.add(child, above) {
			e.Children = append(e.Children, child)
		}
	}
}

// names lists a directory in byte order.
func (s *scanner) names(name string) ([]string, error) {
	d, err := s.root.OpenFile(filepath.FromSlash(name), os.O_RDONLY|unix.O_DIRECTORY|unix.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	defer d.Close()
	names, err := d.Readdirnames(maxEntries + 1 - s.count)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	if len(names)+s.count > maxEntries {
		s.issues.Reject(name, 0, fmt.Sprintf("the package has more than %d files", maxEntries), "split it")
		names = nil
	}
	slices.Sort(names)
	return names, nil
}

// removed says whether the formats take a name for not there. Only ".timelimit" is read in spite of its dot.
func (s *scanner) removed(dir, base, name string) bool {
	switch {
	case name == TimeLimitFile:
		return false
	case strings.HasPrefix(base, ".") || base == "__MACOSX":
		return true
	case ValidName(base):
		return false
	case !utf8.ValidString(base):
		s.tell(name, "the name is not valid UTF-8", "rename it with letters, digits, '_', '.' and '-' only")
	case Judged(name):
		s.issues.Warn(name, 0, "ignored, because the format does not allow this name",
			"use letters, digits, '_', '.' and '-' only, and begin with a letter, a digit or '_'")
	}
	return true
}

// Judged says whether a path belongs to what decides verdicts; the rest is for people.
func Judged(name string) bool {
	top, _, _ := strings.Cut(name, "/")
	switch top {
	case "data", SubmissionsDir, "include", ValidatorDir, LegacyValidatorsDir, StaticDir, GraderDir, TestsDir, MetadataFile,
		SettingsFile, DOMjudgeFile, TimeLimitFile:
		return true
	}
	return false
}

// decides says whether a verdict may depend on a file or directory of this name, which cannot be read. Of a package
// without problem.yaml, any may be a test case or a part of the checker.
func (s *scanner) decides(name string) bool {
	switch strings.ToLower(path.Ext(name)) {
	case ".pdf", ".md", ".txt", ".tex", ".html", ".png", ".jpg", ".jpeg", ".svg", ".hint", ".desc", ".statement", ".download",
		".interaction":
		return strings.Contains(name, FilesExt+"/") || strings.HasPrefix(name, "include/") || strings.HasPrefix(name, TestsDir+"/")
	}
	return Judged(name) || s.testlib
}

// tell notes what is wrong with a name: the package cannot be used where a verdict may depend on it.
func (s *scanner) tell(name, what, remedy string) {
	switch {
	case !s.decides(name):
		s.issues.Warn(name, 0, "ignored: "+what, remedy)
	case separate(name):
		s.issues.RejectPart(name, 0, what, remedy)
	default:
		s.issues.Reject(name, 0, what, remedy)
	}
}

// separate says whether a file belongs to a test case or a submission, which can be left out: the others mean the same
// without it.
func separate(name string) bool {
	switch ext := path.Ext(name); {
	case strings.HasPrefix(name, SampleDir+"/"), strings.HasPrefix(name, SecretDir+"/"):
		return ext == ".in" || ext == ".ans"
	case strings.HasPrefix(name, TestsDir+"/"):
		return true
	}
	return strings.HasPrefix(name, SubmissionsDir+"/") && name != ExampleFile && name != DetailsFile
}

// add looks at one name and says whether it is to be listed.
func (s *scanner) add(name string, above []fs.FileInfo) bool {
	info, ok := s.stat(name)
	if !ok {
		return false
	}
	switch {
	case info.Mode().IsRegular() && info.Size() > int64(maxFile):
		s.issues.Reject(name, 0, fmt.Sprintf("has %d bytes, and at most %d are read", info.Size(), maxFile), "make it smaller")
		return false
	case info.Mode().IsRegular():
		s.tree.Entries[name] = &Entry{Path: name, Size: info.Size(), Executable: info.Mode()&0o111 != 0}
		return true
	case !info.IsDir():
		s.special(name)
		return false
	case len(above) > maxDepth:
		s.issues.Reject(name, 0, fmt.Sprintf("more than %d directories below one another", maxDepth), "flatten the package")
		return false
	case slices.ContainsFunc(above, func(a fs.FileInfo) bool { return os.SameFile(a, info) }):
		s.tell(name, "symbolic link to a directory that it is in", "remove the link")
		return false
	}
	s.directory(name, append(above[:len(above):len(above)], info))
	return true
}

// stat follows symbolic links, inside the package only.
func (s *scanner) stat(name string) (fs.FileInfo, bool) {
	info, err := s.root.Lstat(filepath.FromSlash(name))
	if err == nil && info.Mode().Type() != fs.ModeSymlink {
		return info, true
	}
	if err == nil {
		info, err = s.root.Stat(filepath.FromSlash(name))
	}
	switch {
	case err == nil:
		return info, true
	case errors.Is(err, fs.ErrNotExist):
		s.tell(name, "symbolic link to a file that is not there", "add the file or remove the link")
	case errors.Is(err, unix.ELOOP):
		s.tell(name, "symbolic link that leads to itself", "remove the link")
	case errors.Is(err, fs.ErrPermission):
		s.tell(name, "cannot be read: "+Cause(err), "make it readable")
	default:
		s.escape(name, err)
	}
	return nil, false
}

// escape deals with a link out of the package, which os.Root refuses to follow.
func (s *scanner) escape(name string, err error) {
	target, linkErr := s.root.Readlink(filepath.FromSlash(name))
	if linkErr != nil {
		s.tell(name, "cannot be read: "+Cause(err), "")
		return
	}
	s.tell(name, fmt.Sprintf("symbolic link out of the package, to %q", target),
		"copy the file into the package, or link to a relative path inside it")
}

// special deals with what is neither file nor directory. It is never opened.
func (s *scanner) special(name string) {
	s.tell(name, "neither a regular file nor a directory", "replace it by a regular file")
}

// ValidName says whether the formats take a file of this name into account:
// [a-zA-Z0-9_][a-zA-Z0-9_.-]*, at most 255 bytes.
func ValidName(base string) bool {
	if base == "" || len(base) > 255 || base[0] == '.' || base[0] == '-' {
		return false
	}
	for _, b := range []byte(base) {
		if !alphanumeric(b) && b != '_' && b != '.' && b != '-' {
			return false
		}
	}
	return true
}

func alphanumeric(b byte) bool {
	return b-'0' <= 9 || (b|0x20)-'a' <= 'z'-'a'
}

// Cause is the innermost reason of a failed file access, without the path that Issue.File tells already.
func Cause(err error) string {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err.Error()
	}
	return err.Error()
}
