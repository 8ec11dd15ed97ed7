"""Log lines: one JSON object each, with the request's id; never a body, a secret or a frame's variables."""

import logging
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

from shared import idempotency


def _with_request(logger: Any, name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    if request_id := idempotency.request_id.get():
        event["request_id"] = request_id
    return event


def configure(level: str = "INFO") -> None:
    """Send everything, the libraries' lines included, to standard error as JSON."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _with_request,
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),  # whichever it is when something is said
        cache_logger_on_first_use=False,
    )
    logging.basicConfig(level=max(logging.WARNING, logging.getLevelNamesMapping()[level.upper()]), force=True)
