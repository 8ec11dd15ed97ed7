"""What changed between two versions of the model, in words that a reader can check one by one. No I/O."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from services.survey.models.checks import elements_in
from services.survey.schemas.versions import (
    BandChange,
    DifferencesOut,
    ElementChange,
    MoveChange,
    ScaleChange,
    SettingChange,
    TextChange,
    WeightChange,
)
from shared.languages import LANGUAGES

Content = Mapping[str, Any]
Place = tuple[str, str | None, int, Mapping[str, Any]]
"""The element's kind, the code of what it stands in, its place there from 1, and the element."""


def differences(
    before: Content, after: Content, *, versions: tuple[str, str], settings: Sequence[SettingChange] = ()
) -> DifferencesOut:
    """Everything that `after` has otherwise than `before`. Elements are known by their codes, never by their texts."""
    old, new = _places(before), _places(after)
    stayed = [code for code in new if code in old and new[code][0] == old[code][0]]
    thresholds = (before["coverage_threshold"], after["coverage_threshold"])
    told = [*settings]
    if thresholds[0] != thresholds[1]:
        told.append(SettingChange(setting="coverage_threshold", before=thresholds[0], after=thresholds[1]))
    added = [_element(code, new[code]) for code in new if code not in stayed]
    removed = [_element(code, old[code]) for code in old if code not in stayed]
    moved = list(_moves(old, new, stayed))
    weights = [
        WeightChange(
            element=new[code][0], code=code, names=new[code][3]["names"], before=old[code][3]["weight"],
            after=new[code][3]["weight"],
        )
        for code in stayed
        if new[code][3]["weight"] != old[code][3]["weight"]
    ]  # fmt: skip
    texts = [change for code in stayed for change in _texts(code, new[code][0], old[code][3], new[code][3])]
    scale, bands = list(_scale(before, after)), list(_bands(before, after))
    return DifferencesOut(
        before=versions[0], after=versions[1], added=added, removed=removed, moved=moved, reweighted=weights,
        reworded=texts, scale=scale, bands=bands, settings=told,
        is_same=not (added or removed or moved or weights or texts or scale or bands or told),
    )  # fmt: skip


def _places(content: Content) -> dict[str, Place]:
    found: dict[str, Place] = {}
    parents: dict[int, str] = {}
    for at, element, part in elements_in(content):
        depth = len(at) // 2
        parents[depth] = part["code"]
        found.setdefault(part["code"], (element, parents.get(depth - 1), int(at[-1]) + 1, part))
    return found


def _element(code: str, place: Place) -> ElementChange:
    element, parent, number, part = place
    return ElementChange(
        element=element, code=code, names=part["names"], parent=parent, place=number, weight=part["weight"]
    )


def _moves(old: Mapping[str, Place], new: Mapping[str, Place], stayed: Sequence[str]) -> Iterator[MoveChange]:
    """Elements that stand in another parent, and those that were put elsewhere among the same ones."""
    same: dict[str | None, list[str]] = {}
    moved = {code for code in stayed if old[code][1] != new[code][1]}
    for code in stayed:
        if code not in moved:
            same.setdefault(new[code][1], []).append(code)
    for codes in same.values():
        kept = _longest_in_order([old[code][2] for code in codes])
        moved |= {code for index, code in enumerate(codes) if index not in kept}
    for code in stayed:
        if code in moved:
            element, parent, place, part = new[code]
            yield MoveChange(
                element=element, code=code, names=part["names"], from_parent=old[code][1], to_parent=parent,
                from_place=old[code][2], to_place=place,
            )  # fmt: skip


def _longest_in_order(numbers: Sequence[int]) -> set[int]:
    """Indexes of a longest increasing part: the others are the fewest that were moved.

    >>> sorted(_longest_in_order([1, 4, 2, 3]))
    [0, 2, 3]
    """
    best: list[tuple[int, int]] = []
    for number in numbers:
        found = [(length, before) for before, (length, _) in enumerate(best) if numbers[before] < number]
        length, before = max(found, default=(0, -1))
        best.append((length + 1, before))
    index = max(range(len(best)), key=lambda i: best[i][0], default=-1)
    kept: set[int] = set()
    while index >= 0:
        kept.add(index)
        index = best[index][1]
    return kept


def _texts(code: str, element: str, old: Content, new: Content) -> Iterator[TextChange]:
    def changes(field: str, level: int | None, before: Any, after: Any) -> Iterator[TextChange]:
        for language in LANGUAGES:
            was, now = (before or {}).get(language), (after or {}).get(language)
            if was != now:
                yield TextChange(
                    element=element, code=code, field=field, level=level, language=language, before=was, after=now
                )

    yield from changes("names", None, old["names"], new["names"])
    yield from changes("guidance", None, old.get("guidance"), new.get("guidance"))
    was = {level["value"]: level for level in old.get("levels") or ()}
    now = {level["value"]: level for level in new.get("levels") or ()}
    for value in sorted(was.keys() | now.keys()):
        for field in ("guidance", "examples"):
            yield from changes(field, value, was.get(value, {}).get(field), now.get(value, {}).get(field))


def _scale(before: Content, after: Content) -> Iterator[ScaleChange]:
    was = {level["value"]: level["labels"] for level in before["scale"]["levels"]}
    now = {level["value"]: level["labels"] for level in after["scale"]["levels"]}
    for value in sorted(was.keys() | now.keys()):
        if was.get(value) != now.get(value):
            change = "added" if value not in was else "removed" if value not in now else "reworded"
            yield ScaleChange(value=value, change=change, before=was.get(value), after=now.get(value))


def _bands(before: Content, after: Content) -> Iterator[BandChange]:
    was, now = ({band["level"]: band for band in content["bands"]} for content in (before, after))
    for level in sorted(was.keys() | now.keys()):
        old, new = was.get(level), now.get(level)
        if old != new:
            yield BandChange(
                level=level, before=[old["from"], old["to"]] if old else None,
                after=[new["from"], new["to"]] if new else None,
                labels_before=old["labels"] if old else None, labels_after=new["labels"] if new else None,
            )  # fmt: skip
