"""Indicators, observations and benchmarks of the Network of Digital and Collaborative Ports."""

from portsnet_client.answers import Benchmark, Indicator, PortsError, Trend
from portsnet_client.clients import AsyncClient, Client

__all__ = ["AsyncClient", "Benchmark", "Client", "Indicator", "PortsError", "Trend"]
