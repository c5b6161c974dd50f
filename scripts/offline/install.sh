#!/bin/sh
# Install the analysis side of fjanalysis on a machine without internet: sh install.sh [FOLDER]
# Needs Python of the version named in SYSTEM, and nothing else. Run again with a newer bundle to upgrade.
set -eu
cd "$(dirname "$0")"
here=$PWD
unset PYTHONDONTWRITEBYTECODE PYTHONPATH || true

stop() {
  printf '%s\nTo mend: %s\n' "$1" "$2" >&2
  exit 15
}

case ${1:-} in
  -h | --help) sed -n '2,3s/^# //p' "$0"; exit 0 ;;
  '') target=$OLDPWD/fjanalysis ;;
  /*) target=$1 ;;
  *) target=$OLDPWD/$1 ;;
esac

wanted=$(cat SYSTEM)
python=
for name in "${PYTHON:-python3}" "python3.${wanted##*-cp3}" python3; do
  if command -v "$name" >/dev/null 2>&1; then
    found=$("$name" -c 'import sys, sysconfig; print(f"{sysconfig.get_platform()}-{sys.implementation.cache_tag}".replace("cpython-", "cp"))')
    if [ "$found" = "$wanted" ]; then
      python=$name
      break
    fi
  fi
done
[ -n "$python" ] || stop "This bundle is for $wanted; the Python here is ${found:-missing}." \
  "Install that Python, or make the bundle on a machine like this one (make offline-bundle)."

printf 'Checking the bundle …\n'
sha256sum --check --quiet SHA256SUMS || stop "The bundle is damaged (see above)." "Copy it here again."

printf 'Copying the checkout to %s …\n' "$target"
mkdir -p "$target" || stop "The folder cannot be written: $target" "Name another one: sh install.sh FOLDER"
cp -R checkout/. "$target/"

printf 'Installing the wheels …\n'
"$python" -m venv --without-pip "$target/.venv"
venv=$target/.venv/bin/python
set -- "$here"/wheels/pip-*.whl
PIP_CONFIG_FILE=/dev/null PIP_NO_INPUT=1 "$venv" "$1/pip" install --quiet --disable-pip-version-check --no-index \
  --find-links "$here/wheels" --no-deps --require-hashes --requirement requirements.txt
PIP_CONFIG_FILE=/dev/null PIP_NO_INPUT=1 "$venv" "$1/pip" install --quiet --disable-pip-version-check --no-index \
  --no-deps --no-build-isolation --editable "$target"

printf '\nInstalled. Now:\n  cd %s\n  .venv/bin/fjanalysis doctor\n' "$target"
