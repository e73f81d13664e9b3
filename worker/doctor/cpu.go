package doctor

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/gaveloj/gavel/worker/terminal"
)

const cpuDirectory = "/sys/devices/system/cpu"

// checkSiblings reports whether two slots can meet on hyperthreads of one core, where each slows the other.
func checkSiblings(h host) finding {
	const check = "hyperthreads"
	var cores []string // of each usable hyperthread, named by the list of its siblings
	var firsts []string
	for _, cpu := range h.cores {
		list, err := h.text(fmt.Sprintf("%s/cpu%d/topology/thread_siblings_list", cpuDirectory, cpu))
		if err != nil {
			return unknown(check, err)
		}
		if !slices.Contains(cores, list) {
			firsts = append(firsts, strconv.Itoa(cpu))
		}
		cores = append(cores, list)
	}
	if len(cores) == 0 {
		return unknown(check, errors.New("the kernel does not tell which cores the worker may use"))
	}
	switch {
	case len(firsts) == len(cores):
		return pass(check, fmt.Sprintf("none: %d usable cores, each one thread", len(cores)))
	case h.slots > len(firsts):
		return warn(check, fmt.Sprintf("%s on %s of two or more threads: programs on one core slow each other", terminal.Plural(h.slots, "slot"), terminal.Plural(len(firsts), "core")),
			fmt.Sprintf("use --slots %d, or turn the second threads off: echo off > %s/smt/control", len(firsts), cpuDirectory))
	case h.pin && distinct(cores[:min(h.slots, len(cores))]) < h.slots:
		return warn(check, "slots are bound to threads of one core: programs on it slow each other",
			fmt.Sprintf("let the worker use one thread of each core: taskset -c %s, or AllowedCPUs= with systemd", strings.Join(firsts, ",")))
	}
	return pass(check, fmt.Sprintf("%s on %s of two or more threads", terminal.Plural(h.slots, "slot"), terminal.Plural(len(firsts), "core")))
}

func distinct(names []string) int {
	set := map[string]bool{}
	for _, name := range names {
		set[name] = true
	}
	return len(set)
}

// checkGovernor reports whether usable cores change their frequency as they please.
func checkGovernor(h host) finding {
	const check = "CPU governor"
	found := map[string]bool{}
	for _, cpu := range h.cores {
		governor, err := h.text(fmt.Sprintf("%s/cpu%d/cpufreq/scaling_governor", cpuDirectory, cpu))
		if err != nil && !absent(err) {
			return unknown(check, err)
		}
		if err == nil {
			found[governor] = true
		}
	}
	governors := strings.Join(slices.Sorted(maps.Keys(found)), ", ")
	switch {
	case len(found) == 0:
		return pass(check, "not shown by this kernel, as is usual in virtual machines")
	case governors != "performance":
		return warn(check, governors+": frequencies change, and CPU times with them",
			"echo performance | tee "+cpuDirectory+"/cpu*/cpufreq/scaling_governor")
	}
	return pass(check, governors)
}

// checkTurbo tells, as information, whether cores run above their nominal frequency while they are cool.
func checkTurbo(h host) finding {
	const check = "turbo"
	for _, knob := range []struct {
		file string
		on   int64
	}{{cpuDirectory + "/intel_pstate/no_turbo", 0}, {cpuDirectory + "/cpufreq/boost", 1}} {
		value, err := h.number(knob.file)
		switch {
		case err != nil && absent(err):
			continue
		case err != nil:
			return unknown(check, err)
		case value == knob.on:
			return pass(check, fmt.Sprintf("on; for times that vary less: echo %d > %s", 1-knob.on, knob.file))
		}
		return pass(check, "off")
	}
	return pass(check, "not shown by this kernel")
}

// checkClock reports whether reading the clock is cheap. Slow sources take microseconds and a trip into the kernel.
func checkClock(h host) finding {
	const check, dir = "clock", "/sys/devices/system/clocksource/clocksource0"
	source, err := h.text(dir + "/current_clocksource")
	if err != nil {
		return unknown(check, err)
	}
	if slices.Contains([]string{"hpet", "acpi_pm", "jiffies", "refined-jiffies", "pit"}, source) {
		return warn(check, source+": programs that read the clock often run slower than elsewhere",
			"echo tsc > "+dir+"/current_clocksource, if available_clocksource beside it has it")
	}
	return pass(check, source)
}
