"""`portsnet` as an operator uses it: the first start, the second, and the commands beside a platform that runs."""

import os
import re
import socket
import stat
from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner

from deploy.local.cli import app
from tests.deploy.command import PORTSNET, ROOT, Running, complaint, environment, free_port, portsnet, portsnet_each
from tests.deploy.conftest import FirstStart

pytestmark = pytest.mark.slow
COMMANDS = sorted(str(command.name or getattr(command.callback, "__name__", "")) for command in app.registered_commands)
EMAIL = ["--email", "ana@example.org"]
WRONG_INVITATIONS = [
    ([*EMAIL, "--role", "pilot"], "role must be one of"),
    ([*EMAIL, "--role", "coordinator"], "scope"),
    ([*EMAIL, "--role", "secretariat", "--scope", "community:mx-manzanillo"], "scope"),
    ([*EMAIL, "--role", "coordinator", "--scope", "community:xx-nowhere"], "scope names no community"),
    ([*EMAIL, "--role", "coordinator", "--scope", "community:"], "scope"),
    ([*EMAIL, "--role", "chair", "--scope", "committee:nowhere"], "scope names no committee"),
    ([*EMAIL, "--role", "coordinator", "--scope", "harbour"], "scope"),
    ([*EMAIL, "--role", "respondent", "--scope", "community:mx-manzanillo"], "stakeholder_group is required"),
    (
        [*EMAIL, "--role", "respondent", "--scope", "community:mx-manzanillo", "--stakeholder-group", "x"],
        "stakeholder_group must be one of",
    ),
    ([*EMAIL, "--role", "secretariat", "--stakeholder-group", "customs"], "stakeholder_group"),
    ([*EMAIL, "--role", "secretariat", "--locale", "xx"], "locale"),
    (["--email", "nobody", "--role", "secretariat"], "email"),
    (["--email", "a@b\x01.org", "--role", "secretariat"], "email"),
]
WRONG_SETTINGS = [
    ("PORT", "x"),
    ("PORT", "70000"),
    ("SECRET_KEY", "short"),
    ("LOG_LEVEL", "loud"),
    ("TIMEZONE", "Mars/Olympus"),
    ("TIMEZONE", "America"),
    ("RATE_LIMIT", "often"),
    ("DATABASE_POOL", "0"),
    ("DATABASE_URL", "mysql://root:hunter2@localhost/x"),
    ("PUBLIC_URL", "puertos.example.org"),
    ("PUBLIC_URL", "https://example.org/puertos"),
    ("MAIL_URL", "https://user:hunter2@mail.example.org"),
    ("TRUSTED_PROXIES", "10.0.0.0/8"),
    ("UPSTREAM_TIMEOUT", "-1"),
]
ACCOUNT = {"username": "ana.castillo", "name": "Ana Castillo", "password": "cuatro grúas sobre el muelle"}


def test_a_first_start_tells_the_address_and_one_invitation(first_start: FirstStart):
    lines = first_start.said.splitlines()
    assert f"  {first_start.origin}" in lines
    assert len(first_start.invitations) == 1
    assert re.fullmatch(rf"{first_start.origin}/invitations/[\w-]{{30,}}", first_start.invitations[0])
    assert "loaded 34 communities" in first_start.complained
    assert first_start.status == 0


def test_what_is_secret_is_for_its_owner_alone(first_start: FirstStart):
    data = first_start.data
    assert stat.S_IMODE((data / "secret").stat().st_mode) == 0o600
    assert len((data / "secret").read_text()) >= 32
    assert not (data / "running.json").exists()
    assert stat.S_IMODE((data / "postgres").stat().st_mode) & 0o027 == 0


def test_a_second_start_invites_nobody_and_finds_what_was_there(up: Running):
    assert up.invitations == []
    assert "migrated" not in up.complained
    assert "loaded" not in up.complained
    with up.client() as visitor:
        assert visitor.get("/api/v1/registry/communities", params={"limit": 200}).json()["total"] == 34
        assert visitor.get("/healthz").status_code == 200
        assert visitor.get("/readyz").json() == {"status": "ok", "failing": []}


def test_a_running_platform_listens_where_it_says_and_nowhere_else(up: Running):
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"http://127.0.0.2:{up.port}/healthz")
    assert stat.S_IMODE((up.data / "running.json").stat().st_mode) == 0o600


def test_a_start_beside_one_that_runs_says_so(up: Running):
    said = complaint(portsnet("up", data=up.data, settings={"PORTSNET_PORT": str(free_port())}))
    assert "already runs" in said
    assert str(up.data) in said
    with up.client() as visitor:
        assert visitor.get("/readyz").status_code == 200


def test_a_port_that_is_taken_is_named(folder: Path):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        said = complaint(portsnet("up", data=folder / "data", settings={"PORTSNET_PORT": str(port)}))
    assert f"127.0.0.1:{port}" in said
    assert "PORTSNET_PORT" in said


def test_an_invitation_lets_one_person_in_once(up: Running):
    done = portsnet("invite", "--email", "ana@example.org", "--role", "secretariat", data=up.data, settings=at(up))
    assert (done.returncode, done.stderr) == (0, "")
    link = done.stdout.strip()
    assert re.fullmatch(rf"{up.origin}/invitations/[\w-]{{30,}}", link)
    assert done.stdout.count("\n") == 1
    path = "/auth/invitations/" + link.rpartition("/")[2]
    with up.client() as ana, up.client() as thief:
        made = ana.post(path, json=ACCOUNT)
        assert made.status_code == 201, made.text
        cookie = made.headers["set-cookie"].lower()
        assert all(flag in cookie for flag in ("httponly", "samesite=lax", "path=/"))
        assert "secure" not in cookie
        assert "domain" not in cookie
        me = ana.get("/auth/me").json()
        assert me["user"]["username"] == "ana.castillo"
        assert [(grant["role"], grant["scope"]) for grant in me["grants"]] == [("secretariat", "network")]
        again = thief.post(path, json=ACCOUNT | {"username": "otra.persona"})
        assert again.status_code == 409
        assert "set-cookie" not in again.headers
        assert thief.get("/auth/me").status_code == 401


