package container

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"github.com/gaveloj/gavel/sandbox/forkexec"
)

// Bounds of a message. A message beyond them is refused on both sides.
const (
	maxMessage = 256 << 10 // bytes
	maxList    = 16 << 10  // items of one list
	maxFDs     = 253       // descriptors of one message: SCM_MAX_FD of the kernel
)

var errMalformed = errors.New("malformed message")

// coder encodes a message, or decodes one. Every message has a method fields, which names its fields in the order in
// which they are sent, so that the two directions cannot differ. Numbers are varints; strings and lists have their length
// before them.
//
// After the first field that cannot be decoded, every further one is zero, and end returns why.
type coder struct {
	b        []byte // what was encoded, or what is left to decode
	decoding bool
	err      error
}

func (c *coder) fail(err error) {
	if c.err == nil {
		c.err = err
	}
	c.b = nil
}

// end returns an error unless the message was decoded to its last byte.
func (c *coder) end() error {
	if c.err == nil && len(c.b) != 0 {
		return errMalformed
	}
	return c.err
}

// uint is a number of any size.
func (c *coder) uint(v *uint64) {
	if !c.decoding {
		c.b = binary.AppendUvarint(c.b, *v)
		return
	}
	n := 0
	if *v, n = binary.Uvarint(c.b); n <= 0 {
		*v = 0
		c.fail(errMalformed)
		return
	}
	c.b = c.b[n:]
}

// small is a number from 0 to limit.
func small[T ~int | ~uint8 | ~uint32 | ~uintptr](c *coder, v *T, limit uint64) {
	wide := uint64(*v)
	c.uint(&wide)
	if c.decoding && wide > limit {
		c.fail(errMalformed)
		wide = 0
	}
	*v = T(wide)
}

// signed is a number that may be negative.
func signed[T ~int64](c *coder, v *T) {
	if !c.decoding {
		c.b = binary.AppendVarint(c.b, int64(*v))
		return
	}
	wide, n := binary.Varint(c.b)
	if n <= 0 {
		c.fail(errMalformed)
		wide, n = 0, 0
	}
	*v, c.b = T(wide), c.b[n:]
}

func (c *coder) bool(v *bool) {
	n := 0
	if *v {
		n = 1
	}
	small(c, &n, 1)
	*v = n == 1
}

// text is a string, or bytes; without any, a slice is nil.
func text[T ~string | ~[]byte](c *coder, v *T) {
	n := len(*v)
	small(c, &n, uint64(len(c.b)))
	switch {
	case !c.decoding:
		c.b = append(c.b, *v...)
	case n > len(c.b): // the length itself took some of it
		c.fail(errMalformed)
	case n > 0:
		*v, c.b = T(string(c.b[:n])), c.b[n:]
	}
}

// items is the length of a list. It returns the list, with as many items to be decoded; every one takes a byte at least.
func items[T any](c *coder, list *[]T) []T {
	n := len(*list)
	small(c, &n, min(maxList, uint64(len(c.b))))
	if c.decoding && n > 0 {
		*list = make([]T, n)
	}
	return *list
}

func (c *coder) strings(list *[]string) {
	for i := range items(c, list) {
		text(c, &(*list)[i])
	}
}

// part is the part of a message that belongs to its type: when decoding, it is made.
func part[T any](c *coder, p **T) *T {
	if c.decoding {
		*p = new(T)
	}
	return *p
}

// optional is part for what may be missing.
func optional[T any](c *coder, p **T) *T {
	there := *p != nil
	if c.bool(&there); !there {
		return nil
	}
	return part(c, p)
}

// header is the version, and the type of the message.
func header[T ~uint8](c *coder, kind *T) {
	version := protocolVersion
	small(c, &version, 255)
	if version != protocolVersion {
		c.fail(errMalformed)
	}
	small(c, kind, 255)
}

// append appends the encoded message to b.
func (m *cmd) append(b []byte) []byte {
	c := coder{b: b}
	m.fields(&c)
	return c.b
}

func parseCmd(b []byte) (*cmd, error) {
	c, m := coder{b: b, decoding: true}, &cmd{}
	m.fields(&c)
	return m, c.end()
}

