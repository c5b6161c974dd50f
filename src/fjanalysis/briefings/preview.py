"""`fjanalysis preview`: the pages while they are written, with live reload.

A saved word is on the page in under a second: charts and tables that did not change are kept, and the
PDF is left to `fjanalysis render`. A sentence whose claim no longer holds is marked in place instead of
stopping the page; any other error is shown as a page, and the next good save replaces it.
"""

from __future__ import annotations

import contextlib
import hashlib
import mimetypes
import threading
import time
from html import escape
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit
from xml.etree.ElementTree import Element

from fjanalysis.briefings import figures as declared
from fjanalysis.briefings import trees
from fjanalysis.briefings.brand import FILE as BRAND
from fjanalysis.briefings.briefing import STYLE, Edition, edition_files, page_of
from fjanalysis.briefings.content import Stale
from fjanalysis.briefings.fonts import FACES, font_css, web_font
from fjanalysis.briefings.fonts import FOLDER as FONTS
from fjanalysis.briefings.render import FOLDER, briefing_names
from fjanalysis.briefings.rendering import Rendering
from fjanalysis.errors import FjanalysisError, MachineError
from fjanalysis.packs import find_pack, read_pack
from fjanalysis.project import Project

HOST = "127.0.0.1"
_EVENTS = "/-/changed"
_RELOAD = '<script>new EventSource("{}?{}").onmessage = () => location.reload();</script>\n'
_STALE = "<style>.stale { outline: 0.15rem dashed #B10E1E; background: #FFE0E0; color: #1D1D1F; }</style>\n"
_WATCHED = ("*.qmd", "*.yml", "*.bib", "*.css", "*.lua", "*.html", "*.po", "*.toml")


class Preview:
    """The pages of a project as they are now, made when asked for.

    Parameters
    ----------
    project
        The project.
    refresh
        The pack: a date, or a date and revision.
    """

    def __init__(self, project: Project, refresh: str) -> None:
        self._project = project
        self._pack = read_pack(find_pack(project.outputs, refresh))
        self._drawn: dict[str, declared.Rendered] = {}
        self._shared: dict[str, Rendering] = {}
        self._pages: dict[str, tuple[str, bytes]] = {}
        self._editions: dict[str, Edition] = {}
        self._brand = b""
        self._lock = threading.Lock()

    def state(self) -> str:
        """Return a hash of every watched file's name, size and time: another one means a change."""
        root = self._project.root
        seen = hashlib.sha256()
        for folder in (root / FOLDER, root / "templates"):
            for pattern in _WATCHED:
                for path in sorted(folder.rglob(pattern)):
                    _note(seen, path)
        for path in sorted(root.glob("*.yml")):
            _note(seen, path)
        return seen.hexdigest()

    def answer(self, path: str) -> tuple[HTTPStatus, str, bytes]:
        """Return status, type and bytes for an address of the site."""
        name = unquote(urlsplit(path).path).lstrip("/")
        name = name + "index.html" if not name or name.endswith("/") else name
        with self._lock:
            state = self.state()
            try:
                return self._answer(name, state)
            except FjanalysisError as error:
                return HTTPStatus.OK, "text/html", _error_page(error, state)

    def _answer(self, name: str, state: str) -> tuple[HTTPStatus, str, bytes]:
        briefings = briefing_names(self._project.root)
        folder, _, file = name.partition("/")
        if name == "index.html":
            return HTTPStatus.OK, "text/html", self._list(briefings, state)
        if name.startswith("assets/"):
            found = self._asset(name.removeprefix("assets/"))
        elif folder in briefings and file.endswith(".html"):
            return HTTPStatus.OK, "text/html", self._page(folder, file, state)
        elif folder in briefings:
            found = self._file(folder, file)
        else:
            found = None
        if found is None:
            text = f"There is no page {name} in the preview.".encode()
            return HTTPStatus.NOT_FOUND, "text/plain", text
        return HTTPStatus.OK, mimetypes.guess_type(name)[0] or "application/octet-stream", found

    def _forget(self) -> None:
        """Draw everything anew once the brand has changed."""
        brand = (self._project.root / BRAND).read_bytes()
        if brand != self._brand:
            self._drawn.clear()
            self._brand = brand

    def _rendering(self) -> Rendering:
        """Return what all pages share, read anew once templates or settings have changed."""
        seen = hashlib.sha256()
        root = self._project.root
        for path in sorted([*(root / "templates").rglob("*.*"), *root.glob("*.yml")]):
            _note(seen, path)
        if seen.hexdigest() not in self._shared:
            self._shared = {
                seen.hexdigest(): Rendering.prepare(self._project, self._pack, "pandoc")
            }
        return self._shared[seen.hexdigest()]

    def _list(self, names: list[str], state: str) -> bytes:
        items = "".join(
            f'<li><a href="{escape(name)}/{"index" if language == "en" else f"index.{language}"}.html">'
            f"{escape(name)} ({language})</a></li>\n"
            for name in names
            for language in edition_files(self._project.root / FOLDER / name)
        )
        page = f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>Preview</title></head><body><h1>Preview</h1>\n<ul>\n{items}</ul>\n{_reload(state)}</body></html>\n'
        return page.encode()

    def _asset(self, name: str) -> bytes | None:
        if name == STYLE:
            return (font_css(local=False) + self._rendering().css).encode()
        for face in FACES:
            if name == f"{FONTS}/{face.name}.woff2":
                return web_font(face)
        return None

    def _page(self, name: str, file: str, state: str) -> bytes:
        kept = self._pages.get(f"{name}/{file}")
        if kept is not None and kept[0] == state:
            return kept[1]
        files = edition_files(self._project.root / FOLDER / name)
        pages = {page_of(tag): tag for tag in files}
        if file not in pages:
            return _error_page(MachineError(f"There is no {file} of {name}."), state)
        self._forget()
        language = pages[file]
        edition = Edition.compose(
            self._rendering(), name, language, files[language], Path(name), kept=self._drawn
        )
        self._editions[f"{name}/{language}"] = edition
        root = edition.typeset([each for each in files if each != language])
        mark_stale(root, edition.content.stale)
        text = trees.write(root).replace("</body>", f"{_reload(state)}</body>", 1)
        page = text.replace("</head>", f"{_STALE}</head>", 1).encode()
        self._pages[f"{name}/{file}"] = (state, page)
        return page

    def _file(self, name: str, file: str) -> bytes | None:
        for edition in (made for key, made in self._editions.items() if key.startswith(f"{name}/")):
            for figure, drawn in edition.content.figures.items():
                stem = f"{figure}{edition.suffix}"
                files = {
                    f"charts/{stem}.svg": drawn.svg,
                    f"charts/{stem}-narrow.svg": drawn.svg_narrow,
                    f"data/{stem}.csv": drawn.csv.encode(),
                }
                if files.get(file) is not None:
                    return files[file]
        return None


