package cgroup

import "testing"

func TestMeminfo(t *testing.T) {
	t.Parallel()
	const text = "MemTotal:        8388608 kB\nMemFree:             512 kB\nHugePages_Total:       3\nMemBroken:   lots kB\n"
	for name, want := range map[string]int64{
		"MemTotal": 8 << 30, "MemFree": 512 << 10, "MemAvailable": 0, "HugePages_Total": 0, "MemBroken": 0, "Mem": 0,
	} {
		if got := Meminfo(text, name); got != want {
			t.Errorf("Meminfo(%q) = %d, want %d", name, got, want)
		}
	}
}
