"""How other services ask the survey service."""

from shared.peers import Client


class SurveyClient(Client):
    """Calls the survey service on behalf of a caller, or in the service's own name."""

    service = "survey"
