package cgroup

import "time"

// controlFiles are the file names and formats in which the versions differ.
type controlFiles struct {
	limits   [knobCount]string // by knob
	cpu      string
	parseCPU func(string) (time.Duration, error)
	charged  string
	peak     string
	oom      string // has a line "oom_kill N"
	stalled  string // has a line "full ... total=N", in microseconds; "" for none
}

func controlFilesOf(version int) controlFiles {
	if version == 1 {
		return controlFiles{
			limits:   [knobCount]string{"memory.limit_in_bytes", "memory.memsw.limit_in_bytes", "pids.max"},
			cpu:      "cpuacct.usage",
			parseCPU: parseNanoseconds,
			charged:  "memory.usage_in_bytes",
			peak:     "memory.max_usage_in_bytes",
			oom:      "memory.oom_control",
		}
	}
	return controlFiles{
		limits:   [knobCount]string{"memory.max", "memory.swap.max", "pids.max"},
		cpu:      "cpu.stat",
		parseCPU: parseCPUStat,
		charged:  "memory.current",
		peak:     "memory.peak",
		oom:      "memory.events",
		stalled:  "cpu.pressure",
	}
}
