"""Keys to the pictures, as lists in the page: they wrap where the picture can't."""

from __future__ import annotations

from collections.abc import Iterable

from markupsafe import Markup

from services.portal.charts.drawing import element
from services.portal.charts.profile import Band, Profile, usual_bands
from services.portal.translations import Translations


def _list(items: Iterable[tuple[Markup, str]]) -> Markup:
    return element("ul", *(element("li", _sign(sign), label) for sign, label in items), class_="legend")


def _sign(body: Markup) -> Markup:
    return element(
        "svg", body, class_="chart legend-sign", viewBox="0 0 24 14", width="24", height="14", aria_hidden="true"
    )


def profile_legend(profile: Profile, words: Translations) -> Markup:
    """The key to `radar` and `bars`: only what the profile holds."""
    points = profile.points
    own = element("rect", x="1", y="2", width="22", height="10", class_="own-area") + element(
        "line", x1="1", y1="2", x2="23", y2="2", class_="own-line"
    )
    items = [(own, profile.year)]
    if any(point.previous is not None for point in points):
        line = element("line", x1="1", y1="7", x2="23", y2="7", class_="previous-line")
        items.append((line, profile.previous_year or words.gettext("Año anterior")))
    if any(point.median is not None for point in points):
        dot = element("circle", cx="12", cy="7", r="5", class_="median-dot")
        label = words.gettext("Mediana de %(peers)s") % {"peers": profile.peers or words.gettext("las comparables")}
        items.append((dot, label))
    if any(point.low is not None for point in points):
        band = element("rect", x="1", y="3", width="22", height="8", class_="spread")
        items.append((band, words.gettext("Su mitad central")))
    return _list(items)


def level_legend(words: Translations, bands: Iterable[Band] = ()) -> Markup:
    """The ramp of maturity levels with its bounds."""
    known = tuple(bands) or usual_bands(words)
    uppers = [*(band.lower for band in known[1:]), None]
    items = []
    for band, upper in zip(known, uppers, strict=True):
        swatch = element("rect", x="1", y="1", width="22", height="12", class_=f"swatch ramp-fill-{band.level}")
        span = {"low": words.number(band.lower, 0), "high": words.number(upper if upper is not None else 100, 0)}
        last = words.gettext("%(low)s a %(high)s")
        bounds = last if upper is None else words.gettext("%(low)s a menos de %(high)s")
        items.append((swatch, f"{band.level} {band.label} ({bounds % span})"))
    return _list(items)
