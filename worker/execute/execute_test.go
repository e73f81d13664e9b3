package execute

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestExecPaths(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][2]string{
		"prog":            {"prog", "prog"},
		"./build/prog":    {"./build/prog", "prog"},
		"build/prog:x":    {"build/prog", "x"},
		"prog:bin/":       {"prog", "bin/prog"},
		"a:b:c":           {"a:b", "c"},
		"data.txt:/tmp/x": {"data.txt", "/tmp/x"},
	} {
		var f fileIn
		if err := f.UnmarshalText([]byte(text)); err != nil || [2]string{f.source, f.dest} != want {
			t.Errorf("%q: %q, %q, %v, want %q", text, f.source, f.dest, err, want)
		}
	}
	for _, text := range []string{"", ":x", "x:", "dir/", "a\x00b", "dir/:x"} {
		var f fileIn
		if err := f.UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%q is taken: %+v", text, f)
		}
	}
}

// What the files of a command lie in belongs to the command, from the top down; what is there in every container does not.
func TestExecDirectories(t *testing.T) {
	t.Parallel()
	c := Command{Dir: "a/b", File: []fileIn{{"x", "c/x"}, {"y", "/tmp/y"}, {"z", "/dev/shm/d/e/z"}}}
	want := []string{"/dev/shm/d", "/dev/shm/d/e", "/w/a", "/w/a/b", "/w/a/b/c"}
	if diff := cmp.Diff(want, c.directories()); diff != "" {
		t.Errorf("directories (-want +got):\n%s", diff)
	}
}

func TestSpread(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		values []int64
		want   spread
	}{
		{[]int64{7}, spread{7, 7, 7}},
		{[]int64{9, 1, 5}, spread{1, 5, 9}},
		{[]int64{4, 1, 9, 6}, spread{1, 5, 9}},
	} {
		given := slices.Clone(test.values)
		if got := newSpread(test.values, func(v int64) int64 { return v }); got != test.want {
			t.Errorf("newSpread(%v) = %+v, want %+v", test.values, got, test.want)
		}
		if !slices.Equal(given, test.values) {
			t.Errorf("%v was changed into %v", given, test.values)
		}
	}
}
