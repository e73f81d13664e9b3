# Every target sets up what it needs. `make help` lists them: first those that a user needs.

SHELL := /bin/sh
BIN := bin/gavel
GO ?= go
# Not ./...: below testcases lie programs that contestants might send, some of them broken on purpose.
PACKAGES := ./configs/... ./judge/... ./metrics/... ./queue/... ./sandbox/... ./testcases/generate/... ./worker/...
GO_DIRS := configs judge metrics queue sandbox testcases/generate worker
# The revision is stamped into the binary where git can tell it.
BUILDVCS := $(shell git status --porcelain >/dev/null 2>&1 && echo true || echo false)
TEST_TIMEOUT ?= 40m
FUZZ_TIME ?= 30s
ROOT := $(filter 0,$(shell id -u))
# What the tests say is kept in the file TEST_EVENTS, where it is named, as go test -json writes it.
SHOW_EVENTS = $(if $(TEST_EVENTS),| $(GO) run ./configs/testreport show "$(TEST_EVENTS)")
# The race detector makes tests take about twice as long: make test RACE= does without.
RACE := -race
GO_TEST = $(GO) test $(if $(TEST_EVENTS),-json)
# Each program of the module is one way to reach its functions.
PROGRAMS := ./worker ./configs/docker/natsprobe ./configs/testreport ./configs/vm/init ./configs/vm/initramfs ./testcases/generate ./queue/client/examples/...
SCRIPTS := .ci/run worker/commandline/gavel.bash configs/dist/postinst configs/dist/prerm configs/dist/postrm $(wildcard configs/*.sh configs/*/*.sh configs/*/*/*.sh)

.PHONY: help
help: ## list the targets
	@echo "For those who use Gavel:"
	@sed -n 's/^\([a-z-]*\):.*##! /  \1\t/p' Makefile | sort | expand -t 20
	@echo "For those who work on it:"
	@sed -n 's/^\([a-z-]*\):.*## /  \1\t/p' Makefile | expand -t 20

.PHONY: setup
setup: ## install the Debian packages that are missing, or name them
	@configs/setup.sh

.PHONY: languages
languages: ##! install the toolchains of every language: 4 GB
	@GAVEL_TOOLCHAINS=all configs/setup.sh

.PHONY: build
build: build-tools generate ##! bin/gavel
	$(GO) build -buildvcs=$(BUILDVCS) -trimpath -o $(BIN) ./worker

.PHONY: install
install: ##! put bin/gavel below PREFIX (/usr/local) and its configuration into /etc/gavel; DESTDIR for packagers
	configs/install.sh install $(BIN)

.PHONY: uninstall
uninstall: ##! take that away again, but configuration and state
	configs/install.sh uninstall

.PHONY: dist
dist: ## a release in dist: a Debian package, an archive, their checksums
	configs/dist/dist.sh

.PHONY: build-tools
build-tools:
	@configs/setup.sh build

.PHONY: generate
generate: ## write the large test data of the sample packages
	$(GO) run ./testcases/generate

.PHONY: check
check: ## the mechanical rules of the house style
	@configs/setup.sh check
	@unformatted=$$($(GO) tool gofumpt -l $(GO_DIRS)); \
	if [ -n "$$unformatted" ]; then echo "not formatted, run go tool gofumpt -w on:"; echo "$$unformatted"; exit 1; fi
	$(GO) mod tidy -diff
	$(GO) mod verify
	$(GO) vet $(PACKAGES)
	$(GO) fix -diff $(PACKAGES)
	$(GO) tool staticcheck $(PACKAGES)
	$(GO) tool exhaustive $(PACKAGES)
	$(GO) tool go-errorlint -errorf $(PACKAGES)
	@# What only tests reach is dead in the programs; of the tests' own code, and packages for tests end with "test", what
	@# no test reaches. (Of cgo code the second run says that it is dead where the first has found who calls it.)
	@dead=$$($(GO) tool deadcode $(PROGRAMS)) && tested=$$($(GO) tool deadcode -test $(PACKAGES)) || exit 1; \
	dead="$$dead$$(echo "$$tested" | grep -E '(_test\.go:|test/)')"; \
	if [ -n "$$dead" ]; then echo "dead code:"; echo "$$dead" | sort -u; exit 1; fi
	@command -v shellcheck >/dev/null || { echo "make check: shellcheck is missing; install the package of that name" >&2; exit 3; }
	shellcheck $(SCRIPTS)
	$(GO) test -count=1 -run '^TestHouse' ./worker