def _note(seen: hashlib._Hash, path: Path) -> None:
    try:
        found = path.stat()
    except OSError:
        return
    seen.update(f"{path.name}{found.st_size}{found.st_mtime_ns}\n".encode())


def mark_stale(root: Element, stale: tuple[Stale, ...]) -> None:
    """Mark the sentences whose claims no longer hold, and say why on the page itself."""
    reasons = {each.test: each.why for each in stale}
    for span in root.iter("span"):
        why = reasons.get(span.get("data-claim", ""))
        if why is not None:
            span.set("class", " ".join([*trees.classes(span), "stale"]))
            span.set("title", why)


def _reload(state: str) -> str:
    """Return what loads a page anew once the files are no longer those of `state`, which it was made from."""
    return _RELOAD.format(_EVENTS, state)


def _error_page(error: FjanalysisError, state: str) -> bytes:
    page = (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>Not yet</title></head>'
        f"<body><h1>Not yet</h1>\n<pre>{escape(error.sentence)}</pre>\n{_reload(state)}</body></html>\n"
    )
    return page.encode()


class _Handler(BaseHTTPRequestHandler):
    """Answers from the preview; tells the browser when something changed."""

    preview: Preview
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        if urlsplit(self.path).path == _EVENTS:
            self._events()
            return
        status, kind, body = self.preview.answer(self.path)
        # What did not change, charts above all, the browser keeps as it has drawn it.
        tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
        if self.headers.get("If-None-Match") == tag and status == HTTPStatus.OK:
            status, body = HTTPStatus.NOT_MODIFIED, b""
        self.send_response(status)
        self.send_header("ETag", tag)
        text = kind.startswith("text/") or kind == "image/svg+xml"
        self.send_header("Content-Type", f"{kind}; charset=utf-8" if text else kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-cache")
        self.end_headers()
        with contextlib.suppress(OSError):  # the browser went on to another page
            self.wfile.write(body)

    def _events(self) -> None:
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Cache-Control", "no-store")
        self.send_header("Connection", "close")
        self.end_headers()
        last, beat = urlsplit(self.path).query or self.preview.state(), 0
        try:
            while True:
                state = self.preview.state()
                if state != last:
                    self.wfile.write(b"data: changed\n\n")
                    last = state
                elif beat % 200 == 0:
                    self.wfile.write(b": still here\n\n")
                self.wfile.flush()
                time.sleep(0.05)
                beat += 1
        except OSError:
            self.close_connection = True

    def log_message(self, *_: object) -> None:
        """Keep quiet: the terminal shows the address and nothing else."""


def server(project: Project, refresh: str, port: int = 0) -> ThreadingHTTPServer:
    """Return a server of the preview on this machine alone; port 0 takes any free one.

    Raises
    ------
    MachineError
        The port is taken.
    """
    handler = type("Handler", (_Handler,), {"preview": Preview(project, refresh)})
    try:
        made = ThreadingHTTPServer((HOST, port), handler)
    except OSError as error:
        raise MachineError(
            f"The port {port} cannot be used: {error.strerror}.", mend="Name another with --port."
        ) from error
    made.daemon_threads = True
    return made
