package queue

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"text/tabwriter"
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

// deed is something that a user tries. It returns nil when it was done.
type deed struct {
	what string
	try  func(ctx context.Context, who user) error
	may  string // users, with blanks between
}

// user is who tries; own is a namespace that is tried in.
type user struct {
	*client.Client
	at   *client.Conn
	nc   *nats.Conn
	js   jetstream.JetStream
	name string
}

const everybody = "arena course observer worker operator"

// deeds is the permission matrix: everything is tried by everybody, in the namespace of arena.
func deeds() []deed {
	return []deed{
		{"submit", func(ctx context.Context, u user) error {
			return u.Submit(ctx, message.DefaultPool, message.LaneContest, queuetest.Submission("arena."+u.name))
		}, "arena worker operator"},
		{"publish under the name of another", func(ctx context.Context, u user) error {
			data, _ := json.Marshal(queuetest.Submission("arena.stolen"))
			_, err := u.js.Publish(ctx, "judge.submissions.default.contest", data)
			return err
		}, "worker operator"},
		{"read a verdict", func(ctx context.Context, u user) error {
			_, err := u.Verdict(ctx, "arena.judged", 1)
			return err
		}, "arena observer worker operator"},
		{"wait for a verdict", func(ctx context.Context, u user) error {
			_, err := u.Wait(ctx, "arena.judged", client.Current)
			return err
		}, "arena observer worker operator"},
		{"watch events", func(ctx context.Context, u user) error {
			for event, err := range u.Watch(ctx, "arena.judged", 1) {
				if err != nil || event.Stage == api.StageDone {
					return err
				}
			}
			return io.EOF
		}, "arena observer worker operator"},
		{"cancel", func(ctx context.Context, u user) error { return u.Cancel(ctx, "arena.later"+u.name, 1, "") }, "arena worker operator"},
		{"read the archive", func(ctx context.Context, u user) error {
			_, err := u.FindArchived(ctx, "arena.judged")
			return err
		}, "arena worker operator"},
		{"rejudge", func(ctx context.Context, u user) error {
			_, err := u.Rejudge(ctx, "arena.judged", client.Target{Lane: message.LaneContest})
			return err
		}, "arena worker operator"},
		{"store a file", func(ctx context.Context, u user) error {
			_, err := u.at.PutObject(ctx, "judge-files-arena", "by-"+u.name, strings.NewReader("content"))
			return err
		}, "arena worker operator"},
		{"read a file", func(ctx context.Context, u user) error {
			var got bytes.Buffer
			return u.at.GetObject(ctx, "judge-files-arena", fileOfArena(), &got)
		}, "arena worker operator"},
		{"run programs", func(ctx context.Context, u user) error {
			_, err := u.Run(ctx, message.DefaultPool, anyRun())
			return err
		}, "arena course worker operator"},
		{"run programs with its own files", func(ctx context.Context, u user) error {
			r := anyRun()
			r.ID = "arena.run"
			_, err := u.Run(ctx, message.DefaultPool, r)
			return err
		}, "arena worker operator"},
		{"list workers", func(ctx context.Context, u user) error {
			workers, err := u.Workers(ctx)
			if err == nil && len(workers) == 0 {
				err = io.EOF
			}
			return err
		}, everybody},
		{"look into the queue", func(ctx context.Context, u user) error {
			_, err := u.FindQueued(ctx, "arena.nowhere", 1, nil)
			if errors.Is(err, client.ErrNotQueued) {
				_, err = u.Lanes(ctx)
			}
			return err
		}, "worker operator"},
		{"ask what is in hand", func(ctx context.Context, u user) error {
			hands, err := u.Hands(ctx, 1)
			if err == nil && len(hands) == 0 {
				err = io.EOF
			}
			return err
		}, "worker operator"},
		{"read dead letters", ask("$JS.API.DIRECT.GET.DEAD.judge.dead.unknown", ""), "observer worker operator"},
		{"count a stream", ask("$JS.API.STREAM.INFO.VERDICTS", ""), "observer worker operator"},
		{"read any message", ask("$JS.API.STREAM.MSG.GET.VERDICTS", `{"seq":1}`), "worker operator"},
		{"read any message of the archive", ask("$JS.API.DIRECT.GET.ARCHIVE", `{"seq":1}`), "worker operator"},

		{"publish a verdict", tell(message.VerdictSubject("arena.forged", 1)), "worker operator"},
		{"publish an event", tell(message.EventSubject("arena.forged")), "worker operator"},
		{"publish a dead letter", tell(message.DeadSubject("arena.forged")), "worker operator"},
		{"write the archive", tell(message.ArchiveSubject("arena.forged")), "worker operator"},
		{"write the registry", tell(message.EntrySubject(message.BucketWorkers, "forged")), "worker operator"},
		{"write the ledger of tries", tell(message.EntrySubject(message.BucketTries, "arena.forged.1")), "worker operator"},
		{"name a version of a problem", tell(message.EntrySubject(message.BucketVersions, "forged")), "worker operator"},
		{"store a problem", tell("$O.judge-problems.C.forged"), "worker operator"},

		{"consume submissions", ask("$JS.API.CONSUMER.MSG.NEXT.SUBMISSIONS."+message.LaneConsumer(message.DefaultPool, message.LaneRejudge), `{"batch":1,"no_wait":true}`), "worker operator"},
		{"consume all events", ask("$JS.API.CONSUMER.CREATE.EVENTS.all.>", `{"stream_name":"EVENTS","config":{"name":"all","filter_subject":">"}}`), "worker operator"},
		{"consume events by a trick", ask("$JS.API.CONSUMER.CREATE.EVENTS.trick.judge.events."+"arena.x",
			`{"stream_name":"EVENTS","config":{"name":"trick","filter_subject":"judge.events.>"}}`), ""},
		{"make a consumer of its own events", ask("$JS.API.CONSUMER.CREATE.EVENTS.own.judge.events.arena.x",
			`{"stream_name":"EVENTS","config":{"name":"own","filter_subject":"judge.events.arena.x"}}`), "worker operator"},
		{"list its own events", ask("$JS.API.DIRECT.GET.EVENTS.judge.events.arena.judged", ""), "arena observer worker operator"},
		{"make a stream", ask("$JS.API.STREAM.CREATE.MINE", `{"name":"MINE","subjects":["mine"],"storage":"memory"}`), "worker operator"},
		{"delete a message", ask("$JS.API.STREAM.MSG.DELETE.DEAD", `{"seq":1}`), "operator"},
		{"purge a stream", ask("$JS.API.STREAM.PURGE.DEAD", ""), "operator"},
		{"delete a consumer", func(ctx context.Context, u user) error {
			lane := map[bool]string{false: message.LaneRejudge, true: message.LanePractice}[u.name == "operator"] // one is gone then
			return ask("$JS.API.CONSUMER.DELETE.SUBMISSIONS."+message.LaneConsumer(message.DefaultPool, lane), "")(ctx, u)
		}, "worker operator"},
		{"delete a stream", ask("$JS.API.STREAM.DELETE.DEAD", ""), "operator"},
		{"list streams", ask("$JS.API.STREAM.NAMES", ""), "worker operator"},
	}
}

