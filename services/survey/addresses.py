"""Addresses of the survey's API, for its client."""

from urllib.parse import quote

API = "/api/v1/survey"


def path_of(year: int, community: str) -> str:
    """The address of an assessment."""
    return f"{API}/campaigns/{year}/assessments/{safe(community)}"


def safe(text: str) -> str:
    """A part of a path that stays one, whatever was typed."""
    return quote(text, safe="")
