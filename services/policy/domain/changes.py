"""What an applicant may change so that a rule passes: said by the rule, and kept when the facts are judged again.

A change names a place in the facts and what is to be done there. `applied` does it to the facts, as the applicant
would by amending the application; publication of a bundle tries every promise that its cases give rise to.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time
from types import MappingProxyType

from schemas.base import maker
from schemas.findings import Change, FactLine, Facts, Identifier, Texts
from schemas.intake import Document, ExportLicence
from services.policy.domain.findings import operand
from services.policy.domain.sentences import Sentence, sentence

_change = maker(Change)
_NO_HASH = "0" * 64

WORDS: Mapping[str, Sentence] = MappingProxyType(
    {
        "share": sentence(
            "将计划的国产芯片占比提高到至少{least_bp}，即可符合此项规则。",
            "This rule passes once at least {least_bp} is planned on domestic chips.",
        ),
        "justify": sentence(
            "说明国产芯片不能替代的理由，即可符合此项规则。",
            "This rule passes once the line says why domestic chips will not do.",
        ),
        "units": sentence(
            "将该行数量减至不超过{most_units}（按申请所用计量单位），即可符合此项规则。",
            "This rule passes once the line asks for at most {most_units}, counted as the application counts.",
        ),
        "leave-out": sentence(
            "从申请中删去该行，即可符合此项规则。",
            "This rule passes once the line is left out of the application.",
        ),
        "document": sentence(
            "补交所缺文件，即可符合此项规则。",
            "This rule passes once the missing document is filed.",
        ),
        "licence": sentence(
            "出示在{until}（协调世界时）全天有效的出口许可证，即可符合此项规则。",
            "This rule passes once an export licence is shown that is valid through {until}, UTC.",
        ),
        "number": sentence(
            "更正该号码使其通过校验，即可符合此项规则。",
            "This rule passes once the number is given as its registry issued it.",
        ),
    }
)


def raise_share(field: str, least_bp: int) -> Change:
    """Plan at least so much on domestic chips."""
    return _said(f"/{field}", "at-least", str(least_bp), _with("share", "least_bp", least_bp))


def justify(line_id: str) -> Change:
    """Say why domestic chips will not do."""
    return _said(f"/lines/{line_id}/justified", "becomes", "true", _with("justify"))


def fewer_units(line_id: str, most: int, only: bool) -> Change | None:
    """Ask for at most `most` of the application's own unit; where none is left, leave the line out.

    None: none is left for the only line there is.
    """
    if most > 0:
        return _said(f"/lines/{line_id}/units", "at-most", str(most), _with("units", "most_units", most))
    return None if only else leave_out(line_id)


def leave_out(line_id: str) -> Change:
    """Leave the line out: there are others."""
    return _said(f"/lines/{line_id}", "leave-out", "", _with("leave-out"))


def file_document(kind: str) -> Change:
    """File a document of this kind."""
    return _said("/documents", "add", kind, _with("document"))


def show_licence(through: date) -> Change:
    """Show a licence that is valid through a day, UTC."""
    return _said("/export_licence", "becomes", through.isoformat(), _with("licence", "until", through.isoformat()))


def give_number(kind: str) -> Change:
    """Give the number as its registry issued it."""
    return _said("/identifiers", "add", kind, _with("number"))


def applied(facts: Facts, change: Change) -> Facts:
    """The facts after the change; unchanged where they meet it already."""
    _, field, *rest = change.path.split("/", 2)
    if field == "lines":
        return _put(facts, lines=_lines(facts.lines, rest[0], change))
    return _FIELDS[field](facts, change)


def _said(path: str, action: str, value: str, text: Texts) -> Change:
    return _change({"path": path, "action": action, "value": value, "text": text})


def _with(word: str, name: str = "", value: int | str = "") -> Texts:
    return WORDS[word].say((operand(name, value),) if name else ())


def _put(facts: Facts, **fields: object) -> Facts:
    return Facts.model_validate(dict(facts) | fields)


def _lines(lines: tuple[FactLine, ...], place: str, change: Change) -> tuple[FactLine, ...]:
    if change.action == "leave-out":
        return tuple([line for line in lines if line.line_id != place])
    line_id, _, field = place.rpartition("/")
    return tuple([_line(line, field, change) if line.line_id == line_id else line for line in lines])


def _line(line: FactLine, field: str, change: Change) -> FactLine:
    new = {"justified": True} if field == "justified" else {"units": min(line.units, int(change.value))}
    return FactLine.model_validate(dict(line) | new)


def _share(field: str) -> Callable[[Facts, Change], Facts]:
    return lambda facts, change: _put(facts, **{field: max(getattr(facts, field), int(change.value))})


def _document(facts: Facts, change: Change) -> Facts:
    filed = Document.model_validate({"kind": change.value, "sha256": _NO_HASH})
    return _put(facts, documents=(*facts.documents, filed))


def _licence(facts: Facts, change: Change) -> Facts:
    through = datetime.combine(date.fromisoformat(change.value), time.max, UTC)
    return _put(facts, export_licence=ExportLicence(licence_no="ILLUSTRATIVE", expires_at=through))


def _number(facts: Facts, change: Change) -> Facts:
    others = tuple([known for known in facts.identifiers if known.kind != change.value])
    return _put(facts, identifiers=(*others, Identifier.model_validate({"kind": change.value, "verdict": "valid"})))


_FIELDS: Mapping[str, Callable[[Facts, Change], Facts]] = MappingProxyType(
    {
        "training": _share("training"),
        "inference": _share("inference"),
        "documents": _document,
        "export_licence": _licence,
        "identifiers": _number,
    }
)
