"""What a community does about its gaps: tasks of committees, and actions of its own list."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.survey.access import assessment_to_see, belongs_to, campaign_to_see, reviews
from services.survey.assessments.operations import record
from services.survey.assessments.standing import standing_of
from services.survey.models.operations import instrument_of
from services.survey.schemas.reviewing import ActionIn, ActionOut, ActionPatch, ActionsOut
from services.survey.tables import Assessment, Community, GapAction
from services.survey.words import AssessmentKey
from services.workspace.client import WorkspaceClient
from services.workspace.schemas import StandingOut
from shared import idempotency
from shared.callers import Caller
from shared.database import Database, WriteSession
from shared.languages import pick
from shared.peers import Peers
from shared.problems import Conflict, Invalid, NotAllowed, NotFound, Problem
from shared.tags import Expected
from shared.text import without_accents

OWN = "community"
"""The board of what a community does by itself."""
Standings = dict[UUID, StandingOut | None]
"""How tasks stand by their id; None for one that is no more."""


async def add_action(
    db: Database, peers: Peers, token: str, key: AssessmentKey, wanted: ActionIn, language: str, *, by: Caller
) -> tuple[ActionOut, int, bool]:
    """Do something about a measure: a task on a committee's board, made in the caller's name, or an action of the
    community's own list. The same title on the same board is the same one, whoever asks again.

    Raises NotFound, NotAllowed (the workspace's, too), Invalid. The last value: whether it is new.
    """
    row, is_new = await _reserve(db, key, wanted, by=by)
    standings: Standings = {}
    if row.board != OWN and row.task_id is None:
        row = await _make_task(db, peers, token, key, row, wanted, language, by=by)
    standings = await standings_of(peers, [row])
    return action_out(row, standings, by), row.version, is_new


async def _reserve(db: Database, key: AssessmentKey, wanted: ActionIn, *, by: Caller) -> tuple[GapAction, bool]:
    """The action's row, before anybody else is called: who comes second finds the first one's."""
    async with db.transaction(by=by, to="act on a gap", about=key) as tx:
        assessment = await _assessment_to_act_on(tx, key, wanted.board, by)
        campaign = await campaign_to_see(tx, key.year, by)
        instrument = await instrument_of(tx, campaign.model_version)
        if wanted.measure not in instrument.measures:
            raise Invalid.at("/measure", "is no measure of this model", "unknown")
        standing = await standing_of(tx, campaign, key.community)
        level = next(one.value for one in standing.score.measures() if one.code == wanted.measure)
        now = datetime.now(UTC)
        added = await tx.scalar(
            insert(GapAction)
            .values(
                year=key.year, community_code=key.community, measure=wanted.measure, board=wanted.board,
                title=wanted.title, title_key=title_key(wanted.title), owner=wanted.owner or None,
                due_on=wanted.due_on, state="todo", done_at=None, task_id=None, level_then=level, created_by=by.id,
                created_by_name=by.name or by.username or by.kind, created_at=now, updated_at=now, version=1,
                demo=by.demo or assessment.demo,
            )
            .on_conflict_do_nothing()
            .returning(GapAction)
        )  # fmt: skip
        row: GapAction = added or (await tx.scalars(_same(key, wanted))).one()
        if added is not None:
            record(tx, assessment, "action_added", by, measure=wanted.measure, board=wanted.board)
        await tx.flush()
        idempotency.will_answer(action_out(row, {}, by), headers=_location(row), version=row.version)
    return row, added is not None


def _same(key: AssessmentKey, wanted: ActionIn) -> Any:
    return select(GapAction).where(
        GapAction.year == key.year, GapAction.community_code == key.community, GapAction.measure == wanted.measure,
        GapAction.board == wanted.board, GapAction.title_key == title_key(wanted.title),
    )  # fmt: skip


def title_key(title: str) -> str:
    """Titles that differ in case, accents or spaces alone are one."""
    return " ".join(without_accents(title).split())


def _location(row: GapAction) -> dict[str, str]:
    return {
        "Location": f"/api/v1/survey/campaigns/{row.year}/assessments/{row.community_code}/actions/{row.id}",
    }


async def _make_task(
    db: Database, peers: Peers, token: str, key: AssessmentKey, row: GapAction, wanted: ActionIn, language: str,
    *, by: Caller,
) -> GapAction:  # fmt: skip
    """Have the workspace make the task once, and keep which it is. When it refuses, nothing is left behind."""
    try:
        task = await WorkspaceClient(peers, on_behalf_of=token, language=language).create_task(
            row.board,
            {
                "title": row.title, "due_on": row.due_on.isoformat() if row.due_on else None,
                "description": await _description(db, key, row, wanted.owner, language),
                "links": [{"kind": "measure", "ref": f"{key.year}:{key.community}:{row.measure}"}],
            },
            key=f"gap-{row.id}",
        )  # fmt: skip
    except Problem as problem:
        if problem.status < 500 and problem.status != 409:
            await _forget(db, row, by=by)
        if isinstance(problem, NotFound):
            raise Invalid.at("/board", "is no committee that you can see", "unknown") from None
        raise
    async with db.transaction(by=by, to="link a task to a gap", about=key) as tx:
        kept: GapAction | None = await tx.scalar(select(GapAction).where(GapAction.id == row.id).with_for_update())
        if kept is None:
            raise NotFound("This action")
        if kept.task_id is None:
            kept.task_id = task.id
        await tx.flush()
        idempotency.will_answer(action_out(kept, {}, by), headers=_location(kept), version=kept.version)
    return kept


async def _description(
    db: Database, key: AssessmentKey, row: GapAction, owner: str | None, language: str
) -> str | None:  # fmt: skip
    async with db.reading() as reading:
        names = await reading.scalar(select(Community.names).where(Community.code == key.community))
    told = f"{pick(names or {}, language)} {key.year} · {row.measure}"
    return f"{told}\n\n{owner}" if owner else told


async def _forget(db: Database, row: GapAction, *, by: Caller) -> None:
    pending = idempotency.current()
    idempotency.begin(None)
    try:
        async with db.transaction(by=by, to="give a task up that was refused", about=row.id) as tx:
            kept = await tx.scalar(select(GapAction).where(GapAction.id == row.id).with_for_update())
            if kept is not None and kept.task_id is None:
                await tx.delete(kept)
    finally:
        idempotency.begin(pending)


async def _assessment_to_act_on(tx: WriteSession, key: AssessmentKey, board: str, caller: Caller) -> Assessment:
    """The community's own list is its coordinator's and the secretariat's; a committee's board is for everybody of
    the community whom the workspace lets work there."""
    found = await assessment_to_see(tx, key, caller)
    if not belongs_to(caller, key.community):
        raise NotFound("This assessment")
    if board == OWN and not reviews(caller, key.community):
        raise NotAllowed("The community's own list is kept by its coordinator; a committee's by whoever works in it.")
    return found


async def list_actions(
    db: Database, peers: Peers, key: AssessmentKey, measure: str | None, *, by: Caller
) -> ActionsOut:  # fmt: skip
    """This year's actions and those of the last year that had any, with how they stand now.

    For the community's people and the secretariat. Raises NotFound.
    """
    async with db.reading(snapshot=True) as reading:
        await assessment_to_see(reading, key, by)
        if not belongs_to(by, key.community):
            raise NotFound("This assessment")
        rows = await _actions_of(reading, key.community, key.year, measure)
        last = await reading.scalar(
            select(GapAction.year)
            .where(GapAction.community_code == key.community, GapAction.year < key.year)
            .order_by(GapAction.year.desc())
            .limit(1)
        )
        before = await _actions_of(reading, key.community, last, measure) if last is not None else []
    standings = await standings_of(peers, [*rows, *before])
    return ActionsOut(
        year=key.year, items=[action_out(row, standings, by) for row in rows], last_year=last,
        last_year_items=[action_out(row, standings, by) for row in before], next=None,
    )  # fmt: skip


async def _actions_of(db: AsyncSession, community: str, year: int, measure: str | None) -> Sequence[GapAction]:
    statement = select(GapAction).where(GapAction.community_code == community, GapAction.year == year)
    if measure is not None:
        statement = statement.where(GapAction.measure == measure)
    return (await db.scalars(statement.order_by(GapAction.measure, GapAction.created_at, GapAction.id))).all()


async def standings_of(peers: Peers, rows: Sequence[GapAction]) -> Standings:
    """The committees' tasks as they are now; empty while the workspace cannot be asked. A task that was made from a
    community's gap shows that community its title, state and dates, whoever sits in the committee."""
    ids = [row.task_id for row in rows if row.task_id is not None]
    try:
        found = {one.id: one for one in await WorkspaceClient(peers).standings(ids)}
    except Problem:
        return {}
    return {task: found.get(task) for task in ids}


async def read_action(
    db: Database, peers: Peers, key: AssessmentKey, action_id: UUID, *, by: Caller
) -> tuple[ActionOut, int]:
    """One action. Raises NotFound."""
    async with db.reading() as reading:
        await assessment_to_see(reading, key, by)
        row = await reading.scalar(_here(key, action_id))
    if row is None or not belongs_to(by, key.community):
        raise NotFound("This action")
    return action_out(row, await standings_of(peers, [row]), by), row.version


def _here(key: AssessmentKey, action_id: UUID) -> Any:
    return select(GapAction).where(
        GapAction.id == action_id, GapAction.year == key.year, GapAction.community_code == key.community
    )


async def change_action(
    db: Database, key: AssessmentKey, action_id: UUID, wanted: ActionPatch, expected: Expected, *, by: Caller
) -> tuple[ActionOut, int]:
    """Change an action of the community's own list, in any year.

    Raises NotFound, NotAllowed, StaleVersion, Invalid, and Conflict for a committee's task or a title that is taken.
    """
    changes = wanted.changes
    for name in ("title", "state"):
        if name in changes and changes[name] is None:
            raise Invalid.at(f"/{name}", "cannot be cleared", "required")
    async with db.transaction(by=by, to="change an action", about=key) as tx:
        row = await _action_to_change(tx, key, action_id, by)
        expected.must_match(row.version)
        before = (row.title, row.owner, row.due_on, row.state)
        if wanted.title is not None and title_key(wanted.title) != row.title_key:
            taken = await tx.scalar(
                select(GapAction.id).where(
                    GapAction.year == key.year, GapAction.community_code == key.community,
                    GapAction.measure == row.measure, GapAction.board == row.board,
                    GapAction.title_key == title_key(wanted.title),
                )
            )  # fmt: skip
            if taken is not None:
                raise Conflict("This measure has an action of that title already.")
        for name in changes:
            setattr(row, name, changes[name] or None)
        row.title_key = title_key(row.title)
        if before != (row.title, row.owner, row.due_on, row.state):
            now = datetime.now(UTC)
            row.version += 1
            row.updated_at = now
            if row.state != before[3]:
                row.done_at = now if row.state == "done" else None
        await tx.flush()
    return action_out(row, {}, by), row.version


async def remove_action(
    db: Database, key: AssessmentKey, action_id: UUID, expected: Expected, *, by: Caller
) -> None:  # fmt: skip
    """Take an action of the community's own list away; of a committee's task only the link. Raises as a change does."""
    async with db.transaction(by=by, to="remove an action", about=key) as tx:
        row = await _action_to_change(tx, key, action_id, by, or_unlink=True)
        expected.must_match(row.version)
        tx.note(title=row.title, board=row.board)
        await tx.delete(row)


async def _action_to_change(
    tx: WriteSession, key: AssessmentKey, action_id: UUID, caller: Caller, *, or_unlink: bool = False
) -> GapAction:
    await assessment_to_see(tx, key, caller)
    row: GapAction | None = await tx.scalar(_here(key, action_id).with_for_update())
    if row is None or not belongs_to(caller, key.community):
        raise NotFound("This action")
    if not reviews(caller, key.community):
        raise NotAllowed("Only the coordinator and the secretariat change what the community does.")
    if row.board != OWN and not or_unlink:
        raise Conflict("This is a task of a committee: change it on the committee's board.")
    return row


def action_out(row: GapAction, standings: Standings, caller: Caller) -> ActionOut:
    task = standings.get(row.task_id) if row.task_id is not None else None
    of_committee = row.board != OWN
    state: Any = row.state
    if of_committee:
        state = task.state if task is not None else "gone" if row.task_id in standings else None
    return ActionOut(
        id=row.id, year=row.year, community=row.community_code, measure=row.measure, board=row.board,
        title=task.title if task is not None else row.title, owner=row.owner,
        due_on=task.due_on if task is not None else row.due_on, state=state,
        done_at=(task.done_at if task is not None else None) if of_committee else row.done_at, task=row.task_id,
        level_then=row.level_then, created_by_name=row.created_by_name, created_at=row.created_at,
        may_edit=reviews(caller, row.community_code) and not of_committee, version=row.version, demo=row.demo,
    )  # fmt: skip
