"""How other services ask the indicators service."""

from shared.peers import Client


class IndicatorsClient(Client):
    """Calls the indicators service on behalf of a caller, or in the service's own name."""

    service = "indicators"
