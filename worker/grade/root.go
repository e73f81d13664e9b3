package grade

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/gaveloj/gavel/worker/sources"
)

// Root is a directory, or a zip archive, that holds what a class has handed in.
type Root struct {
	Path string
	// Inside is the one directory of an archive that was stepped into; "" for none.
	Inside string

	fsys       fs.FS
	close      io.Closer
	submitters map[string]submitter // of Gradescope, by directory
}

// OpenRoot opens a directory or a zip archive. What is wrong with it is the asker's.
func OpenRoot(path string) (Root, error) {
	info, err := os.Stat(path)
	if err != nil {
		return Root{}, err
	}
	root := Root{Path: path}
	if info.IsDir() {
		dir, err := os.OpenRoot(path)
		if err != nil {
			return Root{}, err
		}
		root.fsys, root.close = dir.FS(), dir
	} else if err := root.openZip(); err != nil {
		return Root{}, err
	}
	if err := root.readMetadata(); err != nil {
		return Root{}, errors.Join(err, root.Close())
	}
	return root, nil
}

// Close ends reading.
func (r Root) Close() error { return r.close.Close() }

// openZip opens the archive that a course system made of a class. The directory around all of it is stepped into.
func (r *Root) openZip() error {
	if !strings.HasSuffix(strings.ToLower(r.Path), ".zip") {
		return fmt.Errorf("%s is neither a directory nor a .zip of what the class has handed in; unpack it", r.Path)
	}
	archive, err := zip.OpenReader(r.Path)
	if err != nil {
		return fmt.Errorf("%s: %w", r.Path, err)
	}
	r.fsys, r.close = archive, archive
	top, err := fs.ReadDir(archive, ".")
	if err != nil {
		return errors.Join(fmt.Errorf("%s: %w", r.Path, err), archive.Close())
	}
	var kept []fs.DirEntry
	for _, e := range top {
		if !sources.Junk(e.Name()) {
			kept = append(kept, e)
		}
	}
	if len(kept) == 1 && kept[0].IsDir() {
		if r.fsys, err = fs.Sub(archive, kept[0].Name()); err != nil {
			return errors.Join(fmt.Errorf("%s: %w", r.Path, err), archive.Close())
		}
		r.Inside = kept[0].Name()
	}
	return nil
}

// metadataFile is where Gradescope says who has made which submission.
const metadataFile = "submission_metadata.yml"

// submitter is a student as Gradescope knows one.
type submitter struct {
	Name  string `yaml:":name"`
	ID    string `yaml:":sid"`
	Email string `yaml:":email"`
}

// readMetadata reads Gradescope's file where there is one.
func (r *Root) readMetadata() error {
	data, err := fs.ReadFile(r.fsys, metadataFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("%s: %w", r.Path, err)
	}
	var all map[string]struct {
		Submitters []submitter `yaml:":submitters"`
	}
	if err := yaml.Unmarshal(data, &all); err != nil {
		return fmt.Errorf("%s/%s is not what Gradescope writes: %w; --by folder leaves it alone", r.Path, metadataFile, err)
	}
	r.submitters = map[string]submitter{}
	for name, one := range all {
		var team submitter
		for i, s := range one.Submitters { // a team is one entry
			if i > 0 {
				s = submitter{team.Name + ", " + s.Name, team.ID + " " + s.ID, team.Email + " " + s.Email}
			}
			team = s
		}
		if team.Name != "" {
			r.submitters[name] = team
		}
	}
	return nil
}

// lookUp is what the name of a file or directory tells, and what the course system says of it.
func (r Root) lookUp(l Layout, e fs.DirEntry) (parsed, bool) {
	p, ok := l.parse(e.Name(), e.IsDir())
	if s, known := r.submitters[e.Name()]; known && l.name == byGradescope {
		p.student, p.id, p.email = s.Name, s.ID, s.Email
	}
	return p, ok
}
