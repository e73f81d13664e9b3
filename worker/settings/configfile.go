package settings

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"reflect"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
	"go.yaml.in/yaml/v3"

	"github.com/gaveloj/gavel/configs"
	"github.com/gaveloj/gavel/judge/suggest"
)

// A configuration file gives flags their values: the key nats: {url: ...} is the flag --nats-url. What is set
// on the command line or in the environment wins.

// setting is one value of a configuration file.
type setting struct {
	name  string // as it is written, with dots between the levels: nats.url
	value string
	line  int
}

// configFile resolves flags from a file.
type configFile struct {
	name     string
	settings map[string]setting // by key
}

// Load reads the file and refuses keys that no setting has.
func Load(r io.Reader) (kong.Resolver, error) {
	name := "configuration"
	if f, ok := r.(*os.File); ok {
		name = f.Name()
	}
	settings, err := parseSettings(r)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	defaults := defaultSettings()
	for _, k := range slices.Sorted(maps.Keys(settings)) {
		s := settings[k]
		if defaults[k].name != s.name {
			return nil, fmt.Errorf("%s:%d: unknown setting %s; %s", name, s.line, s.name, suggest.Name(s.name, names(defaults)))
		}
	}
	return &configFile{name: name, settings: settings}, nil
}

// key is what a setting, its flag and its default have in common: nats_url for nats.url and --nats-url.
func key(name string) string { return strings.NewReplacer(".", "_", "-", "_").Replace(name) }

func names(settings map[string]setting) []string {
	var list []string
	for _, s := range settings {
		list = append(list, s.name)
	}
	slices.Sort(list)
	return list
}

// Validate has nothing left to do: keys are checked while loading, values while resolving.
func (c *configFile) Validate(*kong.Application) error { return nil }

// Resolve gives a flag its value from the file, and names file and line when the value does not fit.
func (c *configFile) Resolve(_ *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
	s, ok := c.settings[key(flag.Name)]
	if !ok || slices.ContainsFunc(flag.Envs, isSet) {
		return nil, nil //nolint:nilnil // kong's way to say that there is nothing here
	}
	scratch := reflect.New(flag.Target.Type()).Elem()
	token := kong.Token{Type: kong.FlagValueToken, Value: s.value}
	if err := flag.Parse(kong.ScanFromTokens(token), scratch); err != nil {
		reason := strings.TrimPrefix(err.Error(), flag.ShortSummary()+": ") // which is put before it once more
		return nil, fmt.Errorf("%s:%d: %s", c.name, s.line, reason)
	}
	return s.value, nil
}

func isSet(variable string) bool {
	_, ok := os.LookupEnv(variable)
	return ok
}

// defaultSettings are those of the file in the binary, which lists every one.
func defaultSettings() map[string]setting {
	settings, err := parseSettings(strings.NewReader(configs.Worker()))
	if err != nil {
		panic("configs/worker.yaml: " + err.Error()) // a test reads it first
	}
	return settings
}

// Defaults are the defaults as kong wants them.
func Defaults() kong.Vars {
	vars := kong.Vars{}
	for k, s := range defaultSettings() {
		vars[k] = s.value
	}
	return vars
}

// parseSettings flattens a YAML document.
func parseSettings(r io.Reader) (map[string]setting, error) {
	var document yaml.Node
	decoder := yaml.NewDecoder(r)
	err := decoder.Decode(&document)
	if errors.Is(err, io.EOF) {
		return nil, nil // an empty file sets nothing
	}
	if err != nil {
		return nil, err
	}
	if err := decoder.Decode(&yaml.Node{}); !errors.Is(err, io.EOF) {
		return nil, errors.New("more than one document; write all settings into one")
	}
	top := document.Content[0]
	if top.Kind != yaml.MappingNode && top.Tag != "!!null" {
		return nil, fmt.Errorf("line %d: settings are written as name: value", top.Line)
	}
	settings := map[string]setting{}
	return settings, flattenMapping("", top, settings)
}

func flatten(name string, node *yaml.Node, into map[string]setting) error {
	switch node.Kind {
	case yaml.MappingNode:
		return flattenMapping(name, node, into)
	case yaml.ScalarNode:
		return add(setting{name: name, value: node.Value, line: node.Line}, into)
	case yaml.SequenceNode:
		return fmt.Errorf("line %d: %s takes one value, not a list", node.Line, name)
	case yaml.AliasNode, yaml.DocumentNode:
	}
	return fmt.Errorf("line %d: aliases are not allowed; write the value out", node.Line)
}

func flattenMapping(name string, node *yaml.Node, into map[string]setting) error {
	for i := 0; i < len(node.Content); i += 2 {
		full := node.Content[i].Value
		if name != "" {
			full = name + "." + full
		}
		if err := flatten(full, node.Content[i+1], into); err != nil {
			return err
		}
	}
	return nil
}

func add(s setting, into map[string]setting) error {
	if s.name == "" {
		return fmt.Errorf("line %d: settings are written as name: value", s.line)
	}
	if earlier, ok := into[key(s.name)]; ok {
		return fmt.Errorf("line %d: %s is already set on line %d", s.line, s.name, earlier.line)
	}
	into[key(s.name)] = s
	return nil
}
