"""Taking demonstration data away again."""

from sqlalchemy import ColumnElement, delete, exists, select, update

from services.survey import tables as t
from services.survey.evidence.operations import forget_unless_named
from shared.callers import Caller
from shared.database import Database, WriteSession
from shared.objects import Objects

OF_ASSESSMENTS = (
    t.GapAction, t.ReviewComment, t.MinorityNote, t.WorkshopRecord, t.Workshop,
    t.Receipt, t.KeptAside, t.AnswerRevision, t.Answer, t.Participation, t.Agreement, t.Event, t.Report,
    t.EditionScores, t.Snapshot,
)  # fmt: skip
"""Tables of rows that belong to an assessment, those that others refer to last."""


async def remove_demo(db: Database, objects: Objects, *, by: Caller) -> None:
    """Delete every demonstration row, and everything that anybody did in a campaign that was one; their files, too."""
    async with db.reading() as reading:
        of_demo = t.Report.demo | t.Report.year.in_(select(t.Campaign.year).where(t.Campaign.demo))
        files = [
            name
            for row in await reading.execute(select(t.Report.edition, t.Report.sha256).where(of_demo))
            for name in row
        ]
        files += await reading.scalars(select(t.Evidence.sha256).where(t.Evidence.demo, t.Evidence.sha256.is_not(None)))
    await _delete_rows(db, by=by)
    for name in files:
        if name is not None:
            await forget_unless_named(db, objects, name)


async def _delete_rows(db: Database, *, by: Caller) -> None:
    async with db.transaction(by=by, to="remove demonstration data") as tx:
        made_up = select(t.Campaign.year).where(t.Campaign.demo)
        for of_others in (t.ReviewReply, t.WorkshopVote, t.Participant, t.WrongCode):
            await tx.execute(delete(of_others).where(of_others.demo))
        for table in OF_ASSESSMENTS:
            await tx.execute(delete(table).where(table.demo | table.year.in_(made_up)))
        await tx.execute(delete(t.Assessment).where(t.Assessment.demo | t.Assessment.year.in_(made_up)))
        await tx.execute(delete(t.Evidence).where(t.Evidence.demo))
        await tx.execute(delete(t.Campaign).where(t.Campaign.demo))
        await tx.execute(delete(t.HistoryImport).where(t.HistoryImport.demo))  # and with it its results
        await tx.execute(delete(t.Crosswalk).where(t.Crosswalk.demo))
        await tx.execute(
            delete(t.Model).where(
                t.Model.demo,
                ~exists().where(t.Campaign.model_version == t.Model.version),
                ~exists().where(t.HistoryImport.model_version == t.Model.version),
            )
        )
        await tx.execute(
            delete(t.Community).where(
                t.Community.demo,
                ~exists().where(t.Assessment.community_code == t.Community.code),
                ~exists().where(t.ImportedResult.community_code == t.Community.code),
            )
        )
        await _begin_again(tx)


async def _begin_again(tx: WriteSession) -> None:
    """A real assessment in which only demonstration people had answered has not begun."""

    def nothing_in(table: type[t.Answer] | type[t.Agreement]) -> ColumnElement[bool]:
        return ~exists().where(
            table.year == t.Assessment.year, table.community_code == t.Assessment.community_code
        )  # fmt: skip

    await tx.execute(
        update(t.Assessment)
        .where(t.Assessment.state == "in_progress", nothing_in(t.Answer), nothing_in(t.Agreement))
        .values(state="not_started")
    )
