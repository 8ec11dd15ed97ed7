"""What the shorter commands do."""

import json
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from alembic.script import ScriptDirectory
from pydantic import ValidationError
from sqlalchemy import text

from deploy.local.composition import Platform
from deploy.local.databases import database_for_a_command
from deploy.local.first_start import invitation_address
from gateway.invitations import InvitationIn, must_fit
from gateway.scopes import must_exist
from migrations.running import config_of, migrate
from shared import strict_json
from shared.database import engine
from shared.settings import SCHEMAS, Settings
from shared.validation import from_validation

ENOUGH_SPACE = 500 * 2**20


@asynccontextmanager
async def connected_platform(settings: Settings) -> AsyncIterator[Platform]:
    """The platform on its database, migrated, its job workers at rest; for commands beside a running platform too."""
    async with database_for_a_command(settings) as found:
        await migrate(found.url, settings.secret)
        platform = Platform(settings)
        await platform.connect(found.url, work=False)
        try:
            yield platform
        finally:
            await platform.disconnect()


def read_invitation(**given: str | None) -> InvitationIn:
    """What the operator typed, read as strictly as what comes over the wire. Raises Invalid."""
    try:
        wanted = InvitationIn.model_validate(strict_json.read(json.dumps(given).encode()))
    except ValidationError as error:
        raise from_validation([{**found, "loc": ("body", *found["loc"])} for found in error.errors()]) from None
    must_fit(wanted)
    return wanted


async def invite_somebody(settings: Settings, wanted: InvitationIn) -> str:
    """The address of a new invitation. Raises Invalid when its scope names nothing."""
    async with connected_platform(settings) as platform:
        state = platform.gateway.own.state
        await must_exist(state.peers, wanted.scope)
        return await invitation_address(settings, state.database, wanted)


async def checked(settings: Settings) -> AsyncIterator[tuple[bool, str]]:
    """Whether each thing is as it should be, and what it is."""
    yield True, f"address {settings.origin}"
    yield (settings.zone is not None), f"time zone {settings.timezone}"
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(settings.data_dir).free
    yield free > ENOUGH_SPACE, f"free space {free // 2**20} MiB in {settings.data_dir}"
    yield True, f"mail {'to a server' if settings.mail_url else f'into {settings.data_dir}/outbox'}"
    async with database_for_a_command(settings) as found:
        source = engine(found.url, pool=0)
        try:
            async with source.connect() as connection:
                number = await connection.scalar(text("SHOW server_version"))
                yield True, f"PostgreSQL {number}"
                for schema in SCHEMAS:
                    known = await connection.scalar(
                        text("SELECT to_regclass(:name)"), {"name": f"{schema}.alembic_version"}
                    )
                    query = text(f"SELECT version_num FROM {schema}.alembic_version")  # noqa: S608 -- our own names
                    at = await connection.scalar(query) if known else None
                    newest = head_of(schema)
                    hint = "" if at == newest else f", not {newest}: run portsnet migrate"
                    yield at == newest, f"schema {schema} at {at or 'nothing'}{hint}"
        finally:
            await source.dispose()


def head_of(schema: str) -> str | None:
    return ScriptDirectory.from_config(config_of(schema)).get_current_head()
