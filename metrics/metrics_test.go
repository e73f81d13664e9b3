package metrics

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
)

// record calls every method, with values inside and outside of the closed sets.
func record(m *Metrics) {
	m.Languages("cpp17", "python3")
	for _, v := range append(Verdicts(), "XX", "", "AC\n") {
		m.Submission(v, "cpp17")
	}
	for i := range 100 {
		m.Submission("AC", fmt.Sprint("made-up-", i))
		m.JudgeError(fmt.Sprint("made-up-", i))
		m.Phase(Phase(fmt.Sprint("made-up-", i)), time.Second)
		m.Checker(Checker(fmt.Sprint("made-up-", i)), time.Second)
		m.CacheHit(Cache(fmt.Sprint("made-up-", i)))
		m.CacheMiss(Cache(fmt.Sprint("made-up-", i)))
	}
	for _, p := range Phases() {
		m.Phase(p, time.Millisecond)
	}
	for _, c := range ErrorClasses() {
		m.JudgeError(c)
	}
	for _, c := range Checkers() {
		m.Checker(c, time.Millisecond)
	}
	for _, c := range Caches() {
		m.CacheHit(c)
		m.CacheMiss(c)
	}
	m.Program(1500*time.Millisecond, 1<<20)
	m.LeaseWait(time.Microsecond)
	for _, d := range append(Directories(), "/srv", "") {
		m.DiskFree(d, 1<<30)
	}
	m.DiskMinFree(1 << 29)
	m.Worker("gpu")
	m.Worker("default")
	m.BuildInfo("v1")
	m.BuildInfo("v2")
	m.Reload(true, time.Unix(1, 0))
	m.Reload(false, time.Unix(2, 0))
	m.Calibration(50*time.Millisecond, 60*time.Millisecond)
	m.WatchPool(func() PoolStats {
		return PoolStats{Slots: 4, Idle: 1, Leased: 2, Building: 1, Created: 9, Leases: 8, Resets: 7, Discarded: 6}
	})
	recordQueue(m)
}

func recordQueue(m *Metrics) {
	m.Redelivery()
	m.Fault()
	m.HandedBack()
	m.PassedOn()
	m.DuplicateVerdict()
	m.DeadLetter()
	m.ArchiveFailure()
	m.SlotBusy()
	m.SlotBusy()()
	m.QueueConnected(false)
	m.QueueConnected(true)
	m.QueueReconnect()
	m.LostArtifact()
	for i, o := range RunOutcomes() {
		m.RunRequest(o)
		m.RunRequest(fmt.Sprint("made-up-", i))
	}
	m.Stranded(3)
	m.Backlogs([]Backlog{{Pool: "default", Lane: "contest", Submissions: 5, Oldest: time.Minute}})
	m.WatchPaused(func() []string { return []string{"disk", "made-up"} })
	m.WatchLanguages(func() map[string]bool { return map[string]bool{"cpp17": true, "python3": false} },
		func() map[string]bool { return map[string]bool{"cpp17": true, "python3": true} })
}

func TestNilMetricsDoNothing(t *testing.T) { record(nil) }

func TestNamesUnitsAndHelp(t *testing.T) {
	reg := prometheus.NewRegistry()
	record(New(reg))
	problems, err := testutil.GatherAndLint(reg)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Errorf("%s: %s", p.Metric, p.Text)
	}
	families, err := reg.Gather()
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, f := range families {
		names = append(names, f.GetName())
		if !strings.HasPrefix(f.GetName(), "judge_") || !strings.HasSuffix(f.GetHelp(), ".") {
			t.Errorf("metric %s, help %q: want judge_* and a sentence", f.GetName(), f.GetHelp())
		}
	}
	want := []string{
		NameSubmissions, NameErrors, NamePhaseDuration, NameProgramCPU, NameProgramPeakMemory, NameCheckerDuration,
		NameCacheHits, NameCacheMisses, NameRedeliveries, NameFaults, NameHandedBack, NamePassedOn, NameDuplicateVerdicts,
		NameDeadLetters, NameArchiveFailures, NameSlotsBusy, NameQueueConnected, NameQueueReconnects, NamePoolSlots, NamePoolContainers,
		NameRunRequests, NameLostArtifacts,
		NamePoolCompanions,
		NamePoolLeaseWait, NamePoolLeases, NameContainersCreated, NameContainerResets, NameContainersDiscards, NameBuildInfo,
		NameStranded, NameCalibration, NameRunning, NamePaused, NameQueueSubmissions, NameQueueOldest,
		NameDiskFree, NameDiskMinFree, NameLanguageAvailable, NameLanguageWanted, NameWorkerInfo, NameReloads, NameReloadSuccessful, NameReloadSuccess,
	}
	slices.Sort(want)
	if diff := cmp.Diff(want, names); diff != "" {
		t.Errorf("metrics (-named +registered):\n%s", diff)
	}
}

