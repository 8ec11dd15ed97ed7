"""What others ask the survey service of versions of the model, of crosswalks and of earlier results."""

from collections.abc import Mapping, Sequence
from typing import Any

from services.survey.schemas.history import HistoryImportOut, HistoryPreviewOut
from services.survey.schemas.models import ModelOut
from services.survey.schemas.results import ResultOut
from services.survey.schemas.versions import (
    CheckOut,
    CrosswalkListItem,
    CrosswalkOut,
    DifferencesOut,
    ModelImportOut,
)
from shared.peers import Client

API = "/api/v1/survey"


class VersionCalls(Client):
    """The part of `SurveyClient` that speaks of versions."""

    service = "survey"

    async def model_tagged(self, version: str) -> tuple[ModelOut, str]:
        """A version, and the tag to send with a change of it. Raises NotFound."""
        return await self._with_tag(ModelOut, f"{API}/models/{version}")

    async def add_model(self, wanted: Mapping[str, Any], *, unfinished: bool = True) -> tuple[ModelOut, str]:
        """Add a draft. Raises Conflict for a version that is there, Invalid."""
        told = await self._send("POST", f"{API}/models", json=dict(wanted), params={"unfinished": _said(unfinished)})
        return ModelOut.model_validate_json(told.content), told.headers["etag"]

    async def replace_model(self, version: str, wanted: Mapping[str, Any], etag: str) -> tuple[ModelOut, str]:
        """Store a draft, finished or not. Raises StaleVersion, Conflict once it is published, Invalid."""
        told = await self._send(
            "PUT", f"{API}/models/{version}", json=dict(wanted), params={"unfinished": "true"},
            headers={"If-Match": etag},
        )  # fmt: skip
        return ModelOut.model_validate_json(told.content), told.headers["etag"]

    async def remove_draft(self, version: str, etag: str) -> None:
        """Raises StaleVersion, Conflict once it is published."""
        await self._send("DELETE", f"{API}/models/{version}", headers={"If-Match": etag})

    async def publish_model(self, version: str, etag: str) -> ModelOut:
        """For ever. Raises StaleVersion, Conflict, Invalid with what keeps it from being used."""
        told = await self._send("POST", f"{API}/models/{version}/publish", headers={"If-Match": etag})
        return ModelOut.model_validate_json(told.content)

    async def check_model(self, version: str) -> CheckOut:
        """What keeps a draft from being published, and which texts it lacks. Raises NotFound."""
        return CheckOut.model_validate(await self._get(f"{API}/models/{version}/check"))

    async def differences(self, before: str, after: str) -> DifferencesOut:
        """What one version has otherwise than another. Raises NotFound."""
        return DifferencesOut.model_validate(
            await self._get(f"{API}/models/{after}/differences", **{"from": before})
        )  # fmt: skip

    async def look_at_model_file(self, content: bytes, media_type: str) -> ModelImportOut:
        """What a file would make. Raises Invalid with the places in the file, Conflict, TooLarge."""
        told = await self._send(
            "POST", f"{API}/models/import", content=content, params={"dry_run": "true"},
            headers={"Content-Type": media_type},
        )  # fmt: skip
        return ModelImportOut.model_validate_json(told.content)

    async def crosswalks(self, version: str) -> list[CrosswalkListItem]:
        """The crosswalks that lead to a version. Raises NotFound."""
        told = await self._get(f"{API}/models/{version}/crosswalks")
        return [CrosswalkListItem.model_validate(item) for item in told["items"]]

    async def crosswalk(self, before: str, after: str) -> tuple[CrosswalkOut, str]:
        """Which measures answer to which, and the tag for a change. Raises NotFound."""
        return await self._with_tag(CrosswalkOut, f"{API}/models/{after}/crosswalks/{before}")

    async def replace_crosswalk(
        self, before: str, after: str, links: Sequence[Mapping[str, Any]], etag: str
    ) -> tuple[CrosswalkOut, str]:  # fmt: skip
        """Raises StaleVersion, Conflict once it is published, Invalid."""
        told = await self._send(
            "PUT", f"{API}/models/{after}/crosswalks/{before}", json={"links": [dict(link) for link in links]},
            headers={"If-Match": etag},
        )  # fmt: skip
        return CrosswalkOut.model_validate_json(told.content), told.headers["etag"]

    async def publish_crosswalk(self, before: str, after: str) -> CrosswalkOut:
        """Between versions that are published already. Raises Conflict."""
        told = await self._send("POST", f"{API}/models/{after}/crosswalks/{before}/publish")
        return CrosswalkOut.model_validate_json(told.content)

    async def earlier_results(self, year: int) -> list[ResultOut]:
        """The results of a year that came from files and that the caller may see, by community."""
        found = await self._whole(ResultOut, f"{API}/history/results", year=year)
        return sorted(found, key=lambda one: one.name)

    async def history_imports(self) -> list[HistoryImportOut]:
        """The files of earlier results, the newest first."""
        return await self._whole(HistoryImportOut, f"{API}/history")

    async def history_import(self, import_id: str) -> tuple[HistoryImportOut, str]:
        """Raises NotFound."""
        return await self._with_tag(HistoryImportOut, f"{API}/history/{import_id}")

    async def look_at_history(self, content: bytes, about: Mapping[str, Any]) -> HistoryPreviewOut:
        """What a file of earlier results would bring. Raises Invalid, TooLarge."""
        told = await self._send(
            "POST", f"{API}/history", content=content, params={**_about(about), "dry_run": "true"},
            headers={"Content-Type": "text/csv"},
        )  # fmt: skip
        return HistoryPreviewOut.model_validate_json(told.content)

    async def bring_in_history(self, content: bytes, about: Mapping[str, Any]) -> HistoryImportOut:
        """Store a file's results, all of them. Raises Invalid with rows and columns, Conflict, TooLarge."""
        told = await self._send(
            "POST", f"{API}/history", content=content, params=_about(about), headers={"Content-Type": "text/csv"}
        )
        return HistoryImportOut.model_validate_json(told.content)

    async def open_history(self, import_id: str, public: bool, etag: str) -> HistoryImportOut:
        """Show an import's results to everybody, or only to those whom they are about. Raises StaleVersion."""
        told = await self._send(
            "PATCH", f"{API}/history/{import_id}", json={"public": public}, headers={"If-Match": etag}
        )  # fmt: skip
        return HistoryImportOut.model_validate_json(told.content)

    async def remove_history(self, import_id: str, etag: str) -> None:
        """Take a file's results out again. Raises NotFound, StaleVersion."""
        await self._send("DELETE", f"{API}/history/{import_id}", headers={"If-Match": etag})


def _said(value: bool) -> str:
    return "true" if value else "false"


def _about(about: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _said(value) if isinstance(value, bool) else value for name, value in about.items()}
