"""The levels that each stakeholder group gave to one measure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from markupsafe import Markup

from services.portal.charts.drawing import anchor, element
from services.portal.translations import Translations

HEAD = 26  # the numbers of the scale
ROW = 58
NAME = 16  # baseline of a group's name within its row
CELL = (22, 26)  # where a cell begins within its row, and how tall it is
COUNT = 40  # baseline of the number in it
TICK = (44, 55)
FOOT = 22


@dataclass(frozen=True)
class GroupRow:
    """One group: how many gave each level, the median of them, and how many gave none."""

    name: str
    levels: Mapping[str, int]
    median: float | None
    without: int = 0


@dataclass(frozen=True)
class GroupLevels:
    """A measure's levels from 0 to `top` by group. `agreed` is what the community agreed on; `scale` makes the
    rows taller for a projector, whose style sheet makes the text larger."""

    id: str
    title: str
    top: int
    groups: tuple[GroupRow, ...]
    agreed: float | None = None
    agreed_label: str = ""
    scale: float = 1.0


def group_levels(data: GroupLevels, words: Translations) -> Markup:
    """A row for each group: a cell for each level with the number of people in it, a tick at the group's median, and a
    line through all rows where the agreement is. As wide as its place; its text keeps its size."""
    height = round(data.scale * (HEAD + ROW * len(data.groups) + (FOOT if data.agreed is not None else 0)))
    return element(
        "svg",
        element("title", data.title, id=f"{data.id}-title"),
        element("desc", described(data, words), id=f"{data.id}-desc"),
        *_body(data, words),
        xmlns="http://www.w3.org/2000/svg",
        class_="chart groups",
        width="100%",
        height=f"{height}",
        role="img",
        aria_labelledby=f"{data.id}-title",
        aria_describedby=f"{data.id}-desc",
    )


def described(data: GroupLevels, words: Translations) -> str:
    """The picture in words."""
    said = [_said(group, words) for group in data.groups]
    if data.agreed is not None:
        said.append(words.gettext("Acordado: nivel %(level)s.") % {"level": words.number(data.agreed, 0)})
    return " ".join(said)


def _said(group: GroupRow, words: Translations) -> str:
    given = [
        words.ngettext("%(num)s en el nivel %(level)s", "%(num)s en el nivel %(level)s", count)
        % {"num": count, "level": level}
        for level, count in group.levels.items()
        if count
    ]
    if group.without:
        given.append(words.ngettext("%(num)s sin nivel", "%(num)s sin nivel", group.without) % {"num": group.without})
    text = f"{group.name}: {words.joined(given)}"
    if group.median is None:
        return f"{text}."
    return f"{text}; {words.gettext('mediana %(value)s') % {'value': words.number(group.median)}}."


def _body(data: GroupLevels, words: Translations) -> Iterator[Markup]:
    width = 100 / (data.top + 1)

    def middle(level: float) -> str:
        return _percent(width * (level + 0.5))

    def down(length: float) -> str:
        return f"{length * data.scale:g}"

    for level in range(data.top + 1):
        yield element("text", f"{level}", x=middle(level), y=down(16), text_anchor="middle", class_="groups-scale")
    for place, group in enumerate(data.groups):
        top = HEAD + place * ROW
        yield element("text", group.name, x="0", y=down(top + NAME), class_="groups-name")
        for level in range(data.top + 1):
            count = group.levels.get(str(level), 0)
            ramp = min(level + 1, 5)
            yield element(
                "rect",
                x=_percent(width * level + 0.3), width=_percent(width - 0.6), y=down(top + CELL[0]),
                height=down(CELL[1]), class_=f"ramp-fill-{ramp}" if count else "groups-none",
            )  # fmt: skip
            if count:
                yield element(
                    "text", f"{count}", x=middle(level), y=down(top + COUNT), text_anchor="middle",
                    class_=f"groups-count ramp-text-{ramp}",
                )  # fmt: skip
        if group.median is not None:
            x = middle(group.median)
            first, last = down(top + TICK[0]), down(top + TICK[1])
            yield element("line", x1=x, x2=x, y1=first, y2=last, class_="groups-median")
    if data.agreed is not None:
        x, foot = middle(data.agreed), HEAD + ROW * len(data.groups)
        yield element("line", x1=x, x2=x, y1=down(HEAD - 6), y2=down(foot + 2), class_="groups-agreed")
        yield element(
            "text", data.agreed_label, x=x, y=down(foot + 16), text_anchor=anchor((data.agreed + 0.5) / (data.top + 1)),
            class_="groups-agreed-label",
        )  # fmt: skip


def _percent(value: float) -> str:
    return f"{value:.2f}%"
