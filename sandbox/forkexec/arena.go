package forkexec

import (
	"fmt"
	"strings"
	"syscall"
	"unsafe"
)

// Sizes of the shared memory. Only pages that are touched cost anything.
const (
	arenaSize = 1 << 20  // parameters, arguments, environment
	stackSize = 64 << 10 // of the child, above the rest
)

// arena hands out memory outside the Go heap, where C and a vforked child may hold pointers to it. What does
// not fit is remembered: take then returns scratch memory at the start, and full says so, so that callers
// check once at the end.
type arena struct {
	memory []byte
	used   uintptr
	over   bool
}

func newArena() (*arena, error) {
	m, err := syscall.Mmap(-1, 0, arenaSize+stackSize, syscall.PROT_READ|syscall.PROT_WRITE,
		syscall.MAP_PRIVATE|syscall.MAP_ANON)
	if err != nil {
		return nil, fmt.Errorf("map memory for the child: %w", err)
	}
	return &arena{memory: m}, nil
}

func (a *arena) reset() { a.used, a.over = 0, false }

func (a *arena) full() bool { return a.over }

// take returns n bytes, aligned for every C type. Its content is undefined. A piece that can never fit is
// a caller's bug (the wire bounds every list well below arenaSize).
func (a *arena) take(n uintptr) unsafe.Pointer {
	const align = 16
	start := (a.used + align - 1) &^ (align - 1)
	if start+n > arenaSize {
		a.over, start = true, 0
		if n > arenaSize {
			panic("forkexec: one parameter is larger than the arena")
		}
	}
	a.used = start + n
	return unsafe.Pointer(&a.memory[start])
}

func (a *arena) bytes(b []byte) unsafe.Pointer {
	p := a.take(uintptr(len(b)))
	copy(unsafe.Slice((*byte)(p), len(b)), b)
	return p
}

func (a *arena) cstring(s string) (unsafe.Pointer, error) {
	if strings.IndexByte(s, 0) >= 0 {
		return nil, fmt.Errorf("string with a NUL byte %q: %w", s, syscall.EINVAL)
	}
	p := a.take(uintptr(len(s)) + 1)
	b := unsafe.Slice((*byte)(p), len(s)+1)
	copy(b, s)
	b[len(s)] = 0
	return p, nil
}

// stackTop is the address that the child's stack grows down from.
func (a *arena) stackTop() unsafe.Pointer {
	return unsafe.Add(unsafe.Pointer(&a.memory[arenaSize]), stackSize)
}
