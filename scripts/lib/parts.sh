# Sourced: runs the parts of a test, remembers how each ended and how long it
# took, and sums up. A part that fails doesn't keep the next from running.
# shellcheck shell=bash

PART_LINES=()
PART_FAILED=0
SKIPPED=()

# part NAME COMMAND…
part() {
  local name=$1 began=$SECONDS code=0
  shift
  say "$name"
  "$@" || code=$?
  part_ended "$name" "$code" $((SECONDS - began))
}

# part_ended NAME CODE SECONDS
part_ended() {
  local word=ok
  if [ "$2" -ne 0 ]; then
    word=FAILED
    PART_FAILED=$((PART_FAILED + 1))
  fi
  PART_LINES+=("$(printf '  %-28s %-7s %4d s' "$1" "$word" "$3")")
}

# background NAME COMMAND…: starts a part whose output is shown when it is
# collected, so that two parts never write over each other.
background() {
  BG_NAME=$1
  BG_LOG=$(mktemp)
  BG_BEGAN=$SECONDS
  shift
  ("$@"; code=$?; echo "$SECONDS" >"$BG_LOG.end"; exit "$code") >"$BG_LOG" 2>&1 &
  BG_PID=$!
}

# collect: waits for the part in the background and shows what it said.
collect() {
  [ -n "${BG_PID:-}" ] || return 0
  local code=0
  wait "$BG_PID" || code=$?
  say "$BG_NAME"
  cat "$BG_LOG"
  part_ended "$BG_NAME" "$code" $(($(cat "$BG_LOG.end" 2>/dev/null || echo "$SECONDS") - BG_BEGAN))
  rm -f "$BG_LOG" "$BG_LOG.end"
  BG_PID=
}

# skip WHAT WHY: told now and in the summary; where CI=true it is a failure.
skip() {
  SKIPPED+=("$1: $2")
  printf 'skipped %s: %s\n' "$1" "$2"
  ! in_ci
}

summary() {
  say "summary ($((SECONDS / 60)) min $((SECONDS % 60)) s)"
  printf '%s\n' "${PART_LINES[@]}"
  if [ "${#SKIPPED[@]}" -gt 0 ]; then
    printf '\nskipped:\n'
    printf '  %s\n' "${SKIPPED[@]}"
  fi
  [ "$PART_FAILED" -eq 0 ] || { printf '\n%d part(s) failed\n' "$PART_FAILED"; return 1; }
}
