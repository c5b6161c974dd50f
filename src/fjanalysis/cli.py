"""The command line: parse, call, report. No logic, and nothing heavy imported at start-up."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from fjanalysis import __version__
from fjanalysis.errors import FjanalysisError, MachineError, UsageError

if TYPE_CHECKING:
    from fjanalysis.project import Project


class _Commands(click.Group):
    """Commands in the order of the road, not of the alphabet."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 (click's signature)
        return list(self.commands)


def _project(ctx: click.Context) -> Project:
    from fjanalysis.project import open_project

    return open_project(ctx.obj)


def _date(project: Project, refresh: str | None, folder: Path, what: str) -> str:
    from fjanalysis.project import refresh_date

    chosen = refresh or project.settings.refresh.date or project.newest(folder)
    if not chosen:
        raise UsageError(
            f"There is no {what} yet, and no --refresh was given.",
            where=str(folder),
            mend="Name one with --refresh YYYY-MM-DD, or walk the road from its start: fjanalysis demo.",
        )
    return refresh_date(chosen)


def _pack(project: Project, refresh: str | None) -> str:
    from fjanalysis.packs import asked_for

    return asked_for(refresh) if refresh else _date(project, None, project.outputs, "output pack")


REFRESH = click.option(
    "--refresh", metavar="DATE", help="The refresh's date, YYYY-MM-DD; default: the newest."
)
PACK = click.option(
    "--refresh",
    metavar="DATE[.REVISION]",
    help="The pack: a refresh's date, YYYY-MM-DD, for its newest revision, or one revision, as in 2026-02-01.1; "
    "default: the newest.",
)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="fjanalysis")
@click.option(
    "--workspace",
    type=click.Path(file_okay=False, path_type=Path),
    help="Where refreshes/, results/, outputs/, _site/ and releases/ live. Default: the project's root.",
)
@click.pass_context
def cli(ctx: click.Context, workspace: Path | None) -> None:
    """From a refresh of family court advisory records to published briefings."""
    ctx.obj = workspace


@cli.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path), required=False)
@click.option("--scale", default=None, type=float, help="Share of the real volume.")
@click.pass_obj
def demo(workspace: Path | None, folder: Path | None, scale: float | None) -> None:
    """Walk the whole road on two small synthetic refreshes, into FOLDER (default: the workspace, else demo)."""
    from fjanalysis.demo import walk

    report = walk(folder or workspace or Path("demo"), scale=scale)
    click.echo(report.text)


@cli.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option("--refresh", metavar="DATE", required=True, help="The refresh's date, YYYY-MM-DD.")
@click.option("--scale", default=1.0, show_default=True, help="Share of the real volume.")
@click.option("--seed", default=1, show_default=True, help="Same seed, same tables.")
@click.option("--no-faults", is_flag=True, help="Leave out the faults of real records.")
def synth(folder: Path, refresh: str, scale: float, seed: int, no_faults: bool) -> None:
    """Write synthetic source tables in the real Cafcass layouts to FOLDER."""
    from fjanalysis.project import refresh_date
    from fjanalysis.sources.synthetic import synthesise

    report = synthesise(folder, refresh_date(refresh), scale=scale, seed=seed, faults=not no_faults)
    click.echo(report.text)


@cli.command()
@click.option(
    "--source", help="A folder, DuckDB file or database address; default: from the settings."
)
@click.option("--refresh", metavar="DATE", required=True, help="The refresh's date, YYYY-MM-DD.")
@click.pass_context
def ingest(ctx: click.Context, source: str | None, refresh: str) -> None:
    """Read source tables into research-ready tables, checked by their contract."""
    from fjanalysis.project import refresh_date
    from fjanalysis.refresh.ingest import ingest as ingest_source

    report = ingest_source(_project(ctx), refresh_date(refresh), source)
    click.echo(report.text)


