"""The project (the checkout with its `fjanalysis.toml`) and its workspace (where data live)."""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    field_validator,
    model_validator,
)

from fjanalysis.errors import UsageError, nearest
from fjanalysis.folders import files_below, sha256

SETTINGS = "fjanalysis.toml"
# Parts of the package that come after the results, and so cannot change them.
AFTER = ("briefings", "disclosure", "releases", "sources", "cli.py", "demo", "doctor.py")


def _kebab(name: str) -> str:
    return name.replace("_", "-")


class _Settings(BaseModel):
    model_config = ConfigDict(
        extra="forbid", frozen=True, alias_generator=_kebab, populate_by_name=True
    )


class Author(_Settings):
    """Whom pages, citations and metadata name as author: an organisation, or a person."""

    name: str = Field(min_length=1)
    organisation: str = ""
    person: bool = False


class ProjectSettings(_Settings):
    """What the pages say of the project itself."""

    title: str = Field(min_length=1)
    publisher: str = Field(min_length=1)
    authors: tuple[Author, ...] = ()
    site_url: str = ""
    contact: str = ""
    licence: str = ""
    sail_project: str = ""

    @field_validator("site_url")
    @classmethod
    def _address(cls, value: str) -> str:
        if value and not re.fullmatch(r"https?://[^/\s]+(/\S*)?", value):
            raise ValueError("an address begins with https://, as in https://example.org/data/")
        return value

    @field_validator("contact")
    @classmethod
    def _reachable(cls, value: str) -> str:
        if value and not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+|https?://\S+", value):
            raise ValueError("readers need an e-mail address, or one that begins with https://")
        return value

    @field_validator("sail_project")
    @classmethod
    def _numbered(cls, value: str) -> str:
        if value and not re.fullmatch(r"\d{3,5}", value):
            raise ValueError("a SAIL project has a number of three to five digits, as in 0123")
        return value


class RefreshSettings(_Settings):
    """Which refresh is meant when none is named."""

    date: str = ""
    break_percent: float = Field(
        default=5.0,
        gt=0,
        description="A year's count that moved by more than this share is a break.",
    )


class SourceSettings(_Settings):
    """Where the source tables stand, and the mappings by which they are read."""

    location: str = "source"
    mappings: tuple[str, ...] = ("ecms",)


TOLD_APART = "told apart"


class DisclosureProfile(_Settings):
    """The rules of disclosure control in force; printed in every pack."""

    threshold: int = Field(default=10, ge=1, description="Smallest count that may be published.")
    rounding_base: int = Field(
        default=5,
        ge=1,
        description="Counts are rounded to a multiple of this; 1 means no rounding.",
    )
    zeros_are_disclosive: bool = Field(
        default=False, description="Whether a count of nobody is withheld as well."
    )
    significant_digits: int = Field(
        default=3, ge=2, le=6, description="Digits kept of what cannot be recomputed from counts."
    )


class DisclosureException(_Settings):
    """What is released though a rule would withhold it, and why; or what may be known of withheld counts.

    A figure of a model that a rule withholds leaves without its counts. Withheld counts may be told apart from small
    ones, that is, known to reach the threshold though not how many they are, only where an exception says so.
    """

    rows: dict[
        Literal["stream", "variant", "measure", "statistic", "area", "period", "group", "horizon"],
        str,
    ]
    rule: Literal["few events", "few beside the quantile", "model too small", "told apart"]
    reason: Annotated[str, StringConstraints(strip_whitespace=True, min_length=20)]

    @model_validator(mode="after")
    def _names_an_output(self) -> DisclosureException:
        if self.rule != TOLD_APART and not {"stream", "measure"} <= set(self.rows):
            raise ValueError("an exception names at least the stream and the measure of its rows")
        return self

    def covers(self, row: Mapping[str, Any]) -> bool:
        """Say whether a row, by its key, is one that the exception is about."""
        return all(str(row[column]) == value for column, value in self.rows.items())


