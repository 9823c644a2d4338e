# FireWarden: `make help` lists the targets.
SHELL := /bin/bash
GO ?= go
TOOL := $(GO) tool -modfile=tools/go.mod
BUILD := CGO_ENABLED=0 $(GO) build -trimpath -tags lambda.norpc -ldflags '-s -w'
SAM := SAM_CLI_TELEMETRY=0 .venv/bin/sam
STACK ?= firewarden
CONFIG_ENV ?= default

.DEFAULT_GOAL := help
.PHONY: help demo local test lint build generate bench-sweep pictures deploy clean venv check-template

help: ## list the targets
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: venv build ## watch a bad security group close and a bad task definition be corrected, on the local cloud
	bin/firewarden demo

local: venv build ## start the local cloud and leave it running until Ctrl-C
	bin/firewarden local up

test: venv ## all tests: rules, adapters on fakes and emulator, template, the whole job on the local cloud, sam validate, sam build
	$(GO) vet ./...
	$(GO) test -timeout 20m ./...
	$(GO) test -timeout 5m -run 'TestClosing24224$$' ./pkg/plan -rapid.checks=100000
	$(MAKE) check-template

check-template: venv ## sam validate --lint and sam build
	$(SAM) validate --lint --region us-east-1
	$(SAM) build

lint: ## golangci-lint with gofumpt, pinned in tools/go.mod
	$(TOOL) golangci-lint run ./...

generate: ## docs/rules and docs/schema anew, from the rules and the policy's keys (make test fails where they are stale)
	$(GO) test ./cmd/firewarden -run 'TestGeneratedFilesAreUpToDate$$' -count=1 -update

build: ## the command line and both functions, for this machine, into bin/
	$(BUILD) -o bin/firewarden ./cmd/firewarden
	$(BUILD) -o bin/audit/bootstrap ./functions/audit
	$(BUILD) -o bin/remediate/bootstrap ./functions/remediate

N ?= 1000
bench-sweep: ## what a sweep of an account of N families costs: calls, time, memory (docs/sweep.md; BENCH=-throttle at AWS's rates)
	$(GO) run ./internal/benchsweep -n $(N) -bare $(BENCH)

pictures: ## docs/pictures of mails and chats, from the golden notices
	$(GO) run -C tools ./pictures -from ../pkg/notify/testdata/golden -to ../docs/pictures

deploy: venv ## sam build and sam deploy (CONFIG_ENV=report to look first, STACK=name)
	$(SAM) build
	$(SAM) deploy --stack-name $(STACK) --config-env $(CONFIG_ENV)

venv: ## the project's Python environment (moto, SAM CLI), pinned in requirements.txt
	@scripts/venv

clean: ## remove what was built, the Python environment included
	rm -rf bin .aws-sam .venv
