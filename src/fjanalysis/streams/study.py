"""A stream under study: what its notebook opens first and writes last."""

from __future__ import annotations

import inspect
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd

from fjanalysis.periods import anniversary
from fjanalysis.project import Project, open_project
from fjanalysis.reference import areas, read
from fjanalysis.refresh.model import Refresh, open_refresh
from fjanalysis.results import QUALITY, Relation, typed
from fjanalysis.streams.cohort import MOST_MEMORY, Cohort
from fjanalysis.streams.grid import make_grid, national
from fjanalysis.streams.origins import written_tables
from fjanalysis.streams.proceedings import prepare_sets
from fjanalysis.streams.shown import Shown, shown
from fjanalysis.streams.stream import Definition, Stream, StreamParameters, load, write_stream

WORKSPACE = "FJANALYSIS_WORKSPACE"
FOLDER = "FJANALYSIS_FOLDER"
THREADS = "FJANALYSIS_THREADS"
MEMORY = "FJANALYSIS_MEMORY"  # megabytes


@dataclass(frozen=True)
class Study:
    """A stream with its parameters over a refresh.

    Parameters
    ----------
    name, variant
        Of the stream, and of the set of parameters.
    stream
        The stream's package.
    parameters
        The definitions in force.
    refresh
        The research-ready refresh.
    folder
        Where the results go.
    project
        The settings, and the user's own reference data.
    """

    name: str
    variant: str
    stream: Stream
    parameters: StreamParameters
    refresh: Refresh
    folder: Path
    project: Project

    @property
    def areas(self) -> pd.DataFrame:
        """The area table: `code`, `name`, `level`, `parent`."""
        return areas(self.project.workspace / "reference")

    def data_start(self, law_type: str) -> dict[str, date]:
        """Return the first day of the data of a law type, by nation."""
        return {
            nation: day for (nation, law), day in self.refresh.data_start.items() if law == law_type
        }

    def grid(self, law_type: str, since: date = date.min, look_back: int = 0) -> pd.DataFrame:
        """Return the areas and complete financial years in which a law type is counted.

        A variant is there to be set beside the main run: it is counted in the nations alone.

        Parameters
        ----------
        law_type
            `public` or `private`.
        since
            A day before which nothing is counted, whatever the data hold.
        look_back
            How many years a nation's data must reach back before what is counted.
        """
        starts = {
            nation: max(anniversary(day, years=look_back), since)
            for nation, day in self.data_start(law_type).items()
        }
        grid = make_grid(
            self.areas,
            starts,
            self.refresh.follow_up_end,
            self.parameters.local_period_years,
        )
        return grid if self.variant == "main" else national(grid)

    def database(self) -> Cohort:
        """Return a database over the refresh, which spills what is too large beside the results' folder."""
        spill = self.folder.with_name(f".{self.folder.name}.spill")
        spill.parent.mkdir(parents=True, exist_ok=True)
        threads = int(os.environ.get(THREADS, "2"))
        megabytes = int(os.environ.get(MEMORY, MOST_MEMORY))
        return Cohort(self.refresh.connect(threads), spill=spill, megabytes=megabytes)

    def cohort(self) -> Cohort:
        """Return a database over the refresh, with the sets of proceedings made."""
        cohort = self.database()
        prepare_sets(
            cohort,
            self.refresh.follow_up_end,
            merge_gap_days=self.parameters.merge_gap_days,
            new_baby_starts_set=self.parameters.new_baby_starts_set,
        )
        return cohort

    def values(self, **more: Any) -> dict[str, Any]:
        """Return the values that cohort statements may name: the parameters, `follow_up_end` and `more`."""
        own = {name: getattr(self.parameters, name) for name in type(self.parameters).model_fields}
        return {"follow_up_end": self.refresh.follow_up_end, **own, **more}

    @property
    def definitions(self) -> list[Definition]:
        """The methods box with the parameters in force."""
        return self.stream.definitions(self.parameters)

    def table(self, rows: pd.DataFrame, **how: Any) -> Shown:
        """Return results rows laid out for a reader; `how` is that of `shown`."""
        places = self.areas
        return shown(rows, dict(zip(places["code"], places["name"], strict=True)), **how)

    def definition_table(self) -> Shown:
        """Return the methods box as a table to look at."""
        rows = [(each.term, each.text) for each in self.definitions]
        return Shown("The methods box", ["Term", "Definition"], rows, 2)

    def parameter_table(self) -> Shown:
        """Return every parameter with its value in force, its default and what it means."""
        fields = type(self.parameters).model_fields
        rows = [
            (name, *(_of_parameter(each) for each in (value, fields[name].default)), text)
            for name, value in self.parameters
            if (text := fields[name].description or "")
        ]
        columns = ["Parameter", "In force", "Default", "Meaning"]
        return Shown("Parameters", columns, rows, 4)

    def published(self, law_type: str) -> Shown:
        """Return what others have published of a law type, for context; nothing of ours stands beside it."""
        figures = read("context_figures", self.project.workspace / "reference")
        columns = ["publisher", "figure", "area", "period", "unit", "confidence", "value"]
        places = self.areas
        names = dict(zip(places["code"], places["name"], strict=True))
        own = figures[figures["law"] == law_type]
        own = own.assign(
            area=own["area"].map(names).fillna(own["area"]),
            value=own["value"].map(lambda value: f"{value:,g}"),
        )
        rows = own[columns].astype(str).to_numpy().tolist()
        return Shown("Published by others", columns, rows, 6)

    def sensitivity_table(self) -> pd.DataFrame:
        """Return the variants that the settings declare, with what each has in place of the defaults.

        Each is run as this stream is, and all stand side by side in `sensitivity.csv` beside the results.
        """
        variants = self.project.stream(self.name).variants
        rows = [
            (
                variant,
                name.replace("-", "_"),
                str(getattr(self.parameters, name.replace("-", "_"))),
                str(value),
            )
            for variant, values in variants.items()
            for name, value in values.items()
        ]
        columns = ["Variant", "Parameter", "Here", "In the variant"]
        return pd.DataFrame(rows, columns=columns).set_index("Variant")

    def _between_variants(self) -> list[Relation]:
        nested_by = getattr(self.stream, "NESTED_BY", {})
        if self.variant != "main" or not nested_by:
            return []
        variants = self.project.stream(self.name).variants
        return variant_relations(nested_by, self.parameters.values(), variants)

    def write(self, tables: Iterable[pd.DataFrame]) -> pd.DataFrame:
        """Write the results, whole or not at all, and return them as they were written.

        The description says which of the caller's variables each series comes from.

        Raises
        ------
        NotebookError
            The table breaks the contract of results.
        """
        caller = inspect.currentframe()
        namespace = caller.f_back.f_globals if caller and caller.f_back else {}
        listed = list(tables)
        rows = pd.concat([typed(table) for table in listed if len(table)], ignore_index=True)
        relations = [*self.stream.relations(rows, self.areas), *self._between_variants()]
        return write_stream(
            self.folder,
            stream=self.name,
            variant=self.variant,
            title=self.stream.TITLE,
            rows=rows,
            parameters=self.parameters.values(),
            definitions=self.definitions,
            measures=self.stream.MEASURES,
            notes=self.stream.NOTES,
            relations=relations,
            written=written_tables(listed, namespace),
        )


