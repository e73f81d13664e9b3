package storage

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/rs/zerolog"

	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/metrics"
	"github.com/gaveloj/gavel/queue/client"
	"github.com/gaveloj/gavel/queue/message"
)

// Artifacts puts files beside reports and results into the object stores of their namespaces. A file that cannot be
// stored is reported in its artifact entry, logged and counted; the verdict is not affected.
type Artifacts struct {
	conn     *client.Conn // borrowed
	replicas int
	log      zerolog.Logger
	metrics  *metrics.Metrics

	mu     sync.Mutex
	opened map[string]bool    // object stores that were seen, by name; guarded by mu
	failed map[string]failure // object stores that are left alone for a while, by name; guarded by mu
}

// failure is why an object store is left alone, and until when.
type failure struct {
	cause error
	until time.Time
}

// NewArtifacts makes a store on a connection, which it borrows. replicas are those of the object stores that it makes;
// 0 means 1. m may be nil.
func NewArtifacts(conn *client.Conn, replicas int, log zerolog.Logger, m *metrics.Metrics) *Artifacts {
	return &Artifacts{conn: conn, replicas: max(replicas, 1), log: log, metrics: m, opened: map[string]bool{}, failed: map[string]failure{}}
}

const (
	// storeTimeout is how long one file may take, and failureRest how long its store is not tried again after a failure: one that
	// does not answer must not delay the verdicts.
	storeTimeout = 15 * time.Second
	failureRest  = 30 * time.Second
)

// Keep stores a.Data below path. The name of the object ends in digits of its hash: another worker that judges the same
// attempt may get other output, and must not change what the verdict names.
func (s *Artifacts) Keep(ctx context.Context, id, path string, a api.Artifact) api.Artifact {
	object, err := s.store(ctx, id, path, a)
	a.Data = nil
	if err == nil {
		a.Object, a.SHA256 = object.Name, object.SHA256
		return a
	}
	a.Error = err.Error()
	if ctx.Err() == nil { // else nobody will ask for it
		s.metrics.LostArtifact()
		s.log.Warn().Err(err).Str("submission", id).Str("kind", string(a.Kind)).Int64("bytes", a.Bytes).Msg("artifact not stored")
	}
	return a
}

func (s *Artifacts) store(ctx context.Context, id, path string, a api.Artifact) (api.FileObject, error) {
	bucket := message.FilesBucket(id)
	if err := s.suspended(bucket); err != nil {
		return api.FileObject{}, err
	}
	object, err := s.put(ctx, bucket, objectName(path, a), a.Data)
	if err != nil && ctx.Err() == nil {
		s.suspend(bucket, err)
	}
	return object, err
}

func (s *Artifacts) put(ctx context.Context, bucket, name string, data []byte) (api.FileObject, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, storeTimeout, fmt.Errorf("object store %s: no success within %v", bucket, storeTimeout))
	defer cancel()
	if err := s.openBucket(ctx, bucket); err != nil {
		return api.FileObject{}, err
	}
	return s.conn.PutObject(ctx, bucket, name, bytes.NewReader(data))
}

// objectName is what an artifact is called in the object store: path, name, and some digits of the hash. It becomes part
// of a subject, whose length the server bounds, so a long one is cut.
func objectName(path string, a api.Artifact) string {
	const most = 400
	name := path + "/" + a.Name
	hash := sha256.Sum256(a.Data)
	return strings.ToValidUTF8(name[:min(len(name), most)], "") + "-" + hex.EncodeToString(hash[:8])
}

// suspended returns why an object store is not tried now, or nil. The stores of other namespaces are.
func (s *Artifacts) suspended(bucket string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	f, found := s.failed[bucket]
	if found && time.Now().Before(f.until) {
		return fmt.Errorf("not tried, because of an earlier failure: %w", f.cause)
	}
	delete(s.failed, bucket)
	return nil
}

func (s *Artifacts) suspend(bucket string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.failed[bucket] = failure{cause: err, until: time.Now().Add(failureRest)}
	delete(s.opened, bucket)
}

// openBucket makes the object store of a namespace where it is missing.
func (s *Artifacts) openBucket(ctx context.Context, bucket string) error {
	s.mu.Lock()
	there := s.opened[bucket]
	s.mu.Unlock()
	if there {
		return nil
	}
	var r storageBudget
	if err := r.ensureObjects(ctx, s.conn, filesStore(bucket, s.replicas)); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.opened[bucket] = true
	return nil
}
