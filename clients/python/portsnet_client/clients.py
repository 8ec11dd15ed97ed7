"""The two clients: one waits, the other is awaited. Both ask the same questions."""

import time
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self

import httpx

from portsnet_client.answers import Benchmark, Frames, Indicator, PortsError, Trend, framed, frames_here, rows_of_csv

ROOT = "/api/v1/indicators"
SCOPES = "indicators:read registry:read"
PATIENCE = 60.0
EARLY = 30  # seconds before its end that a token is renewed


class _Asking:
    """What both clients have in common: who asks, in which language, and what an answer means."""

    def __init__(
        self,
        url: str,
        *,
        token: str | None = None,
        client_id: str | None = None,
        client_secret: str | None = None,
        language: str = "es",
        frames: Frames | None = None,
    ) -> None:
        """`frames`: `pandas`, `polars` or `rows`; what is installed when nothing is said."""
        self.url = url.rstrip("/")
        self.frames: Frames = frames or frames_here()
        self._headers = {"Accept-Language": language, "User-Agent": "portsnet-client/0.1"}
        self._token, self._ends = token, float("inf") if token else 0.0
        self._credentials = (client_id, client_secret) if client_id and client_secret else None

    def _needs_token(self) -> bool:
        return self._credentials is not None and time.monotonic() > self._ends - EARLY

    def _keep_token(self, told: Mapping[str, Any]) -> None:
        self._token, self._ends = told["access_token"], time.monotonic() + float(told.get("expires_in", 300))

    def _with_token(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._token}"} if self._token else {}


def _asked(**parameters: Any) -> dict[str, Any]:
    return {name.rstrip("_"): value for name, value in parameters.items() if value is not None}


def _checked(answer: httpx.Response) -> httpx.Response:
    """Raises PortsError for every refusal."""
    if answer.is_error:
        try:
            told = answer.json()
        except ValueError:
            told = {}
        raise PortsError(answer.status_code, told.get("detail", answer.reason_phrase), told.get("errors", ()))
    return answer


class Client(_Asking):
    """Asks and waits; for notebooks and scripts. Use it in a `with` block, or `close` it."""

    def __init__(self, url: str, *, transport: httpx.BaseTransport | None = None, **options: Any) -> None:
        super().__init__(url, **options)
        self._http = httpx.Client(base_url=self.url, headers=self._headers, timeout=PATIENCE, transport=transport)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self._http.close()

    def get(self, path: str, **parameters: Any) -> httpx.Response:
        """Any address of the platform. Raises PortsError."""
        if self._needs_token():
            data = {"grant_type": "client_credentials", "scope": SCOPES}
            self._keep_token(
                _checked(
                    self._http.post("/oauth/token", data=data, auth=self._credentials or httpx.USE_CLIENT_DEFAULT)
                ).json()
            )
        return _checked(self._http.get(path, params=_asked(**parameters), headers=self._with_token()))

    def catalogue(self, interface: str | None = None) -> list[Indicator]:
        """Every indicator in its current version, or those of one interface."""
        found: list[Indicator] = []
        cursor: str | None = None
        while True:
            told = self.get(f"{ROOT}/catalogue", interface=interface, limit=200, cursor=cursor).json()
            found += [Indicator.read(item) for item in told["items"]]
            cursor = told["next"]
            if cursor is None:
                return found

    def observations(
        self,
        *,
        indicator: str | None = None,
        community: str | None = None,
        from_: str | None = None,
        to: str | None = None,
        as_of: str | None = None,
    ) -> Any:
        """Every value that may be seen, as a data frame when pandas or polars is there."""
        answer = self.get(
            f"{ROOT}/observations", indicator=indicator, community=community, from_=from_, to=to, as_of=as_of,
            format="csv",
        )  # fmt: skip
        return framed(rows_of_csv(answer.text), self.frames)

    def benchmark(
        self,
        indicator: str,
        *,
        period: str | None = None,
        community: str | None = None,
        peer_group: str | None = None,
    ) -> Benchmark:
        """One cell with its picture; the newest period when none is given."""
        asked = {"period": period, "community": community, "peer_group": peer_group}
        told = self.get(f"{ROOT}/benchmarks/{indicator}", **asked).json()
        asked["period"] = told["period"]
        return Benchmark.read(told, self.get(f"{ROOT}/benchmarks/{indicator}/chart.svg", **asked).text)

    def trend(
        self,
        indicator: str,
        *,
        community: str | None = None,
        from_: str | None = None,
        to: str | None = None,
        peer_group: str | None = None,
    ) -> Trend:
        """Over time, with its picture."""
        asked = {"community": community, "from_": from_, "to": to, "peer_group": peer_group}
        told = self.get(f"{ROOT}/trends/{indicator}", **asked).json()
        return Trend.read(told, self.get(f"{ROOT}/trends/{indicator}/chart.svg", **asked).text, self.frames)


