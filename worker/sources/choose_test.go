package sources

import (
	"archive/zip"
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gaveloj/gavel/judge/api"
)

// programOf makes the files of a submission of "name: content" pairs.
func programOf(pairs ...string) []api.SourceFile {
	var files []api.SourceFile
	for _, pair := range pairs {
		name, content, _ := strings.Cut(pair, ": ")
		files = append(files, api.SourceFile{Name: name, Content: []byte(content)})
	}
	return files
}

// Of several files that could be the program none is chosen by accident.
func TestChoose(t *testing.T) {
	const cMain, javaMain = "int main(void) { return 0; }", "class A { public static void main(String[] a) {} }"
	for _, tt := range []struct {
		name      string
		files     []api.SourceFile
		language  string
		prefer    []string
		want      Choice // Files are not compared
		ambiguous string // candidates, with blanks between; "none" for no source
	}{
		{name: "one", files: programOf("a.py: 1")},
		{name: "any case", files: programOf("LOSUNG.PY: 1")},
		{name: "two scripts", files: programOf("old.py: 1", "new.py: 1"), ambiguous: "new.py old.py"},
		{name: "two scripts, preferred", files: programOf("old.py: 1", "new.py: 1"), prefer: []string{"NEW.*"}, want: Choice{Entry: "new.py"}},
		{name: "preferred leaves both", files: programOf("old.py: 1", "new.py: 1"), prefer: []string{"*.py"}, ambiguous: "new.py old.py"},
		{name: "preferred leaves none", files: programOf("old.py: 1", "new.py: 1"), prefer: []string{"*.c"}, ambiguous: "new.py old.py"},
		{name: "script called main", files: programOf("helper.py: 1", "Main.py: 1"), want: Choice{Entry: "Main.py"}},
		{name: "module that is imported", files: programOf("run.py: from tree import T", "tree.py: 1"), want: Choice{Entry: "run.py"}},
		{name: "one says that it is the program", files: programOf("a.py: 1", "b.py: if __name__ == '__main__':\n  f()"), want: Choice{Entry: "b.py"}},
		{name: "parts of a program in C", files: programOf("a.c: "+cMain, "b.c: int f(void);", "b.h: int f(void);")},
		{name: "two programs in C", files: programOf("old.c: "+cMain, "new.c: "+cMain), ambiguous: "old.c new.c"},
		{
			name: "two programs in C, preferred", files: programOf("old.c: "+cMain, "new.c: "+cMain, "part.c: int f(void);"),
			prefer: []string{"new.c"}, want: Choice{LeftOut: []string{"old.c"}},
		},
		{name: "main called in a comment", files: programOf("a.c: "+cMain, "b.c: // int main(void) is in a.c\nint f(void);")},
		{name: "two classes that start", files: programOf("A.java: "+javaMain, "B.java: "+javaMain), ambiguous: "A.java B.java"},
		{name: "class Main", files: programOf("A.java: "+javaMain, "Main.java: "+javaMain)},
		{name: "two languages", files: programOf("a.py: 1", "a.c: "+cMain), ambiguous: "a.c a.py"},
		{name: "two languages, one without a program", files: programOf("a.py: 1", "helper.c: int f(void);"), want: Choice{Language: "python3"}},
		{name: "two languages, one called main", files: programOf("try.py: 1", "main.c: "+cMain), want: Choice{Language: "c"}},
		{name: "two languages, preferred", files: programOf("a.py: 1", "a.c: "+cMain), prefer: []string{"*.c"}, want: Choice{Language: "c"}},
		{name: "two languages, told", files: programOf("a.py: 1", "a.c: "+cMain), language: "c", want: Choice{Language: "c"}},
		{name: "no source", files: programOf("report.pdf: 1"), ambiguous: "none"},
		{name: "no source of the language", files: programOf("a.py: 1"), language: "java", ambiguous: "none"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := Chooser{Table: builtIn(t), Language: tt.language, Prefer: tt.prefer}.Choose(tt.files)
			if tt.ambiguous == "" {
				if err != nil {
					t.Fatal(err)
				}
				kept := got.Files
				got.Files = nil
				if diff := cmp.Diff(tt.want, got); diff != "" {
					t.Error(diff)
				}
				if len(kept)+len(got.LeftOut) != len(tt.files) {
					t.Errorf("%d files are kept and %d left out, of %d", len(kept), len(got.LeftOut), len(tt.files))
				}
				return
			}
			var unclear *ChoiceError
			if !errors.As(err, &unclear) {
				t.Fatalf("Choose() = %+v, %v, want a *ChoiceError", got, err)
			}
			candidates := strings.Join(unclear.Candidates, " ")
			if candidates == "" {
				candidates = "none"
			}
			if candidates != tt.ambiguous {
				t.Errorf("candidates %s, want %s", candidates, tt.ambiguous)
			}
			for _, name := range unclear.Candidates {
				if !strings.Contains(err.Error(), name) {
					t.Errorf("error %q does not name %s", err, name)
				}
			}
		})
	}
}

