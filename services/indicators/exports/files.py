"""A selection of observations as a file, whole, in one of several formats."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any

from fastapi import Request
from sqlalchemy import Select, select, text
from starlette.responses import Response

from services.indicators.catalogue import indicators as catalogue_of
from services.indicators.exports.growing import GrowingAnswer, GrowingFile
from services.indicators.exports.writers import MOST_SHEET_ROWS, Contents, contents_now, media_type_of, writer_of
from services.indicators.readings import note_reading
from services.indicators.state import state_of, tag_of
from services.indicators.tables import Community
from shared.answers import public_to
from shared.callers import Caller
from shared.database import Database, ReadSession
from shared.formats import disposition, file_name
from shared.languages import pick
from shared.paging import count_of
from shared.problems import Invalid
from shared.tags import unchanged

ROWS = 5_000
"""How many rows are in memory at a time."""
MOST_SECONDS = 1800
KEYS = (1, 2, 3)
"""Ordered by indicator, community and period, as the list is."""


async def file_of_observations(
    request: Request, db: Database, cells: Select[Any, Any], form: str, *, by: Caller
) -> Response:
    """The rows of `cells` as a file that is sent while it is made; whose figures they are is told of what leaves. 304
    for whoever has it already.

    Raises Invalid where the format cannot hold it, and Unavailable, before anything is sent.
    """
    language: str = request.state.language

    async def make(growing: GrowingFile) -> None:
        figures: Counter[str] = Counter()
        async with db.reading(snapshot=True) as reading:
            await reading.execute(text(f"SET LOCAL statement_timeout = '{MOST_SECONDS}s'"))
            await reading.execute(text("SET LOCAL idle_in_transaction_session_timeout = '10min'"))
            if form == "xlsx" and await count_of(reading, cells.limit(MOST_SHEET_ROWS + 1)) > MOST_SHEET_ROWS:
                raise Invalid.at("/format", f"a sheet holds {MOST_SHEET_ROWS:,} rows and this has more; take csv")
            contents = await _contents(reading, cells, language) if form == "sdmx-json" else Contents()
            writer = writer_of(form, growing.file, contents)
            rows = await reading.stream(
                cells.order_by(*[text(str(key)) for key in KEYS]), {}, execution_options={"yield_per": ROWS}
            )
            async for part in rows.partitions(ROWS):
                figures.update(row[1] for row in part)
                await asyncio.to_thread(writer.write, part)
                growing.grown()
            await asyncio.to_thread(writer.close)
        await note_reading(db, figures, "observations", by=by, action="export", form=form)

    return await growing_answer(request, db, make, name="observations", form=form)


async def growing_answer(
    request: Request, db: Database, make: Callable[[GrowingFile], Awaitable[None]], *, name: str, form: str
) -> Response:
    """A file that follows from the data as it is, sent while `make` makes it. 304 for whoever has it already."""
    async with db.reading() as reading:
        state = await state_of(reading)
    headers = {
        "Cache-Control": public_to(request).header(), "Vary": "Accept, Accept-Language",
        "Content-Language": request.state.language, "ETag": tag_of(request, state, form),
    }  # fmt: skip
    if unchanged(request, headers["ETag"]):
        return Response(status_code=304, headers=headers)
    growing = GrowingFile(make)
    try:
        await growing.begin()
    except BaseException:
        await growing.stop()
        raise
    headers["Content-Disposition"] = disposition(file_name(name, form))
    return GrowingAnswer(growing, headers=headers, media_type=media_type_of(form))


async def _contents(reading: ReadSession, cells: Select[Any, Any], language: str) -> Contents:
    """Which indicators, communities and periods the selection has, with the names of the first two."""
    selected = cells.subquery()
    found = [
        list(await reading.scalars(select(column).distinct().order_by(column)))
        for column in (selected.c.indicator_code, selected.c.community_code, selected.c.period)
    ]
    names = {code: pick(row.names, language) for code, row in (await catalogue_of(reading)).items()}
    places = await reading.execute(select(Community.code, Community.names))
    names |= {code: pick(by_language, language) for code, by_language in places}
    return contents_now(found[0], found[1], found[2], names)