def variant_relations(
    nested_by: Mapping[str, Sequence[str]],
    own: Mapping[str, Any],
    variants: Mapping[str, Mapping[str, Any]],
) -> list[Relation]:
    """Return how variants of a measure lie within one another, where one parameter alone sets them apart.

    Parameters
    ----------
    nested_by
        By parameter, the measures whose counts grow with it.
    own
        The parameters of `main`, by name.
    variants
        By name, what each variant has in place of them.
    """
    found = []
    for parameter, measures in sorted(nested_by.items()):
        values = {"main": own[parameter]}
        for name, changed in variants.items():
            named = {each.replace("-", "_"): value for each, value in changed.items()}
            if set(named) == {parameter}:
                values[name] = named[parameter]
        chain = tuple(sorted(values, key=lambda name: (values[name], name)))
        if len(chain) > 1:
            where = {"measure": tuple(measures), "statistic": ("count", "percent")}
            found += [
                Relation("nested", "variant", chain, where=where),
                Relation("nested", "variant", chain, where=where, field="denominator"),
            ]
    return found


def _of_parameter(value: object) -> str:
    return "not given" if value is None else str(value)


def open_study(
    name: str,
    refresh: str = "",
    variant: str = "main",
    parameters: Mapping[str, Any] | None = None,
) -> Study:
    """Open a stream over a refresh, in the project around the working folder.

    Parameters
    ----------
    name
        The stream.
    refresh
        The refresh's date; the newest at hand where it is empty.
    variant
        The name of the set of parameters.
    parameters
        Those that differ from the defaults, by name.

    Raises
    ------
    UsageError
        The stream or a parameter is unknown, or a value is impossible.
    SourceError
        The refresh is not there, or not whole.
    """
    workspace = os.environ.get(WORKSPACE)
    project = open_project(Path(workspace) if workspace else None)
    stream = load(name)
    chosen = stream.Parameters.from_values(parameters or {}, f"{name}, {variant}")
    dated = refresh or project.settings.refresh.date or project.newest(project.refreshes) or ""
    opened = open_refresh(project.refreshes / dated)
    place = os.environ.get(FOLDER)
    folder = Path(place) if place else project.results / opened.date / name / variant
    return Study(name, variant, stream, chosen, opened, folder, project)


def quality_rows(refresh: Refresh, fields: Sequence[str] = ()) -> pd.DataFrame:
    """Return the quality of the refresh's records as results rows of a stream.

    Parameters
    ----------
    refresh
        The refresh.
    fields
        Fields to keep, as they stand in `field: …`; all where empty.
    """
    rows = refresh.quality
    rows = rows[rows["measure"].isin(QUALITY)]
    if fields:
        wanted = {f"field: {field}" for field in fields}
        rows = rows[[bool(wanted & set(group.split("; "))) for group in rows["group"]]]
    return rows.drop(columns=["stream", "variant"])
