"""What the clock does to an election: the roll is frozen when voting opens, the box is opened when voting closes.

Both happen once, by a job at that moment or by whoever asks first, and both can be asked for again.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select

from services.workspace.elections import box
from services.workspace.elections.access import state_at
from services.workspace.elections.counting import counted, roll_hash
from services.workspace.notifications.delivery import notify
from services.workspace.notifications.rules import Notice
from services.workspace.people import People
from services.workspace.seed import PLATFORM
from services.workspace.tables import BallotBox, Election, Nomination, Voter
from services.workspace.webhooks.sending import announce_hook
from shared.database import Database, Job, WriteSession
from shared.fields import utc

OPENS, CLOSES, REMINDS = "election_opens", "election_closes", "election_reminds"
AHEAD, LEAST = timedelta(hours=24), timedelta(minutes=5)
"""Who has not voted is reminded when a quarter of the voting is left, a day before the close at the earliest; of votes
so short that this were a moment, nobody is."""
VOTES = ("chair", "member")


def jobs_of(election: Election) -> list[Job]:
    """The moments of an election. When it is put off, jobs that come too early do nothing."""
    now = datetime.now(UTC)
    moments = [(OPENS, election.voting_from), (CLOSES, election.voting_until)]
    reminding = reminds_at(election)
    if reminding is not None:
        moments.append((REMINDS, reminding))
    return [
        Job(name, {"election": str(election.id)}, delay=max(0.0, (at - now).total_seconds())) for name, at in moments
    ]


def reminds_at(election: Election) -> datetime | None:
    """When those who have not voted are reminded."""
    ahead = min(AHEAD, (election.voting_until - election.voting_from) / 4)
    return election.voting_until - ahead if ahead >= LEAST else None


async def remind_when_due(db: Database, people: People, secret: bytes, election_id: UUID, zone: ZoneInfo) -> None:
    """Remind, once, whoever is on the roll and has not voted. It says nothing of who or how many have."""
    await open_when_due(db, people, secret, election_id)
    async with db.transaction(by=PLATFORM, to="remind of a vote", about=f"election {election_id}") as tx:
        election = await tx.get(Election, election_id)
        now = datetime.now(UTC)
        at = reminds_at(election) if election is not None else None
        if election is None or at is None or now < at or state_at(election, now) != "voting":
            return
        missing = select(Voter.user_id).where(Voter.election_id == election_id, Voter.voted.is_(False))
        ends = {"starts_at": utc(election.voting_until), "timezone": str(zone)}
        await _tell(tx, election, "vote_closing", (await tx.scalars(missing)).all(), ends)


async def standing(tx: Any, election_id: UUID) -> Sequence[Nomination]:
    """Who has accepted, in a stable order."""
    statement = select(Nomination).where(
        Nomination.election_id == election_id, Nomination.accepted_at.is_not(None), Nomination.withdrawn_at.is_(None)
    )
    found: Sequence[Nomination] = (await tx.scalars(statement.order_by(Nomination.name, Nomination.id))).all()
    return found


async def open_when_due(db: Database, people: People, secret: bytes, election_id: UUID) -> None:
    """Freeze the roll and hash it, put up an empty box, and tell the voters. Raises Unavailable."""
    async with db.reading() as reading:
        election = await reading.get(Election, election_id)
    if election is None or not _is_to_open(election):
        return
    holders = [one for one in await people.of_committee(election.committee) if one.role in VOTES]
    async with db.transaction(by=PLATFORM, to="open a vote", about=f"election {election_id}") as tx:
        election = await tx.scalar(select(Election).where(Election.id == election_id).with_for_update(key_share=True))
        if election is None or not _is_to_open(election):
            return
        tx.add_all(
            Voter(election_id=election.id, user_id=one.user_id, name=one.name, role=one.role, voted=False)
            for one in sorted(holders, key=lambda one: one.user_id)
        )
        election.roll_hash = roll_hash({str(one.user_id): one.role for one in holders})
        election.roll_frozen_at = datetime.now(UTC)
        election.version += 1
        salt = box.new_salt()
        tx.add(BallotBox(election_id=election.id, salt=salt, sealed=box.sealed(secret, salt, [], ())))
        tx.note(voters=len(holders), roll_hash=election.roll_hash)
        if state_at(election, datetime.now(UTC)) == "voting":
            await _tell(tx, election, "vote_opened", [one.user_id for one in holders])
            await announce_hook(
                tx, election.committee, "vote.opened", {"election": str(election.id), "title": election.title}
            )


def _is_to_open(election: Election) -> bool:
    due = state_at(election, datetime.now(UTC)) in ("voting", "closed")
    return due and election.roll_frozen_at is None


async def close_when_due(db: Database, people: People, secret: bytes, election_id: UUID) -> dict[str, Any] | None:
    """Open the box, count, and destroy the salt; the result, or None when it is not yet time or it was cancelled."""
    await open_when_due(db, people, secret, election_id)
    async with db.reading() as reading:
        election = await reading.get(Election, election_id)
        if election is None or state_at(election, datetime.now(UTC)) != "closed":
            return None
        known = await reading.scalar(select(BallotBox.result).where(BallotBox.election_id == election_id))
    if known is not None:
        return dict(known)
    async with db.transaction(by=PLATFORM, to="count a vote", about=f"election {election_id}") as tx:
        ballots = await tx.scalar(select(BallotBox).where(BallotBox.election_id == election_id).with_for_update())
        if ballots is None:
            return None
        if ballots.result is None:
            voters = (await tx.scalars(select(Voter.user_id).where(Voter.election_id == election_id))).all()
            ballots.result = _result(election, await standing(tx, election_id), ballots, secret, len(voters))
            ballots.salt = ballots.sealed = None
            tx.note(turnout=ballots.result["turnout"], ballots_hash=ballots.result["ballots_hash"])
            await _tell(tx, election, "vote_closed", voters)
            await announce_hook(
                tx, election.committee, "vote.closed", {"election": str(election.id), "title": election.title}
            )
        return dict(ballots.result)


def _result(
    election: Election, nominations: Sequence[Nomination], ballots: BallotBox, secret: bytes, roll: int
) -> dict[str, Any]:
    """What is published, as it is kept."""
    assert ballots.salt is not None and ballots.sealed is not None and election.roll_hash is not None
    cast = box.opened(secret, ballots.salt, ballots.sealed)
    outcome = counted(
        [str(one.id) for one in nominations], cast, seats=election.seats, roll=roll, hash_of_roll=election.roll_hash,
        quorum=election.quorum,
    )  # fmt: skip
    by_id = {str(one.id): one for one in nominations}
    return {
        "counts": [
            {
                "nomination": one.nomination, "user_id": str(by_id[one.nomination].user_id),
                "name": by_id[one.nomination].name, "votes": one.votes, "elected": one.elected, "by_lot": one.by_lot,
            }
            for one in outcome.counts
        ],
        "turnout": len(cast), "roll": roll, "turnout_share": float(outcome.turnout), "quorum": election.quorum,
        "quorum_reached": outcome.quorum_reached, "blank": sum(not one.choices for one in cast),
        "elected": [one.nomination for one in outcome.counts if one.elected],
        "receipts": [
            {"receipt": one.receipt, "choices": sorted(one.choices)}
            for one in sorted(cast, key=lambda one: one.receipt)
        ],
        "roll_hash": election.roll_hash, "ballots_hash": outcome.ballots_hash, "seed": outcome.seed,
    }  # fmt: skip


async def _tell(
    tx: WriteSession, election: Election, kind: Any, people: Sequence[UUID], details: Mapping[str, str] | None = None
) -> None:
    await notify(
        tx, [Notice(user, kind, "voter") for user in people], event=f"{kind}:{election.id}",
        committee=election.committee, subject=election.title, link=f"/elections/{election.id}", actor_name=None,
        details=details, demo=election.demo,
    )  # fmt: skip
