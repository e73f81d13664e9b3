package queue

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/rs/zerolog"

	"github.com/gaveloj/gavel/client"
	"github.com/gaveloj/gavel/message"
	"github.com/gaveloj/gavel/metrics"
)

// Keeper puts files beside reports and results into the object stores of their namespaces. What cannot be stored costs
// nothing but the file: it is told in its place, logged and counted.
type Keeper struct {
	conn     *client.Conn // borrowed
	replicas int
	log      zerolog.Logger
	metrics  *metrics.Metrics

	mu    sync.Mutex
	there map[string]bool // object stores that were seen; guarded by mu
	until time.Time       // nothing is tried before; guarded by mu
	cause error           // why; guarded by mu
}

// NewKeeper makes a keeper on a connection, which it borrows. replicas are those of the object stores that it makes;
// 0 means 1. m may be nil.
func NewKeeper(conn *client.Conn, replicas int, log zerolog.Logger, m *metrics.Metrics) *Keeper {
	return &Keeper{conn: conn, replicas: max(replicas, 1), log: log, metrics: m, there: map[string]bool{}}
}

const (
	// keepWait is how long one file may take, and keepRest how long no other one is tried after a failure: a store that
	// does not answer must not hold up the verdicts.
	keepWait = 15 * time.Second
	keepRest = 30 * time.Second
)

// Keep stores a.Data below path. The name of the object ends in digits of its hash: another worker that judges the same
// attempt may get other output, and must not change what the verdict names.
func (k *Keeper) Keep(ctx context.Context, id, path string, a message.Artifact) message.Artifact {
	object, err := k.store(ctx, id, path, a)
	a.Data = nil
	if err == nil {
		a.Object, a.SHA256 = object.Name, object.SHA256
		return a
	}
	a.Error = err.Error()
	if ctx.Err() == nil { // else nobody will ask for it
		k.metrics.LostArtifact()
		k.log.Warn().Err(err).Str("submission", id).Str("kind", string(a.Kind)).Int64("bytes", a.Bytes).Msg("artifact not stored")
	}
	return a
}

func (k *Keeper) store(ctx context.Context, id, path string, a message.Artifact) (message.FileObject, error) {
	if err := k.resting(); err != nil {
		return message.FileObject{}, err
	}
	bucket := message.FilesBucket(id)
	object, err := k.put(ctx, bucket, objectName(path, a), a.Data)
	if err != nil && ctx.Err() == nil {
		k.rest(bucket, err)
	}
	return object, err
}

func (k *Keeper) put(ctx context.Context, bucket, name string, data []byte) (message.FileObject, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, keepWait, fmt.Errorf("object store %s: no success within %v", bucket, keepWait))
	defer cancel()
	if err := k.open(ctx, bucket); err != nil {
		return message.FileObject{}, err
	}
	return k.conn.PutObject(ctx, bucket, name, bytes.NewReader(data))
}

// objectName is what an artifact is called in the object store: path, name, and some digits of the hash. It becomes part
// of a subject, whose length the server bounds, so a long one is cut.
func objectName(path string, a message.Artifact) string {
	const most = 400
	name := path + "/" + a.Name
	hash := sha256.Sum256(a.Data)
	return strings.ToValidUTF8(name[:min(len(name), most)], "") + "-" + hex.EncodeToString(hash[:8])
}

// resting is why nothing is tried now; nil most of the time.
func (k *Keeper) resting() error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if time.Now().Before(k.until) {
		return fmt.Errorf("not tried, because of an earlier failure: %w", k.cause)
	}
	return nil
}

func (k *Keeper) rest(bucket string, err error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.until, k.cause = time.Now().Add(keepRest), err
	delete(k.there, bucket)
}

// open makes the object store of a namespace where it is missing.
func (k *Keeper) open(ctx context.Context, bucket string) error {
	k.mu.Lock()
	there := k.there[bucket]
	k.mu.Unlock()
	if there {
		return nil
	}
	var r room
	if err := r.ensureObjects(ctx, k.conn, filesStore(bucket, k.replicas)); err != nil {
		return err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.there[bucket] = true
	return nil
}

// verdictHeaders is room for the headers of a verdict.
const verdictHeaders = 4 << 10

// fitArtifacts leaves the list of files out of a report that would be larger with it than the server takes: they are not
// worth the verdict.
func fitArtifacts(r *message.Report, most int64) {
	files := len(r.Artifacts)
	for _, t := range r.Tests {
		files += len(t.Artifacts)
	}
	if files == 0 {
		return
	}
	if data, err := json.Marshal(r); err != nil || int64(len(data)+verdictHeaders) <= most {
		return
	}
	for i := range r.Tests {
		r.Tests[i].Artifacts = nil
	}
	r.Artifacts = []message.Artifact{{
		Kind: message.ArtifactOutput, Name: "all",
		Error: fmt.Sprintf("the list of %d files does not fit into the verdict: look for objects below %s/ in %s",
			files, message.AttemptKey(r.Submission, r.Attempt), message.FilesBucket(r.Submission)),
	}}
}
