#!/usr/bin/env bash
# Every check of the code runs, every failure is reported; the exit code is nonzero when any failed.
. "$(dirname "$0")/common.sh"

failed=()
check() {
  local name=$1 log
  shift
  log=$(mktemp)
  if "$@" >"$log" 2>&1; then
    printf 'ok      %s\n' "$name"
  else
    printf 'FAILED  %s: %s\n' "$name" "$*"
    sed 's/^/        /' "$log"
    failed+=("$name")
  fi
  rm -f "$log"
}

notebooks() {
  local found
  found=$(git ls-files '*.ipynb')
  [ -z "$found" ] || xargs -d '\n' .venv/bin/nbstripout --keep-id --verify <<<"$found"
}

syntax() { local file; for file in scripts/*.sh .ci/run; do bash -n "$file" || return 1; done; }

check format .venv/bin/ruff format --check .
check lint .venv/bin/ruff check .
check types .venv/bin/mypy
check layers .venv/bin/lint-imports
check notebooks notebooks
check lock "$(.venv/bin/python -c 'import shutil; print(shutil.which("uv") or ".tools/uv/bin/uv")')" lock --check --offline
check scripts syntax

if [ "${#failed[@]}" -gt 0 ]; then
  printf '\n%d of the checks failed: %s\n' "${#failed[@]}" "${failed[*]}"
  exit 1
fi
