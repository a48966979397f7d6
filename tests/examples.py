"""Examples of every message, as published: `schemas/examples/<type>/<name>.json`.

    python -m tests.examples      write the examples that are missing

An example is written once, from the builders, and then kept: it stands for records that are in the logs.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType

from deploy.generate.files import ROOT, json_text
from schemas import intake, ledger, notification
from schemas.base import Message
from schemas.catalogue import MESSAGES
from tests import builders
from tests.builders import Fields, build

COMMAND = "python -m tests.examples"
FOLDER = "schemas/examples"
TYPICAL = "typical"

SPECIAL: Mapping[str, Mapping[str, tuple[type[Message], Fields]]] = MappingProxyType(
    {
        message.type: {name: (message, changes)}
        for message, name, changes in (
            (intake.RegisterCompany, "of-a-group", {"group_id": builders.GROUP}),
            (intake.IssueToken, "for-an-officer", {"role": "officer", "company_id": None}),
            (intake.RecordAct, "with-a-command", {"verb": "draw", "payload": '{"units":200}'}),
            (
                ledger.EntryRecorded,
                "refused",
                {
                    "code": "EXCEEDS_CAP", "postings": (), "balances": (), "caps": (),
                    "figures": ({"code": "EXCEEDS_CAP", "line_id": "app-0001:u1", "cap_id": "programme",
                                 "needed": 1_000, "available": 600, "shortfall": 400},),
                },
            ),
            (notification.RecordDelivery, "failed", {"delivered": False, "attempts": 8, "error": "TimeoutError"}),
        )
    }
)  # fmt: skip
"""Examples beside the typical one, where optional fields make a difference."""


def examples() -> Iterator[tuple[str, Message]]:
    """Every example that the builders make, by path from the root."""
    for type_, message in MESSAGES.items():
        yield f"{FOLDER}/{type_}/{TYPICAL}.json", build(message)
        for name, (special, changes) in SPECIAL.get(type_, {}).items():
            yield f"{FOLDER}/{type_}/{name}.json", build(special, **changes)


def write_missing(root: Path = ROOT) -> tuple[str, ...]:
    """Write the examples that do not exist; return their paths."""
    missing = tuple((path, message) for path, message in examples() if not (root / path).exists())
    for path, message in missing:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(json_text(message.model_dump(mode="json")), encoding="utf-8")
    return tuple(path for path, _ in missing)


if __name__ == "__main__":
    write_missing()
