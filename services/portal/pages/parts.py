"""Parts of a page that may fail by themselves: the rest of the page stands, and the part says so."""

import asyncio
import re
from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Generic, TypeVar

from shared.problems import NotFound, Problem

Value = TypeVar("Value")
First = TypeVar("First")
Second = TypeVar("Second")
Third = TypeVar("Third")
SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


@dataclass(frozen=True, slots=True)
class Part(Generic[Value]):
    """What a service answered, or why it did not."""

    value: Value | None
    problem: Problem | None = None

    @property
    def is_missing(self) -> bool:
        """There is no such thing, or the reader may not see it: no failure."""
        return self.problem is not None and self.problem.status in (403, 404)

    @property
    def has_failed(self) -> bool:
        return self.problem is not None and not self.is_missing


async def attempt(call: Awaitable[Value]) -> Part[Value]:
    """The answer as a part of a page: a problem is kept, not raised."""
    try:
        return Part(await call)
    except Problem as problem:
        return Part(None, problem)


async def both(first: Awaitable[First], second: Awaitable[Second]) -> tuple[First, Second]:
    """Two answers asked for at once. Raises the first problem."""
    return await asyncio.gather(first, second)


async def three(
    first: Awaitable[First], second: Awaitable[Second], third: Awaitable[Third]
) -> tuple[First, Second, Third]:
    """Three answers asked for at once. Raises the first problem."""
    return await asyncio.gather(first, second, third)


def slug_or_nothing(code: str) -> str:
    """The code of a path when it can be one. Raises NotFound."""
    if len(code) > 100 or not SLUG.fullmatch(code):
        raise NotFound(code[:100])
    return code
