"""What the pictures have in common: SVG that stands alone, its colours, its words, and its text escaped.

Everything is written as attributes: a picture is shown under policies that allow no style of its own.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from babel.numbers import format_decimal
from markupsafe import escape

INK, MUTED, LINE, MIST = "#10222e", "#51636f", "#d3dce1", "#f3f6f7"
PAPER, HARBOUR, BUOY, MIDDLE, BAND = "#ffffff", "#0b4f6c", "#b3401a", "#9cc3d5", "#dcebf2"
FONT = "'Source Sans 3', 'Source Sans 3 Variable', 'Helvetica Neue', Arial, sans-serif"
WIDTH = 720.0
MARGIN = 24.0
Point = tuple[float, float]

WORDS: dict[str, dict[str, str]] = {
    "es": {
        "median": "mediana", "best_more": "mejor: más", "best_less": "mejor: menos", "target": "franja deseada",
        "few": "Contribuyen menos de cinco comunidades: no se muestra la comparación.",
        "half": "La mitad central de {n} comunidades va de {q1} a {q3}; mediana {median} {unit}.",
        "peers": "mitad central de los pares", "own": "{name}: {value} {unit}", "none": "Sin datos.",
        "slope": "Pendiente {slope} {unit} por periodo, p = {p}.", "rank": "Puesto, 1 es el mejor",
        "index": "Índice de la interfaz: {value} de 100, con {have} de {total} indicadores.",
        "percentile": "rango percentil, 100 es el mejor", "of": "{rank} de {n}", "demo": "Datos de demostración",
        "multiples": "Índices por interfaz", "places": "Puestos",
        "seen": "{seen} de {all} comunidades del grupo con un valor que usted puede ver.", "best": "mejor",
        "unseen": "sin un valor que usted pueda ver", "unranked": "un valor, sin cuartil",
        "unplaced": "Sin lugar en el mapa:",
    },
    "en": {
        "median": "median", "best_more": "better: more", "best_less": "better: less", "target": "target band",
        "few": "Fewer than five communities contribute: the comparison is not shown.",
        "half": "The middle half of {n} communities lies from {q1} to {q3}; median {median} {unit}.",
        "peers": "middle half of the peers", "own": "{name}: {value} {unit}", "none": "No data.",
        "slope": "Slope {slope} {unit} per period, p = {p}.", "rank": "Rank, 1 is the best",
        "index": "Index of the interface: {value} of 100, from {have} of {total} indicators.",
        "percentile": "percentile rank, 100 is the best", "of": "{rank} of {n}", "demo": "Demonstration data",
        "multiples": "Indexes by interface", "places": "Ranks",
        "seen": "{seen} of {all} communities of the group with a value that you may see.", "best": "best",
        "unseen": "no value that you may see", "unranked": "a value, without quartile",
        "unplaced": "Without a place on the map:",
    },
    "pt": {
        "median": "mediana", "best_more": "melhor: mais", "best_less": "melhor: menos", "target": "faixa desejada",
        "few": "Contribuem menos de cinco comunidades: a comparação não é mostrada.",
        "half": "A metade central de {n} comunidades vai de {q1} a {q3}; mediana {median} {unit}.",
        "peers": "metade central dos pares", "own": "{name}: {value} {unit}", "none": "Sem dados.",
        "slope": "Inclinação {slope} {unit} por período, p = {p}.", "rank": "Posição, 1 é a melhor",
        "index": "Índice da interface: {value} de 100, com {have} de {total} indicadores.",
        "percentile": "posto percentil, 100 é o melhor", "of": "{rank} de {n}", "demo": "Dados de demonstração",
        "multiples": "Índices por interface", "places": "Posições",
        "seen": "{seen} de {all} comunidades do grupo com um valor que você pode ver.", "best": "melhor",
        "unseen": "sem um valor que você possa ver", "unranked": "um valor, sem quartil",
        "unplaced": "Sem lugar no mapa:",
    },
    "fr": {
        "median": "médiane", "best_more": "mieux : plus", "best_less": "mieux : moins", "target": "plage visée",
        "few": "Moins de cinq communautés contribuent : la comparaison n'est pas montrée.",
        "half": "La moitié centrale de {n} communautés va de {q1} à {q3} ; médiane {median} {unit}.",
        "peers": "moitié centrale des pairs", "own": "{name} : {value} {unit}", "none": "Pas de données.",
        "slope": "Pente {slope} {unit} par période, p = {p}.", "rank": "Rang, 1 est le meilleur",
        "index": "Indice de l'interface : {value} sur 100, avec {have} indicateurs sur {total}.",
        "percentile": "rang centile, 100 est le meilleur", "of": "{rank} sur {n}", "demo": "Données de démonstration",
        "multiples": "Indices par interface", "places": "Rangs",
        "seen": "{seen} sur {all} communautés du groupe avec une valeur que vous pouvez voir.", "best": "mieux",
        "unseen": "aucune valeur que vous puissiez voir", "unranked": "une valeur, sans quartile",
        "unplaced": "Sans place sur la carte :",
    },
}  # fmt: skip


@dataclass(frozen=True)
class Language:
    """Words and numbers of one language."""

    code: str

    def say(self, what: str, /, **values: object) -> str:
        return WORDS[self.code][what].format(**values)

    def number(self, value: float, decimals: int = 1) -> str:
        """Rounded half to even, as everywhere; whole numbers without decimals."""
        pattern = "#,##0." + "#" * decimals if decimals else "#,##0"
        return format_decimal(round(value, decimals) + 0.0, format=pattern, locale=self.code)


def element(tag: str, *content: str, **attributes: float | str | None) -> str:
    """`<tag …>content</tag>`; `text_anchor` becomes `text-anchor`. Content is markup: escape text with `text`."""
    written = "".join(
        f' {name.rstrip("_").replace("_", "-")}="{escape(value if isinstance(value, str) else short(value))}"'
        for name, value in attributes.items()
        if value is not None
    )
    return f"<{tag}{written}>{''.join(content)}</{tag}>"


def short(value: float) -> str:
    """A coordinate with at most one decimal."""
    written = f"{value:.1f}".removesuffix(".0")
    return "0" if written == "-0" else written


def label(said: str, x: float, y: float, **attributes: float | str | None) -> str:
    """Text at a point; 14 units high unless said otherwise."""
    looks: dict[str, float | str | None] = {"font_size": 14, "fill": INK, **attributes}
    return element("text", str(escape(said)), x=x, y=y, **looks)


def picture(
    title: str, description: str, body: Iterable[str], *, height: float, demo: bool, language: Language
) -> bytes:
    """An SVG document, named by its title and told by its description."""
    noted = (
        [label(language.say("demo"), WIDTH - MARGIN, 22, font_size=12, fill=BUOY, text_anchor="end")] if demo else []
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        + element(
            "svg",
            element("title", str(escape(title)), id="title"),
            element("desc", str(escape(description)), id="desc"),
            element("rect", width=WIDTH, height=height, fill=PAPER),
            label(title, MARGIN, 30, font_size=18, font_weight="600"),
            *noted,
            *body,
            xmlns="http://www.w3.org/2000/svg", viewBox=f"0 0 {short(WIDTH)} {short(height)}", width=WIDTH,
            height=height, role="img", aria_labelledby="title", aria_describedby="desc", font_family=FONT,
            font_weight="400", lang=language.code,
        )
    ).encode()  # fmt: skip


def line_through(points: Iterable[Point], *, closed: bool = False) -> str:
    """Path data."""
    return "M" + "L".join(f"{short(x)} {short(y)}" for x, y in points) + ("Z" if closed else "")


def runs(there: Sequence[bool]) -> list[list[int]]:
    """Places of neighbours that are there, gap by gap.

    >>> runs([True, False, True, True])
    [[0], [2, 3]]
    """
    found: list[list[int]] = []
    for place, is_there in enumerate(there):
        if is_there and found and found[-1][-1] == place - 1:
            found[-1].append(place)
        elif is_there:
            found.append([place])
    return found


@dataclass(frozen=True)
class Scale:
    """From values to places on a line; `falls` turns it round."""

    low: float
    high: float
    first: float
    last: float
    falls: bool = False

    def at(self, value: float) -> float:
        share = 0.5 if self.high == self.low else (value - self.low) / (self.high - self.low)
        share = max(0.0, min(1.0, 1 - share if self.falls else share))
        return self.first + share * (self.last - self.first)

    @classmethod
    def around(cls, values: Iterable[float], first: float, last: float, *, falls: bool = False) -> "Scale":
        """With some room at both ends, and never below nothing for values that are not."""
        seen = list(values)
        if not seen:
            return cls(0.0, 1.0, first, last, falls)
        low, high = min(seen), max(seen)
        room = (high - low) * 0.12 or abs(high) * 0.12 or 1.0
        return cls(max(0.0, low - room) if low >= 0 else low - room, high + room, first, last, falls)


def anchor(x: float) -> str:
    """How a label stands at a place, so that it isn't cut at an edge."""
    return "start" if x < WIDTH * 0.2 else "end" if x > WIDTH * 0.8 else "middle"


def ticks(scale: Scale, wanted: int = 4) -> list[float]:
    """Round numbers along a scale."""
    span = scale.high - scale.low
    step = next(
        factor * 10.0**power
        for power in range(-6, 16)
        for factor in (1, 2, 5)
        if span / (factor * 10.0**power) <= wanted
    )
    first = -(-scale.low // step)
    return [(first + place) * step for place in range(wanted + 2) if (first + place) * step <= scale.high]
