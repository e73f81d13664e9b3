package main

import (
	"slices"
	"strings"
	"testing"

	"github.com/alecthomas/kong"

	"github.com/gaveloj/gavel/worker/settings"
)

// flagsOf lists the flags of a command that have a variable: those are settings.
func flagsOf(t *testing.T, command string) []*kong.Flag {
	t.Helper()
	parser, err := kong.New(&cli{}, settings.Defaults(), kong.Configuration(settings.Load))
	if err != nil {
		t.Fatal(err)
	}
	for _, node := range parser.Model.Children {
		if node.Name == command {
			return node.Flags
		}
	}
	t.Fatalf("there is no command %s", command)
	return nil
}

// keyOf is the key of a flag's setting in the configuration file, with its levels joined: nats_url.
func keyOf(flag *kong.Flag) string { return strings.ReplaceAll(flag.Name, "-", "_") }

// TestSettingsAgree holds flags, variables, configs/worker.yaml and its schema together.
func TestSettingsAgree(t *testing.T) {
	settings := settings.Defaults()
	var flags []string
	for _, flag := range flagsOf(t, "serve") {
		if len(flag.Envs) == 0 {
			continue
		}
		flags = append(flags, keyOf(flag))
		if want := "GAVEL_" + strings.ToUpper(keyOf(flag)); flag.Envs[0] != want {
			t.Errorf("--%s is set by %s, want %s", flag.Name, flag.Envs[0], want)
		}
		if value, ok := settings[keyOf(flag)]; !ok || value != flag.Default {
			t.Errorf("--%s has the default %q; configs/worker.yaml says %q (%v)", flag.Name, flag.Default, value, ok)
		}
	}
	for key := range settings {
		if !slices.Contains(flags, key) {
			t.Errorf("configs/worker.yaml has %s, but serve has no such flag", key)
		}
	}
}
