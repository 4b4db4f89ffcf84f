# Sourced: what every script here needs to speak, and to find its way.
# shellcheck shell=bash

cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 1

TAGS=nomsgpack
PAGES=webui/app

say() { printf '\n== %s\n' "$*"; }

die() { printf '%s: %s\n' "${0##*/}" "$*" >&2; exit 1; }

have() { command -v "$1" >/dev/null 2>&1; }

in_ci() { [ "${CI:-}" = true ]; }

# has_script NAME: whether the pages' package.json knows an npm script.
has_script() {
  [ -f "$PAGES/package.json" ] || return 1
  node -e 'process.exit(require(process.argv[1]).scripts?.[process.argv[2]] ? 0 : 1)' "$PWD/$PAGES/package.json" "$1"
}
