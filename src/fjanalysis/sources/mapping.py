"""Mapping files: how the tables, columns and codes of a source system become our records."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping as MappingType
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from fjanalysis.errors import SourceError, nearest

RECORDS: dict[str, tuple[str, ...]] = {
    "cases": (
        "case_key", "law_type", "authority", "court", "dfj", "received_date", "closed_date",
    ),
    "applications": (
        "application_key", "case_key", "application_type", "application_date", "received_date",
        "completed_date",
    ),
    "persons": ("person_key", "sex", "birth_week", "link_key"),
    "ethnicities": ("person_key", "ethnicity"),
    "deprivation": ("person_key", "fifth"),
    "roles": ("application_key", "person_key", "role", "is_party"),
    "relationships": ("person_key", "related_key", "relationship"),
    "hearings": ("hearing_key", "case_key", "hearing_date"),
    "orders": (
        "order_key", "case_key", "application_key", "person_key", "order_type", "order_date",
        "is_final",
    ),
}  # fmt: skip
"""The records that a mapping gives, and the columns of each."""

NOT_AN_ORDER = "-"


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class System(_Part):
    """The recording system."""

    name: str = Field(pattern="^[a-z]+$")
    letter: str = Field(pattern="^[A-Z]$")
    nation: Literal["England", "Wales"]
    title: str
    frozen: bool = False


class SourceColumn(_Part):
    """A column that is read: its accepted names, its type, and how sure the name is."""

    names: tuple[str, ...] = Field(min_length=1)
    type: Literal["key", "text", "date", "integer", "flag"]
    assumed: bool = False
    optional: bool = False


class SourceTable(_Part):
    """A physical table: its name without schema and suffix, and the columns that are read of it."""

    physical: str
    other_names: tuple[str, ...] = ()
    columns: dict[str, SourceColumn]
    optional: bool = False
    assumed: bool = False


class Final(_Part):
    """Which harmonised order types end an application."""

    order_types: tuple[str, ...]


class Mapping(_Part):
    """A whole mapping file."""

    system: System
    tables: dict[str, SourceTable]
    records: dict[str, str]
    codes: dict[str, dict[str, str]] = Field(default_factory=dict)
    final: Final = Final(order_types=())

    @property
    def assumed(self) -> list[str]:
        """The physical names that the public sources do not give, as `TABLE.COLUMN`."""
        return [
            f"{table.physical}.{column.names[0]}"
            for table in self.tables.values()
            for column in table.columns.values()
            if column.assumed or table.assumed
        ]


def built_in() -> list[str]:
    """Return the names of the mappings that ship with the package."""
    folder = files(__package__).joinpath("mappings")
    return sorted(
        each.name.removesuffix(".toml") for each in folder.iterdir() if each.name.endswith(".toml")
    )


def read_mapping(name: str, folder: Path) -> Mapping:
    """Return the mapping of that name.

    Parameters
    ----------
    name
        A built-in mapping (`ecms`), or a file of the user's own (`mappings/ours.toml`). Such a file
        that begins with `extends = "ecms"` holds only what differs.
    folder
        The folder from which files are looked for.

    Raises
    ------
    SourceError
        There is no such mapping, or it is not well formed.
    """
    data = _load(name, folder, ())
    try:
        mapping = Mapping.model_validate(data)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise SourceError(
            f"The mapping's '{place}' is wrong: {first['msg']}.",
            where=name,
            mend="Mend the mapping.",
        ) from error
    missing = [record for record in RECORDS if record not in mapping.records]
    if missing:
        raise SourceError(
            f"The mapping gives no records for {', '.join(missing)}.",
            where=name,
            mend="Add a SELECT for each under [records].",
        )
    return mapping


def _load(name: str, folder: Path, seen: tuple[str, ...]) -> dict[str, Any]:
    if name in seen:
        raise SourceError(
            "The mapping extends itself.", where=name, mend="Name another mapping under extends."
        )
    if name in built_in():
        text = files(__package__).joinpath("mappings", f"{name}.toml").read_text(encoding="utf-8")
    else:
        path = folder / name
        try:
            text = path.read_text(encoding="utf-8")
        except OSError:
            raise SourceError(
                f"There is no mapping '{name}'.{nearest(name, built_in())}",
                where=str(path),
                mend="Name a built-in one (" + ", ".join(built_in()) + ") or a file.",
            ) from None
        except UnicodeDecodeError as error:
            raise SourceError(
                "The mapping is not UTF-8.", where=str(path), mend="Save it so."
            ) from error
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SourceError(
            f"The mapping cannot be read: {error}.", where=name, mend="Mend it."
        ) from error
    base = data.pop("extends", None)
    return _merged(_load(base, folder, (*seen, name)), data) if base else data


def _merged(base: MappingType[str, Any], own: MappingType[str, Any]) -> dict[str, Any]:
    """Return `base` with what `own` says in its place, table by table."""
    out = dict(base)
    for name, value in own.items():
        before = out.get(name)
        if isinstance(before, dict) and isinstance(value, dict):
            out[name] = _merged(before, value)
        else:
            out[name] = value
    return out
