// Package connect reaches the queue for a command: by the flags of --nats-*, or else the server inside the worker of this
// host, whose address and key lie in the state directory.
package connect

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"slices"
	"strings"

	"github.com/gaveloj/gavel/queue/client"
	"github.com/gaveloj/gavel/worker/exit"
	"github.com/gaveloj/gavel/worker/settings"
)

// Settings says how to reach the queue.
type Settings struct {
	URL          settings.ServerURL `default:"${nats_url}"         env:"GAVEL_NATS_URL"         help:"NATS server, or a cluster with commas; by default the one embedded in the worker." placeholder:"URL"`
	Credentials  string             `default:"${nats_credentials}" env:"GAVEL_NATS_CREDENTIALS" help:"NATS credentials file."                                                            placeholder:"FILE"`
	NKey         string             `default:"${nats_nkey}"          env:"GAVEL_NATS_NKEY"          help:"File with the seed of an NKey."                                                     name:"nkey" placeholder:"FILE"`
	User         string             `default:"${nats_user}"          env:"GAVEL_NATS_USER"          help:"User name; the password comes from --nats-password-file or the variable GAVEL_NATS_PASSWORD." placeholder:"NAME"`
	PasswordFile string             `default:"${nats_password_file}" env:"GAVEL_NATS_PASSWORD_FILE" help:"File with the password of --nats-user on its first line."                            placeholder:"FILE"`
	CA           string             `default:"${nats_ca}"          env:"GAVEL_NATS_CA"          help:"Certificates of the authorities that sign the server's."                           placeholder:"FILE"`
	Cert         string             `default:"${nats_cert}"        env:"GAVEL_NATS_CERT"        help:"Own certificate; needs --nats-key."                                                placeholder:"FILE"`
	Key          string             `default:"${nats_key}"         env:"GAVEL_NATS_KEY"         help:"Key of --nats-cert."                                                               placeholder:"FILE"`
	Wait         settings.Span      `default:"${nats_wait}"        env:"GAVEL_NATS_WAIT"        help:"How long to keep trying a server that cannot be reached; 0 means for ever."              placeholder:"TIME"`
}

// Check checks what one flag alone cannot know.
func (s Settings) Check() error {
	if (s.Cert == "") != (s.Key == "") {
		return exit.Usage(errors.New("--nats-cert and --nats-key belong together; give both or none"))
	}
	for flag, file := range map[string]string{
		"--nats-credentials": s.Credentials, "--nats-nkey": s.NKey, "--nats-password-file": s.PasswordFile,
		"--nats-ca": s.CA, "--nats-cert": s.Cert, "--nats-key": s.Key,
	} {
		if err := readable(flag, file); err != nil {
			return err
		}
	}
	password, err := s.Password()
	if err != nil {
		return err
	}
	if err := client.CheckCredentials(s.Credentials, s.NKey, s.User, password); err != nil {
		return exit.Usage(err)
	}
	return s.checkPasswordHidden()
}

// Anonymous reports whether the settings have nothing that tells the server who asks.
func (s Settings) Anonymous() bool {
	return s.Credentials == "" && s.NKey == "" && s.User == "" && s.Cert == "" && !strings.Contains(string(s.URL), "@")
}

// Private is the files that hold secrets. Certificates are public.
func (s Settings) Private() []settings.Private {
	var all []settings.Private
	for _, file := range []struct{ flag, path string }{
		{"--nats-credentials", s.Credentials}, {"--nats-nkey", s.NKey}, {"--nats-password-file", s.PasswordFile}, {"--nats-key", s.Key},
	} {
		if file.path != "" {
			all = append(all, settings.Private{What: file.flag, Path: file.path, Place: "/etc/gavel"})
		}
	}
	return all
}

// passwordVariable holds the password, where no file does. There is no flag for it: everybody on the host can read the
// command line of a process.
const passwordVariable = "GAVEL_NATS_PASSWORD"

// Password is that of the user; "" where there is none.
func (s Settings) Password() (string, error) {
	switch {
	case s.User == "":
		return "", nil
	case s.PasswordFile == "":
		return os.Getenv(passwordVariable), nil
	}
	return settings.ReadSecret("--nats-password-file", s.PasswordFile)
}

// checkPasswordHidden refuses a password on the command line, which everybody on the host can read.
func (s Settings) checkPasswordHidden() error {
	for server := range strings.SplitSeq(string(s.URL), ",") {
		u, err := url.Parse(strings.TrimSpace(server))
		if err != nil || u.User == nil {
			continue
		}
		onCommandLine := func(arg string) bool { return strings.Contains(arg, u.User.String()) }
		if slices.ContainsFunc(os.Args[1:], onCommandLine) {
			return exit.Usage(fmt.Errorf("--nats-url has a password or token, and everybody on this host can read command lines: "+
				"put the URL into GAVEL_NATS_URL or the --config file, or use --nats-user and %s", passwordVariable))
		}
	}
	return nil
}

// Connection is how to reach the server at url.
func (s Settings) Connection(url string) (client.Config, error) {
	password, err := s.Password()
	if err != nil {
		return client.Config{}, err
	}
	wait := s.Wait.Duration()
	if wait == 0 {
		wait = -1 // for ever
	}
	return client.Config{
		URL: url, CredsFile: s.Credentials, NKeyFile: s.NKey, User: s.User, Password: password,
		CAFile: s.CA, CertFile: s.Cert, KeyFile: s.Key, Wait: wait,
	}, nil
}

// readable refuses a file that is named and cannot be read.
func readable(flag, file string) error {
	if file == "" {
		return nil
	}
	f, err := os.Open(file)
	if err != nil {
		return exit.Usage(fmt.Errorf("%s: %w", flag, err))
	}
	return f.Close()
}

// connect reaches the server at url. unreachable is called with why, after each try that failed.
func (s Settings) connect(ctx context.Context, url string, unreachable func(error)) (*client.Conn, error) {
	cfg, err := s.Connection(url)
	if err != nil {
		return nil, err
	}
	cfg.Unreachable = unreachable
	return client.Connect(ctx, cfg)
}
