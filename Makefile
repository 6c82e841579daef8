# Two commands matter: `make run` shows a parcel's journey, `make test` proves it. `make help` lists the rest.

SHELL := /bin/bash
GO    ?= go
BIN   := build
VERSION := $(shell git describe --always --dirty 2>/dev/null || echo unknown)
export CGO_ENABLED = 0

.PHONY: help run run-browser test test-long test-bluez test-systemd bench bench-long bench-size fuzz lint fmt build package web setup-run setup-test setup-long setup-package setup-bluez setup-systemd setup-bench clean

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

run: build ## the Washington network with eight virtual lockers, a shop and a mailbox: open the page it names
	@exec $(BIN)/lockhouse demo

run-browser: build ## the same, and opens Chromium on a simulated radio: doors open by real Web Bluetooth
	@scripts/setup browser
	@exec $(BIN)/lockhouse demo --browser

test: setup-test web ## everything that must hold, in under 15 minutes
	@scripts/test

bench: setup-bench ## what we claim about speed, beside a baseline in the same run
	@scripts/bench

bench-long: setup-test ## ten minutes of whole lives, as many a second as LIVES says (default 400: what two cores keep up), and ten thousand lockers on a node
	@scripts/bench -rounds 0 -taps 0 -search-rounds 0 -hold-rounds 0 -rest 0 -lives $${LIVES:-400} -lives-for 10m -fleet 10000

bench-size: setup-test ## what a parcel costs beside up to ten million in the past (about 30 GB of disk, 20 minutes)
	@scripts/bench-size

test-long: setup-long web ## the same faults for longer: crashes by the fifty, outages of a minute (about an hour)
	@scripts/test-long

test-bluez: setup-bluez ## the locker's binary on the real BlueZ, in a virtual machine (the first time it fetches 75 MB from Debian)
	@scripts/test-bluez

test-systemd: setup-systemd ## the package on a Debian with its own systemd, in a virtual machine (the first time it fetches 110 MB from Debian)
	@scripts/test-systemd

fuzz: ## each fuzzer for FUZZ_S seconds (default 30)
	@scripts/fuzz

lint: ## formatting, vet, and the front end's type check
	@test -z "$$(gofmt -l $$(git ls-files '*.go'))" || { echo "not gofmt-ed: run make fmt"; gofmt -l $$(git ls-files '*.go'); exit 1; }
	@$(GO) vet ./...
	@scripts/step "checking types of the pages" scripts/npm run --silent check

fmt: ## formats the Go code
	@gofmt -w $$(git ls-files '*.go')

build: web ## the two binaries, in build/
	@scripts/step "building lockhouse and lockhouse-agent" $(GO) build -trimpath -ldflags "-s -w -X main.version=$(VERSION)" -o $(BIN)/ ./cmd/lockhouse ./cmd/lockhouse-agent

web: setup-run ## the pages, which the binary carries
	@scripts/web

setup-run:
	@scripts/setup run

setup-test:
	@scripts/setup test

setup-long:
	@scripts/setup long

setup-bench:
	@scripts/setup bench

package: setup-package ## a .deb of the locker's agent for amd64, arm64 and armhf, in build/
	@scripts/package

setup-bluez:
	@scripts/setup bluez

setup-systemd:
	@scripts/setup systemd

setup-package:
	@scripts/setup package

clean: ## forgets what was built
	rm -rf $(BIN) web/node_modules && find web/dist edge/panel/page -mindepth 1 ! -name README -delete
