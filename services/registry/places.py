"""Where things are: UN/LOCODE, ISO 3166 and whether a coordinate can be true."""

import re

import pycountry

from shared.problems import FieldError

UNLOCODE = re.compile(r"[A-Z]{2}[A-Z2-9]{3}")

# South, north, west, east in whole degrees, islands and a margin at sea included; read off a map (Natural Earth 1:50m).
BOXES: dict[str, tuple[int, int, int, int]] = {
    "AG": (16, 19, -63, -61), "AR": (-56, -21, -74, -53), "BB": (12, 14, -61, -58), "BO": (-24, -9, -70, -57),
    "BR": (-34, 6, -74, -28), "BS": (20, 28, -80, -72), "BZ": (15, 19, -90, -87), "CL": (-57, -17, -110, -66),
    "CO": (-5, 17, -83, -66), "CR": (5, 12, -88, -82), "CU": (19, 24, -85, -73), "DM": (15, 16, -62, -60),
    "DO": (17, 20, -73, -68), "EC": (-6, 2, -93, -75), "GD": (11, 13, -62, -60), "GT": (13, 18, -93, -88),
    "GY": (1, 9, -62, -56), "HN": (12, 18, -90, -82), "HT": (17, 21, -75, -71), "JM": (17, 19, -79, -75),
    "KN": (16, 18, -64, -62), "LC": (13, 15, -62, -60), "MX": (14, 33, -119, -86), "NI": (10, 16, -88, -82),
    "PA": (7, 10, -84, -77), "PE": (-19, 1, -82, -68), "PR": (17, 19, -68, -65), "PY": (-28, -19, -63, -54),
    "SR": (1, 7, -59, -53), "SV": (12, 15, -91, -87), "TT": (10, 12, -62, -60), "UY": (-36, -30, -59, -53),
    "VC": (12, 14, -62, -60), "VE": (0, 16, -74, -59),
}  # fmt: skip


def is_country(code: str) -> bool:
    """Whether ISO 3166-1 has this alpha-2 code."""
    return pycountry.countries.get(alpha_2=code) is not None


def location_errors(country: str, lat: float, lon: float, at: str) -> list[FieldError]:
    """Why a place cannot be in this country; empty when it can be. Countries outside the region are not checked."""
    if lat == 0 and lon == 0:
        return [FieldError(at, "is 0, 0: leave it out when it is not known", "location")]
    box = BOXES.get(country)
    if box is None or _inside(box, lat, lon):
        return []
    hint = ""
    for name, other in (
        ("exchanged latitude and longitude", (lon, lat)), ("a lost minus sign of the longitude", (lat, -lon)),
        ("a lost minus sign of the latitude", (-lat, lon)),
    ):  # fmt: skip
        if _inside(box, *other):
            hint = f"; perhaps {name}"
            break
    return [FieldError(at, f"is not in {country}{hint}", "location")]


def _inside(box: tuple[int, int, int, int], lat: float, lon: float) -> bool:
    south, north, west, east = box
    return south <= lat <= north and west <= lon <= east
