"""Bring every schema to its newest version, all in one transaction: a migration that fails leaves data as it was."""

import re
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.util.exc import CommandError
from sqlalchemy import Connection, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

from shared.database import engine
from shared.ids import derived_key
from shared.settings import SCHEMAS
from shared.trouble import Trouble

FOLDER = Path(__file__).resolve().parent
TABLES = {
    "identity": "gateway.tables",
    **{name: f"services.{name}.tables" for name in SCHEMAS if name != "identity"},
}
PARTITION = re.compile("_([0-9]{4}|other)$")
LOCK = 7_701_930_001  # of the platform's migrations; any number that nothing else uses


def is_of_models(table: str) -> bool:
    """Whether a table is one of the models' own: not PgQueuer's, nor Alembic's, nor a partition."""
    return not (table.startswith("pgqueuer") or table == "alembic_version" or PARTITION.search(table))


class MigrationTrouble(Trouble):
    """One clear sentence for the operator."""


def config_of(schema: str, connection: Connection | None = None) -> Config:
    """What `alembic.ini` says for this section, so that an installed package needs no file beside it."""
    config = Config(ini_section=schema)
    config.set_main_option("script_location", str(FOLDER))
    config.set_main_option("version_locations", str(FOLDER / "versions" / schema))
    config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


def role_of(schema: str) -> str:
    return f"portsnet_{schema}"


def role_url(admin_url: str, schema: str, secret: bytes) -> str:
    """The address by which a service reaches its own schema, with its own role."""
    url = make_url(admin_url).set(username=role_of(schema), password=derived_key(secret, f"role:{schema}").hex())
    return url.render_as_string(hide_password=False)


async def migrate(admin_url: str, secret: bytes) -> list[str]:
    """Roles, schemas and tables, under an advisory lock; the revisions that were applied, as `schema revision`.

    Raises MigrationTrouble. Safe to call at every start and by several processes at once.
    """
    source = engine(admin_url, pool=0)
    try:
        async with source.begin() as connection:
            await connection.execute(text("SET LOCAL statement_timeout = '10min'"))
            await connection.execute(text("SET LOCAL lock_timeout = '60s'"))
            await connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK})
            return await connection.run_sync(_upgrade_all, secret)
    except (SQLAlchemyError, CommandError) as error:
        reason = str(getattr(error, "orig", error)).splitlines()[0]
        raise MigrationTrouble(
            f"The database could not be brought up to date, and was left as it was: {reason}"
        ) from error
    finally:
        await source.dispose()


async def prepare_roles(admin_url: str, secret: bytes) -> None:
    """Only the roles, so that a dump with grants to them can be brought back."""
    source = engine(admin_url, pool=0)
    async with source.begin() as connection:
        for schema in SCHEMAS:
            await connection.run_sync(_prepare_role, schema, secret)
    await source.dispose()


def _upgrade_all(connection: Connection, secret: bytes) -> list[str]:
    applied: list[str] = []
    for schema in SCHEMAS:
        _prepare_schema(connection, schema, secret)
        heads = ScriptDirectory.from_config(config_of(schema)).get_current_head()
        before = _revision(connection, schema)
        if before != heads:
            command.upgrade(config_of(schema, connection), "head")
            applied.append(f"{schema} {heads}")
        _grant(connection, schema)
    return applied


def _revision(connection: Connection, schema: str) -> Any:
    if connection.execute(text("SELECT to_regclass(:name)"), {"name": f"{schema}.alembic_version"}).scalar() is None:
        return None
    return connection.execute(text(f"SELECT version_num FROM {schema}.alembic_version")).scalar()  # noqa: S608 -- ours


def _prepare_schema(connection: Connection, schema: str, secret: bytes) -> None:
    _prepare_role(connection, schema, secret)
    connection.execute(text(f"CREATE SCHEMA IF NOT EXISTS {schema}"))


def _prepare_role(connection: Connection, schema: str, secret: bytes) -> None:
    role = role_of(schema)
    password = derived_key(secret, f"role:{schema}").hex()
    known = connection.execute(text("SELECT 1 FROM pg_roles WHERE rolname = :role"), {"role": role}).scalar()
    # Nothing more is said of a known role: only a superuser may repeat that it is none, and hosted servers give none.
    verb = "ALTER ROLE {} LOGIN" if known else "CREATE ROLE {} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE"
    connection.execute(text(f"{verb.format(role)} PASSWORD '{password}'"))
    connection.execute(text(f"ALTER ROLE {role} SET search_path = {schema}"))


def _grant(connection: Connection, schema: str) -> None:
    """The service's role may read and write rows of its own schema, and only add to its audit trail."""
    role = role_of(schema)
    for statement in (
        f"GRANT USAGE ON SCHEMA {schema} TO {role}",
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {schema} TO {role}",
        f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA {schema} TO {role}",
        f"REVOKE UPDATE, DELETE ON {schema}.audit FROM {role}",
        f"REVOKE INSERT, UPDATE, DELETE ON {schema}.alembic_version FROM {role}",
    ):
        connection.execute(text(statement))
