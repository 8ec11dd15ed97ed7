"""Work in a child process: its result, its errors, and its limits."""

import asyncio
import os
import time
from functools import partial

import pytest

from shared.apart import TooMuch, run_apart


def divide(a: int, b: int) -> float:
    print("what a library says on the way")
    return a / b


def fill(size: int) -> int:
    return len(bytearray(size))


def end_at_once() -> None:
    os._exit(3)


async def test_the_result_comes_back() -> None:
    assert await run_apart(partial(divide, 6, b=4)) == 1.5


async def test_an_error_comes_back_as_it_was() -> None:
    with pytest.raises(ZeroDivisionError):
        await run_apart(partial(divide, 6, 0))


async def test_too_much_memory_ends_the_child_alone() -> None:
    with pytest.raises(TooMuch):
        await run_apart(partial(fill, 400 * 2**20), memory=200 * 2**20)
    assert await run_apart(partial(fill, 100 * 2**20), memory=200 * 2**20) == 100 * 2**20


async def test_too_long_a_work_is_ended() -> None:
    with pytest.raises(TooMuch):
        await run_apart(partial(time.sleep, 30), seconds=1)


async def test_a_child_that_dies_is_told() -> None:
    with pytest.raises(TooMuch):
        await run_apart(partial(end_at_once))


async def test_the_event_loop_goes_on_meanwhile() -> None:
    turns = 0
    working = asyncio.create_task(run_apart(partial(time.sleep, 0.5)))
    while not working.done():
        await asyncio.sleep(0.01)
        turns += 1
    assert turns > 10
