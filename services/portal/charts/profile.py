"""The profile of a community: what radar and bars draw."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from services.portal.translations import Translations
from services.portal.vocabulary import LEVELS


@dataclass(frozen=True)
class Band:
    """A maturity level: scores from `lower` (inclusive) up to the next band."""

    level: int
    lower: float
    label: str


@dataclass(frozen=True)
class ProfilePoint:
    """A point of the model. Scores 0 to 100; `None` is "not enough answers"."""

    code: str
    name: str
    score: float | None
    previous: float | None = None
    median: float | None = None  # of the peers
    low: float | None = None  # spread of the peers: usually their quartiles
    high: float | None = None
    href: str | None = None


@dataclass(frozen=True)
class ProfilePillar:
    code: str
    name: str
    points: tuple[ProfilePoint, ...]
    score: float | None = None


@dataclass(frozen=True)
class Profile:
    """`id` names the picture on its page; `year` and `previous_year` label the two series, `peers` the comparison."""

    id: str
    title: str
    pillars: tuple[ProfilePillar, ...]
    year: str
    previous_year: str | None = None
    peers: str | None = None
    bands: tuple[Band, ...] = ()

    @property
    def points(self) -> tuple[ProfilePoint, ...]:
        return tuple(point for pillar in self.pillars for point in pillar.points)


def usual_bands(words: Translations) -> tuple[Band, ...]:
    """The five bands of the reconstruction, 20 points each."""
    return tuple(Band(level, (level - 1) * 20.0, words.gettext(label)) for level, label in LEVELS.items())


def band_of(score: float | None, bands: Sequence[Band]) -> Band | None:
    """The band that the score falls in; lower bounds are inclusive."""
    if score is None:
        return None
    return max((band for band in bands if band.lower <= score), key=lambda band: band.lower, default=None)


def described(profile: Profile, words: Translations) -> str:
    """The picture in words: extremes, and what is missing."""
    return " ".join(_sentences(profile, words))


def _sentences(profile: Profile, words: Translations) -> Iterator[str]:
    points = profile.points
    count = words.ngettext("%(n)s punto", "%(n)s puntos", len(points)) % {"n": len(points)}
    pillars = words.ngettext("%(n)s pilar", "%(n)s pilares", len(profile.pillars)) % {"n": len(profile.pillars)}
    yield words.gettext("%(points)s en %(pillars)s, de 0 a 100.") % {"points": count, "pillars": pillars}
    scored = [(point.score, point) for point in points if point.score is not None]
    if scored:
        high, highest = max(scored, key=lambda pair: pair[0])
        low, lowest = min(scored, key=lambda pair: pair[0])
        yield words.gettext("El más alto: %(code)s, con %(score)s.") % {
            "code": highest.code,
            "score": words.number(high),
        }
        yield words.gettext("El más bajo: %(code)s, con %(score)s.") % {"code": lowest.code, "score": words.number(low)}
    missing = [point.code for point in points if point.score is None]
    if missing:
        yield words.gettext("Sin resultado: %(codes)s.") % {"codes": words.joined(missing)}
