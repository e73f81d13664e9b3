package client

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/gaveloj/gavel/judge/api"
	"github.com/gaveloj/gavel/queue/internal/retry"
	"github.com/gaveloj/gavel/queue/message"
)

// Objects are written and read here without the handles of package jetstream: these ask about the whole stream, which
// a platform may not be allowed to, publish more than a slow server takes, and cannot be told to stop reading.

// What can be wrong with an object.
var (
	// ErrNoObject: it is not in the store, or not any more.
	ErrNoObject = errors.New("there is no such object")
	// ErrDamaged: what the store has is not what is wanted.
	ErrDamaged = errors.New("the object is damaged")
)

const (
	chunkBytes  = 256 << 10 // of a piece of an object; one of 8 MB takes 32 questions to read
	chunksAhead = 8         // pieces that are published and not acknowledged
	// objectWait is how long nothing may come of an object before the server counts as out of reach.
	objectWait = 15 * time.Second
)

// PutObject stores what r has as the object name, and returns its size and hash. One of that name is replaced.
func (c *Conn) PutObject(ctx context.Context, bucket, name string, r io.Reader) (api.FileObject, error) {
	put := api.FileObject{Name: name}
	info := jetstream.ObjectInfo{Bucket: bucket, NUID: rand.Text()}
	info.Name = name
	hash := sha256.New()
	up := upload{conn: c, subject: message.ChunkSubject(bucket, info.NUID)}
	for {
		piece := make([]byte, min(chunkBytes, max(c.nc.MaxPayload()/2, 1)))
		n, err := io.ReadFull(r, piece)
		if n > 0 {
			hash.Write(piece[:n])
			info.Size, info.Chunks = info.Size+uint64(n), info.Chunks+1
			if err := up.publish(ctx, piece[:n]); err != nil {
				return put, fmt.Errorf("store object %s in %s: %w", name, bucket, explainObject(bucket, err))
			}
		}
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			break
		}
		if err != nil {
			return put, fmt.Errorf("store object %s in %s: %w", name, bucket, err)
		}
	}
	info.Digest = jetstream.GetObjectDigestValue(hash)
	if err := up.finish(ctx, message.ObjectSubject(bucket, name), info); err != nil {
		return put, fmt.Errorf("store object %s in %s: %w", name, bucket, explainObject(bucket, err))
	}
	put.Bytes, put.SHA256 = int64(info.Size), hex.EncodeToString(hash.Sum(nil))
	return put, nil
}

// upload publishes the pieces of an object, some of them ahead of their acknowledgements.
type upload struct {
	conn    *Conn
	subject string
	ahead   []jetstream.PubAckFuture
}

func (u *upload) publish(ctx context.Context, piece []byte) error {
	future, err := u.conn.js.PublishMsgAsync(&nats.Msg{Subject: u.subject, Data: piece})
	if err != nil {
		return err
	}
	u.ahead = append(u.ahead, future)
	return u.awaitAcks(ctx, chunksAhead)
}

// awaitAcks waits until no more than so many pieces are not acknowledged.
func (u *upload) awaitAcks(ctx context.Context, most int) error {
	for len(u.ahead) > most {
		timer := time.NewTimer(objectWait)
		select {
		case <-u.ahead[0].Ok():
			timer.Stop()
			u.ahead = u.ahead[1:]
		case err := <-u.ahead[0].Err():
			timer.Stop()
			return err
		case <-timer.C:
			return nats.ErrTimeout
		case <-ctx.Done():
			timer.Stop()
			return context.Cause(ctx)
		}
	}
	return nil
}

// finish publishes what the object is, once all of it is there.
func (u *upload) finish(ctx context.Context, subject string, info jetstream.ObjectInfo) error {
	if err := u.awaitAcks(ctx, 0); err != nil {
		return err
	}
	data, err := json.Marshal(info)
	if err != nil {
		return err
	}
	return u.conn.describe(ctx, subject, data)
}

// describe publishes what an object is, in place of what was said before.
func (c *Conn) describe(ctx context.Context, subject string, data []byte, opts ...jetstream.PublishOpt) error {
	msg := nats.NewMsg(subject)
	msg.Data = data
	msg.Header.Set(jetstream.MsgRollup, jetstream.MsgRollupSubject)
	ctx, cancel := context.WithTimeout(ctx, objectWait)
	defer cancel()
	_, err := c.js.PublishMsg(ctx, msg, opts...)
	return err
}

