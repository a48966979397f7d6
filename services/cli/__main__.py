"""Starts the `greenlight` command."""

from services.cli.app import build
from services.cli.settings import CliSettings
from services.kit.settings import load


def main() -> None:
    """Run the command with the settings of the environment."""
    build(load(CliSettings))()


if __name__ == "__main__":
    main()
