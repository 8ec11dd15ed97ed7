"""The version of the platform, as its package says."""

from importlib.metadata import version

VERSION = version("portsnet")
