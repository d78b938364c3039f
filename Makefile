# Each task is one command. The logic is in Go or in a script that is named here.
SHELL := /bin/bash
.DEFAULT_GOAL := help

# CHECK=P01 runs one check (ids and areas, separated by commas); ARGS adds any flag of `throughline run`.
CHECK ?=
ARGS ?=
# CELLS names cells of matrix.yaml, separated by commas; they may be patterns.
CELLS ?=
# PACKAGES limits test, bench and golden.
PACKAGES ?= ./...
# Results name the commit that they were made with, where git can tell it, and whatever GOFLAGS says.
STAMP := $(shell git rev-parse --quiet --verify HEAD >/dev/null 2>&1 && echo true || echo false)

##@ Use

.PHONY: e2e
e2e: build ## check a real mesh: make e2e CHECK=P01 ARGS=--keep
	bin/throughline run $(if $(CHECK),--check '$(CHECK)') $(ARGS)

.PHONY: matrix
matrix: build ## run the cells of matrix.yaml on this machine: make matrix CELLS='*envoy1.39.3*' ARGS=--continue
	bin/throughline matrix run $(if $(CELLS),--cells '$(CELLS)') $(ARGS)

.PHONY: build
build: ## build bin/throughline
	go build -trimpath -buildvcs=$(STAMP) -o bin/throughline ./cmd/throughline

##@ Develop

.PHONY: test
test: ## run the tests of every package, with the race detector; as root those of the engine too
	go test -race -timeout 15m $(PACKAGES)

.PHONY: test-browser
test-browser: ## open the HTML report in a real Chromium, which root gets where it is missing
	tools/test-browser

.PHONY: test-faults
test-faults: build ## interrupt, kill and double real runs, and look at what they leave (root, a filled cache, 10 minutes)
	THROUGHLINE_TEST_FAULTS=$(CURDIR)/bin/throughline go test -count 1 -timeout 40m -v ./e2e/faults

.PHONY: ten
ten: build ## run everything ten times on one cluster, in random orders, and pool the p-values
	tools/ten 10 -- $(if $(CHECK),--check '$(CHECK)') $(ARGS)

.PHONY: lint
lint: ## look for mistakes in code and modules
	tools/lint

.PHONY: fmt
fmt: ## lay out the code
	go tool -modfile=tools/go.mod golangci-lint fmt

.PHONY: golden
golden: ## write golden files and generated documents anew; read the change before you commit it
	tools/golden $(PACKAGES)

.PHONY: docs
docs: ## write the generated documents anew: docs/checks, docs/derivation.md, docs/deviations.md, docs/statistics.md and docs/configuration.md
	tools/golden ./e2e/...

.PHONY: bench
bench: ## run the benchmarks
	go test -run '^$$' -bench . -benchmem $(PACKAGES)

.PHONY: check
check: ## do exactly what CI does
	.ci/run

##@ Other

.PHONY: clean
clean: ## remove what was built and the results of runs; the cache stays
	rm -rf bin out

.PHONY: help
help: ## show this text
	@awk 'BEGIN { FS = ":.*## "; printf "make <target>\n" } \
		/^##@ / { printf "\n%s\n", substr($$0, 5) } \
		/^[a-z][a-z0-9-]*:.*## / { printf "  %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
