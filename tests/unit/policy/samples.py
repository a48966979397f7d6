"""What the policy tests start from: the sample bundle, facts and commands that meet every rule of it."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

from schemas.base import Command, Fact, Received
from schemas.findings import FactLine, Facts
from schemas.intake import UseLine
from schemas.policy import AddLines, BatchLine, CapLevel, Evaluate, RecordEntry
from schemas.values import UNITS_MAX
from services.kit.contract import Lane
from services.policy.bundles import load_bundle
from services.policy.domain.bundle import Bundle, Bundles, Policy, bundle, bundles
from services.policy.domain.rules import Cap
from services.policy.domain.sentences import sentence
from tests.builders import build

SAMPLE = Path(__file__).resolve().parents[3] / "deploy" / "policy" / "sample-ai-import"
AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
PROGRAMME = "h200-2026"
_LAW = {"type": "sample", "text": "a rule of a test"}
CAP_UNITS = 120_000


@cache
def sample() -> Bundle:
    """The bundle that the project ships; read once, since nothing can change it."""
    return load_bundle(SAMPLE)


def changed(known: Bundle, **changes: object) -> Bundle:
    """The bundle with another policy; no file is behind it."""
    return bundle(known.policy.model_copy(update=changes), known.sentences, known.digest, known.tables)


def with_cap(known: Bundle, units: int) -> Bundle:
    """The bundle with another cap for a company and for its group, and a batch and a total that do not matter."""
    limits = {"company-cap": units, "group-cap": units, "batch-cap": UNITS_MAX, "total-cap": UNITS_MAX}
    rules = [
        rule.model_copy(update={"limit": limits.get(rule.rule, rule.limit)}) if isinstance(rule, Cap) else rule
        for rule in known.policy.rules
    ]
    return changed(known, rules=tuple(rules))


def of_rules(*rules: Mapping[str, object], **tables: str) -> Bundle:
    """A bundle of these rules beside the sample's window, each code with a sentence of all its figures."""
    window = sample().policy.rules[0].model_dump()
    given = [{"rule": f"rule-{number}", "law": _LAW, **rule} for number, rule in enumerate(rules, 1)]
    policy = Policy.model_validate({**sample().policy.model_dump(), "rules": (window, *given)})
    codes = {code: figures for rule in policy.rules for code, figures in rule.told(tables).items()}
    said = {code: sentence("数", " ".join(f"{{{name}}}" for name in sorted(codes[code])) or "-") for code in codes}
    return bundle(policy, said, "0" * 64, tables)


def only(known: Bundle) -> Bundles:
    """One bundle as all there are."""
    return bundles([known])


def line(**changes: object) -> FactLine:
    """One line that meets every rule."""
    fields: dict[str, object] = {
        "line_id": "u1", "item": "H200", "use": "research", "units": 1_000, "unit": "chip", "unit_value": 2_700_000,
        "justified": True, "site": "Site 1 (illustrative)",
    }  # fmt: skip
    return FactLine.model_validate(fields | changes)


def facts(**changes: object) -> Facts:
    """Facts that meet every rule."""
    fields: dict[str, object] = {
        "company_id": "lanwei-compute", "category": "private", "programme_id": PROGRAMME, "currency": "USD",
        "submitted_at": AT, "approved_units": 0, "training": 3_000, "inference": 7_000, "lines": (line(),),
    }  # fmt: skip
    return Facts.model_validate(fields | changes)


def application(company_id: str, number: int, units: tuple[int, ...] = (1_000,), **changes: object) -> Evaluate:
    """An application that meets every rule, with a line for each number of units."""
    usual = build(Evaluate)
    uses = tuple(
        UseLine.model_validate(dict(usual.application.use_lines[0]) | {"line_id": f"u{place}", "units": each})
        for place, each in enumerate(units, 1)
    )
    asked = usual.application.model_copy(
        update={"application_id": f"app-{company_id}-{number}", "company_id": company_id, "use_lines": uses}
    )
    profile = usual.profile.model_copy(update={"company_id": company_id})
    return usual.model_copy(
        update={
            "command_id": f"evaluate-{company_id}-{number}",
            "company_id": company_id,
            "application": asked,
            "profile": profile,
        }
        | changes
    )


def batch_line(application_id: str, units: int, line_id: str = "u1", company_id: str = "lanwei-compute") -> BatchLine:
    """An approved line."""
    return (
        build(AddLines)
        .lines[0]
        .model_copy(
            update={
                "line_id": line_id,
                "application_id": application_id,
                "company_id": company_id,
                "units": units,
                "value": units * 2_700_000,
            }
        )
    )


def add_lines(
    application_id: str, *units: int, company_id: str = "lanwei-compute", group_id: str | None = None
) -> AddLines:
    """An approved application's lines for the batch, one for each number of units."""
    lines = tuple(
        batch_line(application_id, each, f"u{place}", company_id=company_id) for place, each in enumerate(units, 1)
    )
    return build(AddLines, command_id=f"add-{application_id}", programme_id=PROGRAMME, group_id=group_id, lines=lines)


def told(volume: int, used: int = 0, seq: int = 1, **changes: object) -> RecordEntry:
    """The ledger tells the programme's cap."""
    cap = CapLevel(cap_id="programme", volume_units=volume, used_units=used)
    usual: dict[str, object] = {
        "command_id": f"entry-{seq}", "programme_id": PROGRAMME, "seq": seq, "code": "APPLIED", "applied": True,
        "batch_id": None, "attempt": None, "failing": (), "caps": (cap,),
    }  # fmt: skip
    return RecordEntry.model_validate(usual | changes)


class Shard:
    """One shard of a lane in memory: its state, its rows as Redis would hold them, every fact and react so far."""

    def __init__(self, lane: Lane[object], at: datetime = AT) -> None:
        self.lane, self.at, self.position = lane, at, 0
        self.state: object = lane.initial(0)
        self.kept: dict[str, dict[str, str]] = {}
        self.facts: list[Fact] = []
        self.reacts: list[Command] = []

    def take(self, command: Command) -> tuple[Fact, ...]:
        """Decide one command; keep state, rows and reacts."""
        self.position += 1
        facts = self.lane.decide(self.state, command, Received(self.position, self.at))
        for fact in facts:
            self.state = self.lane.evolve(self.state, fact)
            self._keep(self.lane.rows(self.state, fact))
            self.reacts += self.lane.react(fact)
        self.facts += facts
        return facts

    def wait(self, seconds: int) -> None:
        """Time passes; a tick is taken for whatever is due."""
        self.at += timedelta(seconds=seconds)
        due = self.lane.due(self.state)
        if due is not None and due <= self.at and self.lane.tick is not None:
            for command in self.lane.tick(self.state, self.at):
                self.take(command)

    def names(self, since: int = 0) -> list[str]:
        """The classes of the facts so far."""
        return [type(fact).__name__ for fact in self.facts[since:]]

    def restored(self) -> tuple[object, object]:
        """The state from the rows kept so far, and from all rows written anew."""
        return self.lane.restore(0, self.kept), self.lane.restore(0, _plain(self.lane.all_rows(self.state)))

    def _keep(self, rows: Mapping[str, Mapping[str, str | None]]) -> None:
        for key, fields in rows.items():
            row = self.kept.setdefault(key, {})
            for name, value in fields.items():
                if value is None:
                    row.pop(name, None)
                else:
                    row[name] = value
            if not row:
                del self.kept[key]


def _plain(rows: Mapping[str, Mapping[str, str | None]]) -> dict[str, dict[str, str]]:
    return {key: {name: value for name, value in fields.items() if value is not None} for key, fields in rows.items()}
