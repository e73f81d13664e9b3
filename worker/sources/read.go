package sources

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/judge/language"
)

// Read reads the files of one submission that somebody has named: files, directories and archives. Of a file only the base
// name is kept, and of what lies below a directory or in an archive the path from there.
func Read(table *language.Table, paths []string) ([]api.SourceFile, error) {
	c := &Collector{Table: table, Links: true}
	for _, path := range paths {
		if err := c.path(path); err != nil {
			return nil, err
		}
	}
	return c.files, nil
}

func (c *Collector) path(path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	before := len(c.files)
	if !info.IsDir() {
		if err := RefuseOtherArchive(filepath.Base(path)); err != nil {
			return err
		}
		return c.File(os.DirFS(filepath.Dir(path)), filepath.Base(path), filepath.Base(path))
	}
	if err := c.Tree(os.DirFS(path), "."); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	if len(c.files) == before {
		return fail(Empty, "%s is a directory without files", path)
	}
	return nil
}