.PHONY: promtool
promtool:
	@configs/prometheus/promtool.sh

# Those that take longest come first, so that the others run beside them. Tests wait for limits and for servers a part of their
# time: one package more at once than there are cores keeps those busy.
AT_ONCE := -p $(shell expr $$(nproc) + 1)
LONGEST := ./worker ./judge/attacktest ./queue ./judge/language ./worker/grade ./judge

.PHONY: test
test: setup generate promtool ##! every test; those against the kernel too when run by root
	$(if $(ROOT),GAVEL_REQUIRE=$${GAVEL_REQUIRE-kernel}) $(GO_TEST) $(RACE) $(AT_ONCE) -shuffle=on -timeout $(TEST_TIMEOUT) $(LONGEST) $(PACKAGES) $(SHOW_EVENTS)

# Tests that take more than a bare host with the default toolchains has: every toolchain, newuidmap, a Docker engine.
HOST_TESTS := ^TestPolyglot$$|^TestVerdicts$$/pypy|^TestCompilersAreHeldToLimits$$|^TestEveryInstalledLanguageIsOffered$$|^TestToolchainsWork$$|^TestClassDataArchiveChangesNoProgram$$/kotlin|^TestClassDataArchiveChangesNoProgram$$/scala|^Test(Attacks)?Rootless$$/sub-ids|^TestCompose$$|^TestNeighbouringVersions$$
HOST_PACKAGES := ./judge ./judge/language ./judge/verify ./judge/attacktest ./sandbox ./sandbox/seccomp ./worker

.PHONY: test-host
test-host: languages generate ## the tests that take every toolchain, package uidmap, or Docker
	GAVEL_REQUIRE=all GAVEL_TOOLCHAINS=all $(GO_TEST) -count=1 -run '$(HOST_TESTS)' -timeout $(TEST_TIMEOUT) $(HOST_PACKAGES) $(SHOW_EVENTS)

.PHONY: test-bare
test-bare: ## the README's commands in a Debian that has just Go, git and make
	configs/bare/test-bare.sh

.PHONY: test-root
test-root: setup generate ## the kernel tests; a test that cannot run is a failure
	@[ "$$(id -u)" = 0 ] || { echo "make test-root needs root: sudo -E make test-root" >&2; exit 3; }
	GAVEL_REQUIRE=all $(GO) test -race -shuffle=on -timeout $(TEST_TIMEOUT) ./sandbox/... ./judge/... ./worker/...

.PHONY: test-vm
test-vm: build-tools generate ## tests in a virtual machine with control groups v2
	configs/vm/test-vm.sh

.PHONY: samples-vm
samples-vm: build-tools generate ## every sample in C, C++, Python and Bash there and here; takes half an hour
	VM_TIMEOUT=7200 configs/vm/test-vm.sh samples

.PHONY: test-systemd
test-systemd: build-tools ## the worker as a service of systemd, in a virtual machine
	configs/vm/test-vm.sh systemd

.PHONY: attacks
attacks: setup ## the attack suite as a table: verdict, host, neighbour
	GAVEL_REQUIRE=all GAVEL_ATTACK_TIMES=$${GAVEL_ATTACK_TIMES-yes} $(GO) test -count=1 -v -run '^TestAttacks$$' -timeout $(TEST_TIMEOUT) ./judge/attacktest