@cli.command()
@click.argument("streams", nargs=-1, metavar="[STREAM]...")
@REFRESH
@click.option(
    "-p", "parameters", multiple=True, metavar="NAME=VALUE", help="Set a parameter of the streams."
)
@click.option("--no-variants", is_flag=True, help="Leave out the sensitivity runs of the settings.")
@click.option("--jobs", default=0, help="Notebooks at a time; default: one a core.")
@click.option("--executor", default="local", show_default=True, help="local, or dask://HOST:PORT.")
@click.pass_context
def run(
    ctx: click.Context,
    /,
    *,
    streams: tuple[str, ...],
    refresh: str | None,
    parameters: tuple[str, ...],
    no_variants: bool,
    jobs: int,
    executor: str,
) -> None:
    """Run the stream notebooks by Papermill."""
    from fjanalysis.runner.run import run_streams

    project = _project(ctx)
    date = _date(project, refresh, project.refreshes, "refresh")
    report = run_streams(
        project,
        streams,
        date,
        parameters=parameters,
        jobs=jobs,
        executor=executor,
        variants=not no_variants,
    )
    click.echo(report.text)


@cli.command()
@click.argument("streams", nargs=-1, metavar="[STREAM]...")
@REFRESH
@click.pass_context
def pack(ctx: click.Context, streams: tuple[str, ...], refresh: str | None) -> None:
    """Apply disclosure control and write the output pack that a reviewer reads."""
    from fjanalysis.disclosure.pack import pack as make_pack

    project = _project(ctx)
    date = _date(project, refresh, project.results, "result")
    report = make_pack(project, streams, date)
    click.echo(report.text)


@cli.command()
@click.argument("name", metavar="DATE")
@click.option("--by", required=True, metavar="ROLE", help="The reviewer's role (no person's name).")
@click.option("--reference", required=True, metavar="TEXT", help="The review's reference.")
@click.pass_context
def clear(ctx: click.Context, name: str, by: str, reference: str) -> None:
    """Record the reviewer's clearance over the pack's checksum."""
    from fjanalysis.disclosure.clear import clear as record

    report = record(_project(ctx), name, by=by, reference=reference)
    click.echo(report.text)


@cli.command()
@click.argument("briefings", nargs=-1, metavar="[BRIEFING]...")
@PACK
@click.option(
    "--renderer",
    type=click.Choice(["quarto", "pandoc"]),
    help="Default: quarto where it is installed.",
)
@click.pass_context
def render(
    ctx: click.Context, briefings: tuple[str, ...], refresh: str | None, renderer: str | None
) -> None:
    """Render branded, accessible HTML and PDF from an output pack."""
    from fjanalysis.briefings.loading import in_loaded_process

    click.echo(in_loaded_process(_rendered, ctx.obj, briefings, refresh, renderer))


def _rendered(
    workspace: Path | None, briefings: tuple[str, ...], refresh: str | None, renderer: str | None
) -> str:
    """Render, and return what is reported."""
    from fjanalysis.briefings.render import render as render_briefings
    from fjanalysis.project import open_project

    project = open_project(workspace)
    return render_briefings(project, briefings, _pack(project, refresh), renderer=renderer).text


@cli.command()
@PACK
@click.option("--port", default=8765, show_default=True, help="Where to serve, on this machine.")
@click.pass_context
def preview(ctx: click.Context, refresh: str | None, port: int) -> None:
    """Serve the briefings while they are written: a saved word is on the page in a moment."""
    from fjanalysis.briefings.preview import HOST, server

    project = _project(ctx)
    date = _pack(project, refresh)
    serving = server(project, date, port)
    click.echo(f"Open http://{HOST}:{serving.server_port}/ (Ctrl+C ends)")
    try:
        serving.serve_forever()
    except KeyboardInterrupt:
        click.echo("Ended.")
    finally:
        serving.server_close()


