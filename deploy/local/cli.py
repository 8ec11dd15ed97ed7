"""`portsnet`: everything that an operator does with the platform."""

import gc
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from pydantic import ValidationError
from rich.console import Console

from shared import logs
from shared.problems import Problem
from shared.settings import Settings
from shared.trouble import Trouble

app = typer.Typer(
    name="portsnet", no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False,
    help="The platform of the Network of Digital and Collaborative Ports. Settings come from PORTSNET_… variables.",
)  # fmt: skip
console = Console(stderr=True, highlight=False)


def _say(line: str) -> None:
    console.print(f"  {line}", style="dim")


def _settings() -> Settings:
    from deploy.local.secret import with_secret

    try:
        found = Settings()
    except ValidationError as error:
        first = error.errors()[0]
        name = "PORTSNET_" + "_".join(str(step) for step in first["loc"]).upper()
        reason = first["msg"].removeprefix("Value error, ")
        raise Trouble(f"{name} is not right: {reason}.") from None
    logs.configure(found.log_level)
    try:
        return with_secret(found)
    except RuntimeError as error:
        raise Trouble(str(error)) from None
    except OSError as error:
        raise Trouble(f"The data folder {found.data_dir} cannot be used: {error}") from None


Command = Callable[[Settings], Awaitable[None]]


def _run(load: Callable[[], Command], *, may_be_stopped: bool = False) -> None:
    """Run the command that `load` imports; what an operator can mend ends with one sentence and status 1.

    Nothing is imported before the settings are known to be right: a wrong one is told at once.
    `may_be_stopped`: SIGTERM and Ctrl-C are its proper end, status 0, not an interruption.
    """
    try:
        settings = _settings()
        main = load()
        from deploy.local.serving import run

        if (status := run(lambda: main(settings))) and not may_be_stopped:
            raise typer.Exit(status)
    except Trouble as trouble:
        _end(str(trouble))
    except OSError as error:
        _end(f"{error.strerror or error} ({error.filename or 'system'})")
    except Problem as problem:
        _end("; ".join(f"{e.pointer.removeprefix('/')} {e.message}" for e in problem.errors) or problem.detail)


def _end(said: str) -> NoReturn:
    console.print(f"portsnet: {said}", style="bold red", soft_wrap=True)
    raise typer.Exit(1)


@app.command()
def up(
    separate: Annotated[bool, typer.Option(help="A process per service, each restarted when it dies.")] = False,
) -> None:
    """Start the platform: database, tables, reference data, every service. Ctrl-C stops it."""

    def load() -> Command:
        from deploy.local.starting import start

        return lambda settings: start(settings, separate=separate, say=_say)

    _run(load, may_be_stopped=True)


@app.command()
def serve(
    part: Annotated[str, typer.Argument(help="gateway, registry, survey, indicators, workspace or portal")],
) -> None:
    """Serve one part alone, as containers do. PORTSNET_DATABASE_URL carries the part's own role."""

    def load() -> Command:
        from deploy.local.apart import import_part, serve_part, settings_of_part
        from deploy.local.serving import listen
        from shared.settings import SERVICES

        if part not in (*SERVICES, "gateway"):
            raise Trouble(f"there is no part {part}; there are gateway, {', '.join(SERVICES)}.")
        import_part(part)
        return lambda settings: serve_part(part, settings_of_part(part, settings), listen(settings.host, settings.port))

    _run(load, may_be_stopped=True)


@app.command()
def migrate() -> None:
    """Bring every schema of the database to its newest version."""

    def load() -> Command:
        from deploy.local.databases import database_for_a_command
        from migrations.running import migrate as bring_up_to_date

        async def main(settings: Settings) -> None:
            async with database_for_a_command(settings) as found:
                applied = await bring_up_to_date(found.url, settings.secret)
            for revision in applied:
                typer.echo(f"migrated {revision}")
            if not applied:
                typer.echo("Everything is up to date.")

        return main

    _run(load)


@app.command()
def seed() -> None:
    """Load the reference data: communities, Reference Model, indicators, committees. What is there stays."""

    def load() -> Command:
        from deploy.local.commands import connected_platform
        from deploy.local.seeding import seed as load_all

        async def main(settings: Settings) -> None:
            async with connected_platform(settings) as platform:
                with console.status("Loading the reference data …"):
                    loaded = await load_all(platform)
            typer.echo(f"Loaded {', '.join(loaded)}." if loaded else "The reference data was loaded before.")

        return main

    _run(load)


