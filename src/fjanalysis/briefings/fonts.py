"""The typeface of pages and PDF: embedded from a package, never downloaded."""

from __future__ import annotations

import io
import shutil
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FAMILY = "Source Sans Pro"
FOLDER = "fonts"
LICENCE = "LICENSE.txt"


@dataclass(frozen=True)
class Face:
    """One face of the typeface: its file, its name within the file, weight and style."""

    name: str
    postscript: str
    weight: int
    style: str

    @property
    def source(self) -> Path:
        """The packaged file."""
        import font_source_sans_pro  # noqa: PLC0415 - found only where a page is rendered

        return Path(font_source_sans_pro.font_files_ttf[self.name])


FACES = (
    Face("SourceSansPro", "SourceSansPro-Regular", 400, "normal"),
    Face("SourceSansProIt", "SourceSansPro-It", 400, "italic"),
    Face("SourceSansProSemibold", "SourceSansPro-Semibold", 600, "normal"),
    Face("SourceSansProBold", "SourceSansPro-Bold", 700, "normal"),
)


@cache
def web_font(face: Face) -> bytes:
    """Return a face compressed for the web, whole and under its own name, as its licence asks."""
    from fontTools.ttLib import TTFont  # noqa: PLC0415

    font = TTFont(face.source, recalcTimestamp=False)
    font.flavor = "woff2"
    made = io.BytesIO()
    font.save(made)
    return made.getvalue()


def write_fonts(assets: Path) -> None:
    """Write the web fonts and their licence to `assets/fonts`; those that stand there already stay."""
    folder = assets / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    for face in FACES:
        path = folder / f"{face.name}.woff2"
        if not path.is_file():
            path.write_bytes(web_font(face))
    if not (folder / LICENCE).is_file():
        shutil.copyfile(FACES[0].source.parent / LICENCE, folder / LICENCE)


def font_css(*, local: bool) -> str:
    """Return the `@font-face` rules.

    Parameters
    ----------
    local
        For the PDF: straight from the packaged files; else from beside the stylesheet.
    """
    rules = []
    for face in FACES:
        address = face.source.as_uri() if local else f"{FOLDER}/{face.name}.woff2"
        kind = "" if local else ' format("woff2")'
        rules.append(
            f'@font-face {{\n  font-family: "{FAMILY}";\n  font-weight: {face.weight};\n'
            f"  font-style: {face.style};\n  font-display: swap;\n"
            f'  src: url("{address}"){kind};\n}}\n'
        )
    return "".join(rules)