@cli.command()
@click.argument("path", required=False, type=click.Path(path_type=Path))
@click.option("--strict", is_flag=True, help="Warnings fail as well.")
@click.option("--prove", is_flag=True, help="Of a pack: prove withheld counts safe; takes longer.")
@click.pass_context
def check(ctx: click.Context, path: Path | None, strict: bool, prove: bool) -> None:
    """Check a site (accessibility, links, claims, numbers) or audit a pack, given by folder or date."""
    project = _project(ctx)
    from fjanalysis.packs import MANIFEST

    target = project.place(path) if path else project.site
    if (target / MANIFEST).exists():
        from fjanalysis.disclosure.audit import check_pack

        report: Any = check_pack(project, target, proved=prove)
    else:
        from fjanalysis.briefings.check import check_site

        report = check_site(project, target, strict=strict)
    click.echo(report.text)
    if not report.passed:
        raise SystemExit(report.exit_code)


@cli.command()
@click.argument("before", metavar="A")
@click.argument("after", metavar="B")
@click.pass_context
def compare(ctx: click.Context, before: str, after: str) -> None:
    """Say what changed from pack A to pack B: dates (with revision), or folders of packs."""
    from fjanalysis.releases.compare import compare_packs

    click.echo(compare_packs(_project(ctx), before, after).text)


@cli.command()
@click.argument("key")
@PACK
@click.option("--secure", is_flag=True, help="Exact counts as well, from results/: never leaves.")
@click.pass_context
def trace(ctx: click.Context, key: str, refresh: str | None, secure: bool) -> None:
    """Say where the published number KEY comes from, and where it is used."""
    from fjanalysis.releases.trace import trace as follow

    project = _project(ctx)
    date = _pack(project, refresh)
    click.echo(follow(project, key, refresh=date, secure=secure).text)


@cli.command()
@click.argument("tag")
@PACK
@click.option("--draft", is_flag=True, help="Write a trial even where something holds it back.")
@click.pass_context
def release(ctx: click.Context, tag: str, refresh: str | None, draft: bool) -> None:
    """Write the reproducible release TAG: code, pack, site, notebooks, in one archive."""
    from fjanalysis.releases.release import release as make_release

    project = _project(ctx)
    date = _pack(project, refresh)
    click.echo(make_release(project, tag, refresh=date, draft=draft).text)


@cli.command()
@click.argument("path", type=click.Path(exists=True, path_type=Path))
@click.option("--run", "run_code", is_flag=True, help="Run the notebooks of the release here.")
@click.option("--refresh", default="", metavar="DATE", help="A refresh at hand to compute from.")
@click.option(
    "--signers",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Who may sign: a file of allowed signers, as ssh-keygen reads it.",
)
@click.option(
    "--page",
    type=click.Path(dir_okay=False, path_type=Path),
    default=Path("verify.html"),
    show_default=True,
    help="Where to write every difference.",
)
@click.pass_context
def verify(
    ctx: click.Context,
    /,
    *,
    path: Path,
    run_code: bool,
    refresh: str,
    signers: Path | None,
    page: Path,
) -> None:
    """Verify a release, given its folder or archive: integrity, rendering, numbers, disclosure."""
    from fjanalysis.releases.verify import Options
    from fjanalysis.releases.verify import verify as examine_release

    options = Options(run=run_code, refresh=refresh, signers=signers, page=page)
    report = examine_release(_project(ctx), path, options)
    click.echo(report.text)
    if not report.passed:
        raise SystemExit(report.exit_code)


@cli.command()
def doctor() -> None:
    """Say what this machine has and lacks, and the command that mends it."""
    from fjanalysis.doctor import examine

    report = examine()
    click.echo(report.text)
    if not report.passed:
        raise SystemExit(MachineError.exit_code)


def main() -> None:
    """Run the command line; a user error is a sentence and its class's exit code."""
    try:
        cli.main(standalone_mode=False)
    except click.exceptions.Abort:
        click.echo("Stopped.", err=True)
        sys.exit(130)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except FjanalysisError as error:
        click.echo(error.sentence, err=True)
        sys.exit(error.exit_code)
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] == "fjanalysis":
            raise
        from fjanalysis.doctor import not_installed

        missing = not_installed(error.name or "")
        click.echo(missing.sentence, err=True)
        sys.exit(missing.exit_code)


if __name__ == "__main__":
    main()