func TestLabelSetsAreClosed(t *testing.T) {
	reg := prometheus.NewRegistry()
	record(New(reg))
	families, err := reg.Gather()
	if err != nil {
		t.Fatal(err)
	}
	allowed := map[string][]string{
		"verdict":   append(Verdicts(), Other),
		"language":  {"cpp17", "python3", Other},
		"class":     append(ErrorClasses(), Other),
		"phase":     append(texts(Phases()), Other),
		"checker":   append(texts(Checkers()), Other),
		"cache":     append(texts(Caches()), Other),
		"outcome":   append(RunOutcomes(), Other),
		"state":     {"idle", "leased", "building"},
		"version":   {"v2"},
		"work":      {"cpu", "memory"},
		"pool":      {"default"},
		"lane":      {"contest"},
		"result":    texts(ReloadResults()),
		"reason":    append(texts(PauseReasons()), Other),
		"directory": append(texts(Directories()), Other),
	}
	for _, f := range families {
		for _, series := range f.Metric {
			for _, label := range series.Label {
				if !slices.Contains(allowed[label.GetName()], label.GetValue()) {
					t.Errorf("%s has %s=%q", f.GetName(), label.GetName(), label.GetValue())
				}
			}
		}
	}
}

func texts[S ~string](values []S) []string {
	var out []string
	for _, v := range values {
		out = append(out, string(v))
	}
	return out
}

func TestValues(t *testing.T) {
	reg := prometheus.NewRegistry()
	record(New(reg))
	want := `
# HELP judge_pool_containers Containers of the pool, by state.
# TYPE judge_pool_containers gauge
judge_pool_containers{state="building"} 1
judge_pool_containers{state="idle"} 1
judge_pool_containers{state="leased"} 2
# HELP judge_queue_connected Whether the queue is connected: 1 or 0.
# TYPE judge_queue_connected gauge
judge_queue_connected 1
# HELP judge_slots_busy Slots with a submission or a run request in hand.
# TYPE judge_slots_busy gauge
judge_slots_busy 1
# HELP judge_queue_oldest_seconds How long ago the oldest submission without a verdict was published, by lane; one worker of all tells.
# TYPE judge_queue_oldest_seconds gauge
judge_queue_oldest_seconds{lane="contest",pool="default"} 60
# HELP judge_queue_submissions Submissions without a verdict in lanes that a live worker serves; one worker of all tells.
# TYPE judge_queue_submissions gauge
judge_queue_submissions{lane="contest",pool="default"} 5
# HELP judge_container_discards_total Containers thrown away after a fault, or for age.
# TYPE judge_container_discards_total counter
judge_container_discards_total 6
# HELP judge_language_available Whether the worker judges a language of its table now: 1 or 0.
# TYPE judge_language_available gauge
judge_language_available{language="cpp17"} 1
judge_language_available{language="python3"} 0
# HELP judge_language_wanted Whether the worker should judge a language of its table: its toolchain is installed, or it has been ready since the configuration was last read: 1 or 0.
# TYPE judge_language_wanted gauge
judge_language_wanted{language="cpp17"} 1
judge_language_wanted{language="python3"} 1
# HELP judge_paused Whether the worker is paused, by reason: 1 or 0.
# TYPE judge_paused gauge
judge_paused{reason="disk"} 1
judge_paused{reason="memory"} 0
judge_paused{reason="name"} 0
judge_paused{reason="other"} 1
judge_paused{reason="self_test"} 0
# HELP judge_config_last_reload_success_timestamp_seconds When the configuration was last read and taken over, in Unix time; at first the start of the worker.
# TYPE judge_config_last_reload_success_timestamp_seconds gauge
judge_config_last_reload_success_timestamp_seconds 1
# HELP judge_config_last_reload_successful Whether the configuration was taken over when it was last read: 1 or 0.
# TYPE judge_config_last_reload_successful gauge
judge_config_last_reload_successful 0
# HELP judge_config_reloads_total Times that the configuration was read anew, by result.
# TYPE judge_config_reloads_total counter
judge_config_reloads_total{result="applied"} 1
judge_config_reloads_total{result="refused"} 1
# HELP judge_worker_info Always 1; the label tells the pool whose submissions the worker takes.
# TYPE judge_worker_info gauge
judge_worker_info{pool="default"} 1
# HELP judge_errors_total Judge errors, by whose fault they are.
# TYPE judge_errors_total counter
judge_errors_total{class="checker"} 1
judge_errors_total{class="host"} 1
judge_errors_total{class="language"} 1
judge_errors_total{class="other"} 100
judge_errors_total{class="problem"} 1
`
	err := testutil.GatherAndCompare(reg, strings.NewReader(want), NamePoolContainers, NameQueueConnected, NameSlotsBusy,
		NameContainersDiscards, NameErrors, NameQueueSubmissions, NameQueueOldest, NamePaused, NameLanguageAvailable, NameLanguageWanted, NameWorkerInfo,
		NameReloads, NameReloadSuccessful, NameReloadSuccess)
	if err != nil {
		t.Error(err)
	}
	if got, err := testutil.GatherAndCount(reg, NameProgramCPU); got != 1 || err != nil {
		t.Errorf("program CPU has %d series, %v", got, err)
	}
}

