// Package metrics names every metric of Gavel, with its help and its unit.
//
// It is a leaf: it imports nothing of Gavel, so that any package but sandbox may call it. All metrics are called
// judge_*, in base units (seconds, bytes). Every label takes its values from a closed set, never from an
// identifier; a value outside of its set is counted as "other", so that no input can make a new time series.
//
// Counters whose sets are small are there with 0 from the start: increase() of Prometheus does not count a series that
// appears with 1, and so an alert would miss the first error of a worker's life.
//
//	judge, queue, worker --typed methods--> Metrics --Registerer--> /metrics
//	pool --func returning PoolStats--> collector, asked at each scrape
//
// A nil *Metrics is usable and does nothing.
package metrics
