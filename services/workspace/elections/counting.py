"""How ballots become a result. Pure: whoever has the roll's hash and the published ballots can do it again.

**Ties.** Nominations are ordered by their votes. Where votes are equal, the lot decides: the smaller SHA-256 of the
seed and the nomination's id comes first. The seed is the SHA-256 of the roll's hash and of all ballots with their
receipts. Nobody can know it before the last ballot is in, because receipts are random; anybody can compute it
afterwards.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any


@dataclass(frozen=True, slots=True)
class Ballot:
    """What somebody chose, under a receipt that only that person was given."""

    receipt: str
    choices: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Count:
    """How a nomination fared. `by_lot`: the lot decided between it and another that had as many votes, over a seat."""

    nomination: str
    votes: int
    elected: bool
    by_lot: bool


@dataclass(frozen=True, slots=True)
class Outcome:
    """Counts from the first to the last; nobody is elected where the quorum was not reached."""

    counts: tuple[Count, ...]
    turnout: Fraction
    quorum_reached: bool
    seed: str
    ballots_hash: str


def hash_of(value: Any) -> str:
    """SHA-256 of a value as JSON: keys sorted, no spaces, UTF-8.

    >>> hash_of([])
    '4f53cda18c2baa0c0354bb5f9a3ecbe5ed12ab4d8e11ba873c2f11161202b945'
    """
    plain = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(plain.encode()).hexdigest()


def roll_hash(roll: Mapping[str, str]) -> str:
    """Of who may vote: `[[person's id, role], …]` in the order of the ids."""
    return hash_of(sorted([person, role] for person, role in roll.items()))


def ballots_hash(ballots: Sequence[Ballot]) -> str:
    """Of all ballots: `[[receipt, [choices, sorted]], …]` in the order of the receipts."""
    return hash_of(sorted([one.receipt, sorted(one.choices)] for one in ballots))


def is_enough(ballots: int, roll: int, quorum: float) -> bool:
    """Whether the quorum, a share of the roll from 0 to 1, is reached; exactly the share is enough.

    >>> is_enough(3, 10, 0.3), is_enough(2, 10, 0.3), is_enough(0, 0, 0)
    (True, False, True)
    """
    return ballots >= Fraction(str(quorum)) * roll


def counted(
    nominations: Sequence[str], ballots: Sequence[Ballot], *, seats: int, roll: int, hash_of_roll: str, quorum: float
) -> Outcome:
    """The outcome of approval and of single choice alike: each choice on a ballot is one vote; the most votes win.

    Whoever got no vote has no seat. Worked: three nominations a, b, c, two seats, ballots {a, b}, {a}, {c}: a has 2 and
    a seat; b and c have 1 each, and the lot gives one of them the other seat.
    """
    votes = Counter(choice for ballot in ballots for choice in ballot.choices)
    told = ballots_hash(ballots)
    seed = hash_of([hash_of_roll, told])
    reached = is_enough(len(ballots), roll, quorum)
    order = sorted(nominations, key=lambda nomination: (-votes[nomination], lot(seed, nomination)))
    winners = [nomination for nomination in order if votes[nomination]][:seats] if reached else []
    edge = votes[winners[-1]] if winners else None
    tied = {nomination for nomination in order if votes[nomination] == edge}
    lots = tied if any(nomination not in winners for nomination in tied) else set()
    counts = tuple(
        Count(nomination, votes[nomination], nomination in winners, nomination in lots) for nomination in order
    )
    return Outcome(counts, Fraction(len(ballots), roll) if roll else Fraction(0), reached, seed, told)


def lot(seed: str, nomination: str) -> str:
    """Where a nomination comes among those with as many votes; the smallest is first."""
    return hashlib.sha256(f"{seed}:{nomination}".encode()).hexdigest()
