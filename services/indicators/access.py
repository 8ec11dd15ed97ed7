"""Who may see and change which indicator data: one condition for values, and the doors to what is changed."""

from sqlalchemy import ColumnElement, ScalarSelect, and_, func, literal, or_, select, true
from sqlalchemy.orm import InstrumentedAttribute

from services.indicators.tables import Visibility
from shared.callers import Caller
from shared.problems import NotAllowed, NotSignedIn

DEFAULT_LEVEL = "aggregate"
FEEDERS = ("data_provider", "coordinator")


def is_of(caller: Caller, community: str) -> bool:
    """Own people and the secretariat: they see drafts, whatever the visibility."""
    return caller.is_secretariat or community in caller.communities


def may_feed(caller: Caller, community: str) -> bool:
    """Enter, upload and submit data: data providers and coordinators of the community, and the secretariat."""
    return caller.is_secretariat or caller.holds(*FEEDERS, scope=f"community:{community}")


def may_decide(caller: Caller, community: str) -> bool:
    """Approve, return, and set who sees what: the community's coordinators and the secretariat."""
    return caller.is_secretariat or caller.coordinates(community)


def must_be_of(caller: Caller, community: str) -> None:
    if not is_of(caller, community):
        raise NotAllowed("Only the community's own people and the secretariat see this.")


def must_feed(caller: Caller, community: str) -> None:
    if not may_feed(caller, community):
        raise NotAllowed("Only the community's data providers and coordinators, and the secretariat, do this.")


def must_decide(caller: Caller, community: str) -> None:
    if not may_decide(caller, community):
        raise NotAllowed("Only the community's coordinators and the secretariat do this.")


def must_feed_somewhere(caller: Caller) -> None:
    """A first look, before anything is read: whoever may write nowhere need not be told what is wrong with the rows."""
    if not caller.is_signed_in:
        raise NotSignedIn
    if not caller.is_secretariat and not caller.scopes_of(*FEEDERS, within="community"):
        raise NotAllowed("Only data providers, coordinators and the secretariat record observations.")


def level_of(community: InstrumentedAttribute[str], indicator: InstrumentedAttribute[str]) -> ScalarSelect[str]:
    """The visibility of a row's value, as SQL."""
    found = (
        select(func.coalesce(Visibility.indicators[indicator].astext, Visibility.default_level))
        .where(Visibility.community_code == community)
        .correlate_except(Visibility)
        .scalar_subquery()
    )
    return func.coalesce(found, DEFAULT_LEVEL)  # type: ignore[return-value]  # a scalar expression either way


def levels_shown(caller: Caller) -> tuple[str, ...]:
    """The visibilities that show a value to this caller, whosever it is."""
    return ("public", "network") if caller.belongs_to_network else ("public",)


def owned(caller: Caller, community: InstrumentedAttribute[str]) -> ColumnElement[bool]:
    """Rows of which the caller sees the drafts too."""
    if caller.is_secretariat:
        return true()
    return community.in_(sorted(caller.communities))


def visible(
    caller: Caller, community: InstrumentedAttribute[str], indicator: InstrumentedAttribute[str]
) -> ColumnElement[bool]:
    """Values that this caller may see. Used by list, export, revisions and benchmark alike."""
    if caller.is_secretariat:
        return true()
    level = level_of(community, indicator)
    return or_(owned(caller, community), and_(literal(value=True), level.in_(levels_shown(caller))))
