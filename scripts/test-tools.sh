#!/usr/bin/env bash
# What the tests use beside Python: Chromium, poppler, PostgreSQL and R from Debian, Java, veraPDF and the Nu HTML checker.
# Whatever cannot be had is named here and the tests that need it say so; nothing else stops.
. "$(dirname "$0")/common.sh"

warn() { say "Not to be had here: $1. The tests that need it are skipped. $2"; }

set_up_chromium() {
  local name
  for name in "${FJANALYSIS_CHROMIUM:-}" chromium chromium-browser google-chrome; do
    if [ -n "$name" ] && has "$name"; then
      # Ubuntu's package is a stub that only says to use snap.
      if "$name" --version >/dev/null 2>&1; then return; fi
    fi
  done
  local id
  id=$(. /etc/os-release 2>/dev/null && printf '%s' "${ID:-}")
  if [ "$id" = ubuntu ]; then
    warn Chromium "To mend: snap install chromium"
  else
    apt_install chromium || warn Chromium "To mend: $(install_line chromium)"
  fi
}

# The program that Playwright drives Chromium with; a slim Debian lacks a library of it.
set_up_driver() {
  local driver
  driver=$(.venv/bin/python -c 'from playwright._impl._driver import compute_driver_executable as driver; print(driver()[0])' 2>/dev/null) &&
    { "$driver" --version >/dev/null 2>&1 || apt_install libatomic1; } ||
    warn "Playwright's driver" "To mend: $(install_line libatomic1)"
}

set_up_poppler() { has pdftoppm || apt_install poppler-utils || warn poppler "To mend: $(install_line poppler-utils)"; }

# R with survival is what statistics are compared with; without it, with what R said before.
set_up_r() {
  has Rscript && Rscript -e 'quit(status = !requireNamespace("survival", quietly = TRUE))' >/dev/null 2>&1 ||
    apt_install r-base-core r-cran-survival ||
    warn "R with survival" "To mend: $(install_line r-base-core r-cran-survival)"
}

# The tests start a server of their own from the programs; the distribution's service is not needed.
set_up_postgresql() {
  compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || apt_install postgresql ||
    warn PostgreSQL "To mend: $(install_line postgresql)"
}

set_up_java() {
  has java && has mvn || apt_install default-jre-headless maven ||
    warn "Java with Maven" "To mend: $(install_line default-jre-headless maven)"
}

# set_up_jars NAME: copy a tool's jars into .tools/NAME, once.
set_up_jars() {
  local pom=scripts/test-tools/$1.xml target=$TOOLS/$1
  if [ "$(cat "$target/.set-up" 2>/dev/null)" = "$(sha256sum <"$pom")" ]; then return; fi
  has mvn || return 0
  say "Fetching $1 …"
  rm -rf "$target"
  mkdir -p "$target"
  if mvn -q -B -f "$pom" dependency:copy-dependencies -DincludeScope=runtime -DoutputDirectory="$PWD/$target" >"$target.log" 2>&1; then
    sha256sum <"$pom" >"$target/.set-up"
    rm -f "$target.log"
  else
    tail -n 3 "$target.log" >&2
    rm -rf "$target"
    warn "$1" "To mend: see $target.log"
  fi
}

mkdir -p "$TOOLS"
set_up_chromium
set_up_driver
set_up_poppler
set_up_r
set_up_postgresql
set_up_java
set_up_jars verapdf
set_up_jars vnu