class AsyncClient(_Asking):
    """The same questions, awaited; for programs that do more than one thing at a time."""

    def __init__(self, url: str, *, transport: httpx.AsyncBaseTransport | None = None, **options: Any) -> None:
        super().__init__(url, **options)
        self._http = httpx.AsyncClient(base_url=self.url, headers=self._headers, timeout=PATIENCE, transport=transport)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        await self._http.aclose()

    async def get(self, path: str, **parameters: Any) -> httpx.Response:
        """Any address of the platform. Raises PortsError."""
        if self._needs_token():
            data = {"grant_type": "client_credentials", "scope": SCOPES}
            answer = await self._http.post(
                "/oauth/token", data=data, auth=self._credentials or httpx.USE_CLIENT_DEFAULT
            )
            self._keep_token(_checked(answer).json())
        return _checked(await self._http.get(path, params=_asked(**parameters), headers=self._with_token()))

    async def catalogue(self, interface: str | None = None) -> list[Indicator]:
        """Every indicator in its current version, or those of one interface."""
        found: list[Indicator] = []
        cursor: str | None = None
        while True:
            told = (await self.get(f"{ROOT}/catalogue", interface=interface, limit=200, cursor=cursor)).json()
            found += [Indicator.read(item) for item in told["items"]]
            cursor = told["next"]
            if cursor is None:
                return found

    async def observations(
        self,
        *,
        indicator: str | None = None,
        community: str | None = None,
        from_: str | None = None,
        to: str | None = None,
        as_of: str | None = None,
    ) -> Any:
        """Every value that may be seen, as a data frame when pandas or polars is there."""
        answer = await self.get(
            f"{ROOT}/observations", indicator=indicator, community=community, from_=from_, to=to, as_of=as_of,
            format="csv",
        )  # fmt: skip
        return framed(rows_of_csv(answer.text), self.frames)

    async def benchmark(
        self,
        indicator: str,
        *,
        period: str | None = None,
        community: str | None = None,
        peer_group: str | None = None,
    ) -> Benchmark:
        """One cell with its picture; the newest period when none is given."""
        asked = {"period": period, "community": community, "peer_group": peer_group}
        told = (await self.get(f"{ROOT}/benchmarks/{indicator}", **asked)).json()
        asked["period"] = told["period"]
        picture = await self.get(f"{ROOT}/benchmarks/{indicator}/chart.svg", **asked)
        return Benchmark.read(told, picture.text)

    async def trend(
        self,
        indicator: str,
        *,
        community: str | None = None,
        from_: str | None = None,
        to: str | None = None,
        peer_group: str | None = None,
    ) -> Trend:
        """Over time, with its picture."""
        asked = {"community": community, "from_": from_, "to": to, "peer_group": peer_group}
        told = (await self.get(f"{ROOT}/trends/{indicator}", **asked)).json()
        picture = await self.get(f"{ROOT}/trends/{indicator}/chart.svg", **asked)
        return Trend.read(told, picture.text, self.frames)