func (m *cmd) fields(c *coder) {
	header(c, &m.Cmd)
	switch m.Cmd {
	case cmdPing, cmdReset, cmdKill:
	case cmdConf:
		part(c, &m.ConfCmd).fields(c)
	case cmdOpen:
		for i := range items(c, &m.OpenCmd) {
			m.OpenCmd[i].fields(c)
		}
	case cmdDelete:
		text(c, &part(c, &m.DeleteCmd).Path)
	case cmdExecve:
		part(c, &m.ExecCmd).fields(c)
	default:
		c.fail(fmt.Errorf("%w: no command has the number %d", errMalformed, m.Cmd))
	}
}

func (o *OpenCmd) fields(c *coder) {
	text(c, &o.Path)
	small(c, &o.Flag, 1<<30)
	small(c, &o.Perm, 0o7777)
	c.bool(&o.Dir)
	c.bool(&o.Parents)
}

func (x *execCmd) fields(c *coder) {
	c.strings(&x.Args)
	c.strings(&x.Env)
	text(c, &x.Dir)
	small(c, &x.NumFiles, maxFDs)
	c.bool(&x.ExecFile)
	small(c, &x.NumCgroups, maxFDs)
	c.bool(&x.CgroupV2)
	for i := range items(c, &x.RLimits) {
		c.rlimit(&x.RLimits[i])
	}
	text(c, &x.Seccomp)
	c.strings(&x.MakeDirs)
	c.bool(&x.ReadOnly)
}

func (c *coder) rlimit(r *forkexec.RLimit) {
	small(c, &r.Resource, 255)
	c.uint(&r.Soft)
	c.uint(&r.Hard)
}

func (x *confCmd) fields(c *coder) {
	x.Conf.fields(c)
	small(c, &x.NumCgroups, maxFDs)
	c.bool(&x.CgroupV2)
}

func (f *Config) fields(c *coder) {
	text(c, &f.HostName)
	text(c, &f.WorkDir)
	for i := range items(c, &f.Mounts) {
		f.Mounts[i].fields(c)
	}
	for i := range items(c, &f.SymbolicLinks) {
		text(c, &f.SymbolicLinks[i].Path)
		text(c, &f.SymbolicLinks[i].Target)
	}
	c.strings(&f.MaskPaths)
	c.strings(&f.ReadOnlyPaths)
	small(c, &f.Credential.UID, math.MaxUint32)
	small(c, &f.Credential.GID, math.MaxUint32)
	c.bool(&f.SharedID)
	c.bool(&f.Account)
	c.strings(&f.DefaultEnv)
	for i := range items(c, &f.UserLimits) {
		text(c, &f.UserLimits[i].Name)
		c.uint(&f.UserLimits[i].Most)
	}
	for i := range items(c, &f.RLimits) {
		c.rlimit(&f.RLimits[i])
	}
	c.strings(&f.InitCommand)
	text(c, &f.Seccomp)
	signed(c, &f.RootSize)
}

func (m *Mount) fields(c *coder) {
	small(c, &m.Kind, 255)
	text(c, &m.Source)
	text(c, &m.Target)
	c.bool(&m.Writable)
	signed(c, &m.Size)
	signed(c, &m.Inodes)
	small(c, &m.Mode, 0o7777)
	c.bool(&m.Owned)
}

// append appends the encoded message to b.
func (r *reply) append(b []byte) []byte {
	c := coder{b: b}
	r.fields(&c)
	return c.b
}

func parseReply(b []byte) (*reply, error) {
	c, r := coder{b: b, decoding: true}, &reply{}
	r.fields(&c)
	return r, c.end()
}

func (r *reply) fields(c *coder) {
	header(c, &r.Type)
	switch r.Type {
	case replySuccess:
		if o := optional(c, &r.OpenReply); o != nil {
			for i := range items(c, &o.Errors) {
				o.Errors[i].fields(c)
			}
		}
		if s := optional(c, &r.StartReply); s != nil {
			signed(c, &s.SetupCPU)
			signed(c, &s.Start)
		}
	case replyError:
		part(c, &r.Error).fields(c)
	case replyFinished:
		part(c, &r.ExecReply).fields(c)
	default:
		c.fail(fmt.Errorf("%w: no reply has the number %d", errMalformed, r.Type))
	}
}

func (e *errorReply) fields(c *coder) {
	text(c, &e.Step)
	small(c, &e.Errno, 4095)
	text(c, &e.Message)
}

func (f *Finished) fields(c *coder) {
	small(c, &f.Status, math.MaxUint32)
	signed(c, &f.Wall)
	signed(c, &f.SetupCPU)
	signed(c, &f.CPU)
	signed(c, &f.PeakRSS)
}
