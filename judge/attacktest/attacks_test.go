package attacktest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/judge/language"
	"github.com/gaveloj/gavel/judge/verdict"
)

// outcome is a row of the table: in each column "" is green.
type outcome struct {
	attack              attack
	verdict             verdict.Code
	reason              verdict.Reason
	wrong, host, beside string // what is wrong with verdict, host, neighbour
	slower              float64
	took                time.Duration
	skipped             bool
	admitted            []concession // what the manifest admits of an ordinary user, and is of use here
}

func (o outcome) green() bool { return o.wrong == "" && o.host == "" && o.beside == "" }

// TestAttacks is the suite. GAVEL_ATTACK=text,... judges only the attacks whose file holds one of the texts.
func TestAttacks(t *testing.T) { attackAll(t) }

func attackAll(t *testing.T) {
	t.Helper()
	list, wanted := attacks(t), strings.Split(os.Getenv("GAVEL_ATTACK"), ",")
	b := newBench(t)
	n, err := newNeighbour(b)
	if err != nil {
		t.Fatal(err)
	}
	if err := n.learn(t.Context()); err != nil {
		t.Fatal(err)
	}
	fmt.Printf("%-34s %-12s %-22s %-6s %-14s %s\n", "attack", "category", "verdict", "host", "neighbour", "seconds")
	for _, a := range list {
		if !slices.ContainsFunc(wanted, func(text string) bool { return strings.Contains(a.File, text) }) {
			continue
		}
		o := b.try(t, a, n)
		fmt.Println(o.row())
		for _, c := range o.admitted {
			fmt.Printf("\tno %s: %s\n", c.Without, c.Why)
		}
		if !o.green() {
			t.Errorf("%s (%s):\n\tverdict: %s\n\thost: %s\n\tneighbour: %s", a.File, a.Tries, o.wrong, o.host, o.beside)
		}
	}
	if stats := b.pool.Stats(); stats.Leased != 0 || stats.Slots != 2 {
		t.Errorf("pool afterwards: %+v", stats)
	}
}

func (o outcome) row() string {
	mark := func(problem string) string {
		if problem == "" {
			return "ok"
		}
		return "FAIL"
	}
	if o.skipped {
		return fmt.Sprintf("%-34s %-12s skipped: no %s here", o.attack.File, o.attack.Category, o.attack.Language)
	}
	judged := mark(o.wrong)
	if o.wrong == "" && len(o.admitted) > 0 {
		judged = "(ok)"
	}
	said := strings.TrimSpace(judged + " " + string(o.verdict) + " " + string(o.reason))
	return fmt.Sprintf("%-34s %-12s %-22s %-6s %-14s %.1f", o.attack.File, o.attack.Category, said, mark(o.host),
		fmt.Sprintf("%s %+.1f%%", mark(o.beside), 100*o.slower), o.took.Seconds())
}

// retries is how often a neighbour that was slow is measured again: beside an attack that slows it down it is slow each
// time, while what else the host does comes and goes. Verdict and host have no second chance.
const retries = 4

// offers reports whether this host has the language called id.
func (b *bench) offers(t *testing.T, id string) bool {
	l, err := b.offer.Choose(id, nil)
	if err == nil {
		err = b.offer.Ready(t.Context(), b.pool, l)
	}
	var missing *language.MissingError
	if err != nil && !errors.As(err, &missing) {
		t.Fatalf("ready language %s: %v", id, err)
	}
	return err == nil
}

// try judges one attack, with all that is held of it.
func (b *bench) try(t *testing.T, a attack, n *neighbour) outcome {
	t.Helper()
	o := outcome{attack: a}
	if !b.offers(t, a.Language) {
		o.skipped = true
		return o
	}
	for try := range 1 + retries {
		before := o
		o = outcome{attack: a}
		if err := n.refresh(t.Context(), time.Duration(try)*time.Second); err != nil {
			o.beside = err.Error()
			return o
		}
		b.once(t, &o, n)
		o.wrong, o.host = strings.TrimSpace(before.wrong+" "+o.wrong), strings.TrimSpace(before.host+" "+o.host)
		if o.beside == "" || !strings.Contains(o.beside, errSlowed.Error()) {
			return o
		}
	}
	return o
}

