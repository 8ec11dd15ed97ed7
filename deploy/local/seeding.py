"""Load the reference data into a migrated platform, once: each service reads its own files."""

from collections.abc import Awaitable, Callable

from deploy.local.composition import SERVICES, Platform


async def seed(platform: Platform, *, progress: Callable[[str], None] = lambda name: None) -> list[str]:
    """What each service loaded, in words. A service whose files were loaded before loads nothing.

    Raises shared.reference.ReferenceTrouble with file, line and reason before anything is stored.
    """
    for name in platform.services:
        SERVICES[name].read_reference()
    told: list[str] = []
    for name, app in platform.services.items():
        load: Callable[..., Awaitable[str | None]] | None = SERVICES[name].seed
        if load is not None:
            progress(name)
            if loaded := await load(app.state.database):
                told.append(loaded)
    return told
