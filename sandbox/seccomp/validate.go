package seccomp

import (
	"errors"
	"fmt"
	"slices"

	libseccomp "github.com/seccomp/libseccomp-golang"
)

// Validate finds everything that is wrong with a policy, each with the group and the call it is about.
func (p *Policy) Validate() error {
	var errs []error
	for field, action := range map[string]Action{"default": p.Default, "wrong_architecture": p.WrongArchitecture} {
		if action.kind == kindNone {
			errs = append(errs, fmt.Errorf("%s is missing", field))
		}
	}
	if p.WrongArchitecture.kind == kindAllow {
		errs = append(errs, errors.New("wrong_architecture must not be allow: "+
			"call numbers mean other calls there, and would pass unchecked"))
	}
	if len(p.Groups) == 0 {
		errs = append(errs, errors.New("groups is missing"))
	}
	for i, g := range p.Groups {
		if g.Name == "" {
			errs = append(errs, fmt.Errorf("group %d has no name", i+1))
		}
		if err := g.validate(); err != nil {
			errs = append(errs, fmt.Errorf("group %q: %w", g.Name, err))
		}
		for _, h := range p.Groups[:i] {
			errs = append(errs, clash(g, h)...)
		}
	}
	return errors.Join(errs...)
}

func (g Group) validate() error {
	var errs []error
	if g.Action.kind == kindNone {
		errs = append(errs, errors.New("action is missing"))
	}
	if len(g.Syscalls) == 0 {
		errs = append(errs, errors.New("syscalls is missing"))
	}
	for i, name := range g.Syscalls {
		if _, err := libseccomp.GetSyscallFromName(name); err != nil {
			errs = append(errs, fmt.Errorf("libseccomp knows no system call %q", name))
		}
		if slices.Contains(g.Syscalls[:i], name) {
			errs = append(errs, fmt.Errorf("%s is listed twice", name))
		}
	}
	if g.When != nil {
		errs = append(errs, g.When.validate())
	}
	return errors.Join(errs...)
}

func (c *Condition) validate() error {
	switch {
	case c.Arg < 0 || c.Arg > 5:
		return fmt.Errorf("when: arg is %d; it must be from 0 to 5", c.Arg)
	case (c.Not == nil) == (len(c.In) == 0):
		return errors.New("when: it takes one of in and not")
	case c.Not != nil && uint64(*c.Not)&^c.mask() != 0:
		return fmt.Errorf("when: %#x has bits that the mask %#x takes away", *c.Not, c.Mask)
	}
	for i, value := range c.In {
		if uint64(value)&^c.mask() != 0 {
			return fmt.Errorf("when: %#x has bits that the mask %#x takes away", value, c.Mask)
		}
		if slices.Contains(c.In[:i], value) {
			return fmt.Errorf("when: %#x is listed twice", value)
		}
	}
	return nil
}

// clash lists the calls that two groups both decide on, for at least one argument.
func clash(g, h Group) []error {
	var errs []error
	if g.Name == h.Name {
		errs = append(errs, fmt.Errorf("two groups are named %q", g.Name))
	}
	for _, name := range g.Syscalls {
		if slices.Contains(h.Syscalls, name) && !disjoint(g.When, h.When) {
			errs = append(errs, fmt.Errorf("%s is decided by group %q and by group %q", name, h.Name, g.Name))
		}
	}
	return errs
}

// disjoint reports whether no call can meet both conditions. It may answer false where that is hard to see.
func disjoint(a, b *Condition) bool {
	switch {
	case a == nil || b == nil || a.Arg != b.Arg:
		return false
	case a.Not != nil && b.Not != nil:
		return false
	case a.Not != nil:
		return only(b, *a.Not)
	case b.Not != nil:
		return only(a, *b.Not)
	case a.mask() != b.mask():
		return false
	}
	return !slices.ContainsFunc(a.In, func(n Number) bool { return slices.Contains(b.In, n) })
}

// only reports whether n is the one value that meets c.
func only(c *Condition, n Number) bool { return c.Mask == 0 && len(c.In) == 1 && c.In[0] == n }
