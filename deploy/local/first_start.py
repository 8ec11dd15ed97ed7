"""What a start does before it serves: tables, reference data, and the first administrator's invitation."""

from collections.abc import Callable

from sqlalchemy import select

from deploy.local.composition import Platform
from deploy.local.seeding import seed
from gateway.invitations import InvitationIn, invite, link
from gateway.tables import Invitation, RoleGrant
from migrations.running import migrate
from shared.callers import Caller
from shared.database import Database
from shared.settings import Settings

OPERATOR = Caller(kind="service", id="operator", name="La Secretaría")
FIRST_EMAIL = "secretaria@localhost.localdomain"


async def prepare(platform: Platform, admin_url: str, *, say: Callable[[str], None]) -> str | None:
    """Migrate, load, and on the very first start make the invitation of the first secretariat; its address."""
    for applied in await migrate(admin_url, platform.settings.secret):
        say(f"migrated {applied}")
    await platform.connect(admin_url, work=False)
    try:
        for loaded in await seed(platform):
            say(f"loaded {loaded}")
        return await first_invitation(platform)
    finally:
        await platform.disconnect()


async def first_invitation(platform: Platform) -> str | None:
    """The address by which the first administrator comes in; None when there is or was one invited already."""
    database = platform.gateway.own.state.database
    async with database.reading() as reading:
        known = await reading.scalar(select(RoleGrant.id).where(RoleGrant.role == "secretariat").limit(1))
        asked = await reading.scalar(select(Invitation.id).where(Invitation.role == "secretariat").limit(1))
    if known is not None or asked is not None:
        return None
    return await invitation_address(platform.settings, database, InvitationIn(email=FIRST_EMAIL, role="secretariat"))


async def invitation_address(settings: Settings, database: Database, wanted: InvitationIn) -> str:
    """Make an invitation without mail and tell its address. Raises Invalid."""
    _, token = await invite(database, settings, wanted, by=OPERATOR, mail=False)
    return link(settings, token)
