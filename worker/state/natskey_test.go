package state

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A key is made once, for its owner alone, also in a directory that a version without one has used.
func TestNATSKeyIsMadeOnce(t *testing.T) {
	t.Parallel()
	s := &Dir{Path: t.TempDir()}
	if _, err := s.Identity(); err != nil {
		t.Fatal(err)
	}
	first, err := s.NATSKey()
	if err != nil || !strings.HasPrefix(first, "U") {
		t.Fatalf("natsKey = %q, %v, want the public key of a user", first, err)
	}
	if again, err := s.NATSKey(); again != first || err != nil {
		t.Errorf("natsKey = %q, %v, want %q as before", again, err, first)
	}
	other, err := (&Dir{Path: t.TempDir()}).NATSKey()
	if err != nil || other == first {
		t.Errorf("natsKey of another directory = %q, %v, want another key", other, err)
	}
	info, err := os.Stat(NATSKeyFile(s.Path))
	if err != nil || info.Mode() != 0o600 {
		t.Errorf("file of the key: %v, %v, want mode 0600", info.Mode(), err)
	}
	wantFiles(t, s.Path, "home", "nats.nk")
}

// wantFiles compares the names in a directory: nothing unfinished is left there.
func wantFiles(t *testing.T, dir string, want ...string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, entry := range entries {
		got = append(got, entry.Name())
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
}

// A key that is no secret, or no key, is refused and not quietly mended: who read it could still use it.
func TestNATSKeyIsRefused(t *testing.T) {
	t.Parallel()
	for mode, want := range map[os.FileMode]string{
		0o600: "", 0o400: "", 0o640: "",
		0o644: "has mode 0644", 0o604: "has mode 0604", 0o660: "has mode 0660", 0o602: "has mode 0602",
	} {
		s := &Dir{Path: t.TempDir()}
		if _, err := s.NATSKey(); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(NATSKeyFile(s.Path), mode); err != nil {
			t.Fatal(err)
		}
		_, err := s.NATSKey()
		if (err == nil) != (want == "") || err != nil && (!strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "remove it")) {
			t.Errorf("mode %#o: %v, want %q", mode, err, want)
		}
	}
	for name, text := range map[string]string{"empty": "", "public key": "UA7TZ5SRJNAHV55A3Y4PWFXGAZCLSDGZTVTL3BBWUPQEY7WRDBDWQ3GV\n"} {
		s := &Dir{Path: t.TempDir()}
		if err := os.WriteFile(NATSKeyFile(s.Path), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if public, err := s.NATSKey(); err == nil || !strings.Contains(err.Error(), "remove it") {
			t.Errorf("%s: natsKey = %q, %v, want a refusal", name, public, err)
		}
	}
}

// A small file is replaced in one step, whatever an earlier try has left, and is its owner's alone from the first byte.
func TestWritePrivate(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	for path, text := range map[string]string{file: "old", file + ".new": "half, and open"} {
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	if err := WritePrivate(file, []byte("new")); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(file)
	info, statErr := os.Stat(file)
	if string(text) != "new" || err != nil || statErr != nil || info.Mode() != 0o600 {
		t.Errorf("file: %q, %v, mode %v, want the new text with mode 0600", text, err, info.Mode())
	}
	wantFiles(t, dir, "file")
}
