"""The look-ups that give the codes of Cafcass England ECMS their names."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from fjanalysis.reference import local_authorities
from fjanalysis.sources.synthetic import calibration as c
from fjanalysis.sources.synthetic import codes
from fjanalysis.sources.synthetic.layout import Tables
from fjanalysis.sources.synthetic.records import Ints
from fjanalysis.sources.synthetic.system import FIFTH_AREAS, area_code, authority_ids, small


def write_lookups(tables: Tables) -> None:
    """Write the look-ups that give the codes their names."""

    def lookup(name: str, ids: Ints | list[int], **columns: list[object]) -> None:
        tables.write(
            f"ECMS_{name}",
            {"ID": pa.array(list(ids), pa.int16())}
            | {column: pa.array(values) for column, values in columns.items()},
        )

    names = [*codes.ECMS_APPLICATIONS, *codes.BEFORE_2014.values()]
    lookup("APPLICATIONTYPES", list(range(1, len(names) + 1)), NAME=list(names))
    courts, dfj = codes.courts(), codes.dfj_areas()
    lookup(
        "COURTCOURTLEVELREFS",
        courts["id"].tolist(),
        COURTFULLNAME=courts["name"].tolist(),
        COURT_ID=courts["id"].tolist(),
        COURTLEVELREF_ID=[1] * len(courts),
    )
    lookup(
        "COURTS",
        courts["id"].tolist(),
        NAME=courts["name"].tolist(),
        DJAREAREF_ID=(courts["dfj"] + 1).tolist(),
        CIRCUITREF_ID=(dfj["circuit"].to_numpy()[courts["dfj"]] + 1).tolist(),
    )
    lookup("COURTLEVELREFS", [1], NAME=["Family Court"])
    lookup("DJAREAREFS", list(range(1, len(dfj) + 1)), NAME=[f"{name} DFJ" for name in dfj["name"]])
    lookup("CIRCUITREFS", list(range(1, 8)), NAME=list(codes.circuits()))
    lookup("LAWTYPES", [1, 2], CAPTION=["Public Law", "Private Law"])
    authorities = local_authorities()
    lookup("LOCALAUTHORITIES", authority_ids().tolist(), NAME=authorities["name"].tolist())
    lookup("COURTFORMS", [1, 2], FORMNAME=["C110A", "C100"])
    lookup("CASESTATUS", [1, 2], NAME=["Open", "Completed"])
    lookup("SOURCES", [1], NAME=["Self-reported"])
    ethnic = [*codes.ETHNICITY_IDS, codes.UNDISCLOSED, codes.UNKNOWN]
    lookup(
        "ETHNICITYTYPES",
        ethnic,
        NAME=[*(name for name, _ in codes.ETHNICITY_NAMES), "Prefer not to say", "Unknown"],
    )
    kinds = [*codes.ECMS_RELATIONSHIPS, ("other", 13, "Niece or nephew")]
    lookup(
        "RELATIONSHIPTYPES",
        [number for _, number, _ in kinds],
        NAME=[name for _, _, name in kinds],
        INVERSEREF=[codes.INVERSE.get(number, 12) for _, number, _ in kinds],
    )
    outputs = [*codes.ECMS_OUTPUTS, *codes.OUTPUTS_THAT_ARE_NO_ORDERS]
    lookup("LEGALOUTPUTTYPES", list(range(1, len(outputs) + 1)), NAME=list(outputs))


def write_deprivation(tables: Tables) -> None:
    """Write the look-up from small area to deprivation fifth; its areas are synthetic."""
    region = np.repeat(np.arange(len(c.REGIONS)), 5 * FIFTH_AREAS)
    fifth = np.tile(np.repeat(np.arange(1, 6), FIFTH_AREAS), len(c.REGIONS))
    ids = np.tile(np.arange(FIFTH_AREAS), 5 * len(c.REGIONS))
    tables.write(
        "LSOA_DEPRIVATION",
        {"LSOA_CODE": area_code(region, fifth, ids), "QUINTILE": small(fifth)},
    )
