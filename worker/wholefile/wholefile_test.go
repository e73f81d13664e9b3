package wholefile

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A write that fails leaves the old file, and nothing else in its directory.
func TestWrite(t *testing.T) {
	path := filepath.Join(t.TempDir(), "page.html")
	write := func(text string, err error) error {
		return Write(path, func(w io.Writer) error {
			_, written := io.WriteString(w, text)
			return errors.Join(written, err)
		})
	}
	if err := write("old", nil); err != nil {
		t.Fatal(err)
	}
	full := errors.New("no space left")
	if err := write(strings.Repeat("new", 1e5), full); !errors.Is(err, full) || !strings.Contains(err.Error(), path) {
		t.Errorf("Write() = %v, want the cause and the file's name", err)
	}
	data, err := os.ReadFile(path)
	if err != nil || string(data) != "old" {
		t.Errorf("the file holds %q, %v, want the old content", data, err)
	}
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(entries) != 1 {
		t.Errorf("%v, %v are left, want the file alone", entries, err)
	}
}
