# Yingda: what one does with this tree. `make` alone lists it.

# msgpack would bring a codec into the binary that nothing here speaks.
TAGS := nomsgpack
PAGES := webui/app
# More words for `make run`, such as ARGS="--listen 127.0.0.1:9000 --pace 5".
ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help run test test-go test-web test-e2e bench lint fmt generate verify build release size tools clean pages

help: ## list what can be made
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: pages ## build the pages and start the demo on 127.0.0.1:8080 (ARGS="--pace 2 …")
	go run -tags $(TAGS) ./cmd/yingda demo $(ARGS)

pages: ## build the pages that the binary carries, when they are older than their sources
	@scripts/pages

test: ## everything: format, lint, Go with -race on real servers, pages, browser journeys
	@scripts/test

test-go: ## the Go tests alone, on real servers (PKG=./router/... for one room)
	@scripts/test --only go

test-web: ## the pages alone: type check, lint, unit tests, build
	@scripts/test --only web

test-e2e: ## the browser journeys alone
	@scripts/test --only e2e

lint: ## format check, vet and linters
	@scripts/test --only lint

bench: pages ## measure, floors beside ours (long)
	@scripts/bench

fmt: tools ## format the Go sources
	.tools/golangci-lint fmt ./...

generate: ## write the generated files again (OpenAPI, TypeScript types, reference docs)
	@scripts/generate

verify: ## fail when a generated file is not fresh
	@scripts/generate --verify

build: pages ## build ./bin/yingda for this machine
	CGO_ENABLED=0 go build -trimpath -tags $(TAGS) -ldflags "-s -w" -o bin/ ./cmd/yingda

release: ## cross-build every platform into release/, with checksums
	@scripts/release

size: ## list what outgrows its target; fail on what passes a hard stop
	@scripts/size

tools: ## build the pinned linters into .tools/
	@scripts/tools

clean: ## remove what was built, keep what was downloaded
	rm -rf bin release .tools
