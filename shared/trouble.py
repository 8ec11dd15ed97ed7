"""What an operator can mend."""


class Trouble(Exception):
    """One clear sentence for the operator; a command ends with it and status 1."""
