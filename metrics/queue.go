package metrics

// Redelivery counts a submission that was delivered before and got no verdict then.
func (m *Metrics) Redelivery() {
	if m != nil {
		m.redeliveries.Inc()
	}
}

// Fault counts an attempt to judge that ended in a fault, a panic included.
func (m *Metrics) Fault() {
	if m != nil {
		m.faults.Inc()
	}
}

// PassedOn counts a submission left to another worker.
func (m *Metrics) PassedOn() {
	if m == nil {
		return
	}
	m.passedOn.Inc()
}

// HandedBack counts a submission given back to the queue because the worker stops.
func (m *Metrics) HandedBack() {
	if m != nil {
		m.handedBack.Inc()
	}
}

// DuplicateVerdict counts a verdict that was discarded because the attempt had one already.
func (m *Metrics) DuplicateVerdict() {
	if m != nil {
		m.duplicates.Inc()
	}
}

// DeadLetter counts a message put into the dead-letter stream.
func (m *Metrics) DeadLetter() {
	if m != nil {
		m.dead.Inc()
	}
}

// ArchiveFailure counts a submission that cannot be judged again, because its message was not kept.
func (m *Metrics) ArchiveFailure() {
	if m != nil {
		m.unarchived.Inc()
	}
}

// SlotBusy adds to the number of slots that have a submission in hand, and returns the function that takes it off.
func (m *Metrics) SlotBusy() (done func()) {
	if m == nil {
		return func() {}
	}
	return m.inHand.add()
}

// WatchPaused publishes at each scrape for each of PauseReasons whether reasons has it: why the worker takes no submissions, until
// that passes. It is called once, and reasons must be quick and safe for use from several goroutines.
func (m *Metrics) WatchPaused(reasons func() []string) {
	if m == nil {
		return
	}
	m.reg.MustRegister(newStates(NamePaused, "Whether the worker is paused, by reason: 1 or 0.", "reason", func() map[string]bool {
		paused := map[string]bool{}
		for _, reason := range PauseReasons() {
			paused[string(reason)] = false
		}
		for _, reason := range reasons() {
			paused[closed(PauseReasons(), PauseReason(reason))] = true
		}
		return paused
	}))
}

// QueueConnected records whether the queue is connected.
func (m *Metrics) QueueConnected(connected bool) {
	if m == nil {
		return
	}
	if connected {
		m.connected.Set(1)
		return
	}
	m.connected.Set(0)
}

// QueueReconnect counts a lost connection to the queue that came back.
func (m *Metrics) QueueReconnect() {
	if m != nil {
		m.reconnects.Inc()
	}
}

// Stranded records how many submissions wait where no worker takes them.
func (m *Metrics) Stranded(n uint64) {
	if m != nil {
		m.stranded.Set(float64(n))
	}
}
