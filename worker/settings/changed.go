package settings

import (
	"reflect"
	"regexp"
	"slices"
)

// Changed lists the settings, by their names in the configuration file, that two values of one command differ in.
func Changed(before, after any) []string {
	old, all := values(before), values(after)
	var changed []string
	for name, value := range all {
		if !reflect.DeepEqual(old[name], value) {
			changed = append(changed, name)
		}
	}
	slices.Sort(changed)
	return changed
}

// values are the settings of a command, which are the fields whose default is that of the file in the binary.
func values(command any) map[string]any {
	all := map[string]any{}
	collect(reflect.ValueOf(command), defaultSettings(), all)
	return all
}

// fromFile is the tag of such a default.
var fromFile = regexp.MustCompile(`^\$\{(\w+)\}$`)

func collect(of reflect.Value, known map[string]setting, into map[string]any) {
	for i := range of.NumField() {
		field := of.Type().Field(i)
		key := fromFile.FindStringSubmatch(field.Tag.Get("default"))
		switch {
		case key != nil:
			into[known[key[1]].name] = of.Field(i).Interface()
		case field.Type.Kind() == reflect.Struct:
			collect(of.Field(i), known, into)
		}
	}
}
