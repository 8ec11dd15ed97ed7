"""How other services ask for what people enter: files, forms, workbooks to fill in."""

import csv
import io
from collections.abc import AsyncIterable
from typing import Any
from urllib.parse import quote

from services.indicators.entries.schemas import GridOut, SavedOut
from services.indicators.imports.schemas import ImportOut
from shared.peers import Client

ROOT = "/api/v1/indicators"


class DataCalls(Client):
    """The part of the indicators' client that is about data on its way in."""

    async def send_file(self, parts: AsyncIterable[bytes], file_name: str, *, preview: bool) -> ImportOut:
        """A file as it comes. Raises Invalid with `/file`, TooLarge, NotAllowed."""
        asked = {"preview": "true" if preview else "false"}
        return ImportOut.model_validate_json(
            await self._send_file(f"{ROOT}/imports", file_name, parts, {}, params=asked)
        )

    async def import_of(self, identifier: str) -> ImportOut:
        """Raises NotFound."""
        return ImportOut.model_validate(await self._get(f"{ROOT}/imports/{quote(identifier, safe='')}"))

    async def imports(self, limit: int = 10) -> list[ImportOut]:
        """The newest files that the caller sent; for the secretariat, those of everybody."""
        told = await self._get(f"{ROOT}/imports", limit=limit)
        return [ImportOut.model_validate(item) for item in told["items"]]

    async def apply_import(self, identifier: str) -> ImportOut:
        """Raises NotFound, Conflict when it is no preview that ended well."""
        answer = await self._send("POST", f"{ROOT}/imports/{quote(identifier, safe='')}/apply")
        return ImportOut.model_validate(answer.json())

    async def import_lines(self, identifier: str, what: str, most: int) -> list[dict[str, str]]:
        """The first lines of a file's `errors` or `warnings`. Raises NotFound, Conflict while it is being read."""
        answer = await self._send("GET", f"{ROOT}/imports/{quote(identifier, safe='')}/{what}.csv")
        reader = csv.DictReader(io.StringIO(answer.text, newline=""))
        return [line for _, line in zip(range(most), reader, strict=False)]

    async def grid(self, community: str, periods: list[str]) -> GridOut:
        """What a form for these periods shows. Raises NotFound, NotAllowed."""
        return GridOut.model_validate(await self._get(f"{ROOT}/entries/{community}", periods=",".join(periods)))

    async def save_cells(self, community: str, cells: list[dict[str, Any]]) -> SavedOut:
        """Save what can be taken of these cells. Raises NotFound, NotAllowed, Invalid, Conflict."""
        answer = await self._send("POST", f"{ROOT}/entries/{community}", json={"cells": cells})
        return SavedOut.model_validate(answer.json())