class DisclosureSettings(_Settings):
    """The profiles, the one in force, and exceptions from it."""

    profile: str = "standard"
    exceptions: tuple[DisclosureException, ...] = ()
    profiles: dict[str, DisclosureProfile] = Field(
        default_factory=lambda: {"standard": DisclosureProfile()}
    )


class StreamSettings(_Settings):
    """A stream's notebook, its parameters where they differ from the defaults, and its variants."""

    notebook: str
    parameters: dict[str, Any] = Field(default_factory=dict)
    variants: dict[str, dict[str, Any]] = Field(default_factory=dict)


class ReleaseSettings(_Settings):
    """What a release may hold, and how its numbers are compared by whoever verifies it."""

    allow_provisional: bool = Field(
        default=False, description="Whether rates on provisional denominators may be released."
    )
    relative_tolerance: float = Field(
        default=1e-9, ge=0, description="Largest relative difference of an estimate; counts: none."
    )
    absolute_floor: float = Field(
        default=1e-12, ge=0, description="A smaller difference of an estimate is none."
    )
    synthetic_scale: float = Field(
        default=0.02, gt=0, le=1, description="Volume of the synthetic refresh in a release."
    )
    synthetic_seed: int = Field(default=1, ge=0, description="Its seed.")


class Settings(_Settings):
    """The whole of `fjanalysis.toml`."""

    project: ProjectSettings
    refresh: RefreshSettings = RefreshSettings()
    source: SourceSettings = SourceSettings()
    disclosure: DisclosureSettings = DisclosureSettings()
    releases: ReleaseSettings = ReleaseSettings()
    streams: dict[str, StreamSettings]


@dataclass(frozen=True)
class Project:
    """A checkout and a workspace.

    Parameters
    ----------
    root
        The checkout: the folder of `fjanalysis.toml`.
    workspace
        Where `refreshes/`, `results/`, `outputs/`, `_site/` and `releases/` live.
    settings
        What `fjanalysis.toml` says.
    """

    root: Path
    workspace: Path
    settings: Settings

    @property
    def refreshes(self) -> Path:
        """Research-ready refreshes, a folder a date. Secure."""
        return self.workspace / "refreshes"

    @property
    def results(self) -> Path:
        """Results before disclosure control, a folder a date. Secure."""
        return self.workspace / "results"

    @property
    def outputs(self) -> Path:
        """Output packs, a folder a date and revision."""
        return self.workspace / "outputs"

    @property
    def site(self) -> Path:
        """The rendered site."""
        return self.workspace / "_site"

    @property
    def releases(self) -> Path:
        """Releases, a folder a tag."""
        return self.workspace / "releases"

    @property
    def profile(self) -> DisclosureProfile:
        """The disclosure profile in force."""
        profiles = self.settings.disclosure.profiles
        name = self.settings.disclosure.profile
        if name not in profiles:
            raise UsageError(
                f"There is no disclosure profile '{name}'.{nearest(name, profiles)}",
                where=str(self.root / SETTINGS),
                mend="Name one of the profiles under [disclosure.profiles].",
            )
        return profiles[name]

    def stream(self, name: str) -> StreamSettings:
        """Return a stream's settings.

        Raises
        ------
        UsageError
            The settings have no such stream.
        """
        streams = self.settings.streams
        if name not in streams:
            raise UsageError(
                f"There is no stream '{name}'.{nearest(name, streams)}",
                where=str(self.root / SETTINGS),
                mend="The streams are " + ", ".join(sorted(streams)) + ".",
            )
        return streams[name]

    def newest(self, folder: Path) -> str | None:
        """Return the newest date for which `folder` holds a subfolder, or None."""
        if not folder.is_dir():
            return None
        dates = [
            path.name[:10] for path in folder.iterdir() if re.match(r"\d{4}-\d\d-\d\d", path.name)
        ]
        return max(dates, default=None)

    def place(self, path: Path) -> Path:
        """Return what a path given on the command line names.

        It is looked for from the working folder, then from the workspace, then as the name of a pack; where it stands
        nowhere, it is returned as it was given.
        """
        candidates = (path, self.workspace / path, self.outputs / path)
        return next((each for each in candidates if each.exists()), path)


