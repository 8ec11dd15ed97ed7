"""What goes over the wire about elections."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from services.workspace.schemas import ActorOut
from shared.fields import Id, Input, Line, Output, Patch, Prose, Time

Method = Literal["approval", "single_choice"]
ElectionState = Literal["nomination", "voting", "closed", "cancelled"]
Seats = Annotated[int, Field(ge=1, le=100)]
Quorum = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]


class ElectionIn(Input):
    """`quorum` is the share of the roll, from 0 to 1, that must vote for anybody to be elected. `approval`: as many
    choices as one likes; `single_choice`: one. An empty ballot is a blank one: it counts for the quorum."""

    title: Line
    description: Prose | None = None
    method: Method
    seats: Seats
    nominations_until: Time
    voting_from: Time
    voting_until: Time
    quorum: Quorum = 0.0


class ElectionPatch(Patch):
    """Only before voting opens. `null` clears the description."""

    title: Line | None = None
    description: Prose | None = None
    method: Method | None = None
    seats: Seats | None = None
    nominations_until: Time | None = None
    voting_from: Time | None = None
    voting_until: Time | None = None
    quorum: Quorum | None = None


class CancellationIn(Input):
    reason: Line


class NominationIn(Input):
    user_id: Id
    statement: Prose | None = None


class NominationOut(Output):
    """Somebody who was proposed. Only who has accepted can be voted for."""

    id: UUID
    user_id: UUID
    name: str
    statement: str | None
    statement_html: str
    nominated_by: str
    accepted: bool
    withdrawn: bool
    is_you: bool


class VoterOut(Output):
    user_id: UUID
    name: str
    role: Literal["chair", "member"]


class RollOut(Output):
    """Who may vote, frozen when voting opened. `hash`: SHA-256 of the JSON `[[user id, role], …]` in the order of the
    ids, no spaces."""

    size: int
    hash: str
    frozen_at: Time
    voters: list[VoterOut]


class ElectionOut(Output):
    """An election. `roll` is null until voting opens; how many have voted is told after the close."""

    id: UUID
    committee: str
    title: str
    description: str | None
    description_html: str
    method: Method
    seats: int
    nominations_until: Time
    voting_from: Time
    voting_until: Time
    quorum: float
    state: ElectionState
    nominations: list[NominationOut]
    roll: RollOut | None
    cancelled_because: str | None
    created_by: ActorOut
    created_at: Time
    may_edit: bool
    may_cancel: bool
    may_nominate: bool
    may_vote: bool
    you_voted: bool
    demo: bool


class BallotIn(Input):
    """Ids of nominations; none is a blank ballot."""

    choices: Annotated[list[Id], Field(max_length=500)]


class BallotOut(Output):
    """The receipt is shown this once, and under no name: with it a voter finds the ballot in the published list."""

    election: UUID
    receipt: str


class CountOut(Output):
    """`by_lot`: others had as many votes, and the lot decided over a seat."""

    nomination: UUID
    user_id: UUID
    name: str
    votes: int
    elected: bool
    by_lot: bool


class ReceiptOut(Output):
    receipt: str
    choices: list[UUID]


class ResultOut(Output):
    """`turnout` is how many voted, of `roll` who might. `elected`: nominations, the most votes first; none where the
    quorum was not reached. `seed` decides ties; it follows from `roll_hash` and `ballots_hash`."""

    election: UUID
    counts: list[CountOut]
    turnout: int
    roll: int
    turnout_share: float
    quorum: float
    quorum_reached: bool
    blank: int
    elected: list[UUID]
    receipts: list[ReceiptOut]
    roll_hash: str
    ballots_hash: str
    seed: str
    demo: bool
