"""The colours of the style sheets, measured: contrast by WCAG 2.2, from the tokens as they are served."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from services.portal.translations import N_

TOKENS = Path(__file__).parent / "static" / "css" / "tokens.css"
TEXT, CONTROL = 4.5, 3.0  # least contrast of text, and of what marks a control


@dataclass(frozen=True)
class Colour:
    name: str
    light: str
    dark: str


@dataclass(frozen=True)
class Pair:
    """A colour that stands on another one, and how much contrast it needs there."""

    above: str
    ground: str
    least: float
    use: str

    def contrast(self) -> tuple[float, float]:
        """In light and in dark."""
        above, ground = colours()[self.above], colours()[self.ground]
        return contrast(above.light, ground.light), contrast(above.dark, ground.dark)


PAIRS = (
    *(Pair("ink", ground, TEXT, N_("Texto")) for ground in ("paper", "mist")),
    *(Pair("muted", ground, TEXT, N_("Texto secundario")) for ground in ("paper", "mist")),
    *(Pair("harbour", ground, TEXT, N_("Enlaces, lo propio en los gráficos")) for ground in ("paper", "mist")),
    *(Pair("buoy", ground, TEXT, N_("Usted está aquí")) for ground in ("paper", "mist")),
    Pair("on-buoy", "buoy", TEXT, N_("Acción principal")),
    Pair("on-buoy", "buoy-pressed", TEXT, N_("Acción principal, al pasar")),
    Pair("on-harbour", "harbour", TEXT, N_("Elegido, selección de texto")),
    *(
        Pair(name, ground, TEXT, N_("Con palabra y signo"))
        for name in ("ok", "warning", "error")
        for ground in ("paper", "mist")
    ),
    *(Pair(f"on-ramp-{level}", f"ramp-{level}", TEXT, N_("Número en la rampa")) for level in range(1, 6)),
    Pair("paper", "ink", TEXT, N_("Noticia breve al pie")),
    *(Pair("line", ground, CONTROL, N_("Borde de un control")) for ground in ("paper", "mist")),
    *(Pair("harbour", ground, CONTROL, N_("Foco")) for ground in ("paper", "mist")),
)


@lru_cache(maxsize=1)
def colours() -> dict[str, Colour]:
    pattern = re.compile(r"--([\w-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\);")
    return {name: Colour(name, light, dark) for name, light, dark in pattern.findall(TOKENS.read_text("utf-8"))}


def luminance(colour: str) -> float:
    """Relative luminance by WCAG 2.2 of `#rrggbb`."""
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """1 to 21.

    >>> round(contrast("#ffffff", "#000000"), 1)
    21.0
    """
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)