// tell publishes something that a stream should keep.
func tell(subject string) func(context.Context, user) error {
	return func(ctx context.Context, u user) error {
		_, err := u.js.Publish(ctx, subject, []byte("{}"))
		return err
	}
}

// ask sends a request to the server. An answer with an error is none.
func ask(subject, payload string) func(context.Context, user) error {
	return func(ctx context.Context, u user) error {
		msg, err := u.nc.RequestWithContext(ctx, subject, []byte(payload))
		if err != nil {
			return err
		}
		var reply struct {
			Error *jetstream.APIError `json:"error"`
		}
		if json.Unmarshal(msg.Data, &reply) == nil && reply.Error != nil {
			return reply.Error
		}
		return nil
	}
}

func anyRun() api.RunRequest {
	return api.RunRequest{
		Language: "c", Files: []api.SourceFile{{Name: "a.c", Text: "int main() {}"}}, Inputs: []api.RunInput{{Name: "1"}},
	}
}

// fileOfArena is what prepareArena stores.
func fileOfArena() api.FileObject {
	return api.FileObject{Name: "first", Bytes: 7, SHA256: "ed7002b439e9ac845f22357d822bac1444730fbdb6016d3ec9432297b9ec9f73"}
}

// prepareArena makes what is tried upon: a worker with all its services, and a submission that was judged.
func prepareArena(t *testing.T, a *accounts) *client.Conn {
	t.Helper()
	judge := a.connect(t, "worker")
	if err := storage.Ensure(queuetest.Context(t), judge, 1); err != nil {
		t.Fatal(err)
	}
	for _, namespace := range []string{"arena.", "course."} {
		if _, err := judge.JetStream().CreateObjectStore(queuetest.Context(t), jetstream.ObjectStoreConfig{Bucket: message.FilesBucket(namespace)}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := judge.PutObject(queuetest.Context(t), "judge-files-arena", "first", strings.NewReader("content")); err != nil {
		t.Fatal(err)
	}
	register(t, judge, RegistryConfig{Info: readyWorker("one")})
	serveRuns(t, judge, quick(), echo)
	queuetest.Publish(t, judge, []byte("not a submission"))
	storeAnyway(t, judge, message.DefaultPool, message.LaneContest, queuetest.Submission("arena.judged"))
	queuetest.WaitVerdict(t, judge, "arena.judged")
	queuetest.Emptied(t, judge)
	return judge
}

func TestPermissionMatrix(t *testing.T) {
	a := startAccounts(t)
	prepareArena(t, a)
	users := strings.Fields(everybody)
	var table bytes.Buffer
	w := tabwriter.NewWriter(&table, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "in the namespace arena\t"+strings.Join(users, "\t"))
	connected := map[string]user{}
	for _, name := range users {
		conn := a.connect(t, name)
		connected[name] = user{client.New(conn), conn, conn.NATS(), conn.JetStream(), name}
	}
	for _, d := range deeds() {
		row := []string{d.what}
		for _, name := range users {
			may := strings.Contains(" "+d.may+" ", " "+name+" ")
			err := tryDeed(t, d, connected[name], may)
			if (err == nil) != may {
				t.Errorf("%s by %s: %v, want it done %v", d.what, name, err, may)
			}
			row = append(row, map[bool]string{true: "yes", false: "-"}[err == nil])
		}
		fmt.Fprintln(w, strings.Join(row, "\t"))
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	t.Logf("\n%s", table.String())
}

// tryDeed tries a deed: with patience when it must be possible, and as long as an answer takes when not.
func tryDeed(t *testing.T, d deed, who user, may bool) error {
	t.Helper()
	ctx, cancel := context.WithTimeout(queuetest.Context(t), map[bool]time.Duration{true: queuetest.Patience, false: time.Second}[may])
	defer cancel()
	return d.try(ctx, who)
}

// What a platform may ask cannot be turned into what it may not do: answers do not go to other subjects, and a
// consumer that delivers elsewhere changes nothing that others read.
func TestPlatformCannotForgeByTheServersHand(t *testing.T) {
	a := startAccounts(t)
	judge := prepareArena(t, a)
	arena, course := a.connect(t, "arena"), a.connect(t, "course")
	victim := message.VerdictSubject("course.s1", 1)
	heard, err := course.NATS().SubscribeSync(victim) // somebody waits for it, as Wait does
	if err != nil {
		t.Fatal(err)
	}
	if err := course.NATS().Flush(); err != nil {
		t.Fatal(err)
	}
	for subject, payload := range map[string]string{
		"$JS.API.DIRECT.GET.VERDICTS." + message.VerdictSubject("arena.judged", 1): "",
		"judge.submissions.default.contest.arena":                                  apitestSubmission("arena.reply"),
	} {
		if err := arena.NATS().PublishRequest(subject, victim, []byte(payload)); err != nil {
			t.Fatal(err)
		}
	}
	for _, target := range []string{
		victim, "$JS.API.STREAM.PURGE.VERDICTS", "$JS.API.STREAM.DELETE.ARCHIVE", message.SubmissionSubject("default", "contest", "course.s1"),
		message.EntrySubject(message.BucketWorkers, "one"),
	} {
		name := strings.NewReplacer(".", "-", "$", "").Replace(target)
		_ = ask("$JS.API.CONSUMER.CREATE.EVENTS."+name+".judge.events.arena.judged", fmt.Sprintf(
			`{"stream_name":"EVENTS","config":{"name":%q,"filter_subject":"judge.events.arena.judged","deliver_subject":%q,"headers_only":true}}`,
			name, target))(queuetest.Context(t), user{nc: arena.NATS()}) // whether or not the server takes it
	}
	queuetest.WaitVerdict(t, judge, "arena.reply") // what was asked before has been dealt with

	platform := client.New(course)
	if err := platform.Submit(queuetest.Context(t), message.DefaultPool, message.LaneContest, queuetest.Submission("course.s1")); err != nil {
		t.Fatal(err)
	}
	report, err := platform.Wait(queuetest.Context(t), "course.s1", 1)
	if err != nil || report.Submission != "course.s1" || report.Verdict != verdict.Accepted {
		t.Errorf("verdict of the other platform: %+v, %v", report, err)
	}
	queuetest.Emptied(t, judge)
	if n, _, _ := heard.Pending(); n == 0 {
		t.Error("the other platform heard nothing of its verdict")
	}
	for _, stream := range []string{message.StreamVerdicts, message.StreamArchive} {
		if queuetest.Count(t, judge, stream) < 2 {
			t.Errorf("stream %s lost messages", stream)
		}
	}
	if got := entry(t, judge); got.Name != "one" || !got.Live() {
		t.Errorf("registry: %+v", got)
	}
}

func apitestSubmission(id string) string {
	data, err := json.Marshal(queuetest.Submission(id))
	if err != nil {
		panic(err) // a test reads it first
	}
	return string(data)
}

// Platforms hear of their own submissions alone.
func TestPlatformsHearNothingOfEachOther(t *testing.T) {
	a := startAccounts(t)
	judge := prepareArena(t, a)
	all := map[string]*nats.Subscription{}
	for _, name := range []string{"arena", "course", "observer"} {
		sub, err := a.connect(t, name).NATS().SubscribeSync(">")
		if err != nil {
			t.Fatal(err)
		}
		all[name] = sub
	}
	queuetest.Eventually(t, "what is said is heard", func() bool {
		for _, id := range []string{"arena.x", "course.x"} {
			if err := judge.NATS().Publish(message.EventSubject(id), []byte("{}")); err != nil {
				t.Fatal(err)
			}
		}
		for _, sub := range all {
			if n, _, _ := sub.Pending(); n == 0 {
				return false
			}
		}
		return true
	})
	for name, sub := range all {
		for n, _, _ := sub.Pending(); n > 0; n-- {
			msg, err := sub.NextMsg(queuetest.Patience)
			if err != nil {
				t.Fatal(err)
			}
			if name != "observer" && !strings.HasPrefix(msg.Subject, "judge.events."+name+".") {
				t.Errorf("%s heard %s", name, msg.Subject)
			}
		}
	}
}

func TestConnectWithCredentials(t *testing.T) {
	a := startAccounts(t, "  # ca_file:", "  ca_file:", "  # verify: true", "  verify: true") // mutual TLS
	a.issue(t, "client")
	foreign := newAuthority(t)
	foreign.issue(t, "client")
	for _, test := range []struct {
		name   string
		user   string
		change func(*client.Config)
		want   string // "" for a connection
	}{
		{"NKey", "worker", func(*client.Config) {}, ""},
		{"password", "arena", func(*client.Config) {}, ""},
		{"wrong password", "arena", func(c *client.Config) { c.Password = "guessed" }, "authorization violation"},
		{"no user", "arena", func(c *client.Config) { c.User, c.Password = "", "" }, "authorization violation"},
		{"no certificate", "arena", func(c *client.Config) { c.CertFile, c.KeyFile = "", "" }, "certificate required"},
		{"certificate of somebody else", "arena", func(c *client.Config) {
			c.CertFile, c.KeyFile = foreign.file("client.pem"), foreign.file("client-key.pem")
		}, "unknown certificate authority"},
		{"unknown authority", "arena", func(c *client.Config) { c.CAFile = foreign.file("ca.pem") }, "certificate"},
		{"system's authorities", "arena", func(c *client.Config) { c.CAFile = "" }, "certificate"},
		{"password in the URL", "arena", func(c *client.Config) {
			c.URL = strings.Replace(c.URL, "tls://", "tls://arena:guessed@", 1)
			c.User, c.Password = "", ""
		}, "authorization violation"},
		{"not an NKey", "worker", func(c *client.Config) { c.NKeyFile = a.file("ca.pem") }, "want a seed"},
		{"both", "worker", func(c *client.Config) { c.User, c.Password = "arena", "guessed" }, "give one of"},
		{"user alone", "arena", func(c *client.Config) { c.Password = "" }, "no password"},
	} {
		t.Run(test.name, func(t *testing.T) {
			cfg := a.config(test.user)
			cfg.CertFile, cfg.KeyFile, cfg.Wait = a.file("client.pem"), a.file("client-key.pem"), 2*time.Second
			test.change(&cfg)
			conn, err := client.Connect(context.Background(), cfg)
			if err == nil {
				conn.Close()
			}
			text := fmt.Sprint(cmp.Or(err, errors.New("")))
			if (err == nil) != (test.want == "") || !strings.Contains(strings.ToLower(text), test.want) {
				t.Errorf("Connect = %v, want %q", err, test.want)
			}
			if strings.Contains(text, "no answer within") {
				t.Errorf("Connect tried in vain again and again: %v", err)
			}
			if strings.Contains(text, "guessed") || strings.Contains(text, password(test.user)) {
				t.Errorf("the error tells the password: %v", err)
			}
		})
	}
}
