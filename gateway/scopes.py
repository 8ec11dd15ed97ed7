"""Whether a scope names something that exists: asked of the service that owns such things."""

from gateway.roles import kind_of
from shared.callers import NETWORK
from shared.peers import Peers
from shared.problems import Invalid, NotFound

OWNERS = {"community": "registry", "committee": "workspace"}


async def must_exist(peers: Peers, scope: str) -> None:
    """Raises Invalid at `/scope` when no community or committee has this name."""
    kind = kind_of(scope)
    if kind is None:
        raise Invalid.at("/scope", "must be network, community:<code> or committee:<slug>")
    if kind == NETWORK:
        return
    owner, name = OWNERS[kind], scope.partition(":")[2]
    token = await peers.token(owner, None)
    try:
        await peers.send(owner, "GET", f"/internal/scopes/{name}", headers={"Authorization": f"Bearer {token}"})
    except NotFound:
        raise Invalid.at("/scope", f"names no {kind} that exists") from None
