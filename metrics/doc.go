// Package metrics names every metric and span of Gavel, with its help and its unit.
//
// It is a leaf: it imports nothing of Gavel, so that any package but sandbox may call it. All metrics are called
// judge_*, in base units (seconds, bytes). Every label takes its values from a closed set, never from an
// identifier; a value outside of its set is counted as "other", so that no input can make a new time series.
//
//	judge, queue, worker --typed methods--> Metrics --Registerer--> /metrics
//	pool --func returning PoolStats--> collector, asked at each scrape
//
// A nil *Metrics is usable and does nothing.
package metrics
