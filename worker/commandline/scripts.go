package commandline

import (
	_ "embed"
	"fmt"
)

// What each script does is the same: it hands the words of the command line to the hidden command complete, which prints the
// candidates and then what files the shell is to add.
var (
	//go:embed gavel.bash
	bashScript string
	//go:embed gavel.zsh
	zshScript string
	//go:embed gavel.fish
	fishScript string
)

// Script is what makes a shell complete the command line.
func Script(shell string) (string, error) {
	switch shell {
	case "bash":
		return bashScript, nil
	case "zsh":
		return zshScript, nil
	case "fish":
		return fishScript, nil
	}
	return "", fmt.Errorf("there is no completion for %q; there is for bash, zsh and fish", shell)
}
