#!/usr/bin/env bash
# Run each script of benchmarks/ in order; each writes its results beside itself.
. "$(dirname "$0")/common.sh"

found=0
for script in benchmarks/*.py; do
  [ -e "$script" ] || continue
  found=1
  say "== $script"
  .venv/bin/python "$script"
done
[ "$found" = 1 ] || say "There are no benchmarks yet."
