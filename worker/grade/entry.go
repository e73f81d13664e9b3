package grade

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/judge/language"
	"github.com/gaveloj/gavel/worker/sources"
)

// Entry is what one student has handed in, or was expected to.
type Entry struct {
	Student string // as the grader calls the student; no two entries have the same once they are collected
	ID      string // that the course system or the roster has; may be ""
	Name    string // for people; "" where it is Student
	Email   string
	// Origin is where it lies, for people; "" for a student who has handed in nothing.
	Origin string
	// Unlisted says that the roster does not have the student.
	Unlisted bool
	// Trouble says what is known to be wrong with it before anything is read; nil for most.
	Trouble *Trouble

	fsys   fs.FS
	pieces []piece
}

// piece is a file, directory or archive of an entry.
type piece struct {
	path string // in the file system
	name string // in the submission; "" for a directory
}

// Trouble is why an entry cannot be graded.
type Trouble struct {
	Status Status
	Detail string
}

func (t *Trouble) Error() string { return string(t.Status) + ": " + t.Detail }

// read reads the files of an entry. The error is a *Trouble, or the disk's.
func (e *Entry) read(table *language.Table) ([]api.SourceFile, error) {
	if e.Trouble != nil {
		return nil, e.Trouble
	}
	c := &sources.Collector{Table: table}
	for _, p := range e.pieces {
		err := error(nil)
		if p.name == "" {
			err = c.Tree(e.fsys, p.path)
		} else if err = sources.RefuseOtherArchive(p.name); err == nil {
			err = c.File(e.fsys, p.path, p.name)
		}
		if err != nil {
			return nil, readTrouble(err)
		}
	}
	if len(c.Files()) == 0 {
		return nil, &Trouble{Empty, "there is no file, or nothing but what programs leave behind"}
	}
	return sources.WithoutCommonDirectory(c.Files()), nil
}

// readTrouble is what of an error is the student's. What cannot be read, for want of permission or because it is gone, is a
// fault of the one entry too.
func readTrouble(err error) error {
	var known *sources.Error
	if !errors.As(err, &known) {
		return &Trouble{Refused, "cannot be read: " + err.Error()}
	}
	status, found := map[sources.Kind]Status{
		sources.Empty: Empty, sources.Broken: BrokenArchive, sources.TooLarge: TooLarge, sources.Refused: Refused,
	}[known.Kind]
	if !found {
		status = Refused
	}
	return &Trouble{status, err.Error()}
}

// Layout says how a student is called in what was handed in: how names of files and directories are read.
type Layout struct {
	name  string
	parse func(name string, isDir bool) (parsed, bool)
	// each says that every file counts by itself, at whatever depth.
	each bool
}

// String is the name of the layout.
func (l Layout) String() string { return l.name }

// parsed is what the name of a file or directory tells.
type parsed struct {
	student, id, email string
	file               string // its name in the submission
}

// collection gathers entries.
type collection struct {
	layout  Layout
	entries []Entry
	byKey   map[string]int // entries that further files belong to, by student and ID
}

// Collect lists the entries of a class, sorted by student. Nothing of them is read but the names.
func Collect(roots []Root, layout Layout) ([]Entry, error) {
	c := collection{layout: layout, byKey: map[string]int{}}
	for i, root := range roots {
		list := c.children
		if layout.each {
			list = c.all
		}
		if err := list(i, root); err != nil {
			return nil, fmt.Errorf("read %s: %w", root.Path, err)
		}
	}
	distinguish(c.entries)
	return c.entries, nil
}

// children takes every entry of a directory for that of a student.
func (c *collection) children(number int, root Root) error {
	children, err := fs.ReadDir(root.fsys, ".")
	if err != nil {
		return err
	}
	for _, e := range children {
		if name := e.Name(); !sources.Junk(name) && name != metadataFile {
			c.add(number, root, name, e)
		}
	}
	return nil
}

// all takes every file, at whatever depth, for that of a student.
func (c *collection) all(number int, root Root) error {
	return fs.WalkDir(root.fsys, ".", func(at string, e fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case at == ".":
			return nil
		case sources.Junk(e.Name()) && e.IsDir():
			return fs.SkipDir
		case !e.IsDir() && !sources.Junk(e.Name()):
			c.add(number, root, at, e)
		}
		return nil
	})
}

// add takes a file or directory in.
func (c *collection) add(number int, root Root, at string, e fs.DirEntry) {
	origin := strings.ToValidUTF8(path.Join(root.Path, at), "\ufffd")
	p, ok := root.lookUp(c.layout, e)
	if !ok {
		c.entries = append(c.entries, Entry{
			Student: strings.ToValidUTF8(e.Name(), "\ufffd"), Origin: origin,
			Trouble: &Trouble{Refused, fmt.Sprintf("the name tells no student by the rule %s; rename it, or give another --by", c.layout)},
		})
		return
	}
	one := Entry{Student: strings.ToValidUTF8(p.student, "\ufffd"), ID: p.id, Email: p.email, Origin: origin, fsys: root.fsys}
	switch {
	case e.Type()&fs.ModeSymlink != 0:
		one.Trouble = &Trouble{Refused, "it is a symbolic link, which is not followed; put the files themselves there"}
	case e.IsDir():
		one.pieces = []piece{{path: at}}
	default:
		one.pieces = []piece{{at, p.file}}
	}
	key := fmt.Sprintf("%d\x00%s\x00%s", number, p.student, p.id)
	if c.layout.name == byFolder || c.layout.each {
		key = origin // there, files of one name are not of one student for certain
	}
	if i, found := c.byKey[key]; found {
		c.entries[i].merge(one)
		return
	}
	c.byKey[key] = len(c.entries)
	c.entries = append(c.entries, one)
}

// merge adds further files of the same student.
func (e *Entry) merge(more Entry) {
	e.pieces = append(e.pieces, more.pieces...)
	e.Origin += ", " + path.Base(more.Origin)
	if e.Trouble == nil {
		e.Trouble = more.Trouble
	}
}

// distinguish sorts entries, and calls those of one name by their ID, or by where they lie.
func distinguish(entries []Entry) {
	slices.SortFunc(entries, func(a, b Entry) int {
		return cmp.Or(strings.Compare(strings.ToLower(a.Student), strings.ToLower(b.Student)), strings.Compare(a.Student, b.Student),
			strings.Compare(a.ID, b.ID), strings.Compare(a.Origin, b.Origin))
	})
	count := map[string]int{}
	for _, e := range entries {
		count[e.Student]++
		count[e.Student+"\x00"+e.ID]++
	}
	for i := range entries {
		e := &entries[i]
		switch plain := e.Student; {
		case count[plain] == 1:
		case e.ID != "" && count[plain+"\x00"+e.ID] == 1:
			e.Name, e.Student = plain, fmt.Sprintf("%s (%s)", plain, e.ID)
		default:
			e.Name, e.Student = plain, fmt.Sprintf("%s (%s)", plain, e.Origin)
		}
	}
}
