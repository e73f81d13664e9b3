package cgroup

import "time"

// dialect holds the file names and formats in which the versions differ.
type dialect struct {
	limits   [knobCount]string // by knob
	cpu      string
	parseCPU func(string) (time.Duration, error)
	charged  string
	peak     string
	oom      string // has a line "oom_kill N"
}

func dialectOf(version int) dialect {
	if version == 1 {
		return dialect{
			limits:   [knobCount]string{"memory.limit_in_bytes", "memory.memsw.limit_in_bytes", "pids.max"},
			cpu:      "cpuacct.usage",
			parseCPU: parseNanoseconds,
			charged:  "memory.usage_in_bytes",
			peak:     "memory.max_usage_in_bytes",
			oom:      "memory.oom_control",
		}
	}
	return dialect{
		limits:   [knobCount]string{"memory.max", "memory.swap.max", "pids.max"},
		cpu:      "cpu.stat",
		parseCPU: parseCPUStat,
		charged:  "memory.current",
		peak:     "memory.peak",
		oom:      "memory.events",
	}
}
