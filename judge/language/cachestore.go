package language

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/gaveloj/gavel/sandbox"
)

// manifestName is the file beside the prepared ones that tells what must be there. No prepare step can leave
// one, since savePrepared writes it last.
const manifestName = "prepared.json"

// newPrefix starts the name of a cache that is being written.
const newPrefix = ".new-"

// savePrepared writes a cache below a temporary name and moves it to dir, so that dir is whole or absent. When
// another worker was quicker, its cache stays: it was made from the same toolchain by the same commands.
func savePrepared(dir string, files []sandbox.File) (err error) {
	tmp, err := os.MkdirTemp(filepath.Dir(dir), newPrefix+"*")
	if err != nil {
		return fmt.Errorf("save prepared files: %w", err)
	}
	defer func() {
		err = errors.Join(err, os.RemoveAll(tmp))
	}()
	sizes := map[string]int64{}
	for _, f := range files {
		sizes[f.Path] = int64(len(f.Data))
		if err := writeBelow(tmp, f.Path, f.Data); err != nil {
			return fmt.Errorf("save prepared files: %w", err)
		}
	}
	manifest, err := json.Marshal(sizes)
	if err != nil {
		return fmt.Errorf("list prepared files: %w", err)
	}
	if err := writeBelow(tmp, manifestName, manifest); err != nil {
		return fmt.Errorf("list prepared files: %w", err)
	}
	// Containers see the directory through a mount; their users are others than ours.
	if err := os.Chmod(tmp, 0o755); err != nil {
		return fmt.Errorf("open prepared files for reading: %w", err)
	}
	return replaceDir(tmp, dir)
}

// replaceDir moves tmp to dir, in place of a broken one, but leaves a good one alone.
func replaceDir(tmp, dir string) error {
	if checkPrepared(dir) == nil {
		return nil
	}
	if err := os.RemoveAll(dir); err != nil {
		return fmt.Errorf("remove broken prepared files: %w", err)
	}
	if err := os.Rename(tmp, dir); err != nil && checkPrepared(dir) != nil {
		return fmt.Errorf("save prepared files: %w", err)
	}
	return nil
}

func writeBelow(root, name string, data []byte) error {
	if !filepath.IsLocal(name) {
		return fmt.Errorf("write %q: the name leaves its directory", name)
	}
	path := filepath.Join(root, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, data, 0o644)
}

// checkPrepared tells why dir is not a whole cache. It compares sizes, which finds what a crash cut short.
func checkPrepared(dir string) error {
	text, err := os.ReadFile(filepath.Join(dir, manifestName))
	if err != nil {
		return err
	}
	var sizes map[string]int64
	if err := json.Unmarshal(text, &sizes); err != nil {
		return fmt.Errorf("read %s: %w", manifestName, err)
	}
	if len(sizes) == 0 {
		return fmt.Errorf("%s lists nothing", manifestName)
	}
	for name, size := range sizes {
		info, err := os.Lstat(filepath.Join(dir, name))
		if err != nil {
			return err
		}
		if info.Size() != size || info.Mode()&fs.ModeType != 0 {
			return fmt.Errorf("%s has %d bytes, not %d", name, info.Size(), size)
		}
	}
	return nil
}

// A cache that nobody used for keepUnused is removed, and so is what a process left that was killed while it saved one,
// after keepUnsaved: saving takes seconds.
const (
	keepUnused  = 14 * 24 * time.Hour
	keepUnsaved = time.Hour
)

// touch notes that a cache is used. Where that cannot be noted, it may be made again one day.
func touch(dir string) {
	now := time.Now()
	_ = os.Chtimes(filepath.Join(dir, manifestName), now, now)
}

// removeStale removes from the directory of caches what is used no more. What cannot be removed stays.
func removeStale(caches string) {
	entries, err := os.ReadDir(caches)
	if err != nil {
		return
	}
	for _, e := range entries {
		dir, most := filepath.Join(caches, e.Name()), keepUnused
		info, err := os.Stat(filepath.Join(dir, manifestName))
		if strings.HasPrefix(e.Name(), newPrefix) || err != nil {
			info, err = os.Stat(dir)
			most = keepUnsaved
		}
		if err == nil && time.Since(info.ModTime()) > most {
			_ = os.RemoveAll(dir)
		}
	}
}
