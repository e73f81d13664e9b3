package message

import (
	"slices"
	"time"
)

// WorkerInfo describes a worker: its entry in the bucket judge-workers. It is written anew every
// Interval, and at once when the state changes. Schema: configs/schemas/worker-info.json.
type WorkerInfo struct {
	Version int    `json:"version"` // of this message; 1
	Name    string `json:"name"`    // key of the entry; one live worker has it
	// Instance is new with each start of a worker. Home stays with its state directory, which one worker at a time uses:
	// who finds his own home in an entry follows a worker that has died.
	Instance string `json:"instance"`
	Home     string `json:"home,omitempty"`

	Gavel string `json:"gavel_version"`
	Host  string `json:"host"`
	PID   int    `json:"pid,omitempty"`
	// HTTP is where the worker serves /metrics, /readyz and /debug/log, on an address of its host: by default one of loopback.
	HTTP  string `json:"http,omitempty"`
	Pool  string `json:"pool"`
	Lanes []Lane `json:"lanes"` // that it serves, the most urgent first

	Slots  int         `json:"slots"`
	Busy   int         `json:"busy"` // slots with a submission in hand
	State  WorkerState `json:"state"`
	Reason string      `json:"reason,omitempty"` // why it takes nothing, where it does not

	Languages []LanguageInfo `json:"languages"` // that it offers; none while it starts
	// LanguagesToCome are those that it is still preparing. It takes submissions in them, which wait for that.
	LanguagesToCome []LanguageInfo `json:"languages_to_come,omitempty"`
	// CgroupVersion is 1 or 2, or 0 where there is no control group to be written.
	CgroupVersion int          `json:"cgroup_version"`
	Rootless      bool         `json:"rootless,omitempty"` // limits are less exact then
	Kernel        string       `json:"kernel,omitempty"`
	CPU           string       `json:"cpu,omitempty"` // model, as the kernel calls it
	Calibration   *Calibration `json:"calibration,omitempty"`

	// Started and Updated are by the clock of the worker's host. How old an entry is, the server's clock tells.
	Started  time.Time `json:"started"`
	Updated  time.Time `json:"updated"`
	Interval float64   `json:"interval_seconds"` // between two updates; after three without one, the worker is lost
}

// WorkerState says what a worker does.
type WorkerState string

// The states of a worker, in the order of its life.
const (
	WorkerStarting WorkerState = "starting"
	WorkerReady    WorkerState = "ready"
	WorkerPaused   WorkerState = "paused"   // takes nothing for now, and comes back by itself
	WorkerStopping WorkerState = "stopping" // finishes what it has in hand
	WorkerStopped  WorkerState = "stopped"
)

// Lane is a lane of a pool with its share of the slots, by weight, while all lanes have work.
type Lane struct {
	Name   string `json:"name"`
	Weight int    `json:"weight"`
	// PerMinute is how many submissions of the lane the worker is done with in a minute: a mean in which what was a minute ago
	// counts a third, as in load averages.
	PerMinute float64 `json:"per_minute,omitempty"`
	// AverageSeconds is how long one of them has a slot: a moving average; 0 where there was none yet.
	AverageSeconds float64 `json:"average_seconds,omitempty"`
}

// LanguageInfo is a language that a worker offers.
type LanguageInfo struct {
	ID      string   `json:"id"`
	Aliases []string `json:"aliases,omitempty"` // other names that a submission may use
	Name    string   `json:"name"`              // for people
	Version string   `json:"version,omitempty"` // first line that the toolchain prints of its version
}

// Calibration is how long fixed pieces of work took at the start of the worker, in milliseconds; best of three. Workers
// of one pool should be equal within a few percent. No verdict depends on it.
type Calibration struct {
	CPU    float64 `json:"cpu_ms"`    // computes, within the first-level cache
	Memory float64 `json:"memory_ms"` // waits for main memory
}

// Offers reports whether the worker judges the language, which may be called by an alias, now or once it has prepared it.
func (w *WorkerInfo) Offers(language string) bool {
	return slices.ContainsFunc(slices.Concat(w.Languages, w.LanguagesToCome), func(l LanguageInfo) bool {
		return l.ID == language || slices.Contains(l.Aliases, language)
	})
}

// Serves reports whether the worker takes submissions from the lane.
func (w *WorkerInfo) Serves(lane string) bool {
	return slices.ContainsFunc(w.Lanes, func(l Lane) bool { return l.Name == lane })
}

// lostAfter is how many intervals without an update make a worker lost.
const lostAfter = 3

// LostAfter is how long after its last update a worker counts as lost.
func (w *WorkerInfo) LostAfter() time.Duration {
	seconds := min(max(w.Interval, 0), time.Hour.Seconds())
	return time.Duration(lostAfter * seconds * float64(time.Second))
}

// The headers of the answer of a worker to GET /debug/log?submission=ID, which has the lines of its log that name the submission.
const (
	HeaderLogWorker = "Gavel-Worker"    // its name
	HeaderLogSince  = "Gavel-Log-Since" // from when on no line is missing: RFC 3339, by the worker's clock
)
