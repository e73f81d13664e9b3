package metrics

import (
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Backlog is what one lane of a pool holds: submissions without a verdict, those in hand included.
type Backlog struct {
	Pool, Lane  string // of a live worker, so that what is published cannot make a time series
	Submissions uint64
	Oldest      time.Duration // since the publication of the oldest one
}

// Backlogs replaces what is published of the queue. One worker of all does it; of the others it is empty.
func (m *Metrics) Backlogs(lanes []Backlog) {
	if m != nil {
		m.backlogs.lanes.Store(&lanes)
	}
}

// backlogCollector publishes the lanes as they were told last, all of one moment.
type backlogCollector struct {
	lanes               atomic.Pointer[[]Backlog] // nil until the first is told
	submissions, oldest *prometheus.Desc
}

func newBacklogCollector() *backlogCollector {
	labels := []string{"pool", "lane"}
	return &backlogCollector{
		submissions: prometheus.NewDesc(NameQueueSubmissions,
			"Submissions without a verdict in lanes that a live worker serves; one worker of all tells.", labels, nil),
		oldest: prometheus.NewDesc(NameQueueOldest,
			"How long ago the oldest submission without a verdict was published, by lane; one worker of all tells.", labels, nil),
	}
}

// Describe implements prometheus.Collector.
func (c *backlogCollector) Describe(out chan<- *prometheus.Desc) {
	out <- c.submissions
	out <- c.oldest
}

// Collect implements prometheus.Collector.
func (c *backlogCollector) Collect(out chan<- prometheus.Metric) {
	lanes := c.lanes.Load()
	if lanes == nil {
		return
	}
	for _, l := range *lanes {
		out <- prometheus.MustNewConstMetric(c.submissions, prometheus.GaugeValue, float64(l.Submissions), l.Pool, l.Lane)
		out <- prometheus.MustNewConstMetric(c.oldest, prometheus.GaugeValue, l.Oldest.Seconds(), l.Pool, l.Lane)
	}
}
