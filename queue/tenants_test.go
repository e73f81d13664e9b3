package queue

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/judge/verdict"
	"github.com/gaveloj/gavel/queue/client"
	"github.com/gaveloj/gavel/queue/message"
	"github.com/gaveloj/gavel/queue/queuetest"
	"github.com/gaveloj/gavel/queue/storage"
)

// foreignHeaders are headers that a server obeys, such as a platform would set them to change what is another's.
func foreignHeaders() map[string]nats.Header {
	soon := "@at " + time.Now().Add(time.Second).UTC().Format(time.RFC3339)
	victim := message.VerdictSubject("course.judged", 1)
	return map[string]nats.Header{
		"rollup of all":          {"Nats-Rollup": {"all"}},
		"rollup of the subject":  {"Nats-Rollup": {"sub"}},
		"time to live":           {"Nats-Ttl": {"1s"}, "Nats-TTL": {"1s"}},
		"counter":                {"Nats-Incr": {"+1"}},
		"batch":                  {"Nats-Batch-Id": {"b"}, "Nats-Batch-Sequence": {"1"}, "Nats-Batch-Commit": {"1"}},
		"schedule":               {"Nats-Schedule": {soon}, "Nats-Schedule-Target": {victim}},
		"schedule with a source": {"Nats-Schedule": {"@every 1s"}, "Nats-Schedule-Target": {victim}, "Nats-Schedule-Source": {victim}},
		"schedule that rolls up": {"Nats-Schedule": {soon}, "Nats-Schedule-Target": {victim}, "Nats-Schedule-Rollup": {"sub"}},
		"another stream":         {"Nats-Expected-Stream": {"VERDICTS"}},
		"last sequence":          {"Nats-Expected-Last-Sequence": {"1000"}},
		"last of another's": {
			"Nats-Expected-Last-Subject-Sequence":         {"1000"},
			"Nats-Expected-Last-Subject-Sequence-Subject": {message.EntrySubject(message.BucketAttempts, "course.judged")},
		},
	}
}

