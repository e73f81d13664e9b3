package metrics

import "github.com/prometheus/client_golang/prometheus"

// states publishes at each scrape what is so (1) and what is not (0), by the value of its only label.
type states struct {
	desc *prometheus.Desc
	now  func() map[string]bool
}

func newStates(name, help, label string, now func() map[string]bool) states {
	return states{desc: prometheus.NewDesc(name, help, []string{label}, nil), now: now}
}

// Describe implements prometheus.Collector.
func (s states) Describe(out chan<- *prometheus.Desc) { out <- s.desc }

// Collect implements prometheus.Collector.
func (s states) Collect(out chan<- prometheus.Metric) {
	for value, so := range s.now() {
		number := 0.0
		if so {
			number = 1
		}
		out <- prometheus.MustNewConstMetric(s.desc, prometheus.GaugeValue, number, value)
	}
}

// WatchLanguages publishes at each scrape which languages the worker judges, and which it should: each has those of its table, by
// ID. It is called once, and both must be quick and safe for use from several goroutines.
func (m *Metrics) WatchLanguages(available, wanted func() map[string]bool) {
	if m == nil {
		return
	}
	m.reg.MustRegister(newStates(NameLanguageAvailable, "Whether the worker judges a language of its table now: 1 or 0.",
		"language", available))
	m.reg.MustRegister(newStates(NameLanguageWanted, "Whether the worker should judge a language of its table: its toolchain is installed, or it has been ready since the configuration was last read: 1 or 0.",
		"language", wanted))
}
