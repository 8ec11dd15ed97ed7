"""What leaves the platform for others: the package of public data, the catalogue entry, the Python client."""

import ast
import asyncio
import csv
import hashlib
import io
import json
import os
import socket
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx

from deploy.local.composition import Platform
from deploy.local.serving import listen
from tests.browser.conftest import served
from tests.indicators.things import MANZANILLO, PORTS, URL, colleague, publish, row
from tests.people import Person

CLIENT = Path(__file__).parents[2] / "clients" / "python"


async def test_the_package_holds_all_public_data_and_nothing_else(platform: Platform, everyone: Mapping[str, Person]):
    secretariat, public, coordinator = everyone["secretariat"], everyone["public"], everyone["coordinator"]
    rows = [row(community=code, value=place, note='=A1, "x"') for place, code in enumerate(PORTS, 1)]
    await publish(secretariat, await colleague(platform), *rows)
    await coordinator.put(f"{URL}/visibility/{MANZANILLO}", json={"default": "public"})
    described = (await public.get(f"{URL}/package/datapackage.json")).json()
    names = [one["name"] for one in described["resources"]]
    assert names == ["observations", "indicators", "communities", "reference_values"]
    for person in (public, secretariat):
        answer = await person.get(f"{URL}/package.zip")
        assert answer.headers["content-type"] == "application/zip"
        with zipfile.ZipFile(io.BytesIO(answer.content)) as packed:
            assert packed.testzip() is None
            assert json.loads(packed.read("datapackage.json")) == described
            files = {name: packed.read(f"{name}.csv") for name in names}
    assert answer.content == (await public.get(f"{URL}/package.zip")).content
    for one in described["resources"]:
        content = files[one["name"]]
        assert (one["bytes"], one["hash"]) == (len(content), f"sha256:{hashlib.sha256(content).hexdigest()}")
        assert (await public.get(f"{URL}/package/{one['path']}")).content == content
        lines = list(csv.DictReader(io.StringIO(content.decode())))
        assert list(lines[0]) == [column["name"] for column in one["schema"]["fields"]]
        keys = [tuple(line[name] for name in one["schema"]["primaryKey"]) for line in lines]
        assert len(set(keys)) == len(keys)
        for foreign in one["schema"].get("foreignKeys", []):
            other = csv.DictReader(io.StringIO(files[foreign["reference"]["resource"]].decode()))
            known = {line[foreign["reference"]["fields"][0]] for line in other}
            assert {line[foreign["fields"][0]] for line in lines} <= known
    (only,) = csv.DictReader(io.StringIO(files["observations"].decode()))
    assert (only["community"], only["value"], only["note"]) == (MANZANILLO, "1.0", '\'=A1, "x"')
    first = await public.get(f"{URL}/package.zip")
    again = await public.get(f"{URL}/package.zip", headers={"If-None-Match": first.headers["etag"]})
    assert again.status_code == 304
    assert (await public.get(f"{URL}/package/secrets.csv")).status_code == 404
    entry = (await public.get(f"{URL}/dcat.jsonld")).json()
    assert (entry["@type"], entry["@context"]["dcat"]) == ("dcat:Dataset", "http://www.w3.org/ns/dcat#")
    for one in entry["dcat:distribution"]:
        address = one.get("dcat:downloadURL", one.get("dcat:accessURL"))["@id"]
        told = await public.get(address.removeprefix(platform.settings.origin))
        assert told.headers["content-type"].partition(";")[0] == one["dcat:mediaType"].partition(";")[0]


async def test_the_python_client_and_its_notebook_show_a_benchmark(platform: Platform, everyone: Mapping[str, Person]):
    secretariat = everyone["secretariat"]
    rows = [
        row(community=code, period=f"2025-{month:02d}", value=place + month)
        for place, code in enumerate(PORTS, 1)
        for month in (1, 2)
    ]
    await publish(secretariat, await colleague(platform), *rows)
    await everyone["coordinator"].put(f"{URL}/visibility/{MANZANILLO}", json={"default": "public"})
    sys.path.insert(0, str(CLIENT))
    try:
        from portsnet_client import AsyncClient, Client, PortsError
    finally:
        sys.path.remove(str(CLIENT))
    transport = httpx.ASGITransport(app=platform.app, raise_app_exceptions=False)
    async with AsyncClient("http://127.0.0.1:8000", transport=transport, language="en") as ports:
        found = await ports.benchmark("VPA-01", period="2025-02", community=MANZANILLO)
        assert (found.n, found.value, found.rank, found.name) == (7, 3, 1, "Waiting time at anchorage")
        assert found.svg.startswith("<?xml") and "Manzanillo" in found.svg
        trend = await ports.trend("VPA-01", community=MANZANILLO, from_="2025-01", to="2025-02")
        assert list(trend.points["value"]) == [2, 3] and list(trend.points["n"]) == [7, 7]
        frame = await ports.observations(indicator="VPA-01")
        assert type(frame).__module__.startswith("pandas") and list(frame["value"]) == [2.0, 3.0]
        assert len(await ports.catalogue()) > 40
        try:
            await ports.benchmark("VPA-01", period="never")
            raise AssertionError("a wrong period was taken")
        except PortsError as error:
            assert (error.status, error.errors[0]["pointer"]) == (422, "/period")
    with listen("127.0.0.1", 0) as on:
        address = f"http://127.0.0.1:{on.getsockname()[1]}"
        with socket.socket(fileno=socket.dup(on.fileno())) as copy:
            async with served(platform, copy):
                drawn = await asyncio.to_thread(run_notebook, address)
                assert (drawn["n"], drawn["period"]) == (7, "2025-02")
                with Client(address, frames="rows") as waiting:
                    told = await asyncio.to_thread(waiting.observations, community=MANZANILLO)
                assert [one["value"] for one in told] == [2.0, 3.0]
    assert drawn["svg"].startswith("<?xml") and "Manzanillo" in drawn["svg"]


def run_notebook(address: str) -> dict[str, Any]:
    """What the last line of the notebook shows, in a process that knows the client alone; three lines draw it."""
    notebook = json.loads((CLIENT / "benchmark.ipynb").read_text(encoding="utf-8"))
    (cell,) = [one for one in notebook["cells"] if one["cell_type"] == "code"]
    assert len([line for line in cell["source"] if line.strip()]) == 3
    *lines, last = ast.parse("".join(cell["source"])).body
    assert isinstance(last, ast.Expr)
    program = "\n".join(
        [
            *map(ast.unparse, lines),
            f"shown = {ast.unparse(last)}",
            "import json",
            "print(json.dumps({'n': shown.n, 'period': shown.period, 'svg': shown._repr_svg_()}))",
        ]  # fmt: skip
    )
    known = {**os.environ, "PYTHONPATH": str(CLIENT), "PORTSNET_URL": address}
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, env=known, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    shown: dict[str, Any] = json.loads(done.stdout)
    return shown