// Source files are UTF-8 without a mark; other files stay as they are.
func TestMarks(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"a.PY": "\xef\xbb\xbfprint(1)\n", "b.java": "\xff\xfec\x00l\x00\xe4\x00", "c.txt": "\xef\xbb\xbfx", "d.py": "\xfe\xff\x00x",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	files, err := Read(builtIn(t), []string{dir})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(programOf("a.PY: print(1)\n", "b.java: clä", "c.txt: \xef\xbb\xbfx", "d.py: x"), files); diff != "" {
		t.Error(diff)
	}
}

// What is in an archive within a directory, or within another archive, is unpacked where it lies, three deep.
func TestNestedArchives(t *testing.T) {
	nest := func(depth int) []byte {
		data := makeZip(t, []entry{{name: "hand-in/a.py", content: "1"}, {name: "hand-in/part/b.py", content: "2"}})
		for range depth {
			data = makeZip(t, []entry{{name: "x/inner.zip", content: string(data)}})
		}
		return data
	}
	dir := t.TempDir()
	for _, tt := range []struct {
		depth int
		want  []string
		err   string
	}{
		{0, []string{"a.py", "part/b.py"}, ""},
		{3, []string{"a.py", "part/b.py"}, ""},
		{10, nil, "archives around each other; unpack them by hand"},
	} {
		if err := os.WriteFile(filepath.Join(dir, "student.zip"), nest(tt.depth), 0o600); err != nil {
			t.Fatal(err)
		}
		files, err := Read(builtIn(t), []string{dir})
		if tt.err != "" {
			var known *Error
			if !errors.As(err, &known) || known.Kind != Broken || !strings.Contains(err.Error(), tt.err) {
				t.Errorf("depth %d: %v, want %q", tt.depth, err, tt.err)
			}
			continue
		}
		if err != nil {
			t.Errorf("depth %d: %v", tt.depth, err)
		}
		if diff := cmp.Diff(tt.want, sourceNames(files)); diff != "" {
			t.Errorf("depth %d: %s", tt.depth, diff)
		}
	}
}

// A name in the code page of a Windows console is read as what it shows there.
func TestNamesOfWindows(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.zip")
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	f, err := w.CreateHeader(&zip.FileHeader{Name: "l\x94sung.py", NonUTF8: true})
	if err == nil {
		_, err = f.Write([]byte("1"))
	}
	if err := errors.Join(err, w.Close(), os.WriteFile(path, b.Bytes(), 0o600)); err != nil {
		t.Fatal(err)
	}
	files, err := Read(builtIn(t), []string{path})
	if err != nil || len(files) != 1 || files[0].Name != "lösung.py" {
		t.Errorf("Read() = %v, %v, want lösung.py", sourceNames(files), err)
	}
}

// An archive that is another one than its name says is told as what it is.
func TestMisnamedArchives(t *testing.T) {
	for name, want := range map[string]struct {
		data string
		kind Kind
		text string
	}{
		"a.zip": {"Rar!\x1a\x07\x00 and more", Broken, "holds RAR, which is not unpacked; unpack it by hand"},
		"b.tgz": {"7z\xbc\xaf\x27\x1c and more", Broken, "holds 7z, which is not unpacked; unpack it by hand"},
		"c.7z":  {"7z\xbc\xaf\x27\x1c and more", Refused, "(7z); unpack it by hand"},
		"d.zip": {"PK\x03\x04 and no more", Broken, "unpack d.zip: zip:"},
		"e.zip": {"just a text", Broken, "unpack e.zip"},
	} {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, []byte(want.data), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := Read(builtIn(t), []string{path})
		var known *Error
		if !errors.As(err, &known) || known.Kind != want.kind || !strings.Contains(err.Error(), want.text) {
			t.Errorf("%s: %v, want a %s error with %q", name, err, want.kind, want.text)
		}
	}
}
