"""Files -> Bundle: every key, sentence and table is what it must be, and every case gives what it says."""

import json
from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise
from pathlib import Path

from pydantic import JsonValue, TypeAdapter, ValidationError

from schemas.findings import Finding, Outcome
from schemas.values import LineId, Text, UnitsOrZero
from services.policy.bundles.folder import (
    MANIFEST,
    BundleRefused,
    Files,
    checked_manifest,
    parsed,
    read_files,
    read_manifest,
    refuse_doubles,
    refused,
)
from services.policy.bundles.signatures import Officers, verify
from services.policy.domain.bundle import Bundle, Bundles, Policy, bundle, bundles
from services.policy.domain.facts import read_facts
from services.policy.domain.kernel import Evaluation, evaluate
from services.policy.domain.rules import Closed, Codes, DecisionTable, TableRefused, Tables
from services.policy.domain.sentences import Sentence, places, sentence

_REASONS = TypeAdapter(dict[str, str])


class Expected(Closed):
    """What a case must give. `findings`: code, or code:line, of every finding that does not pass, in any order."""

    outcome: Outcome
    granted: dict[LineId, UnitsOrZero]
    findings: tuple[str, ...]


class Case(Closed):
    """One file of `cases/`. `facts` are as recorded in an evaluation; they may be invalid on purpose."""

    name: Text
    facts: dict[str, JsonValue]
    expected: Expected


def load_bundles(folders: Iterable[Path], officers: Officers | None = None) -> Bundles:
    """All bundles of these folders: windows do not overlap, and each names the one it follows. Raises BundleRefused."""
    made = {folder: load_bundle(folder, officers) for folder in folders}
    try:
        ordered = bundles(made.values())
    except ValueError as error:
        raise BundleRefused("policy.json", "/effective_from", str(error)) from error
    parents = {known.digest: read_manifest(folder).parent for folder, known in made.items()}
    for known in ordered.by_programme.values():
        for before, after in pairwise(known):
            if parents[after.digest] != before.digest:
                why = f"is not {before.digest}, the digest of the bundle that {after.policy.id} follows"
                raise BundleRefused(MANIFEST, "/parent", why)
    return ordered


def load_bundle(folder: Path, officers: Officers | None = None) -> Bundle:
    """The bundle in a folder, approved by two of these officers; None: approvals are not asked for.

    Raises BundleRefused.
    """
    files = read_files(folder)
    manifest = checked_manifest(folder, files)
    if officers is not None:
        verify(folder, manifest, officers)
    made = read_bundle(files, manifest.digest)
    _try_cases(files, made)
    return made


def read_bundle(files: Files, digest: str) -> Bundle:
    """The bundle in these files, its cases not tried. Raises BundleRefused."""
    if "policy.json" not in files:
        raise BundleRefused("policy.json", "", "is missing")
    policy = parsed(Policy, "policy.json", files["policy.json"])
    tables = _tables(files, policy)
    codes = _codes(policy, tables)
    zh, en = _reasons(files, "reasons/zh.json", codes), _reasons(files, "reasons/en.json", codes)
    if zh.keys() != en.keys():
        missing = min(zh.keys() ^ en.keys())
        raise BundleRefused(f"reasons/{'en' if missing in zh else 'zh'}.json", f"/{missing}", "the sentence is missing")
    sentences: dict[str, Sentence] = {name: sentence(zh[name], en[name]) for name in zh}
    return bundle(policy, sentences, digest, tables)


def cases(files: Files) -> Iterator[tuple[str, Case]]:
    """Every case with its file's name. Raises BundleRefused."""
    for name in files:
        if name.startswith("cases/"):
            yield name, parsed(Case, name, files[name])


def _tables(files: Files, policy: Policy) -> Tables:
    """The tables that rules read, each tried; a table nobody reads is refused."""
    rules = {f"tables/{rule.table}.csv": rule for rule in policy.rules if isinstance(rule, DecisionTable)}
    for name in files:
        if name.startswith("tables/") and name not in rules:
            raise BundleRefused(name, "", "no rule reads this table")
    return {rule.table: _table(files, name, rule) for name, rule in rules.items()}


