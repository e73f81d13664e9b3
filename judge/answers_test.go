package judge

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gaveloj/gavel/judge/problem"
	"github.com/gaveloj/gavel/sandbox"
)

func testsNamed(names ...string) []*problem.Test {
	tests := make([]*problem.Test, len(names))
	for i, n := range names {
		tests[i] = &problem.Test{Name: n}
	}
	return tests
}

// zipped makes an archive; a name with "->" is a symbolic link.
func zipped(t testing.TB, files ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, name := range files {
		h := &zip.FileHeader{Name: name, Method: zip.Deflate}
		if link, _, ok := strings.Cut(name, "->"); ok {
			h.Name = link
			h.SetMode(fs.ModeSymlink | 0o777)
		}
		f, err := w.CreateHeader(h)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Write([]byte("content of " + name)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestAnswersFindTheirTestCases(t *testing.T) {
	tests := testsNamed("sample/01", "secret/01", "secret/a/02", "secret/b/02", "sample/only", "secret/.dot")
	for _, tt := range []struct {
		name  string
		files []string
		want  map[string]string // by test case
		stray []string
	}{
		{"paths", []string{"sample/01.out", "secret/01.ans", "secret/a/02.out"}, map[string]string{
			"sample/01": "sample/01.out", "secret/01": "secret/01.ans", "secret/a/02": "secret/a/02.out",
		}, nil},
		{"the secret one goes first", []string{"01.out", "only.out"}, map[string]string{"secret/01": "01.out", "sample/only": "only.out"}, nil},
		{"no single one", []string{"02.out"}, map[string]string{}, []string{"02.out"}},
		{"the end of a path", []string{"b/02.out"}, map[string]string{"secret/b/02": "b/02.out"}, nil},
		{"directories before it", []string{"my/data/secret/b/02.out"}, map[string]string{"secret/b/02": "my/data/secret/b/02.out"}, nil},
		{"path before end, .out before .ans", []string{"01.out", "secret/01.ans", "secret/01.out"}, map[string]string{"secret/01": "secret/01.out"}, nil},
		{"other directories and endings", []string{"else/01.out", "01.txt", "01", "03.out"}, map[string]string{}, []string{"else/01.out", "01.txt", "01", "03.out"}},
		{"hostile names", []string{"../../secret/01.out", "/etc/secret/a/02.out", `secret\b\02.out`, "../passwd.out"}, map[string]string{
			"secret/01": "../../secret/01.out", "secret/a/02": "/etc/secret/a/02.out", "secret/b/02": "secret/b/02.out",
		}, []string{"../passwd.out"}},
		{"links", []string{"secret/01.out->/etc/passwd"}, map[string]string{}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			a, broken := openAnswers([]sandbox.File{{Path: "answers.zip", Data: zipped(t, tt.files...)}}, tests)
			if broken != "" {
				t.Fatal(broken)
			}
			got := map[string]string{}
			for test, answer := range a.byTest {
				got[test] = answer.name
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("answers (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.stray, a.strays); diff != "" {
				t.Errorf("strays (-want +got):\n%s", diff)
			}
		})
	}
}

func TestAnswersAreRead(t *testing.T) {
	tests := testsNamed("secret/1")
	bomb := zippedZeros(t, 64<<20)
	corrupt := zipped(t, "1.out")
	corrupt[bytes.Index(corrupt, []byte("1.out"))+8] ^= 0xff // in the data
	for _, tt := range []struct {
		name string
		data []byte
		want string
		err  string
	}{
		{"well", zipped(t, "1.out"), "content of 1.out", ""},
		{"over the limit", bomb, strings.Repeat("\x00", 101), "answer is too long"},
		{"corrupt", corrupt, "", "zip: checksum error"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			a, broken := openAnswers([]sandbox.File{{Path: "a.ZIP", Data: tt.data}}, tests)
			if broken != "" {
				t.Fatal(broken)
			}
			got, err := a.byTest["secret/1"].read(100)
			if tt.err == "" && err != nil || tt.err != "" && (err == nil || !strings.Contains(err.Error(), tt.err)) {
				t.Errorf("read() = %v, want %q", err, tt.err)
			}
			if tt.err != "zip: checksum error" && string(got) != tt.want {
				t.Errorf("read() = %d bytes %.20q, want %.20q", len(got), got, tt.want)
			}
			if errors.Is(err, errAnswerTooLong) != (tt.name == "over the limit") {
				t.Errorf("read() = %v", err)
			}
		})
	}
	if _, broken := openAnswers([]sandbox.File{{Path: "a.zip", Data: []byte("PK no")}}, tests); !strings.Contains(broken, "no readable zip") {
		t.Errorf("a file that is no archive: %q", broken)
	}
	a, _ := openAnswers([]sandbox.File{{Path: "1.out", Data: []byte("x")}, {Path: "2.zip"}}, tests)
	if !slices.Equal(a.strays, []string{"2.zip"}) || len(a.byTest) != 1 {
		t.Errorf("plain files: %v, strays %q", a.byTest, a.strays)
	}
}

func zippedZeros(t testing.TB, size int) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	f, err := w.Create("1.out")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Write(make([]byte, size)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func FuzzOpenAnswers(f *testing.F) {
	f.Add(zipped(f, "1.out", "secret/1.out", "x->y"))
	f.Add(fmt.Appendf(nil, "PK\x05\x06%s", make([]byte, 18)))
	tests := testsNamed("secret/1", "sample/1", "secret/a/1")
	f.Fuzz(func(t *testing.T, data []byte) {
		a, broken := openAnswers([]sandbox.File{{Path: "a.zip", Data: data}}, tests)
		if broken != "" {
			return
		}
		for _, answer := range a.byTest {
			if got, err := answer.read(1000); err == nil && len(got) > 1000 {
				t.Errorf("%q gave %d bytes", answer.name, len(got))
			}
		}
	})
}
