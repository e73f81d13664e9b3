package doctor

import (
	"errors"
	"fmt"
	"io/fs"
	"os/user"
	"path"
	"strconv"
	"strings"
)

// userName is that of the user who runs this process.
func userName() string {
	u, err := user.Current()
	if err != nil {
		return ""
	}
	return u.Username
}

// checkSubIDs tells, as information, whether the user has ids to give to containers. Root needs none.
func checkSubIDs(h host) finding {
	const check = "sub-ids"
	if h.uid == 0 {
		return pass(check, "not needed: root has all ids")
	}
	for _, file := range []string{"/etc/subuid", "/etc/subgid"} {
		text, err := h.text(file)
		if err != nil && !absent(err) {
			return unknown(check, err)
		}
		if !hasRange(text, h.user, h.uid) {
			return pass(check, fmt.Sprintf("none: %s has no range for user %d", file, h.uid))
		}
	}
	for _, program := range []string{"newuidmap", "newgidmap"} {
		if !h.installed(program) {
			return pass(check, "a range, but no "+program+" to use it; it comes with the package uidmap")
		}
	}
	return pass(check, "a range, and newuidmap to use it")
}

// hasRange reports whether subuid(5) gives a user, by name or number, any ids.
func hasRange(text, name string, uid int) bool {
	for line := range strings.Lines(text) {
		fields := strings.Split(strings.TrimSpace(line), ":")
		if len(fields) != 3 || fields[0] == "" || fields[0] != name && fields[0] != strconv.Itoa(uid) {
			continue
		}
		if count, err := strconv.Atoi(fields[2]); err == nil && count > 0 {
			return true
		}
	}
	return false
}

func (h host) installed(program string) bool {
	for _, dir := range []string{"usr/bin", "bin", "usr/local/bin", "usr/sbin"} {
		if info, err := fs.Stat(h.files, path.Join(dir, program)); err == nil && info.Mode()&0o111 != 0 {
			return true
		}
	}
	return false
}

// checkProgram reports whether container servers, which run as users of their own, can execute this file.
func checkProgram(h host) finding {
	const check = "program file"
	if h.program == "" {
		return unknown(check, errors.New("the kernel does not tell which file runs"))
	}
	info, err := fs.Stat(h.files, strings.TrimPrefix(h.program, "/"))
	if err != nil {
		return unknown(check, err)
	}
	if h.uid == 0 && info.Mode()&0o005 != 0o005 {
		return fail(check, fmt.Errorf("%s has mode %04o; container servers run it as users of their own", h.program, info.Mode().Perm()),
			"chmod 0755 "+h.program)
	}
	return pass(check, h.program)
}
