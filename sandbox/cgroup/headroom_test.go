package cgroup

import (
	"os"
	"path/filepath"
	"testing"
)

func TestHeadroom(t *testing.T) {
	t.Parallel()
	const stat = "anon 1\ninactive_file 20\nactive_file 10\ntotal_inactive_file 20\ntotal_active_file 10\n"
	for _, test := range []struct {
		name  string
		files memoryFiles
		tree  map[string]string // of the group a/b and those above it
		want  int64
	}{
		{"nothing there", memoryFilesTwo, nil, noLimit},
		{"version 2 without limit", memoryFilesTwo, map[string]string{"a/b/memory.max": "max\n"}, noLimit},
		{
			"version 2", memoryFilesTwo,
			map[string]string{"a/b/memory.max": "1000\n", "a/b/memory.current": "700\n", "a/b/memory.stat": stat},
			330,
		},
		{
			"the parent has less", memoryFilesTwo,
			map[string]string{
				"a/b/memory.max": "1000\n", "a/b/memory.current": "700\n", "a/b/memory.stat": stat,
				"a/memory.max": "800\n", "a/memory.current": "790\n", "a/memory.stat": stat,
			},
			40,
		},
		{
			"only the parent has one", memoryFilesTwo,
			map[string]string{"a/b/memory.max": "max\n", "a/memory.max": "800\n", "a/memory.current": "790\n", "a/memory.stat": stat},
			40,
		},
		{
			"more used than allowed", memoryFilesTwo,
			map[string]string{"a/b/memory.max": "100\n", "a/b/memory.current": "700\n", "a/b/memory.stat": stat},
			0,
		},
		{"version 1 without limit", memoryFilesOne, map[string]string{"a/b/memory.limit_in_bytes": "9223372036854771712\n"}, noLimit},
		{
			"version 1", memoryFilesOne,
			map[string]string{"a/b/memory.limit_in_bytes": "1000\n", "a/b/memory.usage_in_bytes": "700\n", "a/b/memory.stat": stat},
			330,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			top := t.TempDir()
			group := filepath.Join(top, "a", "b")
			if err := os.MkdirAll(group, 0o700); err != nil {
				t.Fatal(err)
			}
			for name, text := range test.tree {
				if err := os.WriteFile(filepath.Join(top, name), []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			got, err := leastOf(group, top, test.files.headroom)
			if err != nil || got != test.want {
				t.Errorf("least = %d, %v, want %d", got, err, test.want)
			}
		})
	}
}

// Whatever this host has, it can be read.
func TestHeadroomOfThisProcess(t *testing.T) {
	t.Parallel()
	free, limited, err := Headroom()
	if err != nil || free < 0 || limited != (free < noLimit) {
		t.Errorf("Headroom = %d, %v, %v", free, limited, err)
	}
	t.Logf("%d bytes, limited %v", free, limited)
}
