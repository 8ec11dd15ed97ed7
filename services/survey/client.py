"""How other services ask the survey service."""

from collections.abc import Mapping, Sequence
from typing import Any

from services.survey.campaigns.calls import CampaignCalls
from services.survey.evidence.calls import EvidenceCalls
from services.survey.models.calls import VersionCalls
from services.survey.review.calls import ReviewCalls
from services.survey.schemas.answers import AgreedOut, MyAnswersOut, RespondentAnswer, SavedOut, SummaryOut
from services.survey.schemas.basis import ResultBasisOut
from services.survey.schemas.campaigns import AssessmentOut, CampaignOut, DeskItem, DeskOut, EventOut
from services.survey.schemas.comparisons import PeersOut, PointsOut, SensitivityOut, YearOut, YearsOut
from services.survey.schemas.models import ModelOut
from services.survey.schemas.reports import ReportOut
from services.survey.schemas.results import (
    EditionOut,
    EditionsOut,
    GapsOut,
    HistoryOut,
    NetworkOut,
    ResultOut,
    YearResult,
)
from services.survey.words import GroupBy
from services.survey.workshops.calls import WorkshopCalls

API = "/api/v1/survey"
LARGEST = 200


class SurveyClient(CampaignCalls, EvidenceCalls, VersionCalls, ReviewCalls, WorkshopCalls):
    """Calls the survey service on behalf of a caller, or in the service's own name."""

    service = "survey"

    async def models(self) -> list[ModelOut]:
        """The versions of the model that the caller may see."""
        return await self._whole(ModelOut, f"{API}/models")

    async def model(self, version: str) -> ModelOut:
        """Raises NotFound."""
        return ModelOut.model_validate(await self._get(f"{API}/models/{version}"))

    async def campaigns(self) -> list[CampaignOut]:
        """The newest first."""
        return await self._whole(CampaignOut, f"{API}/campaigns")

    async def campaign(self, year: int) -> tuple[CampaignOut, str]:
        """A year's campaign, and the tag to send with a change of it. Raises NotFound."""
        return await self._with_tag(CampaignOut, f"{API}/campaigns/{year}")

    async def add_campaign(self, wanted: Mapping[str, Any]) -> CampaignOut:
        """Raises Invalid, or Conflict for a year that has one."""
        told = await self._send("POST", f"{API}/campaigns", json=dict(wanted))
        return CampaignOut.model_validate_json(told.content)

    async def change_campaign(self, year: int, changes: Mapping[str, Any], etag: str) -> CampaignOut:
        """Raises StaleVersion, Conflict, Invalid."""
        told = await self._send("PATCH", f"{API}/campaigns/{year}", json=dict(changes), headers={"If-Match": etag})
        return CampaignOut.model_validate_json(told.content)

    async def move_campaign(self, year: int, step: str) -> CampaignOut:
        """`open`, `close` or `publish`. Raises Conflict."""
        told = await self._send("POST", f"{API}/campaigns/{year}/{step}")
        return CampaignOut.model_validate_json(told.content)

    async def assessments(self, year: int) -> list[AssessmentOut]:
        """Progress by community."""
        return await self._whole(AssessmentOut, f"{API}/campaigns/{year}/assessments")

    async def assessment(self, year: int, community: str) -> AssessmentOut:
        """Raises NotFound."""
        return AssessmentOut.model_validate(await self._get(_path(year, community)))

    async def desk(self) -> list[DeskItem]:
        """What waits for the caller, the most urgent first."""
        return DeskOut.model_validate(await self._get(f"{API}/mine")).items

    async def my_answers(self, year: int, community: str) -> MyAnswersOut:
        """Raises NotFound, or NotAllowed for whoever does not answer there."""
        return MyAnswersOut.model_validate(await self._get(f"{_path(year, community)}/answers/mine"))

    async def save_answers(self, year: int, community: str, wanted: Mapping[str, Any]) -> SavedOut:
        """Raises Invalid, Conflict when answers are not taken."""
        told = await self._send("PATCH", f"{_path(year, community)}/answers/mine", json=dict(wanted))
        return SavedOut.model_validate_json(told.content)

    async def summary(self, year: int, community: str, sort: str = "model") -> SummaryOut:
        """What respondents said, by measure: `model` order or the least `consensus` first."""
        return SummaryOut.model_validate(await self._get(f"{_path(year, community)}/summary", sort=sort))

    async def agree(
        self, year: int, community: str, measure: str, wanted: Mapping[str, Any], etag: str
    ) -> AgreedOut:  # fmt: skip
        """Raises StaleVersion, Conflict, Invalid. `etag` is the assessment's."""
        told = await self._send(
            "PUT", f"{_path(year, community)}/agreed/{measure}", json=dict(wanted), headers={"If-Match": etag}
        )
        return AgreedOut.model_validate_json(told.content)

    async def move_assessment(
        self, year: int, community: str, step: str, body: Mapping[str, Any] | None = None
    ) -> AssessmentOut:
        """`submit`, `return` (with comments), `accept` or `publish`. Raises Conflict, Invalid."""
        told = await self._send(
            "POST", f"{_path(year, community)}/{step}", json=None if body is None else dict(body)
        )  # fmt: skip
        return AssessmentOut.model_validate_json(told.content)

    async def history(self, year: int, community: str) -> list[EventOut]:
        """Who did what when, the newest 200."""
        told = await self._get(f"{_path(year, community)}/history", limit=LARGEST)
        return [EventOut.model_validate(item) for item in told["items"]]

    async def answers(self, year: int, community: str) -> list[RespondentAnswer]:
        """Every answer with whose it is, for the coordinator and the secretariat. Raises NotFound, NotAllowed."""
        told = await self._get(f"{_path(year, community)}/answers")
        return [RespondentAnswer.model_validate(item) for item in told["items"]]

    async def submit(self, year: int, community: str) -> AssessmentOut:
        """Raises Invalid with a pointer for each missing measure (`/M1.1.a`), Conflict."""
        return await self.move_assessment(year, community, "submit")

    async def give_back(self, year: int, community: str, comments: Sequence[Mapping[str, Any]]) -> AssessmentOut:
        """Return to the community; a comment is `{measure or null, text}`. Raises Conflict, Invalid."""
        return await self.move_assessment(year, community, "return", {"comments": [dict(c) for c in comments]})

    async def accept(self, year: int, community: str) -> AssessmentOut:
        """Raises Conflict."""
        return await self.move_assessment(year, community, "accept")

    async def publish(self, year: int, community: str) -> AssessmentOut:
        """Raises Conflict."""
        return await self.move_assessment(year, community, "publish")

    async def score(self, year: int, community: str) -> ResultOut:
        """The score as it stands now."""
        return ResultOut.model_validate(await self._get(f"{_path(year, community)}/score"))

    async def gaps(self, year: int, community: str, target: int = 3) -> GapsOut:
        """Measures below a target level, the most pressing first."""
        return GapsOut.model_validate(await self._get(f"{_path(year, community)}/gaps", target=target))

    async def results(
        self,
        *,
        year: int | None = None,
        pillar: str | None = None,
        country: str | None = None,
        phase: str | None = None,
    ) -> list[ResultOut]:
        """Every result that the caller may see, the newest year first."""
        return await self._whole(
            ResultOut, f"{API}/results", year=year, pillar=pillar, country=country, phase=phase
        )  # fmt: skip

    async def result(self, community: str, year: int | None = None) -> ResultOut:
        """A year's result, or the newest. Raises NotFound."""
        return ResultOut.model_validate(await self._get(f"{API}/results/{community}", year=year))

    async def result_history(self, community: str) -> list[YearResult]:
        """A community's results, the oldest first. Raises NotFound when there is none."""
        return HistoryOut.model_validate(await self._get(f"{API}/results/{community}/history")).items

    async def editions(self, community: str, year: int | None = None) -> list[EditionOut]:
        """What was published of a community, newest first. Raises NotFound when nothing was."""
        told = await self._get(f"{API}/results/{community}/editions", year=year)
        return EditionsOut.model_validate(told).items

    async def result_years(self) -> list[YearOut]:
        """The years with results that the caller may see, the newest first."""
        return YearsOut.model_validate(await self._get(f"{API}/results/years")).items

    async def points(
        self, *, year: int, sort: str = "overall", country: str | None = None, phase: str | None = None
    ) -> PointsOut:
        """Communities × points of a year, the whole selection, the highest of `sort` first."""
        told = await self._get(f"{API}/results/points", year=year, sort=sort, country=country, phase=phase)
        return PointsOut.model_validate(told)

    async def peers(self, community: str, year: int | None = None, group_by: GroupBy | None = None) -> PeersOut:
        """A community's result among the published ones. Raises NotFound."""
        told = await self._get(f"{API}/results/{community}/peers", year=year, group_by=group_by)
        return PeersOut.model_validate(told)

    async def result_basis(
        self, community: str, year: int | None = None, revision: int | None = None
    ) -> ResultBasisOut:  # fmt: skip
        """Everything that a result rests on. Raises NotFound."""
        told = await self._get(f"{API}/results/{community}/basis", year=year, revision=revision)
        return ResultBasisOut.model_validate(told)

    async def sensitivity(self, year: int | None = None) -> SensitivityOut:
        """How firm the order of a year's results is. Raises NotFound."""
        return SensitivityOut.model_validate(await self._get(f"{API}/results/sensitivity", year=year))

    async def ask_for_report(self, community: str | None, year: int, revision: int | None = None) -> ReportOut:
        """Have a report made in the client's language, of the Network without a community. Raises NotFound."""
        wanted = {"community": community, "year": year, "revision": revision}
        told = await self._send("POST", f"{API}/reports", json=wanted)
        return ReportOut.model_validate_json(told.content)

    async def network(self, year: int | None = None, group_by: GroupBy | None = None) -> NetworkOut:
        """The published results of a year together. Raises NotFound without any."""
        return NetworkOut.model_validate(await self._get(f"{API}/results/network", year=year, group_by=group_by))


def _path(year: int, community: str) -> str:
    return f"{API}/campaigns/{year}/assessments/{community}"
