package pool

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"os"
	"os/exec"
	"os/user"
	"strconv"
	"strings"

	"github.com/gaveloj/gavel/sandbox"
	"github.com/gaveloj/gavel/sandbox/cgroup"
	"github.com/gaveloj/gavel/sandbox/seccomp"
)

// Shortcoming is something that this host does not provide to an ordinary user, so that containers lack it.
type Shortcoming struct {
	What   string // in a word or two
	Effect string // what does not hold without it
	Remedy string
}

// Privileges is what the host lets this process use for containers.
type Privileges struct {
	// Host is the control groups; nil when there are none for us.
	Host *cgroup.Host
	// Rootless is set for an ordinary user, with the first of SubIDs ids.
	Rootless     *sandbox.Rootless
	SubIDs       uint32
	Shortcomings []Shortcoming
}

// FindPrivileges finds out what the host provides. Root must have control groups; an ordinary user does without.
func FindPrivileges() (*Privileges, error) {
	host, err := cgroup.Probe()
	if os.Geteuid() == 0 {
		return &Privileges{Host: host}, err
	}
	p := &Privileges{Host: host, Rootless: &sandbox.Rootless{}}
	if err == nil && host.Version() == 1 {
		// A program with an id of its own could not enter it: only its owner and root move others.
		err = errors.New("those of version 1 cannot be shared with an ordinary user")
	}
	if err != nil {
		p.Host = nil
		p.addShortcoming("control group", fmt.Sprintf("CPU time and memory are measured by looking at the processes every 10 ms, "+
			"so limits are overshot by what happens in between (%v)", err),
			"with systemd, start gavel by: systemd-run --user --scope -p Delegate=yes gavel ...")
	}
	if err := p.findSubIDs(); err != nil {
		p.addShortcoming("sub-ids", fmt.Sprintf("programs run under your own id, so they can change the files that are put into their "+
			"directory, and share your quotas of the kernel (%v)", err),
			subIDRemedy(err))
	}
	return p, nil
}

// subIDRemedy says how to mend what findSubIDs found: most hosts give ids to their users, and lack only the programs.
func subIDRemedy(err error) string {
	const install = "as root: apt-get install uidmap"
	assign := "usermod --add-subuids 100000-165535 --add-subgids 100000-165535 " + userName()
	_, _, noUID := subIDs("/etc/subuid")
	_, _, noGID := subIDs("/etc/subgid")
	assigned := noUID == nil && noGID == nil
	switch missing := errors.Is(err, exec.ErrNotFound); {
	case missing && assigned:
		return install
	case missing:
		return install + "; " + assign
	case !assigned:
		return "as root: " + assign
	}
	return "as root: let newuidmap and newgidmap work: apt-get install --reinstall uidmap"
}

func (p *Privileges) addShortcoming(what, effect, remedy string) {
	p.Shortcomings = append(p.Shortcomings, Shortcoming{what, effect, remedy})
}

func userName() string {
	u, err := user.Current()
	if err != nil {
		return strconv.Itoa(os.Geteuid())
	}
	return u.Username
}

// findSubIDs finds the ids that are assigned to this user, and tries them.
func (p *Privileges) findSubIDs() error {
	for _, helper := range []string{"newuidmap", "newgidmap"} {
		if _, err := exec.LookPath(helper); err != nil {
			return err
		}
	}
	uid, uids, err := subIDs("/etc/subuid")
	if err != nil {
		return err
	}
	gid, gids, err := subIDs("/etc/subgid")
	if err != nil {
		return err
	}
	r := sandbox.Rootless{ProgramUID: uid, ProgramGID: gid}
	if err := r.Try(); err != nil {
		return err
	}
	*p.Rootless, p.SubIDs = r, min(uids, gids)
	return nil
}

// subIDs reads the first range of this user (man 5 subuid): "NAME-OR-UID:FIRST:COUNT".
func subIDs(file string) (first, count uint32, err error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return 0, 0, err
	}
	own := []string{userName(), strconv.Itoa(os.Geteuid())}
	for line := range bytes.Lines(data) {
		fields := strings.Split(strings.TrimSpace(string(line)), ":")
		if len(fields) != 3 || fields[0] != own[0] && fields[0] != own[1] {
			continue
		}
		first, err1 := strconv.ParseUint(fields[1], 10, 32)
		count, err2 := strconv.ParseUint(fields[2], 10, 32)
		if err := errors.Join(err1, err2); err != nil || first == 0 || count == 0 || first+count > math.MaxUint32 {
			return 0, 0, fmt.Errorf("%s: line %q gives no ids", file, strings.TrimSpace(string(line)))
		}
		return uint32(first), uint32(count), nil
	}
	return 0, 0, fmt.Errorf("%s gives no ids to %s", file, own[0])
}

// rootless returns the ids for the container of a slot, its own where there are enough.
func (p *Privileges) rootless(slot int) *sandbox.Rootless {
	if p.Rootless == nil || p.SubIDs == 0 {
		return p.Rootless
	}
	n := uint32(slot) % p.SubIDs
	return &sandbox.Rootless{ProgramUID: p.Rootless.ProgramUID + n, ProgramGID: p.Rootless.ProgramGID + n}
}

// adapt returns the policy changed for what the host provides.
func (p *Privileges) adapt(policy *seccomp.Policy) *seccomp.Policy {
	if p.Host == nil {
		policy = policy.WithoutGroups()
	} else if p.Host.Version() == 2 {
		policy = policy.WithClone3() // the container server starts programs with it
	}
	if p.Rootless != nil && p.Rootless.ProgramUID == 0 {
		policy = policy.WithSharedID()
	}
	return policy
}
