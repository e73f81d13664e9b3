package configs

import _ "embed" // languages.yaml

//go:embed languages.yaml
var languagesYAML string

// Languages is languages.yaml: the default language table.
func Languages() string { return languagesYAML }