@app.command()
def invite(
    email: Annotated[str, typer.Option(help="Address of whoever is invited.")],
    role: Annotated[str, typer.Option(help="secretariat, coordinator, respondent, data_provider, chair, …")],
    scope: Annotated[str, typer.Option(help="network, community:<code> or committee:<slug>.")] = "network",
    stakeholder_group: Annotated[str | None, typer.Option(help="For a respondent: customs, shipping, …")] = None,
    locale: Annotated[str, typer.Option(help="es, en, pt or fr.")] = "es",
) -> None:
    """Print the address by which somebody comes in, once. No mail is sent."""

    def load() -> Command:
        from deploy.local.commands import invite_somebody, read_invitation

        async def main(settings: Settings) -> None:
            wanted = read_invitation(
                email=email, role=role, scope=scope, stakeholder_group=stakeholder_group, locale=locale
            )
            typer.echo(await invite_somebody(settings, wanted))

        return main

    _run(load)


@app.command()
def demo(
    remove: Annotated[bool, typer.Option("--remove", help="Take the demonstration data away again.")] = False,
) -> None:
    """Fill an empty platform with a made-up year, marked as demonstration data everywhere."""

    def load() -> Command:
        from deploy.local.demo import fill, take_away

        return lambda settings: take_away(settings) if remove else fill(settings, console)

    _run(load)


@app.command()
def events(
    file: Annotated[str, typer.Argument(help="CSV or Parquet; with Spark also a folder or an address that it reads.")],
    kind: Annotated[str, typer.Option(help="vessel_call, gate, inspection or dwell.")],
    community: Annotated[str | None, typer.Option(help="Whose events; else a column says so.")] = None,
    timezone: Annotated[str | None, typer.Option(help="Of times without a zone; else that of the port.")] = None,
    partial: Annotated[bool, typer.Option("--partial", help="Take the right rows although others are wrong.")] = False,
    engine: Annotated[str, typer.Option(help="duckdb, or spark where the extra `spark` is installed.")] = "duckdb",
    master: Annotated[str, typer.Option(help="Of Spark: local[4], spark://host:7077, yarn, …")] = "local[*]",
) -> None:
    """Print the observations that a file of events gives, as CSV; wrong rows go to the standard error."""

    def load() -> Command:
        from deploy.local.events import outcome_of, write_observations

        async def main(settings: Settings) -> None:
            if kind not in ("vessel_call", "gate", "inspection", "dwell") or engine not in ("duckdb", "spark"):
                raise Trouble("--kind or --engine is none of those that --help names.")
            outcome = outcome_of(
                file, kind, community, timezone=timezone, partial=partial, engine=engine, master=master
            )
            for row, column, value, reason in outcome.errors:
                typer.echo(f"row {row}, {column}: {value!r} {reason}", err=True)
            if outcome.rejected and not partial:
                raise Trouble(f"{outcome.rejected} of {outcome.rows} rows are wrong; nothing was taken.")
            write_observations(outcome, kind, sys.stdout)

        return main

    _run(load)


@app.command()
def check() -> None:
    """Look whether everything is as it should be: settings, database, migrations, reference files, space."""

    def load() -> Command:
        from deploy.local.commands import checked

        async def main(settings: Settings) -> None:
            fine = True
            async for good, line in checked(settings):
                fine = fine and good
                typer.echo(f"{'ok   ' if good else 'WRONG'} {line}")
            if not fine:
                raise Trouble("something is not as it should be, see above.")

        return main

    _run(load)


@app.command()
def backup(
    file: Annotated[Path, typer.Argument(help="The archive to write; it must not exist.")],
) -> None:
    """Write database, stored files and secret into one archive. Keep it like a password."""

    def load() -> Command:
        from deploy.local.backups import write_backup

        return lambda settings: write_backup(settings, file, console)

    _run(load)


@app.command()
def restore(
    file: Annotated[Path, typer.Argument(help="An archive that `portsnet backup` wrote.")],
) -> None:
    """Bring back an archive into an empty data folder or database."""

    def load() -> Command:
        from deploy.local.backups import read_backup

        return lambda settings: read_backup(settings, file, console)

    _run(load)


@app.command()
def version() -> None:
    """Print the version of the platform."""
    from shared.version import VERSION

    typer.echo(VERSION)


def main() -> None:
    gc.disable()  # until the command has imported what it needs, see `run`: a start is a quarter quicker
    app()


if __name__ == "__main__":
    main()
