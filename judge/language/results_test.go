package language

import (
	"os"
	"testing"
	"time"
)

func TestResultStore(t *testing.T) {
	table := defaultTable(t)
	c, _ := table.Lookup("c")
	s := newResultStore(t.TempDir() + "/tested")
	tools := []tool{{Path: "/usr/bin/gcc", Size: 1}}
	path := s.path(table, c, tools, "")
	if path == "" {
		t.Fatal("nothing can be remembered")
	}
	if v, ok := s.recall(path); ok {
		t.Errorf("recall() = %q before anything was tested", v)
	}
	s.remember(path, "gcc 12")
	if v, ok := s.recall(path); v != "gcc 12" || !ok {
		t.Errorf("recall() = %q, %v, want gcc 12", v, ok)
	}

	changed := *c
	changed.Run.Pids++
	other := s
	other.host = []any{"another kernel"}
	for what, p := range map[string]string{
		"compiler": s.path(table, c, []tool{{Path: "/usr/bin/gcc", Size: 2}}, ""),
		"table":    s.path(table, &changed, tools, ""),
		"cache":    s.path(table, c, tools, "/prepared"),
		"host":     other.path(table, c, tools, ""),
	} {
		if _, ok := s.recall(p); ok {
			t.Errorf("the test counts with another %s", what)
		}
	}

	old := time.Now().Add(-testedFor - time.Minute)
	if err := os.Chtimes(path, old, old); err != nil {
		t.Fatal(err)
	}
	if _, ok := s.recall(path); ok {
		t.Error("an old test counts")
	}
	s.prune()
	if _, err := os.Stat(path); !os.IsNotExist(err) {
		t.Errorf("an old test was not removed: %v", err)
	}
}

func TestResultStoreWithoutDirectoryRemembersNothing(t *testing.T) {
	table := defaultTable(t)
	s := newResultStore("")
	path := s.path(table, table.Languages[0], nil, "")
	s.remember(path, "1")
	s.prune()
	if v, ok := s.recall(path); ok {
		t.Errorf("recall() = %q", v)
	}
}
