package language

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/gaveloj/gavel/sandbox"
)

// manifestName is the file beside the prepared ones that tells what must be there. No prepare step can leave
// one, since savePrepared writes it last.
const manifestName = "prepared.json"

// savePrepared writes a cache below a temporary name and moves it to dir, so that dir is whole or absent. When
// another worker was quicker, its cache stays: it was made from the same toolchain by the same commands.
func savePrepared(dir string, files []sandbox.File) (err error) {
	tmp, err := os.MkdirTemp(filepath.Dir(dir), ".new-*")
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

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
