"""`python -m deploy.health URL`: exit code 0 when the page answers 200. For container health checks and `make up`."""

import sys
import urllib.error
import urllib.request
from http import HTTPStatus

TIMEOUT_SECONDS = 3


def ready(url: str) -> bool:
    """Whether the page answers 200 in time."""
    try:
        with urllib.request.urlopen(url, timeout=TIMEOUT_SECONDS) as answer:
            return bool(answer.status == HTTPStatus.OK)
    except (OSError, urllib.error.URLError):
        return False


if __name__ == "__main__":
    sys.exit(not ready(sys.argv[1]))
