"""What the local processes take from the environment of the person who starts them."""

import os
from collections.abc import Mapping

from deploy import stack

PREFIX = "GREENLIGHT_"


def inherited() -> dict[str, str]:
    """Our environment without settings of Greenlight: a process is told those in full, or not at all."""
    return {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}


def given() -> Mapping[str, str]:
    """Values of the variables of `stack.GIVEN`; empty ones count as not given."""
    names = [variable.name for variables in stack.GIVEN.values() for variable in variables]
    return {name: os.environ[name] for name in names if os.environ.get(name)}


def named_broker() -> str | None:
    """A broker that somebody else runs, for the tests to use."""
    return os.environ.get("KAFKA_BOOTSTRAP") or None
