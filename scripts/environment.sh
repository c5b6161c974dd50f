#!/usr/bin/env bash
# Set up the locked Python environment in .venv: `environment.sh demo` (both sides of the airlock) or
# `environment.sh test` (those, and the tools of developers). Fast when nothing changed.
. "$(dirname "$0")/common.sh"

kind=${1:-demo}
stamp=.venv/.set-up-$kind
wanted=$(fingerprint uv.lock pyproject.toml scripts/environment.sh)
if [ -x .venv/bin/python ] && [ "$(cat "$stamp" 2>/dev/null)" = "$wanted" ]; then exit 0; fi

find_python() {
  local name
  for name in python3 python3.11 python3.12 python3.13 python3.14; do
    if has "$name" && "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
      printf '%s' "$name"
      return
    fi
  done
  return 1
}

# uv from the PATH, else a private copy in .tools: nothing is put into the system's Python, which
# Debian and Ubuntu mark as managed by themselves.
find_uv() {
  if has uv && uv --version >/dev/null 2>&1; then printf uv; return; fi
  local own=$TOOLS/uv/bin/uv
  if [ -x "$own" ]; then printf '%s' "$own"; return; fi
  say "Installing uv into $TOOLS/uv …"
  mkdir -p "$TOOLS"
  if ! "$python" -m pip --version >/dev/null 2>&1 && ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
    apt_install python3-venv || lacks "Python has neither pip nor venv." "$(install_line python3-venv)"
  fi
  if "$python" -m pip --version >/dev/null 2>&1; then
    "$python" -m pip install --quiet --disable-pip-version-check --target "$TOOLS/uv" uv >&2 ||
      lacks "pip could not install uv." "Check that this machine reaches its package index, then: $python -m pip install --target $TOOLS/uv uv"
  else
    "$python" -m venv "$TOOLS/uv" >&2 && "$TOOLS/uv/bin/pip" install --quiet --disable-pip-version-check uv >&2 ||
      lacks "pip could not install uv." "Check that this machine reaches its package index, then try again."
  fi
  printf '%s' "$own"
}

python=$(find_python) || lacks "Python 3.11 or newer was not found." "$(install_line python3 python3-venv)"
uv=$(find_uv) || exit $?

say "Setting up the locked Python environment …"
export UV_COMPILE_BYTECODE=1 UV_PYTHON_DOWNLOADS=never UV_PYTHON="${UV_PYTHON:-$python}"
case $kind in
  demo) "$uv" sync --locked --inexact --no-default-groups --extra analysis --extra publish ;;
  test) "$uv" sync --locked --extra analysis --extra publish ;;
  *) say "environment.sh: demo or test, not '$kind'."; exit 2 ;;
esac || lacks "The environment could not be set up (see above)." "Check that this machine reaches its package index, then try again."
printf '%s\n' "$wanted" >"$stamp"
