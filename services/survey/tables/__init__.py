"""Tables of the survey schema."""

from services.survey.tables.assessments import (
    Agreement,
    Answer,
    AnswerColumns,
    AnswerRevision,
    Assessment,
    Event,
    KeptAside,
    Participation,
    Receipt,
    Snapshot,
)
from services.survey.tables.evidence import Evidence
from services.survey.tables.history import HistoryImport, ImportedResult
from services.survey.tables.instruments import Campaign, Community, Model
from services.survey.tables.results import EditionScores, Report
from services.survey.tables.reviewing import GapAction, MinorityNote, ReviewComment, ReviewReply
from services.survey.tables.schema import SCHEMA, Base
from services.survey.tables.versions import Crosswalk
from services.survey.tables.workshops import Participant, Workshop, WorkshopRecord, WorkshopVote, WrongCode

__all__ = [
    "SCHEMA",
    "Agreement",
    "Answer",
    "AnswerColumns",
    "AnswerRevision",
    "Assessment",
    "Base",
    "Campaign",
    "Community",
    "Crosswalk",
    "EditionScores",
    "Event",
    "Evidence",
    "GapAction",
    "HistoryImport",
    "ImportedResult",
    "KeptAside",
    "MinorityNote",
    "Model",
    "Participant",
    "Participation",
    "Receipt",
    "Report",
    "ReviewComment",
    "ReviewReply",
    "Snapshot",
    "Workshop",
    "WorkshopRecord",
    "WorkshopVote",
    "WrongCode",
]
