package cgroup

import "fmt"

// versionTwo uses the unified hierarchy.
func versionTwo(m mount, path string) (*Host, error) {
	return nil, unavailable("version 2 is not supported yet")
}

// enable hands the controllers down to the groups in dir.
func enable(dir string, controllers []string) error {
	for _, c := range controllers {
		if err := writeOnce(dir, "cgroup.subtree_control", "+"+c); err != nil {
			return fmt.Errorf("enable controller %s: %w", c, err)
		}
	}
	return nil
}
