package faulttest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"golang.org/x/sys/unix"

	"github.com/gaveloj/gavel/queue/message"
)

func serverFaults(levers bool) []kind {
	all := []kind{
		{"kill server", 1, 6, killServer},
		{"kill leader of stream", 2, 8, killLeader},
		{"restart server", 1, 4, restartServer},
		{"leader steps down", 1, 6, stepDown},
		{"pause server", 1, 4, pauseServer},
		{"slow server", 1, 3, slowServer},
		{"isolate server", 1, 4, isolateServer},
		{"fill disk of server", 1, 3, fillServer},
		{"kill majority of servers", 1, 2, killMajority},
	}
	if levers {
		all = append(all, kind{"step clock of server", 0, 4, stepServer}, kind{"slow disk of server", 0, 4, slowServersDisk})
	}
	return all
}

// outage is how long a server stays away: often long enough for an election, which takes 4 s to 9 s.
func outage(r *rand.Rand) time.Duration { return between(r, 0, 10*time.Second) }

func killServer(ctx context.Context, s *site, r *rand.Rand, hit func(string)) error {
	return s.killAndRestart(ctx, pick(r, s.servers), "", r, hit)
}

func (s *site) killAndRestart(ctx context.Context, victim *server, role string, r *rand.Rand, hit func(string)) error {
	d := outage(r)
	hit(fmt.Sprintf("%s%s for %.1fs", victim.name, role, d.Seconds()))
	victim.kill()
	pause(ctx, d)
	return errors.Join(victim.restart(ctx), s.whole(ctx))
}

func killLeader(ctx context.Context, s *site, r *rand.Rand, hit func(string)) error {
	stream := pick(r, []string{message.StreamSubmissions, message.StreamVerdicts, message.StreamEvents})
	leader, err := s.leader(ctx, stream)
	if err != nil {
		return err
	}
	return s.killAndRestart(ctx, leader, ", leader of "+stream+",", r, hit)
}

// leader finds the server that leads a stream.
func (s *site) leader(ctx context.Context, stream string) (leader *server, err error) {
	err = poll(ctx, time.Minute, "stream "+stream+" has a leader", func() bool {
		ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
		defer cancel()
		handle, err := s.conn.JetStream().Stream(ctx, stream)
		if err != nil || handle.CachedInfo().Cluster == nil {
			return false
		}
		for _, server := range s.servers {
			if server.name == handle.CachedInfo().Cluster.Leader {
				leader = server
			}
		}
		return leader != nil
	})
	return leader, err
}

// whole waits until every stream has a leader and replicas that are up to date: one fault of a server at a time is what
// three replicas promise to bear.
func (s *site) whole(ctx context.Context) error {
	lacking := ""
	err := poll(ctx, 90*time.Second, "the cluster is whole", func() bool {
		lacking = s.lacking(ctx)
		return lacking == ""
	})
	if err != nil {
		return fmt.Errorf("%w: %s", err, lacking)
	}
	return nil
}

func (s *site) lacking(ctx context.Context) string {
	for _, stream := range []string{message.StreamSubmissions, message.StreamVerdicts, message.StreamEvents, message.StreamDead} {
		ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
		handle, err := s.conn.JetStream().Stream(ctx, stream)
		cancel()
		switch {
		case err != nil:
			return stream + ": " + err.Error()
		case handle.CachedInfo().Cluster == nil || handle.CachedInfo().Cluster.Leader == "":
			return stream + " has no leader"
		}
		for _, replica := range handle.CachedInfo().Cluster.Replicas {
			if !replica.Current || replica.Offline {
				return fmt.Sprintf("%s: %+v", stream, *replica)
			}
		}
	}
	return ""
}

func restartServer(ctx context.Context, s *site, r *rand.Rand, hit func(string)) error {
	victim := pick(r, s.servers)
	hit(victim.name)
	if err := victim.signal(unix.SIGTERM); err != nil {
		return err
	}
	if err := victim.await(ctx, time.Minute); err != nil {
		return err
	}
	return errors.Join(victim.restart(ctx), s.whole(ctx))
}

