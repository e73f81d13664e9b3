package seccomp

import (
	"encoding/binary"
	"fmt"
	"testing"

	"golang.org/x/sys/unix"
)

// call is what the kernel shows to a filter: struct seccomp_data.
type call struct {
	nr   uint32
	arch uint32
	args [6]uint64
}

func (c call) bytes() []byte {
	data := make([]byte, 64)
	binary.NativeEndian.PutUint32(data[0:], c.nr)
	binary.NativeEndian.PutUint32(data[4:], c.arch)
	for i, arg := range c.args {
		binary.NativeEndian.PutUint64(data[16+8*i:], arg)
	}
	return data
}

// interpret runs the program as the kernel does (kernel: Documentation/networking/filter.rst) and returns its
// verdict: one of unix.SECCOMP_RET_*, with an errno in the low bits.
func interpret(t *testing.T, f Filter, c call) uint32 {
	t.Helper()
	var acc uint32
	data := c.bytes()
	for pc := 0; pc < f.Instructions(); pc++ {
		in := f.Program[pc*InstructionSize:]
		code, k := binary.NativeEndian.Uint16(in), binary.NativeEndian.Uint32(in[4:])
		taken := false
		switch code {
		case unix.BPF_LD | unix.BPF_W | unix.BPF_ABS:
			acc = binary.NativeEndian.Uint32(data[k:])
			continue
		case unix.BPF_ALU | unix.BPF_AND | unix.BPF_K:
			acc &= k
			continue
		case unix.BPF_RET | unix.BPF_K:
			return k
		case unix.BPF_JMP | unix.BPF_JA:
			pc += int(k)
			continue
		case unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K:
			taken = acc == k
		case unix.BPF_JMP | unix.BPF_JGT | unix.BPF_K:
			taken = acc > k
		case unix.BPF_JMP | unix.BPF_JGE | unix.BPF_K:
			taken = acc >= k
		case unix.BPF_JMP | unix.BPF_JSET | unix.BPF_K:
			taken = acc&k != 0
		default:
			t.Fatalf("instruction %d has code %#x, which no filter of libseccomp uses", pc, code)
		}
		if taken {
			pc += int(in[2])
		} else {
			pc += int(in[3])
		}
	}
	t.Fatal("the program has no end")
	return 0
}

// verdictText writes a verdict as a policy names it.
func verdictText(verdict uint32) string {
	switch verdict & unix.SECCOMP_RET_ACTION_FULL {
	case unix.SECCOMP_RET_ALLOW:
		return "allow"
	case unix.SECCOMP_RET_KILL_PROCESS:
		return "kill"
	case unix.SECCOMP_RET_ERRNO:
		return unix.ErrnoName(unix.Errno(verdict & unix.SECCOMP_RET_DATA))
	}
	return fmt.Sprintf("%#x", verdict)
}
