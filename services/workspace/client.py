"""How other services ask the workspace service."""

from shared.peers import Client


class WorkspaceClient(Client):
    """Calls the workspace service on behalf of a caller, or in the service's own name."""

    service = "workspace"
