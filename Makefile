# Every target sets up what it needs. `make help` lists them.

SHELL := /bin/sh
BIN := bin/gavel
GO ?= go
# Not ./...: below testcases lie programs that contestants might send, some of them broken on purpose.
PACKAGES := ./client/... ./configs/... ./judge/... ./message/... ./metrics/... ./queue/... ./sandbox/... ./testcases/generate/... ./worker/...
GO_DIRS := client configs judge message metrics queue sandbox testcases/generate worker
# The revision is stamped into the binary where git can tell it.
BUILDVCS := $(shell git status --porcelain >/dev/null 2>&1 && echo true || echo false)
TEST_TIMEOUT ?= 20m
FUZZ_TIME ?= 30s
ROOT := $(filter 0,$(shell id -u))

.PHONY: help
help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | expand -t 20

.PHONY: setup
setup: ## install the Debian packages that are missing, or name them
	@configs/setup.sh

.PHONY: languages
languages: ## install the toolchains of every language
	@GAVEL_TOOLCHAINS=all configs/setup.sh

.PHONY: build
build: build-tools generate ## bin/gavel
	$(GO) build -buildvcs=$(BUILDVCS) -trimpath -o $(BIN) ./worker

.PHONY: build-tools
build-tools:
	@configs/setup.sh build

.PHONY: generate
generate: ## write the large test data of the sample packages
	$(GO) run ./testcases/generate

.PHONY: check
check: build-tools ## the mechanical rules of the house style
	@unformatted=$$($(GO) tool gofumpt -l $(GO_DIRS)); \
	if [ -n "$$unformatted" ]; then echo "not formatted, run go tool gofumpt -w on:"; echo "$$unformatted"; exit 1; fi
	$(GO) vet $(PACKAGES)
	$(GO) fix -diff $(PACKAGES)
	$(GO) tool staticcheck $(PACKAGES)
	$(GO) tool exhaustive $(PACKAGES)
	$(GO) tool go-errorlint -errorf $(PACKAGES)
	$(GO) test -count=1 -run '^TestHouse' ./worker

.PHONY: test
test: setup generate ## everything; the kernel tests too when run by root
	$(if $(ROOT),GAVEL_REQUIRE=$${GAVEL_REQUIRE-all}) $(GO) test -race -shuffle=on -timeout $(TEST_TIMEOUT) $(PACKAGES)

.PHONY: test-root
test-root: setup generate ## the kernel tests; a test that cannot run is a failure
	@[ "$$(id -u)" = 0 ] || { echo "make test-root needs root: sudo -E make test-root" >&2; exit 3; }
	GAVEL_REQUIRE=all $(GO) test -race -shuffle=on -timeout $(TEST_TIMEOUT) ./sandbox/... ./judge/... ./worker/...

.PHONY: test-vm
test-vm: build-tools ## tests in a virtual machine with control groups v2
	configs/vm/test-vm.sh

.PHONY: samples-vm
samples-vm: build-tools ## every sample in C, C++, Python and Bash there and here; takes half an hour
	VM_TIMEOUT=7200 configs/vm/test-vm.sh samples

.PHONY: test-systemd
test-systemd: build-tools ## the worker as a service of systemd, in a virtual machine
	configs/vm/test-vm.sh systemd

.PHONY: attacks
attacks: setup ## the attack suite as a table: verdict, host, neighbour
	GAVEL_REQUIRE=all $(GO) test -count=1 -v -run '^TestAttacks$$' -timeout $(TEST_TIMEOUT) ./judge/attacktest

.PHONY: attacks-rootless
attacks-rootless: setup ## the same against the worker of an ordinary user
	GAVEL_REQUIRE=all $(GO) test -count=1 -v -run '^TestAttacksRootless$$' -timeout $(TEST_TIMEOUT) ./judge/attacktest

.PHONY: attacks-vm
attacks-vm: build-tools ## the same two with control groups v2, in a virtual machine
	VM_ATTACK=$${GAVEL_ATTACK-} VM_FLAGS='-test.run=^TestAttacks(Rootless)?$$' VM_TIMEOUT=7200 configs/vm/test-vm.sh judge/attacktest

.PHONY: test-faults
test-faults: setup ## 1,000 submissions and 100 faults in a cluster; GAVEL_FAULTS=short for 150 and 20, GAVEL_FAULT_SEED to repeat
	GAVEL_REQUIRE=all GAVEL_FAULTS=$${GAVEL_FAULTS-full} $(GO) test -count=1 -v -run '^TestFaults$$' -timeout 40m ./worker/faulttest

.PHONY: backlog
backlog: build-tools ## a worker at a queue of 1,000,000 submissions against one of 1,000
	GAVEL_BACKLOG=$${GAVEL_BACKLOG-1000000} $(GO) test -count=1 -v -run '^TestBacklog$$' -timeout $(TEST_TIMEOUT) ./queue

.PHONY: soak-faults
soak-faults: setup ## the same cluster at full load for 20 minutes without a fault, and whether it grows
	GAVEL_REQUIRE=all GAVEL_FAULT_SOAK=$${GAVEL_FAULT_SOAK-20m} $(GO) test -count=1 -v -run '^TestSoak$$' -timeout 90m ./worker/faulttest

.PHONY: soak
soak: setup ## 10,000 mixed runs, interactive ones too, and what the worker holds before and after
	GAVEL_REQUIRE=all GAVEL_SOAK=10000 $(GO) test -count=1 -v -run '^TestSoak$$' -timeout 60m ./judge/attacktest

.PHONY: bench
bench: build-tools ## one sandboxed run against a bare vfork + exec + wait
	$(GO) test -run '^$$' -bench . -benchtime 100x -timeout $(TEST_TIMEOUT) ./sandbox/...

.PHONY: fuzz
fuzz: build-tools ## every fuzz target for FUZZ_TIME
	@for package in $$($(GO) list $(PACKAGES)); do \
		for target in $$($(GO) test -list '^Fuzz' $$package | grep '^Fuzz'); do \
			echo "$$package $$target"; \
			$(GO) test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZ_TIME) $$package || exit 1; \
		done; \
	done

.PHONY: demo
demo: setup build ## judge every sample submission through the queue
	configs/demo.sh

.PHONY: run
run: build ## a worker with an embedded NATS server and the sample problems
	$(BIN) serve --embedded --state-dir .gavel/run --problems testcases

.PHONY: images
images: ## the images of docker-compose.yml, made without a registry
	configs/docker/build.sh

.PHONY: clean
clean: ## remove what make made
	rm -rf bin .gavel
