package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// What the README shows of the demo are submissions that there are, with the verdicts of their directories.
func TestReadmeDemo(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	verdicts := map[string]string{"accepted": "AC", "partially_accepted": "AC", "wrong_answer": "WA", "time_limit_exceeded": "TLE"}
	shown := 0
	for line := range strings.Lines(string(data)) {
		fields := strings.Fields(line)
		if len(fields) < 8 || fields[0] != "ok" {
			continue
		}
		shown++
		path := filepath.Join("../testcases", fields[1], fields[2])
		want := verdicts[filepath.Base(filepath.Dir(path))]
		if _, err := os.Stat(path); err != nil || fields[4] != want {
			t.Errorf("%s: %v, verdict %s, want %s", path, err, fields[4], want)
		}
	}
	if shown == 0 {
		t.Error("the README shows nothing of the demo")
	}
}
