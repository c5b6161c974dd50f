#!/usr/bin/env bash
# The system libraries that WeasyPrint draws text with. Installed when we are root; else the line to run is given.
. "$(dirname "$0")/common.sh"

stamp=.venv/.libraries
if [ -e "$stamp" ]; then exit 0; fi
if ! .venv/bin/python -c 'import weasyprint' >/dev/null 2>&1; then
  packages="libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz0b fontconfig"
  # shellcheck disable=SC2086
  apt_install $packages || lacks "The text libraries that PDFs are made with (Pango) are missing." "$(install_line $packages)"
  .venv/bin/python -c 'import weasyprint' || lacks "WeasyPrint still finds no Pango (see above)." ".venv/bin/fjanalysis doctor"
fi
touch "$stamp"
