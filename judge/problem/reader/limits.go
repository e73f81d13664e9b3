package reader

import (
	"fmt"
	"math"
	"time"

	"github.com/gaveloj/gavel/judge/problem"
	"github.com/gaveloj/gavel/judge/problem/yamlmap"
	"github.com/gaveloj/gavel/sandbox"
)

// The most that a package may ask for. What is beyond cannot be honoured, and most likely is a wrong unit.
const (
	maxTime = time.Hour
	maxSize = 64 * sandbox.GiB
)

// readLimits reads the map limits. Both generations of keys for the time limit are known in both, as in DOMjudge.
func readLimits(m *yamlmap.Map, format problem.Format, kind problem.Kind) problem.Limits {
	l := problem.DefaultLimits(format)
	readMultipliers(m, format, &l.Multipliers)
	readDuration(m, "time_resolution", &l.Multipliers.Resolution)
	if readDuration(m, "time_limit", &l.Time) {
		l.TimeSource = problem.TimeProblemYAML
	}
	readSize(m, "memory", sandbox.MiB, &l.Memory)
	readSize(m, "output", sandbox.MiB, &l.Output)
	readSize(m, "code", sandbox.KiB, &l.Code)
	readDuration(m, "compilation_time", &l.CompilationTime)
	readSize(m, "compilation_memory", sandbox.MiB, &l.CompilationMemory)
	readDuration(m, "validation_time", &l.ValidationTime)
	readSize(m, "validation_memory", sandbox.MiB, &l.ValidationMemory)
	readSize(m, "validation_output", sandbox.MiB, &l.ValidationOutput)
	if format == problem.F2025 {
		l.InteractionOutput = l.ValidationOutput
	}
	readPasses(m, kind, &l.ValidationPasses)
	m.Done()
	return l
}

// defaultPasses is how often a test case of a multi-pass problem is run where the package does not say, and the least
// that it can say. maxPasses cannot be honoured in any reasonable time beyond.
const (
	defaultPasses = 2
	maxPasses     = 1000
)

// readPasses reads the most passes of a multi-pass problem.
func readPasses(m *yamlmap.Map, kind problem.Kind, to *int) {
	const key = "validation_passes"
	v, ok := m.Number(key)
	switch {
	case ok && !kind.MultiPass:
		m.Warn(key, "ignored, because this is no multi-pass problem", "remove it, or add multi-pass to the problem's type")
	case !kind.MultiPass:
	case !ok:
		*to = defaultPasses
	case v != math.Trunc(v) || v < defaultPasses || v > maxPasses:
		m.Reject(key, fmt.Sprintf("must be a whole number from %d to %d, not %v", defaultPasses, maxPasses, v), "")
	default:
		*to = int(v)
	}
}

func readMultipliers(m *yamlmap.Map, format problem.Format, x *problem.Multipliers) {
	if format.IsLegacy() || format == problem.Draft2023 {
		readFactor(m, "time_multiplier", &x.AcceptedToLimit)
		readFactor(m, "time_safety_margin", &x.LimitToExceeded)
	}
	if format.IsLegacy() {
		return
	}
	multipliers := m.Child("time_multipliers")
	readFactor(multipliers, "ac_to_time_limit", &x.AcceptedToLimit)
	readFactor(multipliers, "time_limit_to_tle", &x.LimitToExceeded)
	multipliers.Done()
}

// readDuration reads seconds, and says whether there are any.
func readDuration(m *yamlmap.Map, key string, to *time.Duration) bool {
	v, ok := m.Number(key)
	if !ok {
		return false
	}
	d, err := seconds(v)
	if err != nil {
		m.Reject(key, err.Error(), "give it in seconds")
		return false
	}
	*to = d
	return true
}

// seconds turns a number of a package into a time limit, exact to the microsecond.
func seconds(v float64) (time.Duration, error) {
	switch usec := math.Round(v * 1e6); {
	case !(v > 0) || usec < 1: // NaN too
		return 0, fmt.Errorf("must be more than zero, not %v", v)
	case v > maxTime.Seconds():
		return 0, fmt.Errorf("must be at most %.0f seconds, not %v", maxTime.Seconds(), v)
	default:
		return time.Duration(usec) * time.Microsecond, nil
	}
}

// readSize reads a number of units.
func readSize(m *yamlmap.Map, key string, unit sandbox.Bytes, to *sandbox.Bytes) {
	v, ok := m.Number(key)
	if !ok {
		return
	}
	switch most := float64(maxSize / unit); {
	case v <= 0:
		m.Reject(key, fmt.Sprintf("must be more than zero, not %v", v), "give it in "+unitName(unit))
	case v != math.Trunc(v):
		m.Reject(key, fmt.Sprintf("must be a whole number, not %v", v), "give it in "+unitName(unit))
	case v > most:
		m.Reject(key, fmt.Sprintf("must be at most %.0f %s, not %v", most, unitName(unit), v), "lower it")
	default:
		*to = sandbox.Bytes(v) * unit
	}
}

func unitName(unit sandbox.Bytes) string {
	if unit == sandbox.KiB {
		return "KiB"
	}
	return "MiB"
}

// readFactor reads a multiplier.
func readFactor(m *yamlmap.Map, key string, to *float64) {
	const most = 1000
	v, ok := m.Number(key)
	if !ok {
		return
	}
	if v <= 0 || v > most {
		m.Reject(key, fmt.Sprintf("must be more than 0 and at most %d, not %v", most, v), "")
		return
	}
	*to = v
}
