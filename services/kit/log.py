"""Logs: JSON lines on standard output, with ids; never a payload, a name, an address or a secret.

A traceback is written as places (file, line, function) and the exception's class: its text may hold input.
"""

import logging
import sys
import traceback
from collections.abc import MutableMapping
from typing import TextIO, cast

import structlog
from structlog.typing import FilteringBoundLogger

PLACES_MAX = 20


def _places(_: object, __: str, event: MutableMapping[str, object]) -> MutableMapping[str, object]:
    error = event.pop("exc_info", None)
    if error is True:
        error = sys.exc_info()[1]
    if isinstance(error, BaseException):
        cause = error.__cause__ or error
        frames = traceback.extract_tb(cause.__traceback__)[-PLACES_MAX:]
        event["exception"] = type(cause).__name__
        event["places"] = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]
    return event


def logger(service: str, level: str = "info", out: TextIO | None = None) -> FilteringBoundLogger:
    """The logger of a process, writing to `out` (standard output if None)."""
    number = logging.getLevelNamesMapping()[level.upper()]
    made = structlog.wrap_logger(
        structlog.PrintLogger(out or sys.stdout),
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _places,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        service=service,
    )
    return cast(FilteringBoundLogger, made)
