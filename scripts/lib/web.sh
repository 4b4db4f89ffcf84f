# Sourced: the pages' parts of the tests.
# shellcheck shell=bash

web() { (cd "$PAGES" && npm "$@"); }

# web_install keeps node_modules that fit the lock file.
web_install() {
  local stamp="$PAGES/node_modules/.package-lock.json"
  if [ -f "$stamp" ] && [ ! "$PAGES/package-lock.json" -nt "$stamp" ]; then
    echo "node_modules fit the lock file"
    return 0
  fi
  web ci --no-audit --no-fund
}

web_build() { web run --silent build; }
web_lint() { web run --silent lint; }
web_unit() { web run --silent test; }

# web_checks: everything of the pages that needs no server.
web_checks() {
  local code=0
  web_lint || code=1
  web_unit || code=1
  return "$code"
}

web_e2e() {
  has_script e2e || { skip "browser journeys" "package.json has no e2e script"; return; }
  have chromium || have google-chrome || { skip "browser journeys" "no chromium"; return; }
  # The journeys run the real binary. Built with cgo, unlike a release: so it
  # shares its packages with vet and the linters instead of compiling all again.
  go build -tags "$TAGS" -o bin/ ./cmd/yingda || return 1
  YINGDA_BINARY="$PWD/bin/yingda" web run --silent e2e
}
