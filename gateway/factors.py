"""The second factor of an account: checking its codes, each of which counts once."""

import time
from uuid import UUID

from sqlalchemy import select, update

from gateway import secrets, totp
from gateway.tables import TotpFactor
from shared.database import Database
from shared.problems import FieldError, NotSignedIn


def code_needed() -> NotSignedIn:
    """What somebody is told who has given the right password only."""
    problem = NotSignedIn("Send the code of your authenticator app, too.", scheme='Cookie realm="portsnet"')
    problem.errors = (FieldError("/code", "is required", "code_needed"),)
    return problem


async def is_proven(db: Database, secret: bytes, user_id: UUID, code: str | None) -> bool:
    """Whether the account has no second factor, or this is a code of it that was not used before."""
    async with db.reading() as reading:
        factor = await reading.scalar(
            select(TotpFactor).where(TotpFactor.user_id == user_id, TotpFactor.confirmed_at.is_not(None))
        )
    if factor is None:
        return True
    step = totp.step_of(secrets.unseal(secret, factor.sealed), code or "", time.time())
    return step is not None and await use_step(db, user_id, step)


async def use_step(db: Database, user_id: UUID, step: int) -> bool:
    """Take a time step; False when it or a later one was taken before, also at this very moment by somebody else."""
    async with db.engine.begin() as connection:
        taken = await connection.execute(
            update(TotpFactor)
            .where(TotpFactor.user_id == user_id, TotpFactor.last_step < step)
            .values(last_step=step)
            .returning(TotpFactor.user_id)
        )
        return taken.first() is not None
