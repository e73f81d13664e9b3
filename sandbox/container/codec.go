package container

import (
	"encoding/binary"
	"errors"
	"fmt"
	"syscall"
	"time"
)

// Bounds of a message. A message beyond them is refused on both sides.
const (
	maxMessage = 256 << 10 // bytes
	maxList    = 16 << 10  // items of one list
	maxFDs     = 253       // descriptors of one message: SCM_MAX_FD of the kernel
)

var errMalformed = errors.New("malformed message")

// encoder appends fields: numbers as varints, strings and lists with their length before them.
type encoder struct{ b []byte }

func (e *encoder) uint(v uint64)   { e.b = binary.AppendUvarint(e.b, v) }
func (e *encoder) int(v int64)     { e.b = binary.AppendVarint(e.b, v) }
func (e *encoder) string(s string) { e.uint(uint64(len(s))); e.b = append(e.b, s...) }
func (e *encoder) bool(v bool) {
	if v {
		e.uint(1)
	} else {
		e.uint(0)
	}
}

func (e *encoder) strings(list []string) {
	e.uint(uint64(len(list)))
	for _, s := range list {
		e.string(s)
	}
}

// decoder takes fields off. After the first field that does not fit every further one is zero, and end says so.
type decoder struct {
	b   []byte
	bad bool
}

func (d *decoder) fail() { d.bad, d.b = true, nil }

func (d *decoder) uint() uint64 {
	v, n := binary.Uvarint(d.b)
	if n <= 0 {
		d.fail()
		return 0
	}
	d.b = d.b[n:]
	return v
}

func (d *decoder) int() int64 {
	v, n := binary.Varint(d.b)
	if n <= 0 {
		d.fail()
		return 0
	}
	d.b = d.b[n:]
	return v
}

// small is a number that must be at most limit.
func (d *decoder) small(limit uint64) int {
	v := d.uint()
	if v > limit {
		d.fail()
		return 0
	}
	return int(v)
}

func (d *decoder) bool() bool { return d.small(1) == 1 }

func (d *decoder) string() string {
	n := d.small(uint64(len(d.b)))
	if n > len(d.b) {
		d.fail()
		return ""
	}
	s := string(d.b[:n])
	d.b = d.b[n:]
	return s
}

// count is the length of a list; every item takes at least one byte.
func (d *decoder) count() int { return d.small(min(maxList, uint64(len(d.b)))) }

func (d *decoder) strings() []string {
	n := d.count()
	if n == 0 {
		return nil
	}
	list := make([]string, 0, n)
	for range n {
		list = append(list, d.string())
	}
	return list
}

// end checks that the message was used up, no more and no less.
func (d *decoder) end() error {
	if d.bad || len(d.b) != 0 {
		return errMalformed
	}
	return nil
}

// header checks the version and returns the type.
func (d *decoder) header() uint8 {
	if d.small(255) != protocolVersion {
		d.fail()
	}
	return uint8(d.small(255))
}

func appendCmd(b []byte, c *cmd) []byte {
	e := encoder{b}
	e.uint(protocolVersion)
	e.uint(uint64(c.Cmd))
	switch c.Cmd {
	case cmdPing, cmdReset, cmdKill:
	case cmdConf:
		e.conf(c.ConfCmd)
	case cmdOpen:
		e.open(c.OpenCmd)
	case cmdDelete:
		e.string(c.DeleteCmd.Path)
	case cmdExecve:
		e.exec(c.ExecCmd)
	}
	return e.b
}

func parseCmd(b []byte) (*cmd, error) {
	d := decoder{b: b}
	c := &cmd{Cmd: cmdType(d.header())}
	switch c.Cmd {
	case cmdPing, cmdReset, cmdKill:
	case cmdConf:
		c.ConfCmd = d.conf()
	case cmdOpen:
		c.OpenCmd = d.open()
	case cmdDelete:
		c.DeleteCmd = &deleteCmd{Path: d.string()}
	case cmdExecve:
		c.ExecCmd = d.exec()
	default:
		if !d.bad {
			return nil, fmt.Errorf("%w: no command has the number %d", errMalformed, c.Cmd)
		}
	}
	return c, d.end()
}

func (e *encoder) exec(x *execCmd) {
	e.strings(x.Args)
	e.strings(x.Env)
	e.string(x.Dir)
	e.uint(uint64(x.Files))
	e.bool(x.ExecFile)
	e.uint(uint64(x.Cgroups))
	e.bool(x.CgroupV2)
	e.uint(uint64(len(x.RLimits)))
	for _, r := range x.RLimits {
		e.uint(uint64(r.Resource))
		e.uint(r.Soft)
		e.uint(r.Hard)
	}
	e.string(string(x.Seccomp))
	e.strings(x.MakeDirs)
	e.bool(x.ReadOnly)
}

func (d *decoder) exec() *execCmd {
	x := &execCmd{
		Args: d.strings(), Env: d.strings(), Dir: d.string(),
		Files: d.small(maxFDs), ExecFile: d.bool(), Cgroups: d.small(maxFDs), CgroupV2: d.bool(),
	}
	if n := d.count(); n > 0 {
		x.RLimits = make([]RLimit, 0, n)
		for range n {
			x.RLimits = append(x.RLimits, RLimit{Resource: d.small(255), Soft: d.uint(), Hard: d.uint()})
		}
	}
	if s := d.string(); s != "" {
		x.Seccomp = []byte(s)
	}
	x.MakeDirs, x.ReadOnly = d.strings(), d.bool()
	return x
}

