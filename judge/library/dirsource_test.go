package library

import (
	"path/filepath"
	"testing"

	"github.com/gaveloj/gavel/judge/judgetest"
)

// TestDirSourceIsReplaced: a package that is lent when its directory is closed goes on, and one that is asked for afterwards, by
// who did not know, is not kept.
func TestDirSourceIsReplaced(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"early", "late"} {
		judgetest.WriteFiles(t, filepath.Join(dir, name), judgetest.Double())
	}
	d, err := NewDirSource(dir)
	if err != nil {
		t.Fatal(err)
	}
	early, err := d.Problem(t.Context(), Wanted{Name: "early"})
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	late, err := d.Problem(t.Context(), Wanted{Name: "late"})
	if err != nil {
		t.Fatal(err)
	}
	for _, handle := range []Handle{early, late} {
		if len(handle.Problem.Tests) == 0 {
			t.Errorf("%s has no tests once its directory is closed", handle.Problem.Name)
		}
		handle.Release()
	}
	for name, slot := range d.slots {
		if slot.loaded != nil {
			t.Errorf("%s is kept in a directory that is closed", name)
		}
	}
}
