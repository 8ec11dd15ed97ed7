"""Tables of the indicators schema."""

from services.indicators.tables.definitions import Community, Indicator, IndicatorDraft, ReferenceSeries, ReferenceValue
from services.indicators.tables.events import EventCount, EventFile
from services.indicators.tables.imports import Import
from services.indicators.tables.observations import Observation, Revision, RollUp
from services.indicators.tables.readings import Reading
from services.indicators.tables.schema import PERIOD, SCHEMA, Base
from services.indicators.tables.workflow import PeerGroup, Submission, SubmissionChange, Visibility

__all__ = [
    "PERIOD",
    "SCHEMA",
    "Base",
    "Community",
    "EventCount",
    "EventFile",
    "Import",
    "Indicator",
    "IndicatorDraft",
    "Observation",
    "PeerGroup",
    "Reading",
    "ReferenceSeries",
    "ReferenceValue",
    "Revision",
    "RollUp",
    "Submission",
    "SubmissionChange",
    "Visibility",
]