def _table(files: Files, name: str, rule: DecisionTable) -> str:
    if name not in files:
        raise BundleRefused(name, "", "is missing")
    try:
        text = files[name].decode("utf-8")
        rule.read(text)
    except TableRefused as error:
        raise BundleRefused(name, error.place, error.why) from error
    except ValueError as error:
        raise BundleRefused(name, "", "is not valid UTF-8") from error
    return text


def _codes(policy: Policy, tables: Tables) -> Mapping[str, Codes]:
    """The codes of each rule, with the figures their sentences may use."""
    return {rule.rule: rule.told(tables) for rule in policy.rules}


def _reasons(files: Files, name: str, codes: Mapping[str, Codes]) -> Mapping[str, str]:
    if name not in files:
        raise BundleRefused(name, "", "is missing")
    refuse_doubles(name, files[name])
    try:
        reasons = _REASONS.validate_json(files[name], strict=True)
    except ValidationError as error:
        raise refused(name, error) from error
    used = set()
    for rule, told in codes.items():
        for code, figures in told.items():
            key = f"{rule}.{code}" if f"{rule}.{code}" in reasons else code
            if key not in reasons:
                raise BundleRefused(name, f"/{key}", "the sentence is missing")
            _check_sentence(name, key, reasons[key], figures)
            used.add(key)
    for key in sorted(reasons.keys() - used):
        raise BundleRefused(name, f"/{key}", "no rule of this bundle says it")
    return reasons


def _check_sentence(name: str, key: str, template: str, figures: frozenset[str]) -> None:
    try:
        unknown = places(template) - figures
        sentence(template, template)
    except ValueError as error:
        why = "holds what no sentence may hold" if isinstance(error, ValidationError) else str(error)
        raise BundleRefused(name, f"/{key}", why) from error
    if unknown:
        raise BundleRefused(name, f"/{key}", f"the finding has no figure {{{min(unknown)}}}")


def _try_cases(files: Files, made: Bundle) -> None:
    """Every case gives what it expects; together they give every code of every rule and meet every row of a table."""
    found: list[Finding] = []
    for name, case in cases(files):
        found += _try_case(name, case, made).findings
    codes = {(finding.rule, finding.code) for finding in found}
    rows = {(finding.rule, each.value) for finding in found for each in finding.operands if each.name == "row"}
    for index, rule in enumerate(made.policy.rules):
        for code in rule.told(made.tables):
            if (rule.rule, code) not in codes:
                raise BundleRefused("policy.json", f"/rules/{index}", f"no case in cases/ gives {code} of {rule.rule}")
        if isinstance(rule, DecisionTable):
            for row in rule.read(made.tables[rule.table]).rows:
                if (rule.rule, str(row.number)) not in rows:
                    raise BundleRefused(f"tables/{rule.table}.csv", f"/rows/{row.number}", "no case in cases/ meets it")


def _try_case(name: str, case: Case, made: Bundle) -> Evaluation:
    found = evaluate(read_facts(json.dumps(case.facts)), made)
    expected = case.expected
    granted = {line.line_id: line.recommended_units for line in found.lines}
    codes = sorted(_named(finding) for finding in found.findings if finding.effect != "pass")
    if found.outcome != expected.outcome:
        raise BundleRefused(name, "/expected/outcome", f"the outcome is {found.outcome}; the findings are {codes}")
    if granted != expected.granted:
        raise BundleRefused(name, "/expected/granted", f"granted are {granted}")
    if codes != sorted(expected.findings):
        raise BundleRefused(name, "/expected/findings", f"the findings are {codes}")
    return found


def _named(finding: Finding) -> str:
    """`CODE` or `CODE:line`; two rules of one kind say the same code, once each."""
    return f"{finding.code}:{finding.line_id}" if finding.line_id else finding.code
