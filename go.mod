module github.com/gaveloj/gavel

go 1.26.0

require (
	github.com/BurntSushi/toml v1.6.0 // info.toml of library-checker-problems; the reference reader, without dependencies, and here already by way of staticcheck
	github.com/alecthomas/kong v1.17.0 // command line: commands as structs, environment variables, help
	github.com/google/go-cmp v0.7.0 // tests: whole values compared, differences readable
	github.com/jedib0t/go-pretty/v6 v6.9.2 // tables whose columns wrap at a width, with wide and combining characters and colours in the cells
	github.com/nats-io/nats-server/v2 v2.15.2 // the queue inside the worker, for one host and for tests
	github.com/nats-io/nats.go v1.55.0 // JetStream client, by the makers of the server
	github.com/nats-io/nkeys v0.4.16 // keys of users, in place of passwords
	github.com/prometheus/client_golang v1.25.0 // metrics in the format that everybody scrapes
	github.com/rivo/uniseg v0.4.7 // how wide text is on a terminal, by grapheme clusters; without dependencies of its own, unlike go-runewidth
	github.com/rogpeppe/go-internal v1.16.0 // tests: testscript, what a user sees as scripts
	github.com/rs/zerolog v1.35.1 // structured logs without allocation
	github.com/santhosh-tekuri/jsonschema/v6 v6.0.3 // tests: messages against configs/schemas, draft 2020-12
	github.com/schollz/progressbar/v3 v3.19.1 // bars with rate and time left, as a text that worker/terminal draws among other lines; others draw by themselves
	github.com/seccomp/libseccomp-golang v0.11.1 // system call filters: every number and argument of every architecture is known there
	go.uber.org/goleak v1.3.0 // tests: no goroutine is left
	go.yaml.in/yaml/v3 v3.0.6 // YAML with line numbers in errors; the maintained successor of gopkg.in/yaml.v3
	golang.org/x/sync v0.24.0 // errgroup, semaphore
	golang.org/x/sys v0.49.0 // system calls that the standard library lacks
	golang.org/x/term v0.47.0 // whether a file is a terminal, and how wide
	golang.org/x/text v0.43.0 // windows-1251, in which testlib says that it writes reports
	pgregory.net/rapid v1.3.0 // tests: properties with shrinking, better than testing/quick
)

require (
	github.com/antithesishq/antithesis-sdk-go v0.8.0-default-no-op // indirect
	github.com/beorn7/perks v1.0.1 // indirect
	github.com/cespare/xxhash/v2 v2.3.0 // indirect
	github.com/google/go-tpm v0.9.8 // indirect
	github.com/hashicorp/golang-lru/v2 v2.0.7 // which test inputs stay open; generic, with a call for what leaves, and without dependencies
	github.com/klauspost/compress v1.20.3 // indirect
	github.com/kylelemons/godebug v1.1.0 // indirect
	github.com/mattn/go-colorable v0.1.14 // indirect
	github.com/mattn/go-isatty v0.0.22 // indirect
	github.com/mattn/go-runewidth v0.0.16 // indirect
	github.com/minio/highwayhash v1.0.4 // indirect
	github.com/mitchellh/colorstring v0.0.0-20190213212951-d06e56a500db // indirect
	github.com/munnerz/goautoneg v0.0.0-20191010083416-a7dc8b61c822 // indirect
	github.com/nats-io/jwt/v2 v2.8.2 // indirect
	github.com/nats-io/nuid v1.0.1 // indirect
	github.com/nishanths/exhaustive v0.17.1 // indirect
	github.com/polyfloyd/go-errorlint v1.8.0 // indirect
	github.com/prometheus/client_model v0.6.3 // indirect
	github.com/prometheus/common v0.72.0 // indirect
	github.com/prometheus/procfs v0.22.0 // indirect
	golang.org/x/crypto v0.58.0 // indirect
	golang.org/x/exp/typeparams v0.0.0-20231108232855-2478ac86f678 // indirect
	golang.org/x/mod v0.42.0 // indirect
	golang.org/x/telemetry v0.0.0-20261009151841-97e8ea77aa2a // indirect
	golang.org/x/time v0.16.0 // indirect
	golang.org/x/tools v0.52.0 // indirect
	google.golang.org/protobuf v1.36.12 // indirect
	honnef.co/go/tools v0.8.2 // indirect
	mvdan.cc/gofumpt v0.12.0 // indirect
)

tool (
	github.com/nishanths/exhaustive/cmd/exhaustive
	github.com/polyfloyd/go-errorlint
	golang.org/x/tools/cmd/deadcode
	honnef.co/go/tools/cmd/staticcheck
	mvdan.cc/gofumpt
)

// Programs to be judged, attacks among them, are no packages of this module.
ignore (
	./testcases/attacks
	submissions
)
