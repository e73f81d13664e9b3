package metrics

import (
	"slices"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Metrics counts what the worker does. Make one with New; its methods are safe for use from several goroutines.
type Metrics struct {
	reg       prometheus.Registerer
	languages atomic.Pointer[[]string]

	submissions *prometheus.CounterVec
	errors      *prometheus.CounterVec
	phases      *prometheus.HistogramVec
	cpu         prometheus.Histogram
	peak        prometheus.Histogram
	checkers    *prometheus.HistogramVec
	cacheHits   *prometheus.CounterVec
	cacheMisses *prometheus.CounterVec
	leaseWait   prometheus.Histogram

	redeliveries prometheus.Counter
	faults       prometheus.Counter
	handedBack   prometheus.Counter
	passedOn     prometheus.Counter
	duplicates   prometheus.Counter
	dead         prometheus.Counter
	unarchived   prometheus.Counter
	runs         *prometheus.CounterVec
	lost         prometheus.Counter
	reconnects   prometheus.Counter
	inHand       inHand
	backlogs     *backlogCollector
	connected    prometheus.Gauge
	stranded     prometheus.Gauge
	diskFree     *prometheus.GaugeVec
	diskMinFree  prometheus.Gauge
	build        *prometheus.GaugeVec
	worker       *prometheus.GaugeVec
	calibration  *prometheus.GaugeVec
	reloads      *prometheus.CounterVec
	reloadOK     prometheus.Gauge
	reloaded     prometheus.Gauge
}

// New makes every metric and registers it with reg. It panics when one of the names is taken there already: a
// registry belongs to one Metrics.
func New(reg prometheus.Registerer) *Metrics {
	m := &Metrics{
		reg:         reg,
		submissions: counters(NameSubmissions, "Submissions judged, by verdict and language.", "verdict", "language"),
		errors:      counters(NameErrors, "Judge errors, by whose fault they are.", "class"),
		phases: histograms(NamePhaseDuration, "Wall time of a submission, by phase.",
			prometheus.ExponentialBuckets(0.0005, 2, 20), "phase"), // 0.5 ms to 262 s
		cpu: histogram(NameProgramCPU, "CPU time of one run of a contestant's program.",
			prometheus.ExponentialBuckets(0.001, 2, 17)), // 1 ms to 66 s
		peak: histogram(NameProgramPeakMemory, "Peak memory of one run of a contestant's program.",
			prometheus.ExponentialBuckets(1<<20, 2, 14)), // 1 MiB to 8 GiB
		checkers: histograms(NameCheckerDuration, "Wall time of checking one output, by kind of checker.",
			prometheus.ExponentialBuckets(0.0001, 4, 10), "checker"), // 0.1 ms to 26 s
		cacheHits:   counters(NameCacheHits, "Look-ups that found what they wanted, by cache.", "cache"),
		cacheMisses: counters(NameCacheMisses, "Look-ups that had to do the work, by cache.", "cache"),
		leaseWait: histogram(NamePoolLeaseWait, "Time spent waiting for a clean container.",
			prometheus.ExponentialBuckets(0.00001, 4, 12)), // 10 us to 42 s

		redeliveries: counter(NameRedeliveries, "Submissions delivered again after an earlier delivery had no verdict."),
		faults:       counter(NameFaults, "Attempts to judge that ended in a fault of the worker or its host."),
		handedBack:   counter(NameHandedBack, "Submissions handed back to the queue because the worker stopped."),
		passedOn:     counter(NamePassedOn, "Submissions left to another worker, which has the language or has not failed at them."),
		duplicates:   counter(NameDuplicateVerdicts, "Verdicts discarded because the attempt had one already."),
		dead:         counter(NameDeadLetters, "Messages put into the dead-letter stream."),
		unarchived:   counter(NameArchiveFailures, "Submissions that could not be kept for judging again."),
		runs:         counters(NameRunRequests, "Run requests answered, by outcome.", "outcome"),
		lost:         counter(NameLostArtifacts, "Files asked for beside a report that could not be stored."),
		reconnects:   counter(NameQueueReconnects, "Times that a lost connection to the queue came back."),
		connected:    gauge(NameQueueConnected, "Whether the queue is connected: 1 or 0."),
		backlogs:     newBacklogCollector(),
		stranded:     gauge(NameStranded, "Submissions in pools and lanes that no live worker serves; one worker of all tells."),
		diskFree:     gauges(NameDiskFree, "Free bytes of the file system of a directory in which the worker writes.", "directory"),
		diskMinFree:  gauge(NameDiskMinFree, "Free bytes of a file system below which the worker takes no submissions; 0 where it does not look."),
		build:        gauges(NameBuildInfo, "Always 1; the label tells the version of the worker.", "version"),
		worker:       gauges(NameWorkerInfo, "Always 1; the label tells the pool whose submissions the worker takes.", "pool"),
		calibration:  gauges(NameCalibration, "CPU time of fixed pieces of work at the start; hosts of one pool should be equal.", "work"),
		reloads:      counters(NameReloads, "Times that the configuration was read anew, by result.", "result"),
		reloadOK:     gauge(NameReloadSuccessful, "Whether the configuration was taken over when it was last read: 1 or 0."),
		reloaded:     gauge(NameReloadSuccess, "When the configuration was last read and taken over, in Unix time; at first the start of the worker."),
	}
	reg.MustRegister(
		m.submissions, m.errors, m.phases, m.cpu, m.peak, m.checkers, m.cacheHits, m.cacheMisses, m.leaseWait,
		m.redeliveries, m.faults, m.handedBack, m.passedOn, m.duplicates, m.dead, m.unarchived, m.reconnects, m.connected,
		m.diskFree, m.diskMinFree, m.build, m.worker, m.runs, m.lost, m.stranded, m.backlogs, m.calibration,
		m.reloads, m.reloadOK, m.reloaded,
		gaugeFunc(NameSlotsBusy, "Slots with a submission or a run request in hand.", m.inHand.count),
		gaugeFunc(NameRunning, "How long the oldest submission or run request has been in hand; 0 where there is none.",
			m.inHand.oldest),
	)
	zero(m.errors, ErrorClasses())
	zero(m.runs, RunOutcomes())
	zero(m.cacheHits, Caches())
	zero(m.cacheMisses, Caches())
	zero(m.reloads, ReloadResults())
	m.reloadOK.Set(1)
	m.reloaded.SetToCurrentTime()
	return m
}

// Languages closes the set of the label language: the IDs that the worker offers. Until it is called, every
// language is counted as Other.
func (m *Metrics) Languages(ids ...string) {
	if m == nil {
		return
	}
	ids = slices.Clone(ids)
	m.languages.Store(&ids)
}

// Submission counts a published verdict.
func (m *Metrics) Submission(verdict, language string) {
	if m == nil {
		return
	}
	var languages []string
	if set := m.languages.Load(); set != nil {
		languages = *set
	}
	m.submissions.WithLabelValues(closed(Verdicts(), verdict), closed(languages, language)).Inc()
}

// JudgeError counts a judge error by its class.
func (m *Metrics) JudgeError(class string) {
	if m == nil {
		return
	}
	m.errors.WithLabelValues(closed(ErrorClasses(), class)).Inc()
}

// Phase records how long a phase of a submission took.
func (m *Metrics) Phase(p Phase, d time.Duration) {
	if m == nil {
		return
	}
	m.phases.WithLabelValues(closed(Phases(), p)).Observe(d.Seconds())
}

// Program records one run of a contestant's program: its CPU time and its peak memory in bytes.
func (m *Metrics) Program(cpu time.Duration, peakBytes int64) {
	if m == nil {
		return
	}
	m.cpu.Observe(cpu.Seconds())
	m.peak.Observe(float64(peakBytes))
}

// Checker records how long it took to check one output.
func (m *Metrics) Checker(kind Checker, d time.Duration) {
	if m == nil {
		return
	}
	m.checkers.WithLabelValues(closed(Checkers(), kind)).Observe(d.Seconds())
}

// CacheHit counts a look-up that found what it wanted.
func (m *Metrics) CacheHit(c Cache) {
	if m == nil {
		return
	}
	m.cacheHits.WithLabelValues(closed(Caches(), c)).Inc()
}

// CacheMiss counts a look-up that had to do the work.
func (m *Metrics) CacheMiss(c Cache) {
	if m == nil {
		return
	}
	m.cacheMisses.WithLabelValues(closed(Caches(), c)).Inc()
}

// LeaseWait records how long a run waited for a clean container.
func (m *Metrics) LeaseWait(d time.Duration) {
	if m == nil {
		return
	}
	m.leaseWait.Observe(d.Seconds())
}

// BuildInfo publishes the version of the worker.
func (m *Metrics) BuildInfo(version string) {
	if m == nil {
		return
	}
	m.build.Reset()
	m.build.WithLabelValues(version).Set(1)
}

// Worker publishes the pool of the worker.
func (m *Metrics) Worker(pool string) {
	if m == nil {
		return
	}
	m.worker.Reset()
	m.worker.WithLabelValues(pool).Set(1)
}

// DiskFree records how many bytes are free on the file system of a directory.
func (m *Metrics) DiskFree(d Directory, bytes int64) {
	if m == nil {
		return
	}
	m.diskFree.WithLabelValues(closed(Directories(), d)).Set(float64(bytes))
}

// DiskMinFree records how many bytes must be free on each file system.
func (m *Metrics) DiskMinFree(bytes int64) {
	if m == nil {
		return
	}
	m.diskMinFree.Set(float64(bytes))
}

// Reload records, at the time now, that the configuration was read anew, and whether it was taken over.
func (m *Metrics) Reload(applied bool, now time.Time) {
	if m == nil {
		return
	}
	result := ReloadRefused
	m.reloadOK.Set(0)
	if applied {
		result = ReloadApplied
		m.reloadOK.Set(1)
		m.reloaded.Set(float64(now.Unix()))
	}
	m.reloads.WithLabelValues(string(result)).Inc()
}

// Calibration records how long the fixed pieces of work took: computing, and waiting for main memory.
func (m *Metrics) Calibration(cpu, memory time.Duration) {
	if m == nil {
		return
	}
	m.calibration.WithLabelValues("cpu").Set(cpu.Seconds())
	m.calibration.WithLabelValues("memory").Set(memory.Seconds())
}
