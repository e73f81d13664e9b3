package metrics

// RunOutcomes lists how a run request can end: with a result, or an error of a class.
func RunOutcomes() []string {
	return []string{"ok", "refused", "language", "busy", "unavailable", "gone", "host"}
}

// RunRequest counts a run request that was answered.
func (m *Metrics) RunRequest(outcome string) {
	if m != nil {
		m.runs.WithLabelValues(closed(RunOutcomes(), outcome)).Inc()
	}
}

// LostArtifact counts a file that was asked for beside a report and could not be stored.
func (m *Metrics) LostArtifact() {
	if m != nil {
		m.lost.Inc()
	}
}
