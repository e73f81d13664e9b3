package artifacts

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gaveloj/gavel/judge/api"
)

// What a program calls its files decides nothing about where they are written.
func TestArtifactsStayInTheirDirectory(t *testing.T) {
	top := t.TempDir()
	dir := filepath.Join(top, "in", "artifacts")
	artifact := func(name, data string) api.Artifact { return api.Artifact{Name: name, Data: []byte(data)} }
	lost := artifact("lost", "")
	lost.Error = "left out"
	var notes []string
	n, err := Write(dir, api.Report{Artifacts: []api.Artifact{artifact("log", "l")}, Tests: []api.TestReport{
		{Name: "secret/1 (static)", Artifacts: []api.Artifact{artifact("judgeimage.png", "a"), artifact("deep/x.txt", "b")}},
		{Name: "secret/2", Artifacts: []api.Artifact{
			artifact("../../../out.txt", "c"), artifact("/etc/passwd", "d"), artifact("a\nb", "e"), artifact("a\tb", "f"),
			artifact(".hidden", "g"), artifact("-rf", "h"), artifact("\u00fc", "i"), lost,
		}},
	}}, Embedded, func(text string) { notes = append(notes, text) })
	if err != nil || n != 10 || !slices.Equal(notes, []string{"secret/2/lost: not there: left out"}) {
		t.Fatalf("Write() = %d, %v, notes %q; want 10", n, err, notes)
	}
	got := map[string]string{}
	err = filepath.WalkDir(top, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		name, _ := filepath.Rel(dir, path)
		got[name] = string(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		"compile.log":                      "l",
		"secret/1_(static)/judgeimage.png": "a", "secret/1_(static)/deep_x.txt": "b", "secret/2/_.._.._.._out.txt": "c",
		"secret/2/_etc_passwd": "d", "secret/2/a_b": "e", "secret/2/_a_b": "f", "secret/2/_.hidden": "g", "secret/2/_-rf": "h", "secret/2/_": "i",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
}