.PHONY: attacks-rootless
attacks-rootless: setup ## the same against the worker of an ordinary user
	GAVEL_REQUIRE=all GAVEL_ATTACK_TIMES=$${GAVEL_ATTACK_TIMES-yes} $(GO) test -count=1 -v -run '^TestAttacksRootless$$' -timeout $(TEST_TIMEOUT) ./judge/attacktest

.PHONY: attacks-vm
attacks-vm: build-tools ## the same two with control groups v2, in a virtual machine
	VM_ATTACK=$${GAVEL_ATTACK-} VM_FLAGS='-test.run=^TestAttacks(Rootless)?$$' VM_TIMEOUT=7200 configs/vm/test-vm.sh judge/attacktest

.PHONY: test-faults
test-faults: setup ## 1,000 submissions and 100 faults in a cluster; GAVEL_FAULTS=short for 150 and 20, GAVEL_FAULT_SEED to repeat
	GAVEL_REQUIRE=all GAVEL_FAULTS=$${GAVEL_FAULTS-full} $(GO_TEST) -count=1 -v -run '^TestFaults$$' -timeout 40m ./worker/faulttest $(SHOW_EVENTS)

.PHONY: backlog
backlog: build-tools ## a worker at a queue of 1,000,000 submissions against one of 1,000
	GAVEL_BACKLOG=$${GAVEL_BACKLOG-1000000} $(GO) test -count=1 -v -run '^TestBacklog$$' -timeout $(TEST_TIMEOUT) ./queue

.PHONY: fleet
fleet: build-tools ## what load up to 200 workers make on a cluster of three servers
	GAVEL_FLEET=$${GAVEL_FLEET-200} $(GO) test -count=1 -v -run '^TestFleet$$' -timeout $(TEST_TIMEOUT) ./queue

.PHONY: soak-faults
soak-faults: setup ## the same cluster at full load for 20 minutes without a fault, and whether it grows
	GAVEL_REQUIRE=all GAVEL_FAULT_SOAK=$${GAVEL_FAULT_SOAK-20m} $(GO) test -count=1 -v -run '^TestSoak$$' -timeout 90m ./worker/faulttest

.PHONY: soak
soak: setup ## 10,000 mixed runs, interactive ones too, and what the worker holds before and after
	GAVEL_REQUIRE=all GAVEL_SOAK=10000 $(GO) test -count=1 -v -run '^TestSoak$$' -timeout 60m ./judge/attacktest

.PHONY: bench
bench: build ##! what judging costs on this host: gavel bench with five times as many measurements
	$(BIN) bench --rounds 5 --plot bin/runs.svg $(if $(BENCH_JSON),--format json >"$(BENCH_JSON)")
	$(GO) test -run '^$$' -bench . -timeout $(TEST_TIMEOUT) ./sandbox/cgroup ./judge/checker

.PHONY: fuzz
fuzz: build-tools ## every fuzz target for FUZZ_TIME
	@for package in $$($(GO) list $(PACKAGES)); do \
		for target in $$($(GO) test -list '^Fuzz' $$package | grep '^Fuzz'); do \
			echo "$$package $$target"; \
			$(GO) test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZ_TIME) $$package || exit 1; \
		done; \
	done

# In this order: what is missing is said before anything is compiled.
.PHONY: demo
demo: ##! judge submissions of some sample packages through the queue
	@configs/demo.sh check
	@configs/setup.sh
	@$(MAKE) --no-print-directory build
	@configs/demo.sh

.PHONY: demo-all
demo-all: ## judge every submission of every sample package through the queue
	@configs/demo.sh check
	@configs/setup.sh
	@$(MAKE) --no-print-directory build
	@configs/demo.sh all

.PHONY: run
run: build ## a worker with an embedded NATS server and the sample problems
	$(BIN) serve --embedded --state-dir .gavel/run --problems testcases

.PHONY: images
images: ## the images of docker-compose.yml, made without a registry
	configs/docker/build.sh

.PHONY: clean
clean: ## remove what make made
	rm -rf bin dist .gavel
