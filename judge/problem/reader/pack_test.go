package reader_test

import (
	"archive/zip"
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/gaveloj/gavel/judge/problem"
	"github.com/gaveloj/gavel/judge/problem/issue"
	"github.com/gaveloj/gavel/judge/problem/reader"
)

// pack packs the package at path, which must be sound.
func pack(t *testing.T, path string, include ...string) []byte {
	t.Helper()
	p, err := reader.Load(path, reader.Options{Include: include})
	must(t, err)
	defer p.Close()
	var out bytes.Buffer
	must(t, p.Pack(&out))
	return out.Bytes()
}

// saved is the archive as a file.
func saved(t *testing.T, archive []byte) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "packed.zip")
	must(t, os.WriteFile(name, archive, 0o600))
	return name
}

func TestPackIsTheSameEveryTime(t *testing.T) {
	f := sound().with(files{"output_validators/check.py": "print(1)\n", ".timelimit": "2\n", "problem.yaml": "name: Sum\nvalidation: custom\n"})
	dir := f.write(t)
	must(t, os.Chmod(filepath.Join(dir, "output_validators/check.py"), 0o775))
	must(t, os.MkdirAll(filepath.Join(dir, "submissions/accepted"), 0o750))
	want := pack(t, dir)

	other := f.with(files{ // what does not travel
		".git/HEAD": "ref: x\n", "data/secret/.1.in.swp": "x", "data/secret/1.in~": "x", "#problem.yaml#": "x", "__MACOSX/a": "x",
	}).write(t)
	must(t, os.Chmod(filepath.Join(other, "output_validators/check.py"), 0o711))
	must(t, os.MkdirAll(filepath.Join(other, "submissions/accepted"), 0o755))
	must(t, os.Chmod(filepath.Join(other, "data/sample/01.ans"), 0o600))
	must(t, os.Chtimes(filepath.Join(other, "problem.yaml"), time.Unix(1e9, 0), time.Unix(1e9, 0)))
	if !bytes.Equal(want, pack(t, other)) {
		t.Error("another directory with the same package gives another archive")
	}
	if !bytes.Equal(want, pack(t, saved(t, want))) {
		t.Error("the packed archive gives another archive")
	}
	if changed := pack(t, f.with(files{"data/secret/1.in": "1 3\n"}).write(t)); bytes.Equal(want, changed) {
		t.Error("another input gives the same archive")
	}
}

func TestPackedPackageIsTheSame(t *testing.T) {
	dir := sound().with(files{"output_validators/check.py": "print(1)\n", "problem.yaml": "name: Sum\nvalidation: custom\n"}).write(t)
	must(t, os.Symlink("1.in", filepath.Join(dir, "data/secret/2.in")))
	must(t, os.Symlink("1.ans", filepath.Join(dir, "data/secret/2.ans")))
	archive := saved(t, pack(t, dir))
	want, err := reader.Load(dir, reader.Options{})
	must(t, err)
	packed, err := reader.Load(archive, reader.Options{})
	must(t, err)
	defer packed.Close()
	unpacked := filepath.Join(t.TempDir(), "sum")
	must(t, os.Mkdir(unpacked, 0o700))
	must(t, problem.Unpack(archive, unpacked))
	got, err := reader.Load(unpacked, reader.Options{})
	must(t, err)
	if packed.Digest != want.Digest || got.Digest != want.Digest || len(got.Tests) != 3 {
		t.Errorf("digests %s as archive and %s unpacked with %d tests, want %s with 3", packed.Digest, got.Digest, len(got.Tests), want.Digest)
	}
}

func TestPackBringsTestlib(t *testing.T) {
	include := t.TempDir()
	must(t, os.WriteFile(filepath.Join(include, "testlib.h"), []byte("// the header\n"), 0o644))
	f := files{
		"gavel.yaml": "time_limit: 1\nmemory_limit: 64\nchecker: src/check.cpp\n", "src/check.cpp": "#include \"testlib.h\"\n",
		"tests/01": "1\n", "tests/01.a": "1\n",
	}
	archive := pack(t, f.write(t), include)
	if !bytes.Equal(archive, pack(t, saved(t, archive))) {
		t.Error("a host without the header packs it in another way")
	}
	names, err := zip.NewReader(bytes.NewReader(archive), int64(len(archive)))
	must(t, err)
	if !slices.ContainsFunc(names.File, func(f *zip.File) bool { return f.Name == "testlib.h" }) {
		t.Error("the archive has no testlib.h")
	}
}

func TestUnpackRefusesNonsense(t *testing.T) {
	for name, archive := range map[string][]byte{
		"text": []byte("this is no archive"), "empty": nil, "cut off": pack(t, sound().write(t))[:200],
	} {
		var invalid *issue.InvalidError
		if err := problem.Unpack(saved(t, archive), t.TempDir()); !errors.As(err, &invalid) {
			t.Errorf("%s: %v, want an InvalidError", name, err)
		}
	}
}
