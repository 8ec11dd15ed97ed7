"""`portsnet up`: from nothing to a platform that serves, and back."""

import time
from collections.abc import Callable

from deploy.local.composition import Platform
from deploy.local.databases import DatabaseTrouble, database_for_serving, running_url
from deploy.local.first_start import prepare
from deploy.local.separate import serve_separately
from deploy.local.serving import listen, serve_platform
from shared.settings import Settings
from shared.version import VERSION


async def start(settings: Settings, *, separate: bool, say: Callable[[str], None]) -> None:
    """Start, serve until told to stop, stop.

    Raises DatabaseTrouble, MigrationTrouble, PortTrouble, ReferenceTrouble.
    """
    began = time.monotonic()
    if settings.database_url is None and running_url(settings.data_dir) is not None:
        raise DatabaseTrouble(f"The platform already runs on {settings.data_dir}, at {settings.origin}.")
    on = listen(settings.host, settings.port)
    settings = settings.model_copy(update={"port": on.getsockname()[1]})
    try:
        async with database_for_serving(settings) as found:
            platform = Platform(settings)
            invitation = await prepare(platform, found.url, say=say)

            def ready() -> None:
                announce(settings, invitation, time.monotonic() - began)

            if separate:
                await serve_separately(settings, found.url, on, ready=ready)
            else:
                await serve_platform(platform, found.url, on, ready=ready)
    finally:
        on.close()


def announce(settings: Settings, invitation: str | None, seconds: float) -> None:
    print(f"Red de Puertos {VERSION}, {seconds:.1f} s")
    print(f"  {settings.origin}")
    if invitation is not None:
        print("  First administrator, once, within 14 days:")
        print(f"  {invitation}")
    print("  Ctrl-C stops it.", flush=True)
