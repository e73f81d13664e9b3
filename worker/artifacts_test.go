package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gaveloj/gavel/message"
)

// What a program calls its files decides nothing about where they are written.
func TestArtifactsStayInTheirDirectory(t *testing.T) {
	top := t.TempDir()
	dir := filepath.Join(top, "in", "artifacts")
	artifact := func(name, data string) message.Artifact { return message.Artifact{Name: name, Data: []byte(data)} }
	lost := artifact("lost", "")
	lost.Error = "left out"
	var remarks []string
	n, err := writeArtifacts(dir, message.Report{Artifacts: []message.Artifact{artifact("log", "l")}, Tests: []message.TestReport{
		{Name: "secret/1 (static)", Artifacts: []message.Artifact{artifact("judgeimage.png", "a"), artifact("deep/x.txt", "b")}},
		{Name: "secret/2", Artifacts: []message.Artifact{
			artifact("../../../out.txt", "c"), artifact("/etc/passwd", "d"), artifact("a\nb", "e"), artifact("a\tb", "f"),
			artifact(".hidden", "g"), artifact("-rf", "h"), artifact("\u00fc", "i"), lost,
		}},
	}}, inReport, func(text string) { remarks = append(remarks, text) })
	if err != nil || n != 10 || !slices.Equal(remarks, []string{"secret/2/lost: not there: left out"}) {
		t.Fatalf("writeArtifacts() = %d, %v, remarks %q; want 10", n, err, remarks)
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