def test_a_platform_at_an_https_address_gives_host_cookies(up: Running):
    settings = at(up) | {"PORTSNET_PUBLIC_URL": "https://puertos.example.org/"}
    done = portsnet("invite", "--email", "eva@example.org", "--role", "secretariat", data=up.data, settings=settings)
    assert done.stdout.startswith("https://puertos.example.org/invitations/")


def test_an_invitation_that_is_wrong_is_refused_in_one_sentence(up: Running):
    done = portsnet_each([(["invite", *arguments], at(up)) for arguments, _ in WRONG_INVITATIONS], data=up.data)
    for (_, reason), one in zip(WRONG_INVITATIONS, done, strict=True):
        assert reason in complaint(one)
        assert one.stdout == ""


def test_everything_is_as_it_should_be(up: Running):
    done = portsnet("check", data=up.data, settings=at(up))
    assert done.returncode == 0, done.stdout + done.stderr
    lines = done.stdout.splitlines()
    assert all(line.startswith("ok ") for line in lines)
    assert [line for line in lines if "PostgreSQL 18" in line]
    assert len([line for line in lines if "schema" in line]) == 6


def test_a_check_of_an_empty_folder_says_what_to_do(folder: Path):
    done = portsnet("check", data=folder / "data")
    assert "see above" in complaint(done)
    wrong = [line for line in done.stdout.splitlines() if line.startswith("WRONG")]
    assert len(wrong) == 6
    assert all("portsnet migrate" in line for line in wrong)


def test_migrating_and_loading_beside_a_running_platform_changes_nothing(up: Running):
    assert portsnet("migrate", data=up.data, settings=at(up)).stdout == "Everything is up to date.\n"
    assert portsnet("seed", data=up.data, settings=at(up)).stdout == "The reference data was loaded before.\n"
    with up.client() as visitor:
        assert visitor.get("/readyz").status_code == 200


def test_the_version_is_that_of_the_package():
    done = portsnet("version", data=ROOT)
    assert done.stdout == (ROOT / "pyproject.toml").read_text().partition('version = "')[2].partition('"')[0] + "\n"


def test_every_command_explains_itself():
    run = CliRunner()
    overview = run.invoke(app, ["--help"], env={"COLUMNS": "200"})
    assert overview.exit_code == 0
    assert len(COMMANDS) >= 10
    for name in COMMANDS:
        assert name in overview.output
        shown = run.invoke(app, [name, "--help"], env={"COLUMNS": "200"})
        assert shown.exit_code == 0, (name, shown.output)
        assert f"portsnet {name}" in shown.output


def test_help_needs_no_settings_and_touches_no_data(folder: Path):
    done = portsnet("--help", data=folder / "data", settings={"PORTSNET_PORT": "x"})
    assert done.returncode == 0
    assert not (folder / "data").exists()


def test_an_unknown_command_or_option_is_refused(folder: Path):
    asked = (["sail"], ["up", "--fast"], ["invite"], ["serve"], ["serve", "lighthouse"])
    *unknown, lighthouse = portsnet_each([(arguments, {}) for arguments in asked], data=folder / "data")
    for one in unknown:
        assert one.returncode == 2, (one.args, one.stdout, one.stderr)
        assert "Traceback" not in one.stderr
    assert "there is no part lighthouse" in complaint(lighthouse)


def test_a_wrong_setting_is_named_in_one_sentence(folder: Path):
    port = {"PORTSNET_PORT": str(free_port())}
    done = portsnet_each(
        [(["up"], port | {f"PORTSNET_{name}": value}) for name, value in WRONG_SETTINGS], data=folder / "data"
    )
    for (name, _), one in zip(WRONG_SETTINGS, done, strict=True):
        assert f"PORTSNET_{name}" in complaint(one)
        assert "hunter2" not in one.stderr
    assert not (folder / "data" / "postgres").exists()


def test_a_data_folder_that_cannot_be_one_is_named(folder: Path):
    (folder / "data").write_text("not a folder")
    assert str(folder / "data") in complaint(portsnet("up", data=folder / "data"))


def test_a_host_that_is_not_ours_is_named(folder: Path):
    said = complaint(portsnet("up", data=folder / "data", settings={"PORTSNET_HOST": "192.0.2.1"}))
    assert "192.0.2.1" in said


def test_settings_left_empty_are_those_by_default(folder: Path):
    names = (
        "DATABASE_URL",
        "PUBLIC_URL",
        "MAIL_URL",
        "SECRET_KEY",
        "TRUSTED_PROXIES",
        "OBJECT_STORE_URL",
        "RATE_LIMIT",
    )
    done = portsnet("check", data=folder / "data", settings={f"PORTSNET_{name}": "" for name in names})
    assert "address http://127.0.0.1:8000" in done.stdout
    assert f"mail into {folder / 'data'}/outbox" in done.stdout


def test_the_installed_command_is_the_same(folder: Path):
    installed = Path(PORTSNET[0]).parent / "portsnet"
    assert os.access(installed, os.X_OK)
    done = portsnet("version", data=folder, command=(str(installed),))
    assert done.returncode == 0
    assert environment(folder)["PORTSNET_DATA_DIR"] == str(folder)


def at(platform: Running) -> dict[str, str]:
    """The settings with which the platform was started."""
    return {"PORTSNET_PORT": str(platform.port)}
