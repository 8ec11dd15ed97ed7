"""That the process is about to end. Whoever serves says so first; answers that would wait for news, such as streams of
events, then end by themselves, so that the server does not have to cut them off."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

_told: set[Callable[[], None]] = set()


@contextmanager
def hearing_of_the_end(do: Callable[[], None]) -> Iterator[None]:
    """Have `do` called when the process is about to end, as long as the block lasts. It must not wait."""
    _told.add(do)
    try:
        yield
    finally:
        _told.discard(do)


def begin_to_end() -> None:
    """Tell everybody who wants to hear of it; called once, by the handler of the signal."""
    for do in tuple(_told):
        do()
