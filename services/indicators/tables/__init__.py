"""Tables of the indicators schema."""

from services.indicators.tables.definitions import Community, Indicator, ReferenceSeries, ReferenceValue
from services.indicators.tables.imports import Import
from services.indicators.tables.observations import Observation, Revision, RollUp
from services.indicators.tables.schema import PERIOD, SCHEMA, Base
from services.indicators.tables.workflow import PeerGroup, Submission, SubmissionChange, Visibility

__all__ = [
    "PERIOD",
    "SCHEMA",
    "Base",
    "Community",
    "Import",
    "Indicator",
    "Observation",
    "PeerGroup",
    "ReferenceSeries",
    "ReferenceValue",
    "Revision",
    "RollUp",
    "Submission",
    "SubmissionChange",
    "Visibility",
]