def find_root(start: Path) -> Path:
    """Return the folder at or above `start` that holds `fjanalysis.toml`.

    Raises
    ------
    UsageError
        There is none.
    """
    for folder in (start, *start.parents):
        if (folder / SETTINGS).is_file():
            return folder
    raise UsageError(
        f"No {SETTINGS} was found here or in any folder above.",
        where=str(start),
        mend="Change into a checkout of fjanalysis and try again.",
    )


def read_settings(path: Path) -> Settings:
    """Read and check a settings file.

    Raises
    ------
    UsageError
        It cannot be read, or a setting is unknown or of the wrong kind.
    """
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UsageError(
            f"The settings cannot be read: {error}.", where=str(path), mend="Mend the file."
        ) from error
    try:
        return Settings.model_validate(data)
    except ValidationError as error:
        raise _wrong_setting(error, path) from error


def _wrong_setting(error: ValidationError, path: Path) -> UsageError:
    """Return the first thing that is wrong with the settings, with its line."""
    first = error.errors(include_url=False)[0]
    parts = [str(part) for part in first["loc"]]
    name = ".".join(parts)
    where = f"{path}:{_line_of(parts, path)}"
    if first["type"] == "extra_forbidden":
        known = [_kebab(each) for each in ProjectSettings.model_fields]
        hint = nearest(parts[-1], known) if parts[0] == "project" else ""
        return UsageError(
            f"There is no setting '{name}'.{hint}", where=where, mend="Correct its name."
        )
    reason = first["msg"].removeprefix("Value error, ")
    return UsageError(
        f"The setting '{name}' is wrong: {reason}.",
        where=where,
        mend="Correct it; fjanalysis.toml says beside each setting what it is.",
    )


def _line_of(parts: Sequence[str], path: Path) -> int:
    """Return the line of a setting, or of the section that should hold it; the first where neither stands."""
    lines = path.read_text(encoding="utf-8").splitlines()
    section, found = "", 1
    for at, line in enumerate(lines, start=1):
        head = re.match(r"\[+([^\]]+)\]", line)
        if head:
            section = head[1]
            if section == parts[0]:
                found = at
        elif section == parts[0] and any(
            re.match(rf"\s*{re.escape(part)}\s*=", line) for part in parts[1:]
        ):
            return at
    return found


def open_project(workspace: Path | None = None, start: Path | None = None) -> Project:
    """Return the project around `start` (default: the working folder).

    Parameters
    ----------
    workspace
        Where data live; the project's root where it is not given.
    """
    root = find_root((start or Path.cwd()).resolve())
    settings = read_settings(root / SETTINGS)
    return Project(root, (workspace or root).resolve(), settings)


def refresh_date(text: str) -> str:
    """Return `text` when it is a date, written YYYY-MM-DD.

    Raises
    ------
    UsageError
        It is not.
    """
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise UsageError(
            f"'{text}' is not a date.", where="--refresh", mend="Write it as YYYY-MM-DD."
        ) from None


def code_hash(package: Path | None = None) -> str:
    """Return one hash over the package's code that results depend on.

    Parameters
    ----------
    package
        The package's folder; the one at hand where it is None.
    """
    package = package or Path(__file__).parent
    names = [
        name
        for name in files_below(package)
        if name.split("/")[0] not in AFTER and "__pycache__" not in name
    ]
    listed = "".join(f"{sha256(package / name)}  {name}\n" for name in names)
    return hashlib.sha256(listed.encode()).hexdigest()
