package cgroup

import (
	"strconv"
	"strings"
)

// Meminfo is one entry of the text of /proc/meminfo in bytes, such as that of MemAvailable; 0 when it is not there. It is of
// the whole host: see Headroom for what is left of it to this process.
func Meminfo(text, name string) int64 {
	for line := range strings.Lines(text) {
		fields := strings.Fields(line)
		if len(fields) == 3 && fields[0] == name+":" {
			kib, _ := strconv.ParseInt(fields[1], 10, 64) // 0 is what a broken line is worth
			return kib << 10
		}
	}
	return 0
}
