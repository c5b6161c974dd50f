"""`fjanalysis render`: from an output pack and the authors' words to the site."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from fjanalysis.briefings import newsletter, profiles
from fjanalysis.briefings.briefing import NOTE
from fjanalysis.briefings.documents import hidden, made_by_name
from fjanalysis.briefings.rendering import Rendering
from fjanalysis.briefings.site import write_assets, write_site
from fjanalysis.errors import RenderError, UsageError, nearest
from fjanalysis.folders import staged
from fjanalysis.packs import Pack, find_pack, pack_name, read_pack
from fjanalysis.progress import progress
from fjanalysis.project import Project

FOLDER = "briefings"


@dataclass(frozen=True)
class Report:
    """What was rendered.

    Parameters
    ----------
    site
        Where the site stands.
    briefings
        Names of the briefings rendered.
    pack
        The pack that they were rendered from.
    renderer
        `pandoc` or `quarto`.
    """

    site: Path
    briefings: tuple[str, ...]
    pack: Pack
    renderer: str

    @property
    def text(self) -> str:
        """The report for the terminal."""
        named = pack_name(self.pack.date, self.pack.revision)
        marks = [
            words
            for words, holds in (
                ("draft (the pack is not cleared)", not self.pack.cleared),
                ("synthetic", self.pack.synthetic),
            )
            if holds
        ]
        local = [name for name in self.briefings if "/" in name]
        shown = [name for name in self.briefings if "/" not in name]
        shown += [f"{len(local)} area profiles"] if local else []
        lines = [
            f"Rendered {', '.join(shown)} from the pack {named} with {self.renderer}.",
            f"Open {self.site / 'index.html'}",
        ]
        if marks:
            lines.insert(1, f"Every page is marked: {', '.join(marks)}.")
        return "\n".join(lines)


def briefing_names(root: Path) -> list[str]:
    """Return the briefings of a project: the folders of `briefings/` with an `index.qmd`."""
    folder = root / FOLDER
    if not folder.is_dir():
        return []
    return sorted(path.parent.name for path in folder.glob("*/index.qmd"))


def chosen(root: Path, wanted: Sequence[str]) -> list[str]:
    """Return the briefings asked for, or all; area profiles and newsletter only where they are asked for.

    Raises
    ------
    UsageError
        One does not exist, or there are none.
    """
    known = briefing_names(root)
    series = [profiles.NAME] if profiles.has_profiles(root) else []
    series += [newsletter.NAME] if newsletter.has_newsletter(root) else []
    for name in wanted:
        if name not in (*known, *series):
            raise UsageError(
                f"There is no briefing '{name}'.{nearest(name, (*known, *series))}",
                where=str(root / FOLDER),
                mend="The briefings are " + ", ".join((*known, *series)) + ".",
            )
    names = list(dict.fromkeys(wanted)) or known
    if not names:
        raise UsageError(
            "There is no briefing.",
            where=str(root / FOLDER),
            mend="Write one: a folder with index.qmd and figures.yml.",
        )
    return names


def choose_renderer(wanted: str | None) -> str:
    """Return the renderer: the one asked for, else Quarto where it is installed, else pandoc."""
    if wanted:
        return wanted
    return "quarto" if shutil.which("quarto") else "pandoc"


def render(
    project: Project, briefings: Sequence[str], refresh: str, *, renderer: str | None = None
) -> Report:
    """Render briefings into the site.

    A briefing that fails leaves its published page in place; those that do not are published.

    Parameters
    ----------
    briefings
        Names; none means all.
    refresh
        The pack: a date, or a date and revision.
    renderer
        `pandoc` or `quarto`.

    Raises
    ------
    RenderError
        A briefing failed: an unknown key, a withheld number, a broken document.
    """
    names = chosen(project.root, briefings)
    pack = read_pack(find_pack(project.outputs, refresh))
    engine = choose_renderer(renderer)
    return publish(Rendering.prepare(project, pack, engine), names)


def publish(rendering: Rendering, names: Sequence[str]) -> Report:
    """Render briefings and put them, with the site around them, in place by one rename.

    Raises
    ------
    RenderError
        A briefing failed; those that did not are published.
    """
    project = rendering.project
    failures: list[RenderError] = []
    done: list[str] = []
    series = profiles.profiles(rendering.pack) if profiles.NAME in names else []
    names = [name for name in names if name != profiles.NAME]
    names += [f"{profiles.NAME}/{profile.slug}" for profile in series]
    with staged(project.site) as site, progress("render", len(names)) as display:
        if project.site.is_dir():
            shutil.copytree(project.site, site, dirs_exist_ok=True, copy_function=_link)
        assets = partial(write_assets, rendering, site)
        for name, failure in made_by_name(rendering, names, site, display, assets):
            folder = hidden(site, name)
            if failure is not None:
                shutil.rmtree(folder, ignore_errors=True)
                failures.append(failure)
                continue
            shutil.rmtree(site / name, ignore_errors=True)
            (site / name).parent.mkdir(exist_ok=True)
            folder.rename(site / name)
            done.append(name)
        shutil.rmtree(site / f".{profiles.NAME}", ignore_errors=True)
        if not done:
            raise _joined(failures)
        _forget(site, project.root)
        if series:
            profiles.write_list(rendering, series, site / profiles.NAME)
        write_site(rendering, site)
    if failures:
        raise _joined(failures, done)
    return Report(project.site, tuple(done), rendering.pack, rendering.engine)


def _link(source: str, target: str) -> None:
    """Take a file of the last site over: linked where the disk can, else copied."""
    try:
        Path(target).hardlink_to(source)
    except OSError:
        shutil.copyfile(source, target)


def _forget(site: Path, root: Path) -> None:
    """Take out published briefings that the project no longer has."""
    known = set(briefing_names(root))
    for path in sorted(site.iterdir()):
        note = path / NOTE
        if path.is_dir() and note.is_file() and path.name not in known:
            shutil.rmtree(path)


def _joined(failures: list[RenderError], done: Sequence[str] = ()) -> RenderError:
    first, *rest = failures
    published = f"The other briefings were published: {', '.join(done)}." if done else ""
    if not rest:
        mend = " ".join(part for part in (first.mend, published) if part)
        return RenderError(first.what, where=first.where, mend=mend)
    count = f"{len(failures)} briefings cannot be rendered."
    whole = "\n\n".join([count, *(error.sentence for error in failures)])
    return RenderError(f"{whole}\n\n{published}" if published else whole)