// harmlessHeaders are such headers of messages that may be stored, because nothing of another's changes.
func harmlessHeaders() map[string]nats.Header {
	victim := message.VerdictSubject("course.judged", 1)
	return map[string]nats.Header{
		"message ID of another":   {"Nats-Msg-Id": {"course.judged.1"}},
		"end of an entry":         {"KV-Operation": {"PURGE"}},
		"marker":                  {"Nats-Marker-Reason": {"MaxAge"}},
		"source":                  {"Nats-Stream-Source": {"VERDICTS 1 > > " + victim}},
		"trace":                   {"Nats-Trace-Dest": {victim}, "Accept-Encoding": {"gzip"}},
		"trace alone":             {"Nats-Trace-Dest": {victim}, "Nats-Trace-Only": {"true"}},
		"trace of W3C":            {"traceparent": {"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}, "Nats-Trace-Dest": {victim}},
		"who asks":                {"Nats-Request-Info": {`{"acc":"COURSE"}`}},
		"republished":             {"Nats-Stream": {"VERDICTS"}, "Nats-Subject": {victim}, "Nats-Sequence": {"1"}},
		"status":                  {"Status": {"503"}, "Description": {"no"}},
		"status of an empty lane": {"Status": {"404"}},
		"status of the end":       {"Status": {"409"}, "Description": {"Consumer Deleted"}},
		"level":                   {"Nats-Required-Api-Level": {"999"}},
		"last message ID":         {"Nats-Expected-Last-Msg-Id": {"course.judged.1"}}, // refused, unless it is the last one
		"last of its own":         {"Nats-Expected-Last-Subject-Sequence": {"0"}},
		"reply as a stream's is":  {"Nats-Last-Consumer": {"1"}, "Nats-Consumer-Stalled": {victim}},
	}
}

// writes are the messages that arena may publish, each with a subject that it has not used.
func writes(n int) map[string][]byte {
	id := fmt.Sprintf("arena.write%d", n)
	return map[string][]byte{
		message.SubmissionSubject(message.DefaultPool, message.LaneContest, id): []byte(apitestSubmission(id)),
		message.EntrySubject(message.BucketAttempts, id):                        []byte("2"),
		message.EntrySubject(message.BucketCancellations, id+".1"):              []byte(`{"version":1,"submission_id":"course.judged","attempt":1}`),
		fmt.Sprintf("$O.judge-files-arena.C.write%d", n):                        []byte("content"),
	}
}

// What a platform publishes changes nothing of another's, whatever headers are on it: those that would are refused by the
// streams that it shares with others.
func TestPlatformCannotUseHeadersAgainstOthers(t *testing.T) {
	a := startAccounts(t)
	judge := prepareArena(t, a)
	prepareCourse(t, judge, a.connect(t, "course"))
	arena, heard := a.connect(t, "arena"), hearAll(t, a.connect(t, "course"))
	before := foreignMessages(t, judge)
	n := 0
	try := func(name string, header nats.Header, refused bool) {
		n++
		for subject, data := range writes(n) {
			msg := &nats.Msg{Subject: subject, Data: data, Header: header}
			answer, err := arena.NATS().RequestMsgWithContext(queuetest.Context(t), msg)
			var ack struct {
				Error *jetstream.APIError `json:"error"`
			}
			if err == nil {
				err = json.Unmarshal(answer.Data, &ack)
			}
			shared := !strings.HasPrefix(subject, "$O.")
			if err != nil || shared && refused && ack.Error == nil {
				t.Errorf("%s on %s: %v, %v, want it refused", name, subject, ack.Error, err)
			}
		}
	}
	for name, header := range foreignHeaders() {
		try(name, header, true)
	}
	for name, header := range harmlessHeaders() {
		if strings.HasPrefix(name, "trace") {
			publishAll(t, arena, header, &n) // the answer may be a trace
			continue
		}
		try(name, header, false)
	}
	queuetest.Emptied(t, judge)
	time.Sleep(1500 * time.Millisecond) // no test can wait for what must not come: schedules and times to live are 1 s
	wantForeign(t, before, foreignMessages(t, judge))
	for _, m := range drain(heard) {
		t.Errorf("the other platform heard %s", m.Subject)
	}
}

func publishAll(t *testing.T, conn *client.Conn, header nats.Header, n *int) {
	t.Helper()
	*n++
	for subject, data := range writes(*n) {
		if err := conn.NATS().PublishMsg(&nats.Msg{Subject: subject, Data: data, Header: header}); err != nil {
			t.Fatal(err)
		}
	}
	if err := conn.NATS().Flush(); err != nil {
		t.Fatal(err)
	}
}

// prepareCourse makes what another platform has in every stream and bucket.
func prepareCourse(t *testing.T, judge, course *client.Conn) {
	t.Helper()
	storeAnyway(t, judge, message.DefaultPool, message.LaneContest, queuetest.Submission("course.judged"))
	queuetest.WaitVerdict(t, judge, "course.judged")
	queuetest.Emptied(t, judge)
	ctx := queuetest.Context(t)
	if _, err := course.JetStream().Publish(ctx, message.EntrySubject(message.BucketAttempts, "course.again"), []byte("7")); err != nil {
		t.Fatal(err)
	}
	if err := client.New(course).Cancel(ctx, "course.later", 1, "why"); err != nil {
		t.Fatal(err)
	}
	if _, err := course.PutObject(ctx, "judge-files-course", "first", strings.NewReader("content")); err != nil {
		t.Fatal(err)
	}
}

// foreignMessages are those of every stream that do not belong to arena, but for the registry, which changes by itself.
func foreignMessages(t *testing.T, judge *client.Conn) map[string]string {
	t.Helper()
	found := map[string]string{}
	list := judge.JetStream().ListStreams(queuetest.Context(t))
	for info := range list.Info() {
		if info.Config.Name == message.BucketStream(message.BucketWorkers) {
			continue
		}
		for seq := max(info.State.FirstSeq, 1); seq <= info.State.LastSeq; seq++ {
			if subject, data := storedMessage(t, judge, info.Config.Name, seq); subject != "" && !strings.Contains(subject, "arena") {
				found[fmt.Sprintf("%s %d %s", info.Config.Name, seq, subject)] = data
			}
		}
	}
	if err := list.Err(); err != nil {
		t.Fatal(err)
	}
	return found
}

// storedMessage reads a message of a stream, none where the subject is "". It asks the leader: in the answer of others, the
// message's own headers count for the server's.
func storedMessage(t *testing.T, judge *client.Conn, stream string, seq uint64) (subject, data string) {
	t.Helper()
	answer, err := judge.NATS().RequestWithContext(queuetest.Context(t), "$JS.API.STREAM.MSG.GET."+stream, fmt.Appendf(nil, `{"seq":%d}`, seq))
	var reply struct {
		Message struct {
			Subject string `json:"subject"`
			Data    []byte `json:"data"`
		} `json:"message"`
	}
	if err == nil {
		err = json.Unmarshal(answer.Data, &reply)
	}
	if err != nil {
		t.Fatal(err)
	}
	return reply.Message.Subject, string(reply.Message.Data)
}

// wantForeign compares: everything is still there, and nothing of the other platform has come.
func wantForeign(t *testing.T, before, after map[string]string) {
	t.Helper()
	if len(before) < 8 {
		t.Fatalf("too little to look at: %v", before)
	}
	for key, data := range before {
		if got, ok := after[key]; !ok || got != data {
			t.Errorf("%s was changed: %q, %v, want %q", key, got, ok, data)
		}
	}
	for key := range after {
		if _, ok := before[key]; !ok && strings.Contains(key, "course") {
			t.Errorf("%s has come", key)
		}
	}
}

func hearAll(t *testing.T, conn *client.Conn) *nats.Subscription {
	t.Helper()
	sub, err := conn.NATS().SubscribeSync(">")
	if err == nil {
		err = conn.NATS().Flush()
	}
	if err != nil {
		t.Fatal(err)
	}
	return sub
}

func drain(sub *nats.Subscription) (all []*nats.Msg) {
	for {
		msg, err := sub.NextMsg(10 * time.Millisecond)
		if err != nil {
			return all
		}
		all = append(all, msg)
	}
}

// The IDs of another's messages can be guessed, and the server drops what comes second. The other platform does not take that
// for its own submission, and gets its verdicts.
func TestMessageIDsOfAnotherPlatform(t *testing.T) {
	a := startAccounts(t)
	judge := prepareArena(t, a)
	prepareCourse(t, judge, a.connect(t, "course"))
	arena, course := a.connect(t, "arena"), client.New(a.connect(t, "course"))
	s := queuetest.Submission("course.new")
	for i, taken := range []string{"course.new.1", "course.new.1." + s.ContentDigest(), "course.judged.2", "course.judged.2.replay"} {
		data := []byte(apitestSubmission(fmt.Sprintf("arena.taken%d", i)))
		if i == 0 {
			data = []byte(apitestSubmission("course.new")) // its own content, where workers refuse it
		}
		if _, err := arena.JetStream().Publish(queuetest.Context(t), "judge.submissions.default.contest.arena", data, jetstream.WithMsgID(taken)); err != nil {
			t.Fatal(err)
		}
	}
	if err := course.Submit(queuetest.Context(t), message.DefaultPool, message.LaneContest, s); err != nil {
		t.Fatal(err)
	}
	if report, err := course.WaitFor(queuetest.Context(t), s); err != nil || report.Verdict != verdict.Accepted {
		t.Errorf("verdict of the submission: %s, %v", report.Verdict, err)
	}
	receipt, err := course.Rejudge(queuetest.Context(t), "course.judged", client.Target{Lane: message.LaneContest})
	if err != nil || receipt.Attempt != 2 {
		t.Fatalf("Rejudge = %+v, %v", receipt, err)
	}
	if report, err := course.Wait(queuetest.Context(t), "course.judged", 2); err != nil || report.Verdict != verdict.Accepted {
		t.Errorf("verdict of the second attempt: %s, %v", report.Verdict, err)
	}
	queuetest.Emptied(t, judge)
	for key := range foreignMessages(t, judge) {
		if strings.HasPrefix(key, message.StreamDead) && strings.Contains(key, "course") {
			t.Errorf("%s: what arena published in the name of course became its dead letter", key)
		}
	}
}

// A message that stands under the ID of another namespace than its subject's is none that was published before: workers
// refuse it. That holds for users who may read what waits, too.
func TestDuplicateInAnotherNamespace(t *testing.T) {
	conn := queuetest.Connect(t, queuetest.Server(t).URL())
	submitWhenReady(t, conn)
	s := queuetest.Submission("course.new")
	if _, err := conn.JetStream().Publish(queuetest.Context(t), "judge.submissions.default.contest.arena", []byte(apitestSubmission("course.new")),
		jetstream.WithMsgID("course.new.1")); err != nil {
		t.Fatal(err)
	}
	storeAnyway(t, conn, message.DefaultPool, message.LaneContest, s)
	queuetest.WantCount(t, conn, message.StreamSubmissions, 2)
}

// With a consumer, a platform could have the server publish where somebody waits: heartbeats count as messages of that
// subject. So it may make none, and neither may an observer.
func TestConsumerCannotForgeAVerdict(t *testing.T) {
	a := startAccounts(t)
	judge := prepareArena(t, a)
	target := message.VerdictSubject("course.s1", 1)
	waiting, err := a.connect(t, "course").NATS().SubscribeSync(target) // as Wait does
	if err == nil {
		err = waiting.SetPendingLimits(-1, -1)
	}
	if err != nil {
		t.Fatal(err)
	}
	course := client.New(a.connect(t, "course"))
	for _, name := range []string{"arena", "observer"} {
		conn := a.connect(t, name)
		err := ask("$JS.API.CONSUMER.CREATE.EVENTS."+name+".judge.events.arena.judged", fmt.Sprintf(
			`{"stream_name":"EVENTS","config":{"name":%q,"filter_subject":"judge.events.arena.judged","deliver_subject":%q,"idle_heartbeat":100000000}}`,
			name, target))(queuetest.Context(t), user{nc: conn.NATS()})
		if err == nil {
			t.Errorf("%s has made a consumer", name)
		}
	}
	if err := course.Submit(queuetest.Context(t), message.DefaultPool, message.LaneContest, queuetest.Submission("course.s1")); err != nil {
		t.Fatal(err)
	}
	report, err := course.Wait(queuetest.Context(t), "course.s1", 1)
	if err != nil || report.Verdict != verdict.Accepted {
		t.Errorf("verdict of the other platform: %+v, %v", report, err)
	}
	queuetest.Emptied(t, judge)
}

// Streams and buckets refuse roll-ups also where an earlier version, or an operator, has allowed them.
func TestRollupsAreRefusedInExistingStreams(t *testing.T) {
	conn := queuetest.Connect(t, queuetest.Server(t).URL())
	ctx := queuetest.Context(t)
	allow := func(cfg jetstream.StreamConfig) {
		if cfg.AllowRollup && !strings.HasPrefix(cfg.Name, "OBJ_") {
			t.Errorf("%s allows roll-ups", cfg.Name)
		}
		cfg.AllowRollup = true
		if _, err := conn.JetStream().UpdateStream(ctx, cfg); err != nil {
			t.Fatal(err)
		}
	}
	for range 2 { // as they were made, and after somebody has allowed them
		if err := storage.Ensure(ctx, conn, 1); err != nil {
			t.Fatal(err)
		}
		list := conn.JetStream().ListStreams(ctx)
		for info := range list.Info() {
			allow(info.Config)
		}
		if err := list.Err(); err != nil {
			t.Fatal(err)
		}
	}
}

// A few messages of one platform do not fill the buckets that all of them need.
func TestEntriesAreSmall(t *testing.T) {
	a := startAccounts(t)
	prepareArena(t, a)
	arena := a.connect(t, "arena")
	for bucket, most := range map[string]int{message.BucketAttempts: 1 << 10, message.BucketCancellations: 8 << 10} {
		for key, size := range map[string]int{"arena.fits.1": most, "arena.large.1": most + 1} {
			if bucket == message.BucketAttempts {
				key = strings.TrimSuffix(key, ".1")
			}
			_, err := arena.JetStream().Publish(queuetest.Context(t), message.EntrySubject(bucket, key), make([]byte, size))
			if (err == nil) != (size <= most) {
				t.Errorf("entry %s of %d bytes: %v", key, size, err)
			}
		}
	}
	reason := strings.Repeat("\x01", message.MaxReason) // six bytes each in JSON
	if err := client.New(arena).Cancel(queuetest.Context(t), "arena.any", 1, reason); err != nil {
		t.Errorf("cancel with the longest reason: %v", err)
	}
}

// A platform in an account sees the newest event and those that come, also of an attempt that a later one has followed.
func TestWatchInAnAccount(t *testing.T) {
	a := startAccounts(t)
	judge := prepareArena(t, a)
	arena := client.New(a.connect(t, "arena"))
	receipt, err := arena.Rejudge(queuetest.Context(t), "arena.judged", client.Target{Lane: message.LaneContest})
	if err != nil || receipt.Attempt != 2 {
		t.Fatalf("Rejudge = %+v, %v", receipt, err)
	}
	queuetest.Emptied(t, judge)
	for _, attempt := range []int{1, 2, client.Current} {
		var last api.Event
		for event, err := range arena.Watch(queuetest.Context(t), "arena.judged", attempt) {
			if err != nil {
				t.Fatal(err)
			}
			if last = event; event.Stage == api.StageDone {
				break
			}
		}
		if want := max(attempt, 1); attempt != client.Current && last.Attempt != want || last.Verdict != "AC" {
			t.Errorf("Watch attempt %d ended with %+v", attempt, last)
		}
	}
}
