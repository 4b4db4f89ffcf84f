# Sourced: installs what the tests run against, where this is Debian and we may.
# shellcheck shell=bash

# A program each, and Debian's package that brings it. fonts-noto-cjk brings
# none: Chinese text in screenshots is boxes without it.
WANTED=(
  gcc:gcc redis-server:redis-server swaks:swaks chromium:chromium
  dovecot:dovecot-imapd initdb:postgresql
)

# found PROGRAM: on PATH, or where Debian puts servers.
found() {
  have "$1" || [ -x "/usr/sbin/$1" ] || compgen -G "/usr/lib/postgresql/*/bin/$1" >/dev/null
}

missing_packages() {
  local pair
  for pair in "${WANTED[@]}"; do
    found "${pair%%:*}" || echo "${pair##*:}"
  done
  [ -e /usr/include/stdlib.h ] || echo libc6-dev
  [ -n "$(fc-list :lang=zh-cn family 2>/dev/null)" ] || echo fonts-noto-cjk
}

# install_missing fails when something is still missing afterwards; what is
# missing then is told by the tests that need it.
install_missing() {
  local missing
  mapfile -t missing < <(missing_packages)
  [ "${#missing[@]}" -gt 0 ] || { echo "all there"; return 0; }
  echo "missing: ${missing[*]}"
  if [ "$(id -u)" -ne 0 ] || ! have apt-get; then
    skip "installing ${missing[*]}" "needs root and apt-get"
    return
  fi
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq &&
    apt-get install -qq -y --no-install-recommends "${missing[@]}" fontconfig >/dev/null || return 1
  # Debian starts what it installs; the tests start their own. What was here
  # before is somebody's and left alone.
  local package
  for package in "${missing[@]}"; do
    case "$package" in
      redis-server | postgresql) ;;
      dovecot-imapd) package=dovecot ;;
      *) continue ;;
    esac
    have systemctl && systemctl stop "$package" >/dev/null 2>&1
  done
  mapfile -t missing < <(missing_packages)
  [ "${#missing[@]}" -eq 0 ] || { echo "still missing: ${missing[*]}"; return 1; }
}