// increase() does not count a series that appears with 1, so what an alert looks at is there before anything happens.
func TestSmallSetsStartWithZero(t *testing.T) {
	reg := prometheus.NewRegistry()
	New(reg)
	for name, want := range map[string]int{
		NameErrors: len(ErrorClasses()), NameRunRequests: len(RunOutcomes()),
		NameCacheHits: len(Caches()), NameCacheMisses: len(Caches()), NameReloads: len(ReloadResults()),
	} {
		if got, err := testutil.GatherAndCount(reg, name); got != want || err != nil {
			t.Errorf("%s has %d series before anything happened, %v; want %d", name, got, err, want)
		}
	}
}

func TestRunningTellsTheOldest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		reg := prometheus.NewRegistry()
		m := New(reg)
		want := func(busy, seconds int) {
			t.Helper()
			text := fmt.Sprintf(`
# HELP judge_running_seconds How long the oldest submission or run request has been in hand; 0 where there is none.
# TYPE judge_running_seconds gauge
judge_running_seconds %d
# HELP judge_slots_busy Slots with a submission or a run request in hand.
# TYPE judge_slots_busy gauge
judge_slots_busy %d
`, seconds, busy)
			if err := testutil.GatherAndCompare(reg, strings.NewReader(text), NameRunning, NameSlotsBusy); err != nil {
				t.Error(err)
			}
		}
		want(0, 0)
		first := m.SlotBusy()
		time.Sleep(10 * time.Second) // of the bubble's clock
		second := m.SlotBusy()
		time.Sleep(5 * time.Second)
		want(2, 15)
		first()
		want(1, 5)
		second()
		want(0, 0)
	})
}

// Before the worker has said which languages it offers, and for one that it does not, the label is "other".
func TestLanguageUnknown(t *testing.T) {
	reg := prometheus.NewRegistry()
	m := New(reg)
	m.Submission("AC", "cpp17")
	want := "# HELP judge_submissions_total Submissions judged, by verdict and language.\n" +
		"# TYPE judge_submissions_total counter\n" +
		"judge_submissions_total{language=\"other\",verdict=\"AC\"} 1\n"
	if err := testutil.GatherAndCompare(reg, strings.NewReader(want), NameSubmissions); err != nil {
		t.Error(err)
	}
}

func TestEveryMethodWorksOnNil(t *testing.T) {
	typ := reflect.TypeFor[*Metrics]()
	for method := range typ.Methods() {
		args := []reflect.Value{reflect.Zero(typ)}
		for j := 1; j < method.Type.NumIn(); j++ {
			args = append(args, reflect.Zero(method.Type.In(j)))
		}
		if method.Type.IsVariadic() {
			method.Func.CallSlice(args)
			continue
		}
		method.Func.Call(args)
	}
}
