// Package artifacts writes the files that were kept beside a report. Programs chose their names, which decide nothing about where
// they are written.
package artifacts

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/queue/client"
	"github.com/gaveloj/gavel/worker/terminal"
)

// Fetch gets the content of an artifact.
type Fetch func(api.Artifact) ([]byte, error)

// Embedded returns the content that a report carries itself: one that was made in this process.
func Embedded(a api.Artifact) ([]byte, error) {
	if a.Error != "" {
		return nil, errors.New(a.Error)
	}
	return a.Data, nil
}

// writer writes artifacts below a directory.
type writer struct {
	root    *os.Root
	fetch   Fetch
	written map[string]bool
	failed  int
	note    func(text string)
}

// Write writes the files that were kept beside a report: DIR/TEST/FILE, and DIR/compile.log. It returns how many
// it has written, and notes those that it cannot get; the error is for those that should be there, and for the disk.
func Write(dir string, report api.Report, fetch Fetch, note func(text string)) (int, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return 0, fmt.Errorf("make directory for artifacts: %w", err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return 0, fmt.Errorf("open directory for artifacts: %w", err)
	}
	defer root.Close()
	w := &writer{root: root, fetch: fetch, written: map[string]bool{}, note: note}
	for _, a := range report.Artifacts {
		if err := w.write("compile."+SafePath(a.Name), a); err != nil {
			return len(w.written), err
		}
	}
	for _, t := range report.Tests {
		for _, a := range t.Artifacts {
			if err := w.write(path.Join(SafePath(t.Name), SafePath(strings.ReplaceAll(a.Name, "/", "_"))), a); err != nil {
				return len(w.written), err
			}
		}
	}
	if w.failed > 0 {
		return len(w.written), fmt.Errorf("%d of the artifacts could not be read", w.failed)
	}
	return len(w.written), nil
}

// Download writes those of a report that came through the queue.
func Download(ctx context.Context, out *terminal.Output, c *client.Client, dir string, report api.Report) error {
	n, err := Write(dir, report, func(a api.Artifact) ([]byte, error) {
		return c.Artifact(ctx, report.Submission, a)
	}, out.Note)
	out.Notef("%s in %s", terminal.Plural(n, "artifact"), dir)
	return err
}

func (w *writer) write(name string, a api.Artifact) error {
	data, err := w.fetch(a)
	if err != nil {
		w.note(fmt.Sprintf("%s: not there: %v", name, err))
		if a.Object != "" {
			w.failed++
		}
		return nil
	}
	for w.written[name] { // names that differ in what was replaced
		name = path.Join(path.Dir(name), "_"+path.Base(name))
	}
	w.written[name] = true
	if err := w.root.MkdirAll(path.Dir(name), 0o755); err != nil {
		return fmt.Errorf("write artifact: %w", err)
	}
	if err := w.root.WriteFile(name, data, 0o644); err != nil {
		return fmt.Errorf("write artifact: %w", err)
	}
	return nil
}

// SafePath makes a name that a program chose harmless to shells, terminals and other systems: letters, digits and a few
// signs stay, and no element is hidden or leads upwards.
func SafePath(name string) string {
	elements := strings.Split(filepath.ToSlash(name), "/")
	for i, e := range elements {
		e = strings.Map(func(r rune) rune {
			switch {
			case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', strings.ContainsRune("._-()", r):
				return r
			}
			return '_'
		}, e)
		if e = e[:min(len(e), 200)]; e == "" || e[0] == '.' || e[0] == '-' {
			e = "_" + e
		}
		elements[i] = e
	}
	return strings.Join(elements, "/")
}