func explainObject(bucket string, err error) error {
	switch {
	case noStream(err):
		return fmt.Errorf("there is no object store %s: a worker makes judge-problems and judge-files when it starts, "+
			"and an operator those of namespaces (nats object add %s --ttl 7d): %w", bucket, bucket, err)
	case HasCode(err, storeFailed):
		return fmt.Errorf("the object store is full, or its disk is: %w", err)
	}
	return err
}

// GetObject writes an object to w, and makes sure that it is the one that is meant: size and hash are those of want. The
// error matches ErrNoObject or ErrDamaged where it will not do better next time.
func (c *Conn) GetObject(ctx context.Context, bucket string, want api.FileObject, w io.Writer) error {
	info, _, err := c.objectInfo(ctx, bucket, want.Name)
	if err != nil {
		return fmt.Errorf("read object %s of %s: %w", want.Name, bucket, err)
	}
	if int64(info.Size) != want.Bytes {
		return fmt.Errorf("read object %s of %s: %w: it has %d bytes, want %d", want.Name, bucket, ErrDamaged, info.Size, want.Bytes)
	}
	hash := sha256.New()
	if err := c.readChunks(ctx, info, io.MultiWriter(w, hash)); err != nil {
		return fmt.Errorf("read object %s of %s: %w", want.Name, bucket, err)
	}
	if got := hex.EncodeToString(hash.Sum(nil)); got != want.SHA256 {
		return fmt.Errorf("read object %s of %s: %w: its SHA-256 is %s, want %s", want.Name, bucket, ErrDamaged, got, want.SHA256)
	}
	return nil
}

// objectInfo reads what an object is, and as which message that is stored.
func (c *Conn) objectInfo(ctx context.Context, bucket, name string) (jetstream.ObjectInfo, *jetstream.RawStreamMsg, error) {
	var info jetstream.ObjectInfo
	msg, err := c.readFromLeader(ctx, message.ObjectStream(bucket), messageQuery{LastOn: message.ObjectSubject(bucket, name)})
	if errors.Is(err, jetstream.ErrMsgNotFound) {
		return info, msg, ErrNoObject
	}
	if err != nil {
		return info, msg, err
	}
	if err := json.Unmarshal(msg.Data, &info); err != nil {
		return info, msg, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	if info.Deleted {
		return info, msg, ErrNoObject
	}
	return info, msg, nil
}

// readChunks writes all pieces of an object to w. The servers that answer may have to catch up with the leader, or may
// be out of reach for a moment: as long as something comes now and then, it goes on.
func (c *Conn) readChunks(ctx context.Context, info jetstream.ObjectInfo, w io.Writer) error {
	subject := message.ChunkSubject(info.Bucket, info.NUID)
	var read, last uint64
	for since := time.Now(); read < info.Size; {
		msg, err := c.readNextDirect(ctx, message.ObjectStream(info.Bucket), subject, last+1)
		if err == nil {
			if last, err = strconv.ParseUint(msg.Header.Get(jetstream.SequenceHeader), 10, 64); err != nil {
				return fmt.Errorf("sequence of the answer: %w", err)
			}
			if _, err := w.Write(msg.Data); err != nil {
				return err
			}
			read, since = read+uint64(len(msg.Data)), time.Now()
			continue
		}
		switch {
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case time.Since(since) < objectWait && retry.Sleep(ctx, 100*time.Millisecond):
		case errors.Is(err, jetstream.ErrMsgNotFound):
			return fmt.Errorf("%w: it ends after %d of %d bytes", ErrDamaged, read, info.Size)
		default:
			return err
		}
	}
	return nil
}

// readNextDirect reads the next message on a subject from any server that has the stream.
func (c *Conn) readNextDirect(ctx context.Context, stream, subject string, from uint64) (*nats.Msg, error) {
	request, err := json.Marshal(messageQuery{From: from, NextOn: subject})
	if err != nil {
		return nil, err
	}
	return c.readDirect(ctx, stream, request)
}

// Artifact reads a file that was kept beside the report or run result called id, and makes sure that it is the one that
// was meant. One whose time is over is an error that matches ErrNoObject.
func (c *Client) Artifact(ctx context.Context, id string, a api.Artifact) ([]byte, error) {
	if a.Object == "" {
		return nil, fmt.Errorf("%s %q was not kept: %w", a.Kind, a.Name, errors.New(a.Error))
	}
	var data bytes.Buffer
	err := c.conn.GetObject(ctx, message.FilesBucket(id), api.FileObject{Name: a.Object, Bytes: a.Bytes, SHA256: a.SHA256}, &data)
	if err != nil {
		return nil, err
	}
	return data.Bytes(), nil
}
