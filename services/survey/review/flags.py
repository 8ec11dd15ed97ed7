"""What the review points a finger at. Pure rules; a flag is a question, never a refusal.

- `jump`: the level is at least half of the scale higher or lower than in the year before (2 of 4).
- `away_from_groups`: the agreed level is more than a quarter of the scale (1 of 4) from what the groups themselves say.
- `disagreement`: consensus below 0.6, and nothing is agreed.
- `one_voice`: nothing is agreed, and one person alone gave a level.
- `no_evidence`: the level is in the upper quarter of the scale (3 and 4 of 4), and nobody named a document.
- `missing`: it applies, and there is neither an agreed level nor one of any group.
"""

from dataclasses import dataclass

from services.survey.words import ReviewFlag

DISAGREEMENT_BELOW = 0.6
"""A measure without an agreement whose consensus is below this is one to talk about."""


@dataclass(frozen=True, slots=True)
class Look:
    """What the rules look at of one measure. `groups` is the mean of the groups' medians."""

    value: float | None
    before: float | None
    applicable: bool
    is_agreed: bool
    groups: float | None
    consensus: float | None
    respondents: int
    documents: int


def flags_of(look: Look, top: int) -> list[ReviewFlag]:
    """The flags of one measure on a scale from 0 to `top`, in a fixed order.

    >>> flags_of(Look(4, 1, True, True, 2.5, 0.9, 5, 0), 4)
    ['jump', 'away_from_groups', 'no_evidence']
    >>> flags_of(Look(2, 1, True, True, 3, 0.2, 5, 0), 4)
    []
    >>> flags_of(Look(2.0, None, True, False, 2.0, 0.0, 2, 1), 4)
    ['disagreement']
    >>> flags_of(Look(2.0, 0.0, True, False, 2.0, 1.0, 1, 1), 4)
    ['jump', 'one_voice']
    >>> flags_of(Look(None, 3, True, False, None, None, 0, 0), 4)
    ['missing']
    """
    found: list[ReviewFlag] = []
    if look.value is not None and look.before is not None and 2 * abs(look.value - look.before) >= top:
        found.append("jump")
    if (
        look.is_agreed and look.value is not None and look.groups is not None
        and 4 * abs(look.value - look.groups) > top
    ):  # fmt: skip
        found.append("away_from_groups")
    if not look.is_agreed and look.consensus is not None and look.consensus < DISAGREEMENT_BELOW:
        found.append("disagreement")
    if not look.is_agreed and look.respondents == 1:
        found.append("one_voice")
    if look.value is not None and 4 * look.value >= 3 * top and not look.documents:
        found.append("no_evidence")
    if look.applicable and look.value is None:
        found.append("missing")
    return found
