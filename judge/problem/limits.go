package problem

import (
	"math"
	"time"

	"github.com/gaveloj/gavel/sandbox"
)

// Limits of a package. Every one is set and positive.
type Limits struct {
	// Time is the CPU time of one test case. See TimeSource.
	Time       time.Duration
	TimeSource TimeSource
	// Multipliers are for computing Time from the example submissions when TimeSource is TimeComputed.
	Multipliers Multipliers

	Memory sandbox.Bytes // of one run
	Output sandbox.Bytes // of one run
	Code   sandbox.Bytes // of all submitted files together

	CompilationTime   time.Duration
	CompilationMemory sandbox.Bytes

	ValidationTime   time.Duration
	ValidationMemory sandbox.Bytes
	ValidationOutput sandbox.Bytes
	// InteractionOutput bounds what an interactor says to the submission. In 2025-09 it is ValidationOutput, by the text of
	// the format; before, it is far above.
	InteractionOutput sandbox.Bytes
	// ValidationPasses is the most runs of one test case in a multi-pass problem, at least 2 there; 1 elsewhere.
	ValidationPasses int
}

// TimeSource says where a time limit came from.
type TimeSource string

// The sources, by priority.
const (
	TimeProblemYAML TimeSource = "problem.yaml"
	TimeFile        TimeSource = ".timelimit"
	TimeDOMjudge    TimeSource = "domjudge-problem.ini"
	TimeSettings    TimeSource = "gavel.yaml"
	// TimeComputed means that the package leaves the time limit to be computed from its accepted submissions.
	// Until somebody does, Limits.Time is DefaultTimeLimit.
	TimeComputed TimeSource = "computed"
)

// DefaultTimeLimit is the time limit where a package gives none; DOMjudge has the same.
const DefaultTimeLimit = 10 * time.Second

// Multipliers are how a time limit follows from measured times.
type Multipliers struct {
	// AcceptedToLimit times the slowest accepted run is the least time limit.
	AcceptedToLimit float64
	// LimitToExceeded times the time limit is what a submission that must be too slow has to take.
	LimitToExceeded float64
	// Resolution is what the time limit is a multiple of, rounded up.
	Resolution time.Duration
}

// ScaleTime multiplies, rounding up to a microsecond. What is less than a thousandth of one above is an error of the
// floating point.
func ScaleTime(d time.Duration, by float64) time.Duration {
	return time.Duration(math.Ceil(float64(d)/1e3*by-1e-3)) * time.Microsecond
}

// DefaultLimits are those where a package gives none: the format's own defaults.
func DefaultLimits(format Format) Limits {
	multipliers := Multipliers{AcceptedToLimit: 2, LimitToExceeded: 1.5, Resolution: time.Second}
	if format.IsLegacy() {
		multipliers.AcceptedToLimit, multipliers.LimitToExceeded = 5, 2
	}
	return Limits{
		Time: DefaultTimeLimit, TimeSource: TimeComputed, Multipliers: multipliers,
		Memory: 2 * sandbox.GiB, Output: 8 * sandbox.MiB, Code: 128 * sandbox.KiB,
		CompilationTime: time.Minute, CompilationMemory: 2 * sandbox.GiB,
		ValidationTime: time.Minute, ValidationMemory: 2 * sandbox.GiB, ValidationOutput: 8 * sandbox.MiB,
		InteractionOutput: DefaultInteraction, ValidationPasses: 1,
	}
}

// DefaultInteraction is what an interactor may say where the format has no limit for it: more than any honest one does.
const DefaultInteraction = 256 * sandbox.MiB
