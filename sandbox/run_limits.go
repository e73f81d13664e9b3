package sandbox

import (
	"fmt"
	"syscall"
	"time"

	"github.com/gaveloj/gavel/sandbox/container"
)

// killGrace is how long a killed program and its descendants may take to be gone. Killing 200 processes takes
// 8 ms; beyond seconds something is wrong with the host.
const killGrace = 20 * time.Second

// nextCheck is when enforce has something to do; zero means never.
func (r *run) nextCheck() time.Time {
	if r.killed != KillNone {
		return r.killedAt.Add(killGrace)
	}
	var next time.Time
	if r.limits.CPU > 0 {
		next = r.cpuNext
	}
	if r.limits.Wall > 0 {
		next = earlier(next, r.nextWallCheck())
	}
	return earlier(earlier(next, r.files.nextCheck), r.s.accounting.nextSample())
}

// earlier returns the earlier of two times; zero means never.
func earlier(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

// starvation is how many times the wall limit a run may take when it is the host that holds it up.
const starvation = 4

// wallDeadline is when the wall limit ends the run, as far as is known. Time in which a busy host creates the program's
// process does not count.
func (r *run) wallDeadline() time.Time {
	allowed := starvation * r.limits.Wall
	if r.program != nil {
		allowed = min(r.limits.Wall+r.delay, allowed)
	}
	return r.began().Add(allowed + r.wallExtension + r.reading)
}

// began is when the program started, as far as is known.
func (r *run) began() time.Time {
	if r.program == nil {
		return r.started
	}
	return later(r.started, r.program.Start)
}

// enforce kills the run for the first limit that it finds exceeded, and records which.
func (r *run) enforce(canceled bool) error {
	now := time.Now()
	if r.killed != KillNone {
		return r.checkKillGrace(now)
	}
	cause, err := r.exceeded(now, canceled)
	if err != nil || cause == KillNone {
		return err
	}
	return r.kill(cause, now)
}

// kill kills the run and records why, unless it was killed before.
func (r *run) kill(cause KillCause, now time.Time) error {
	if r.killed != KillNone {
		return nil
	}
	r.killed, r.killedAt = cause, now
	return r.s.client.Kill()
}

// endedInTime reports whether the program ended by itself within the wall limit. Where the host was too busy to tell so before
// the deadline, the kill came after the end, and ended nothing.
func (r *run) endedInTime(f *container.Finished) bool {
	killed := f.Status.Signaled() && f.Status.Signal() == syscall.SIGKILL
	return !killed && f.Wall-r.delay-r.reading <= r.limits.Wall+r.wallExtension
}

// checkKillGrace marks the container as broken if its processes are still alive killGrace after the kill.
func (r *run) checkKillGrace(now time.Time) error {
	if now.Sub(r.killedAt) < killGrace {
		return nil
	}
	r.s.broken = fmt.Errorf("%w: processes still alive %v after SIGKILL", ErrLost, killGrace)
	return r.s.broken
}

// exceeded returns the limit that the run exceeds, if any.
func (r *run) exceeded(now time.Time, canceled bool) (KillCause, error) {
	if canceled {
		r.s.clearWake() // it may be from the context of an earlier run
		if r.ctx.Err() != nil {
			return KillCancel, nil
		}
	}
	if over, err := r.overOutput(now); over || err != nil {
		return KillOutput, err
	}
	if cause, err := r.s.accounting.sample(now); err != nil || cause != KillNone {
		return cause, err
	}
	if over, err := r.overCPU(now); over || err != nil {
		return KillCPU, err
	}
	if r.overWall(now, r.measureDelay) {
		return KillWall, nil
	}
	return KillNone, nil
}

// overCPU reports whether more CPU time was used than Limits.CPU.
func (r *run) overCPU(now time.Time) (bool, error) {
	if r.limits.CPU == 0 || now.Before(r.cpuNext) {
		return false, nil
	}
	used, err := r.s.accounting.cpu()
	if err != nil {
		return false, err
	}
	// What was billed before exec is not the program's. How much that is comes with the announcement.
	if r.program != nil && used-r.program.SetupCPU > r.limits.CPU {
		return true, nil
	}
	r.cpuNext = now.Add(r.untilCPU(used))
	return false, nil
}

// overOutput reports whether more was written than Limits.Output.
func (r *run) overOutput(now time.Time) (bool, error) {
	if r.limits.Output == 0 {
		return false, nil
	}
	left := r.limits.Output - Bytes(r.out.total+r.err.total)
	if left < 0 {
		return true, nil
	}
	return r.files.exceeds(now, left)
}

// untilCPU is the shortest time in which the CPU limit can be exceeded; not below a millisecond, since the
// kernel books the time of a running thread at ticks of 1 to 4 ms.
func (r *run) untilCPU(used time.Duration) time.Duration {
	return max((r.limits.CPU-used)/time.Duration(r.s.cores), time.Millisecond)
}