func stepDown(ctx context.Context, s *site, r *rand.Rand, hit func(string)) error {
	stream := pick(r, []string{message.StreamSubmissions, message.StreamVerdicts, message.StreamEvents})
	leader, err := s.leader(ctx, stream)
	if err != nil {
		return err
	}
	hit(leader.name + ", leader of " + stream)
	if _, err := s.conn.NATS().Request("$JS.API.STREAM.LEADER.STEPDOWN."+stream, nil, 5*time.Second); err != nil {
		return fmt.Errorf("ask the leader of %s to step down: %w", stream, err)
	}
	return s.whole(ctx)
}

func pauseServer(ctx context.Context, s *site, r *rand.Rand, hit func(string)) error {
	victim, d := pick(r, s.servers), outage(r)
	hit(fmt.Sprintf("%s for %.1fs", victim.name, d.Seconds()))
	if err := victim.signal(unix.SIGSTOP); err != nil {
		return err
	}
	pause(ctx, d)
	return errors.Join(victim.signal(unix.SIGCONT), s.whole(ctx))
}

// slowServer lets a server run a tenth of the time: a host that can not keep up.
func slowServer(ctx context.Context, s *site, r *rand.Rand, hit func(string)) error {
	victim, d := pick(r, s.servers), between(r, 3*time.Second, 8*time.Second)
	hit(fmt.Sprintf("%s for %.1fs", victim.name, d.Seconds()))
	for end := time.Now().Add(d); time.Now().Before(end); {
		if err := victim.signal(unix.SIGSTOP); err != nil {
			return err
		}
		pause(ctx, 180*time.Millisecond)
		if err := victim.signal(unix.SIGCONT); err != nil {
			return err
		}
		pause(ctx, 20*time.Millisecond)
	}
	return s.whole(ctx)
}

// isolateServer cuts or stalls every connection between a server and the others, while clients still reach it.
func isolateServer(ctx context.Context, s *site, r *rand.Rand, hit func(string)) error {
	victim, d, l := pick(r, s.servers), between(r, 2*time.Second, 12*time.Second), pick(r, []link{cut, stalled})
	how := "stalled"
	if l.refuse {
		how = "cut"
	}
	hit(fmt.Sprintf("%s for %.1fs, %s", victim.name, d.Seconds(), how))
	set := func(l link) {
		for _, server := range s.servers {
			for from, p := range server.links {
				if server == victim || from == victim.name {
					p.set(l, false)
				}
			}
		}
	}
	set(l)
	pause(ctx, d)
	set(healthy)
	return s.whole(ctx)
}

// fillServer lets a server meet a full disk. It turns its JetStream off then; whoever makes room has to restart it.
func fillServer(ctx context.Context, s *site, r *rand.Rand, hit func(string)) error {
	victim, d := pick(r, s.servers), between(r, 3*time.Second, 8*time.Second)
	hit(fmt.Sprintf("%s for %.1fs", victim.name, d.Seconds()))
	if err := victim.disk.fill(); err != nil {
		return err
	}
	pause(ctx, d)
	if err := victim.disk.free(); err != nil {
		return err
	}
	victim.kill()
	return errors.Join(victim.restart(ctx), s.whole(ctx))
}

func killMajority(ctx context.Context, s *site, r *rand.Rand, hit func(string)) error {
	spared := pick(r, s.servers)
	hit("all but " + spared.name)
	for _, server := range s.servers {
		if server != spared {
			server.kill()
		}
	}
	pause(ctx, between(r, 0, 5*time.Second))
	for _, server := range s.servers {
		if server != spared {
			if err := server.restart(ctx); err != nil {
				return err
			}
		}
	}
	return s.whole(ctx)
}

func stepServer(ctx context.Context, s *site, r *rand.Rand, hit func(string)) error {
	victim := pick(r, s.servers)
	return errors.Join(stepClock(ctx, victim.name, victim.levers, r, hit), s.whole(ctx))
}

func slowServersDisk(ctx context.Context, s *site, r *rand.Rand, hit func(string)) error {
	victim := pick(r, s.servers)
	return errors.Join(slowDisk(ctx, victim.name, victim.levers, r, hit), s.whole(ctx))
}
