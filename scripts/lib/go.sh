# Sourced: the Go parts of the tests.
# shellcheck shell=bash

go_format() {
  local bad
  bad=$(.tools/gofumpt -l $(go_folders)) || return 1
  [ -z "$bad" ] || { printf 'not gofumpt-ed (make fmt):\n%s\n' "$bad"; return 1; }
}

# go_folders: our Go folders at the top, so that node_modules isn't walked.
go_folders() {
  go list -e -f '{{.Dir}}' ./... | sed "s|^$PWD/||" | cut -d/ -f1 | sort -u
}

go_vet() { go vet -tags "$TAGS" ./...; }

go_lint() { .tools/golangci-lint run --allow-parallel-runners --timeout 20m ./...; }

# go_tests: -p 2 keeps two race-instrumented packages on two cores; more only
# makes their deadlines lie. The servers all packages share are started once.
go_tests() {
  go build -o .tools/servers ./internal/testkit/servers || return 1
  # shellcheck disable=SC2086 # PKG may name several
  TEST_SKIPPED=$(mktemp)
  export TEST_SKIPPED
  .tools/servers -- go test -race -shuffle=on -tags "$TAGS" -p 2 -timeout 15m ${PKG:-./...}
  local code=$? line
  while IFS= read -r line; do SKIPPED+=("$line"); done < <(sort -u "$TEST_SKIPPED")
  rm -f "$TEST_SKIPPED"
  return "$code"
}