// once runs an attack and its neighbour, and looks at the host before and after.
func (b *bench) once(t *testing.T, o *outcome, n *neighbour) {
	t.Helper()
	sub, err := b.install(o.attack)
	if err != nil {
		o.wrong = err.Error()
		return
	}
	if err := b.awaitIdle(t.Context()); err != nil {
		o.host = err.Error()
		return
	}
	before, err := b.look()
	if err != nil {
		o.host = err.Error()
		return
	}
	start := time.Now()
	all := b.together(t.Context(), sub, n)
	times, neighbourErr := all.times, all.neighbourErr
	o.took = time.Since(start)
	o.judged(b, all.report, all.attackErr)
	o.host = strings.Join(append(b.settled(t, before), all.refused...), "; ")
	if neighbourErr != nil {
		o.beside = neighbourErr.Error()
		return
	}
	if n.untimed() {
		return
	}
	if o.slower = n.slower(times); o.slower > tolerance {
		o.beside = fmt.Sprintf("%v: %v beside the attack, %v beside an honest program", errSlowed, times, n.usual)
	}
}

// beside is what happened while an attack was judged.
type beside struct {
	report       api.Report
	attackErr    error
	times        []time.Duration
	neighbourErr error
	refused      []string // to the host
}

// together judges the attack and the neighbour at the same time, and asks the host for what attacks could take from it.
func (b *bench) together(ctx context.Context, sub api.Submission, n *neighbour) (all beside) {
	var wait sync.WaitGroup
	done := make(chan struct{})
	wait.Go(func() { all.times, all.neighbourErr = n.beside(ctx, done) })
	wait.Go(func() { all.refused = askHost(done) })
	all.report, all.attackErr = b.judge.Judge(ctx, sub, nil)
	close(done)
	wait.Wait()
	return all
}

// judged looks at the verdict.
func (o *outcome) judged(b *bench, r api.Report, err error) {
	o.verdict, o.reason = r.Verdict, r.Reason
	switch {
	case err != nil:
		o.wrong = "fault: " + err.Error()
	case !o.safe(b):
		o.wrong = fmt.Sprintf("%s %s is not among %v: %s", r.Verdict, r.Reason, o.attack.Safe, explain(r))
	case r.Verdict == verdict.JudgeError && (r.Error == nil || r.Error.Class != verdict.ClassChecker):
		o.wrong = fmt.Sprintf("judge error of the wrong class: %+v", r.Error)
	case b.leaked(r):
		o.wrong = "the report holds the secret of a canary"
	case foundHole(r):
		o.wrong = "the interactor was told of a hole: " + explain(r)
	}
}

// safe tells whether the verdict is one that shows that the attack came to nothing, or that is admitted.
func (o *outcome) safe(b *bench) bool {
	listed := slices.Contains(o.attack.Safe, o.verdict)
	for _, c := range b.admits(o.attack) {
		admits := slices.Contains(c.Safe, o.verdict)
		if len(c.Holes) > 0 || !listed && admits {
			o.admitted = append(o.admitted, c)
		}
		listed = listed || admits
	}
	return listed
}

// foundHole tells whether a submission has told an honest interactor of a hole.
func foundHole(r api.Report) bool {
	return slices.ContainsFunc(r.Tests, func(t api.TestReport) bool { return strings.Contains(t.JudgeMessage, "hole:") })
}

// explain is what helps to see what happened.
func explain(r api.Report) string {
	log := r.Compile.Log[:min(len(r.Compile.Log), 500)]
	if r.Error != nil {
		return fmt.Sprintf("%+v", *r.Error)
	}
	return fmt.Sprintf("%s %+v", log, r.Tests)
}
