package metrics

// Every metric. Counters end in _total, everything else in its unit.
const (
	NameSubmissions        = "judge_submissions_total"
	NameErrors             = "judge_errors_total"
	NamePhaseDuration      = "judge_phase_duration_seconds"
	NameProgramCPU         = "judge_program_cpu_seconds"
	NameProgramPeakMemory  = "judge_program_peak_memory_bytes"
	NameCheckerDuration    = "judge_checker_duration_seconds"
	NameCacheHits          = "judge_cache_hits_total"
	NameCacheMisses        = "judge_cache_misses_total"
	NameRedeliveries       = "judge_redeliveries_total"
	NameFaults             = "judge_faults_total"
	NameHandedBack         = "judge_handed_back_total"
	NamePassedOn           = "judge_passed_on_total"
	NameDuplicateVerdicts  = "judge_duplicate_verdicts_total"
	NameDeadLetters        = "judge_dead_letters_total"
	NameArchiveFailures    = "judge_archive_failures_total"
	NameRunRequests        = "judge_run_requests_total"
	NameLostArtifacts      = "judge_artifacts_lost_total"
	NameSlotsBusy          = "judge_slots_busy"
	NameRunning            = "judge_running_seconds"
	NamePaused             = "judge_paused"
	NameQueueSubmissions   = "judge_queue_submissions"
	NameQueueOldest        = "judge_queue_oldest_seconds"
	NameQueueConnected     = "judge_queue_connected"
	NameQueueReconnects    = "judge_queue_reconnects_total"
	NamePoolSlots          = "judge_pool_slots"
	NamePoolContainers     = "judge_pool_containers"
	NamePoolCompanions     = "judge_pool_companions"
	NamePoolLeaseWait      = "judge_pool_lease_wait_seconds"
	NamePoolLeases         = "judge_pool_leases_total"
	NameContainersCreated  = "judge_containers_created_total"
	NameContainerResets    = "judge_container_resets_total"
	NameContainersDiscards = "judge_container_discards_total"
	NameDiskFree           = "judge_disk_free_bytes"
	NameDiskMinFree        = "judge_disk_min_free_bytes"
	NameLanguageAvailable  = "judge_language_available"
	NameLanguageWanted     = "judge_language_wanted"
	NameBuildInfo          = "judge_build_info"
	NameWorkerInfo         = "judge_worker_info"
	NameStranded           = "judge_stranded_submissions"
	NameCalibration        = "judge_calibration_seconds"
	NameReloads            = "judge_config_reloads_total"
	NameReloadSuccessful   = "judge_config_last_reload_successful"
	NameReloadSuccess      = "judge_config_last_reload_success_timestamp_seconds"
)

// Other stands for a label value that is not in its closed set.
const Other = "other"

// Phase is a part of the time that a submission takes.
type Phase string

// The phases, in order.
const (
	PhaseQueueWait Phase = "queue_wait" // from the publication to the delivery
	PhaseFetch     Phase = "fetch"
	PhaseCompile   Phase = "compile"
	PhaseRun       Phase = "run"
	PhaseCheck     Phase = "check"
	PhasePublish   Phase = "publish"
	PhaseTotal     Phase = "total" // from the delivery to the acknowledgement
)

// Phases lists every phase.
func Phases() []Phase {
	return []Phase{PhaseQueueWait, PhaseFetch, PhaseCompile, PhaseRun, PhaseCheck, PhasePublish, PhaseTotal}
}

// Cache is a store that saves work.
type Cache string

// The caches.
const (
	CacheArtifact Cache = "artifact" // compiled programs
	CacheProblem  Cache = "problem"  // problem packages
)

// Caches lists every cache.
func Caches() []Cache { return []Cache{CacheArtifact, CacheProblem} }

// Checker is a way to check an output.
type Checker string

// The kinds of checkers.
const (
	CheckerNative Checker = "native" // a comparer in the worker's process
	CheckerCustom Checker = "custom" // a program of the package, in a container
)

// Checkers lists every kind of checker.
func Checkers() []Checker { return []Checker{CheckerNative, CheckerCustom} }

// PauseReason is a reason why a worker takes no submissions for now.
type PauseReason string

// The reasons.
const (
	PausedDisk     PauseReason = "disk"      // too little is free
	PausedMemory   PauseReason = "memory"    // too little is free
	PausedSelfTest PauseReason = "self_test" // it failed after a fault
	PausedName     PauseReason = "name"      // another live worker has it
)

// PauseReasons lists every reason.
func PauseReasons() []PauseReason {
	return []PauseReason{PausedDisk, PausedMemory, PausedSelfTest, PausedName}
}

// ReloadResult is what became of reading the configuration anew.
type ReloadResult string

// The results.
const (
	ReloadApplied ReloadResult = "applied"
	ReloadRefused ReloadResult = "refused" // nothing has changed
)

// ReloadResults lists every result.
func ReloadResults() []ReloadResult { return []ReloadResult{ReloadApplied, ReloadRefused} }

// Directory is one on whose file system the worker writes.
type Directory string

// The directories.
const (
	DirectoryState Directory = "state" // of the worker, with the queue of an embedded server
	DirectoryTemp  Directory = "temp"  // for temporary files
)

// Directories lists every directory.
func Directories() []Directory { return []Directory{DirectoryState, DirectoryTemp} }

// Verdicts lists the values of the label verdict: the codes of package judge/verdict.
// A test of package queue holds the two lists together.
func Verdicts() []string {
	return []string{"AC", "WA", "TLE", "MLE", "OLE", "RTE", "PAC", "CE", "JE", "SK", "CANCELED"}
}

// ErrorClasses lists the values of the label class: the classes of package judge/verdict.
func ErrorClasses() []string { return []string{"host", "problem", "language", "checker"} }
