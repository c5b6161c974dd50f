"""Reference data that ship with the package: areas, local authorities, births and populations.

Each is a CSV beside a note of its source, date, licence and confidence. A project puts files of the
same names and columns into a folder of its own to replace them.
"""

from fjanalysis.reference.denominators import NOTES, births, child_population
from fjanalysis.reference.places import (
    areas,
    court_areas,
    court_name,
    dfj_names,
    local_authorities,
    normal_name,
)
from fjanalysis.reference.tables import Source, read, source

__all__ = [
    "NOTES",
    "Source",
    "areas",
    "births",
    "child_population",
    "court_areas",
    "court_name",
    "dfj_names",
    "local_authorities",
    "normal_name",
    "read",
    "source",
]
