"""`portsnet`: everything that an operator does with the platform."""

import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError
from rich.console import Console

from shared import logs
from shared.settings import Settings

app = typer.Typer(
    name="portsnet", no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False,
    help="The platform of the Network of Digital and Collaborative Ports. Settings come from PORTSNET_… variables.",
)  # fmt: skip
console = Console(stderr=True, highlight=False)


class Trouble(Exception):
    """One clear sentence for the operator; the command ends with status 1."""


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


def _run(main: Callable[[Settings], Awaitable[None]], *, may_be_stopped: bool = False) -> None:
    """Run a command; what an operator can mend ends with one sentence and status 1.

    `may_be_stopped`: SIGTERM and Ctrl-C are its proper end, status 0, not an interruption.
    """
    from deploy.local.databases import DatabaseTrouble
    from deploy.local.demo_people import DemoTrouble
    from deploy.local.serving import PortTrouble, run
    from migrations.running import MigrationTrouble
    from shared.problems import Problem
    from shared.reference import ReferenceTrouble

    try:
        settings = _settings()
        if (status := run(lambda: main(settings))) and not may_be_stopped:
            raise typer.Exit(status)
    except (Trouble, DatabaseTrouble, DemoTrouble, MigrationTrouble, PortTrouble, ReferenceTrouble) as error:
        console.print(f"portsnet: {error}", style="bold red", soft_wrap=True)
        raise typer.Exit(1) from None
    except Problem as problem:
        said = "; ".join(f"{e.pointer.removeprefix('/')} {e.message}" for e in problem.errors) or problem.detail
        console.print(f"portsnet: {said}", style="bold red", soft_wrap=True)
        raise typer.Exit(1) from None
    except OSError as error:
        console.print(f"portsnet: {error.strerror or error} ({error.filename or 'system'})", style="bold red")
        raise typer.Exit(1) from None


@app.command()
def up(
    separate: Annotated[bool, typer.Option(help="A process per service, each restarted when it dies.")] = False,
) -> None:
    """Start the platform: database, tables, reference data, every service. Ctrl-C stops it."""
    from deploy.local.starting import start

    _run(lambda settings: start(settings, separate=separate, say=_say), may_be_stopped=True)


@app.command()
def serve(
    part: Annotated[str, typer.Argument(help="gateway, registry, survey, indicators, workspace or portal")],
) -> None:
    """Serve one part alone, as containers do. PORTSNET_DATABASE_URL carries the part's own role."""
    from deploy.local.serving import listen, serve_part, settings_of_part
    from shared.settings import SERVICES

    async def main(settings: Settings) -> None:
        if part not in (*SERVICES, "gateway"):
            raise Trouble(f"there is no part {part}; there are gateway, {', '.join(SERVICES)}.")
        await serve_part(part, settings_of_part(part, settings), listen(settings.host, settings.port))

    _run(main, may_be_stopped=True)


@app.command()
def migrate() -> None:
    """Bring every schema of the database to its newest version."""
    from deploy.local.databases import database_for_a_command
    from migrations.running import migrate as bring_up_to_date

    async def main(settings: Settings) -> None:
        async with database_for_a_command(settings) as found:
            applied = await bring_up_to_date(found.url, settings.secret)
        for revision in applied:
            typer.echo(f"migrated {revision}")
        if not applied:
            typer.echo("Everything is up to date.")

    _run(main)


@app.command()
def seed() -> None:
    """Load the reference data: communities, Reference Model, indicators, committees. What is there stays."""
    from deploy.local.commands import connected_platform
    from deploy.local.seeding import seed as load

    async def main(settings: Settings) -> None:
        async with connected_platform(settings) as platform:
            with console.status("Loading the reference data …"):
                loaded = await load(platform)
        typer.echo(f"Loaded {', '.join(loaded)}." if loaded else "The reference data was loaded before.")

    _run(main)


@app.command()
def invite(
    email: Annotated[str, typer.Option(help="Address of whoever is invited.")],
    role: Annotated[str, typer.Option(help="secretariat, coordinator, respondent, data_provider, chair, …")],
    scope: Annotated[str, typer.Option(help="network, community:<code> or committee:<slug>.")] = "network",
    stakeholder_group: Annotated[str | None, typer.Option(help="For a respondent: customs, shipping, …")] = None,
    locale: Annotated[str, typer.Option(help="es, en, pt or fr.")] = "es",
) -> None:
    """Print the address by which somebody comes in, once. No mail is sent."""
    from deploy.local.commands import invite_somebody, read_invitation

    async def main(settings: Settings) -> None:
        wanted = read_invitation(
            email=email, role=role, scope=scope, stakeholder_group=stakeholder_group, locale=locale
        )
        typer.echo(await invite_somebody(settings, wanted))

    _run(main)


@app.command()
def demo(
    remove: Annotated[bool, typer.Option("--remove", help="Take the demonstration data away again.")] = False,
) -> None:
    """Fill an empty platform with a made-up year, marked as demonstration data everywhere."""
    from deploy.local.demo import fill, take_away

    _run(lambda settings: take_away(settings) if remove else fill(settings, console))


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
    from deploy.local.events import EventsTrouble, outcome_of, write_observations

    async def main(settings: Settings) -> None:
        if kind not in ("vessel_call", "gate", "inspection", "dwell") or engine not in ("duckdb", "spark"):
            raise Trouble("--kind or --engine is none of those that --help names.")
        try:
            outcome = outcome_of(
                file, kind, community, timezone=timezone, partial=partial, engine=engine, master=master
            )
        except EventsTrouble as trouble:
            raise Trouble(str(trouble)) from None
        for row, column, value, reason in outcome.errors:
            typer.echo(f"row {row}, {column}: {value!r} {reason}", err=True)
        if outcome.rejected and not partial:
            raise Trouble(f"{outcome.rejected} of {outcome.rows} rows are wrong; nothing was taken.")
        write_observations(outcome, kind, sys.stdout)

    _run(main)


@app.command()
def check() -> None:
    """Look whether everything is as it should be: settings, database, migrations, reference files, space."""
    from deploy.local.commands import checked

    async def main(settings: Settings) -> None:
        fine = True
        async for good, line in checked(settings):
            fine = fine and good
            typer.echo(f"{'ok   ' if good else 'WRONG'} {line}")
        if not fine:
            raise Trouble("something is not as it should be, see above.")

    _run(main)


@app.command()
def backup(
    file: Annotated[Path, typer.Argument(help="The archive to write; it must not exist.")],
) -> None:
    """Write database, stored files and secret into one archive. Keep it like a password."""
    from deploy.local.backups import write_backup

    _run(lambda settings: write_backup(settings, file, console))


@app.command()
def restore(
    file: Annotated[Path, typer.Argument(help="An archive that `portsnet backup` wrote.")],
) -> None:
    """Bring back an archive into an empty data folder or database."""
    from deploy.local.backups import read_backup

    _run(lambda settings: read_backup(settings, file, console))


@app.command()
def version() -> None:
    """Print the version of the platform."""
    from importlib.metadata import version as version_of

    typer.echo(version_of("portsnet"))


def main() -> None:
    app()


if __name__ == "__main__":
    main()
