#!/usr/bin/env bash
# Make dist/fjanalysis-VERSION-offline-SYSTEM.tar.gz: the checkout's tracked files, the locked wheels of the
# analysis side for this kind of machine, and an installer that needs neither a network nor pip.
. "$(dirname "$0")/common.sh"

uv=uv
has uv || uv=$PWD/$TOOLS/uv/bin/uv # found from the bundle's folder too
git rev-parse --verify -q HEAD >/dev/null || lacks "The bundle is made from a git checkout." "git clone the project, then try again."
if [ -n "$(git status --porcelain --untracked-files=no)" ]; then
  say "Note: the bundle holds the last commit; changes that are not committed are left out."
fi

read -r version system <<<"$(.venv/bin/python -c '
import platform, sys, sysconfig
from fjanalysis import __version__
tag = f"{sysconfig.get_platform()}-{sys.implementation.cache_tag}".replace("cpython-", "cp")
print(__version__, tag)')"
name=fjanalysis-$version-offline-$system
target=dist/$name.tar.gz
staging=$(mktemp -d)
trap 'rm -rf "$staging"' EXIT
bundle=$staging/$name
mkdir -p "$bundle/wheels"

say "1/3 The checkout …"
git archive --format=tar --prefix=checkout/ HEAD | tar -x -C "$bundle"

say "2/3 The wheels of the analysis side …"
(cd "$bundle/checkout" && "$uv" export --quiet --frozen --no-default-groups --extra analysis --group bundle \
  --no-emit-project --no-header --no-annotate --output-file "$staging/locked.txt") >/dev/null
SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)
export SOURCE_DATE_EPOCH
# `wheel`, not `download`: what the lock has as source only is built here, since there is no compiler there.
"$uv" run --quiet --no-project --python .venv/bin/python --with pip -- \
  python -m pip wheel --quiet --disable-pip-version-check --require-hashes --no-deps --prefer-binary \
  --requirement "$staging/locked.txt" --wheel-dir "$bundle/wheels" ||
  lacks "Not every locked wheel could be fetched (see above)." "Check that this machine reaches its package index, then try again."
.venv/bin/python scripts/offline/requirements.py "$bundle/wheels" >"$bundle/requirements.txt"

say "3/3 The archive …"
cp scripts/offline/install.sh scripts/offline/README.txt "$bundle/"
printf '%s\n' "$system" >"$bundle/SYSTEM"
(cd "$bundle" && find . -type f -printf '%P\0' | LC_ALL=C sort -z | xargs -0 sha256sum) >"$staging/sums"
mv "$staging/sums" "$bundle/SHA256SUMS"
mkdir -p dist
# The same commit and lock give the same bytes: no clock, no owner, names in order.
tar -C "$staging" --sort=name --format=gnu --mtime="@$SOURCE_DATE_EPOCH" --owner=0 --group=0 --numeric-owner \
  --mode='u+rwX,go+rX,go-w' -cf - "$name" | gzip -n -6 >"$target.$$.partial"
mv "$target.$$.partial" "$target"
(cd dist && sha256sum "$name.tar.gz" >"$name.tar.gz.sha256")
printf '%s\n' "$target"