func (e *encoder) open(list []OpenCmd) {
	e.uint(uint64(len(list)))
	for _, o := range list {
		e.string(o.Path)
		e.uint(uint64(o.Flag))
		e.uint(uint64(o.Perm))
		e.bool(o.Dir)
		e.bool(o.Parents)
	}
}

func (d *decoder) open() []OpenCmd {
	n := d.count()
	if n == 0 {
		return nil
	}
	list := make([]OpenCmd, 0, n)
	for range n {
		list = append(list, OpenCmd{
			Path: d.string(), Flag: d.small(1 << 30), Perm: uint32(d.small(0o7777)), Dir: d.bool(), Parents: d.bool(),
		})
	}
	return list
}

func (e *encoder) conf(c *confCmd) {
	f := &c.Conf
	e.string(f.HostName)
	e.string(f.WorkDir)
	e.uint(uint64(len(f.Mounts)))
	for _, m := range f.Mounts {
		e.uint(uint64(m.Kind))
		e.string(m.Source)
		e.string(m.Target)
		e.bool(m.Writable)
		e.int(m.Size)
		e.int(m.Inodes)
		e.uint(uint64(m.Mode))
		e.bool(m.Owned)
	}
	e.uint(uint64(len(f.SymbolicLinks)))
	for _, l := range f.SymbolicLinks {
		e.string(l.Path)
		e.string(l.Target)
	}
	e.strings(f.MaskPaths)
	e.strings(f.ReadOnlyPaths)
	e.uint(uint64(f.Credential.UID))
	e.uint(uint64(f.Credential.GID))
	e.bool(f.SharedID)
	e.bool(f.Account)
	e.strings(f.DefaultEnv)
	e.strings(f.InitCommand)
	e.string(string(f.Seccomp))
	e.int(f.RootSize)
	e.uint(uint64(c.Cgroups))
	e.bool(c.CgroupV2)
}

func (d *decoder) conf() *confCmd {
	c := &confCmd{}
	f := &c.Conf
	f.HostName, f.WorkDir = d.string(), d.string()
	for range d.count() {
		f.Mounts = append(f.Mounts, Mount{
			Kind: MountKind(d.small(255)), Source: d.string(), Target: d.string(), Writable: d.bool(),
			Size: d.int(), Inodes: d.int(), Mode: uint32(d.small(0o7777)), Owned: d.bool(),
		})
	}
	for range d.count() {
		f.SymbolicLinks = append(f.SymbolicLinks, Link{Path: d.string(), Target: d.string()})
	}
	f.MaskPaths, f.ReadOnlyPaths = d.strings(), d.strings()
	f.Credential = Credential{UID: uint32(d.small(1<<32 - 1)), GID: uint32(d.small(1<<32 - 1))}
	f.SharedID, f.Account = d.bool(), d.bool()
	f.DefaultEnv, f.InitCommand = d.strings(), d.strings()
	if s := d.string(); s != "" {
		f.Seccomp = []byte(s)
	}
	f.RootSize = d.int()
	c.Cgroups, c.CgroupV2 = d.small(maxFDs), d.bool()
	return c
}

func appendReply(b []byte, r *reply) []byte {
	e := encoder{b}
	e.uint(protocolVersion)
	e.uint(uint64(r.Type))
	switch r.Type {
	case replySuccess:
		e.uint(uint64(len(r.OpenErrors)))
		for i := range r.OpenErrors {
			e.error(&r.OpenErrors[i])
		}
		e.int(int64(r.SetupCPU))
		e.int(int64(r.Start))
	case replyError:
		e.error(r.Error)
	case replyFinished:
		e.uint(uint64(r.ExecReply.Status))
		e.int(int64(r.ExecReply.Wall))
		e.int(int64(r.ExecReply.SetupCPU))
		e.int(int64(r.ExecReply.CPU))
		e.int(r.ExecReply.PeakRSS)
	}
	return e.b
}

func parseReply(b []byte) (*reply, error) {
	d := decoder{b: b}
	r := &reply{Type: replyType(d.header())}
	switch r.Type {
	case replySuccess:
		for range d.count() {
			r.OpenErrors = append(r.OpenErrors, d.error())
		}
		r.SetupCPU, r.Start = time.Duration(d.int()), time.Duration(d.int())
	case replyError:
		e := d.error()
		r.Error = &e
	case replyFinished:
		r.ExecReply = &execReply{
			Status: syscall.WaitStatus(d.small(1<<32 - 1)),
			Wall:   time.Duration(d.int()), SetupCPU: time.Duration(d.int()),
			CPU: time.Duration(d.int()), PeakRSS: d.int(),
		}
	default:
		return nil, fmt.Errorf("%w: no reply has the number %d", errMalformed, r.Type)
	}
	return r, d.end()
}

func (e *encoder) error(r *errorReply) {
	e.string(r.Step)
	e.uint(uint64(r.Errno))
	e.string(r.Message)
}

func (d *decoder) error() errorReply {
	return errorReply{Step: d.string(), Errno: syscall.Errno(d.small(4095)), Message: d.string()}
}
