"""However a platform ends, nothing of it stays behind and nothing that was acknowledged is lost."""

import os
import signal
import stat
import subprocess
import sys
import sysconfig
from pathlib import Path

import httpx
import pytest

from tests.deploy.command import PORTSNET, ROOT, complaint, environment, free_port, portsnet, running, until
from tests.deploy.conftest import FirstStart
from tests.deploy.people import accepted, invited

pytestmark = pytest.mark.slow
CARD = "/api/v1/registry/communities/mx-manzanillo"


def test_what_was_acknowledged_outlives_a_platform_that_is_killed(data: Path):
    """And it ends when it is told to: a request under way gets its answer, and nothing stays behind."""
    with running(data) as platform, platform.client() as secretary:
        accepted(secretary, invited(platform, "secretariat"), "secretary")
        tag = secretary.get(CARD).headers["etag"]
        for number in range(20):
            said = secretary.patch(
                CARD, json={"website": f"https://puerto-{number}.example.org"}, headers={"If-Match": tag}
            )
            assert said.status_code == 200, said.text
            tag = said.headers["etag"]
        platform.process.kill()
        platform.process.wait()
        until(lambda: not platform.left_behind(), 20, "the database ends with its platform")
    with running(data) as again, again.client() as secretary:
        assert again.invitations == []
        found = secretary.get(CARD)
        assert found.json()["website"] == "https://puerto-19.example.org"
        assert found.headers["etag"].partition("-")[0] == tag.partition("-")[0]  # the version; visitors see less of it

        assert len(again.children) >= 5  # the database and what it starts
        with secretary.stream("GET", "/api/openapi.json") as answer:
            begun = answer.iter_bytes(1000)
            next(begun)
            again.children |= {again.process.pid}
            again.process.terminate()
            rest = b"".join(begun)
        assert answer.status_code == 200
        assert rest
        again.children -= {again.process.pid}
        assert again.stop() == 0
        assert "Traceback" not in again.complained
        assert not (data / "running.json").exists()
        with pytest.raises(httpx.ConnectError):
            httpx.get(f"{again.origin}/healthz")


def test_what_a_killed_platform_left_behind_keeps_no_command_away(data: Path):
    """The number of the killed process may be taken by then, in a container even by the next start. A secret that
    others could read is made private again. Ctrl-C in a terminal reaches all, and all end well."""
    notice = f'{{"pid": {os.getpid()}, "url": "postgresql+asyncpg://nobody@/nothing", "origin": "http://127.0.0.1:1"}}'
    (data / "running.json").write_text(notice)
    assert portsnet("migrate", data=data).stdout == "Everything is up to date.\n"
    (data / "running.json").write_text(notice)
    secret = (data / "secret").read_text()
    (data / "secret").chmod(0o644)
    with running(data) as platform, platform.client() as visitor:
        assert visitor.get("/readyz").status_code == 200
        assert stat.S_IMODE((data / "secret").stat().st_mode) == 0o600
        assert (data / "secret").read_text() == secret
        os.killpg(platform.process.pid, signal.SIGINT)
        assert platform.stop(signal.SIGCONT) == 0
        assert "Traceback" not in platform.complained


def test_it_may_be_told_to_end_before_it_is_ready(first_start: FirstStart):
    ended = first_start.broken_off
    assert (ended.status, ended.said) == (0, "")
    assert "Traceback" not in ended.complained
    assert len(first_start.invitations) == 1  # the start after it is the first


def test_a_command_that_is_interrupted_does_not_claim_success(data: Path):
    process = subprocess.Popen(
        [*PORTSNET, "backup", str(data.parent / "backup.tar")], cwd=ROOT, env=environment(data),
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    until((data / "running.json").exists, 30, "the backup has begun")
    process.terminate()
    assert process.wait(20) == 128 + signal.SIGTERM
    assert not (data.parent / "backup.tar").exists()


NOBODY = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups")


@pytest.fixture
def nobody() -> tuple[str, ...]:
    """The command as the ordinary user `nobody`, by an interpreter like ours that this user can reach."""
    if os.geteuid() != 0:
        pytest.skip("only root can become somebody else; whoever runs this is an ordinary user already")
    packages = f"PYTHONPATH={sysconfig.get_path('purelib')}"
    for interpreter in (sys.executable, f"/usr/bin/python3.{sys.version_info.minor}"):
        command = (*NOBODY, "env", packages, interpreter, *PORTSNET[1:])
        if subprocess.run([*command, "version"], cwd=ROOT, capture_output=True, check=False).returncode == 0:
            return command
    pytest.skip("every interpreter like ours lies where only root reaches it")


def test_an_ordinary_user_runs_it_too(folder: Path, nobody: tuple[str, ...]):
    folder.chmod(0o777)
    assert portsnet("version", data=folder / "data", command=nobody).returncode == 0
    with running(folder / "data", settings={"HOME": "/nonexistent"}, command=nobody) as platform:
        assert platform.data.stat().st_uid == 65534
        assert len(platform.invitations) == 1
        with platform.client() as visitor:
            assert visitor.get("/readyz").status_code == 200
        assert platform.stop() == 0


def test_an_ordinary_user_is_told_whose_data_it_is(data: Path, nobody: tuple[str, ...]):
    settings = {"PORTSNET_PORT": str(free_port()), "HOME": "/nonexistent"}
    said = complaint(portsnet("up", data=data, settings=settings, command=nobody))
    assert str(data) in said
