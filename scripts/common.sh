# shellcheck shell=bash
# Shared by the set-up scripts: where the checkout is, how to speak, and how to install a Debian package.
# Sourced, never run.

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# shellcheck disable=SC2034  # used by the scripts that source this
TOOLS=.tools
MACHINE_LACKS=15

# Bytecode is written once at set-up, whatever the caller's habit, so that commands start fast.
unset PYTHONDONTWRITEBYTECODE

say() { printf '%s\n' "$*" >&2; }

# lacks WHAT COMMAND: say what is missing and the exact line that mends it, then stop.
lacks() {
  say "$1"
  say "To mend: $2"
  exit "$MACHINE_LACKS"
}

is_root() { [ "$(id -u)" = 0 ]; }
has() { command -v "$1" >/dev/null 2>&1; }

install_line() {
  if is_root; then printf 'apt-get update && apt-get install -y --no-install-recommends %s' "$*"
  else printf 'sudo apt-get update && sudo apt-get install -y --no-install-recommends %s' "$*"; fi
}

# apt_install PACKAGE...: install Debian packages when we are root; never asks for a password.
apt_install() {
  has apt-get && is_root || return 1
  say "Installing $* from the distribution's packages …"
  local log
  log=$(mktemp)
  if { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@"; } \
    >"$log" 2>&1 </dev/null; then
    rm -f "$log"
  else
    tail -n 5 "$log" >&2
    rm -f "$log"
    return 1
  fi
}

# fingerprint FILE...: what a set-up depends on; the checkout's place counts because the package is installed from it.
fingerprint() { { pwd; cat "$@"; } | sha256sum | cut -d ' ' -f 1; }
