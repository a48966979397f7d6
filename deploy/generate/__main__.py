"""All that is made from the published language: `python -m deploy.generate [--check]`."""

import sys

from deploy.generate import access, asyncapi, schemas


def main(given: list[str]) -> int:
    """Schemas first, since the AsyncAPI document refers to them; 1 when one of them is refused or stale."""
    return schemas.main(given) or asyncapi.main(given) or access.main(given)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
