package metrics

import "github.com/prometheus/client_golang/prometheus"

// PoolStats is a snapshot of the pool of containers, as the pool tells it. Counters never go down.
type PoolStats struct {
	Slots, Idle, Leased, Building int    // containers, by state
	Created, Leases, Resets       uint64 // since the start
	Discarded                     uint64 // containers thrown away
	Companions                    int    // second containers of slots, for interactive problems
}

// WatchPool publishes what stats returns at each scrape. It is called once, and stats must be quick and safe for use
// from several goroutines.
func (m *Metrics) WatchPool(stats func() PoolStats) {
	if m == nil {
		return
	}
	m.reg.MustRegister(newPoolCollector(stats))
}

// poolCollector reads the pool when it is asked, so that the numbers of one scrape belong together.
type poolCollector struct {
	stats                              func() PoolStats
	slots, containers, companions      *prometheus.Desc
	leases, created, resets, discarded *prometheus.Desc
}

func newPoolCollector(stats func() PoolStats) *poolCollector {
	desc := func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc(name, help, labels, nil)
	}
	return &poolCollector{
		stats:      stats,
		slots:      desc(NamePoolSlots, "Containers that the pool is meant to hold."),
		containers: desc(NamePoolContainers, "Containers of the pool, by state.", "state"),
		companions: desc(NamePoolCompanions, "Second containers of slots that have judged an interactive problem."),
		leases:     desc(NamePoolLeases, "Containers handed out."),
		created:    desc(NameContainersCreated, "Containers built."),
		resets:     desc(NameContainerResets, "Containers brought back to their first state."),
		discarded:  desc(NameContainersDiscards, "Containers thrown away after a fault, or for age."),
	}
}

// Describe implements prometheus.Collector.
func (c *poolCollector) Describe(out chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{c.slots, c.containers, c.companions, c.leases, c.created, c.resets, c.discarded} {
		out <- d
	}
}

// Collect implements prometheus.Collector.
func (c *poolCollector) Collect(out chan<- prometheus.Metric) {
	s := c.stats()
	gauge := func(d *prometheus.Desc, v int, labels ...string) {
		out <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, float64(v), labels...)
	}
	counter := func(d *prometheus.Desc, v uint64) {
		out <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, float64(v))
	}
	gauge(c.slots, s.Slots)
	gauge(c.containers, s.Idle, "idle")
	gauge(c.containers, s.Leased, "leased")
	gauge(c.containers, s.Building, "building")
	gauge(c.companions, s.Companions)
	counter(c.leases, s.Leases)
	counter(c.created, s.Created)
	counter(c.resets, s.Resets)
	counter(c.discarded, s.Discarded)
}
