package sources

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/judge/language"
)

// entry is a file of an archive that a test makes.
type entry struct {
	name, content string
	mode          fs.FileMode
}

func makeZip(t *testing.T, entries []entry) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, e := range entries {
		header := &zip.FileHeader{Name: e.name, Method: zip.Deflate}
		header.SetMode(0o644 | e.mode)
		f, err := w.CreateHeader(header)
		if err == nil {
			_, err = f.Write([]byte(e.content))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func makeTarGz(t *testing.T, entries []entry) []byte {
	t.Helper()
	var b bytes.Buffer
	zipped := gzip.NewWriter(&b)
	w := tar.NewWriter(zipped)
	for _, e := range entries {
		header := &tar.Header{Name: e.name, Mode: 0o644, Size: int64(len(e.content)), Typeflag: tar.TypeReg}
		if e.mode&fs.ModeSymlink != 0 {
			header.Typeflag, header.Linkname, header.Size = tar.TypeSymlink, e.content, 0
		}
		err := w.WriteHeader(header)
		if err == nil && header.Size > 0 {
			_, err = w.Write([]byte(e.content))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := zipped.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// What a student sends as an archive is the same submission as its files.
func TestUnpackSources(t *testing.T) {
	for _, tt := range []struct {
		name    string
		entries []entry
		want    []string // names; nil for an error
		err     string
	}{
		{"flat", []entry{{name: "a.py", content: "1"}, {name: "b.py", content: "2"}}, []string{"a.py", "b.py"}, ""},
		{"one directory", []entry{{name: "alice/Main.java"}, {name: "alice/lib/L.java"}}, []string{"Main.java", "lib/L.java"}, ""},
		{"hidden files and those of macOS", []entry{{name: "a.py"}, {name: ".git/config"}, {name: "__MACOSX/._a.py"}, {name: "x/.DS_Store"}}, []string{"a.py"}, ""},
		{"backslashes", []entry{{name: `src\a.py`}, {name: `src\b.py`}}, []string{"a.py", "b.py"}, ""},
		{"leads out", []entry{{name: "../a.py"}}, nil, "leads out of the archive"},
		{"absolute", []entry{{name: "/etc/a.py"}}, nil, "leads out of the archive"},
		{"symbolic link", []entry{{name: "a.py", content: "/etc/passwd", mode: fs.ModeSymlink}}, nil, "is not a regular file"},
		{"empty", nil, nil, "is an archive without files"},
		{"bomb", []entry{{name: "a.py", content: strings.Repeat("0", int(maxFile)+1)}}, nil, "more than 32.0 MiB in one file"},
		{"many files", make([]entry, maxFiles+1), nil, "holds more than 1000 files"},
	} {
		for i := range tt.entries {
			if tt.entries[i].name == "" {
				tt.entries[i].name = "f" + strings.Repeat("x", i%7) + ".py"
			}
		}
		for file, data := range map[string][]byte{"student.ZIP": makeZip(t, tt.entries), "student.tar.gz": makeTarGz(t, tt.entries)} {
			path := filepath.Join(t.TempDir(), file)
			if err := os.WriteFile(path, data, 0o600); err != nil {
				t.Fatal(err)
			}
			files, err := Read(builtIn(t), []string{path})
			if tt.err != "" {
				var known *Error
				if err == nil || !strings.Contains(err.Error(), tt.err) || !errors.As(err, &known) {
					t.Errorf("%s, %s: error %v, want an *Error with %q", tt.name, file, err, tt.err)
				}
				continue
			}
			if err != nil {
				t.Errorf("%s, %s: %v", tt.name, file, err)
				continue
			}
			if diff := cmp.Diff(tt.want, sourceNames(files)); diff != "" {
				t.Errorf("%s, %s (-want +got):\n%s", tt.name, file, diff)
			}
		}
	}
}

// Answers of a submit-answer problem stay the archive that they are.
func TestUnpackAnswers(t *testing.T) {
	data := makeZip(t, []entry{{name: "secret/1.out", content: "42"}})
	path := filepath.Join(t.TempDir(), "answers.zip")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	files, err := Read(builtIn(t), []string{path})
	if err != nil || len(files) != 1 || files[0].Name != "answers.zip" || !bytes.Equal(files[0].Content, data) {
		t.Errorf("Read() = %v, %v, want the archive itself", sourceNames(files), err)
	}
}

func sourceNames(files []api.SourceFile) []string {
	var names []string
	for _, f := range files {
		names = append(names, f.Name)
	}
	return names
}

func builtIn(t *testing.T) *language.Table {
	t.Helper()
	table, err := language.Load("")
	if err != nil {
		t.Fatal(err)
	}
	return table
}
