"""Reads a bundle's folder, and refuses it with file and place unless everything in it holds.

    policy.json         the programme, its units, its release rule, its rules
    reasons/{zh,en}.json  a sentence per code of those rules, for applicants
    cases/*.json        facts and what they must give; every rule decides in at least one
    manifest.json       SHA-256 of every other file, and the digest that names the bundle

`python -m services.policy.bundles FOLDER...` writes manifest.json anew and checks the bundle.
"""

import hashlib
import json
import sys
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, TypeVar

from pydantic import Field, JsonValue, TypeAdapter, ValidationError

from schemas.findings import Finding, Outcome
from schemas.values import LineId, Sha256, Text, UnitsOrZero
from services.kit.errors import GreenlightError
from services.policy.domain.bundle import Bundle, Bundles, Policy, bundle, bundles
from services.policy.domain.facts import read_facts
from services.policy.domain.kernel import evaluate
from services.policy.domain.rules import Closed, Codes
from services.policy.domain.sentences import Sentence, places, sentence

M = TypeVar("M", bound=Closed)
MANIFEST = "manifest.json"
FILES_MAX = 500
FILE_BYTES_MAX = 1_000_000


class BundleRefused(GreenlightError):
    """A bundle's folder is not what it must be: which file, which place in it, and why. The service does not start."""

    def __init__(self, file: str, place: str, why: str) -> None:
        super().__init__(f"{file}: {place}: {why}" if place else f"{file}: {why}")
        self.file, self.place, self.why = file, place, why


class Manifest(Closed):
    """`manifest.json`."""

    digest: Sha256
    files: Annotated[dict[str, Sha256], Field(min_length=1, max_length=FILES_MAX)]


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


_REASONS = TypeAdapter(dict[str, str])


def load_bundles(folders: Iterable[Path]) -> Bundles:
    """All bundles of these folders. Raises BundleRefused."""
    try:
        return bundles([load_bundle(folder) for folder in folders])
    except ValueError as error:
        raise BundleRefused("policy.json", "/effective_from", str(error)) from error


def load_bundle(folder: Path) -> Bundle:
    """The bundle in a folder. Raises BundleRefused."""
    files = _files(folder)
    digest = _checked_digest(folder, files)
    policy = _policy(files)
    codes = _codes(policy)
    zh, en = _reasons(files, "reasons/zh.json", codes), _reasons(files, "reasons/en.json", codes)
    sentences: dict[str, Sentence] = {code: sentence(zh[code], en[code]) for code in codes}
    made = bundle(policy, sentences, digest)
    _try_cases(files, made)
    return made


def manifest_text(folder: Path) -> str:
    """What manifest.json must say of the files as they are. Raises BundleRefused."""
    hashes = _hashes(_files(folder))
    return json.dumps({"digest": _digest(hashes), "files": hashes}, indent=2, sort_keys=True) + "\n"


def _files(folder: Path) -> Mapping[str, bytes]:
    """Every file of the folder but its manifest, by its path below it."""
    if not folder.is_dir():
        raise BundleRefused(str(folder), "", "is not a folder")
    paths = sorted(path for path in folder.rglob("*") if path.is_file() and path != folder / MANIFEST)
    if len(paths) > FILES_MAX:
        raise BundleRefused(str(folder), "", f"has more than {FILES_MAX} files")
    return {path.relative_to(folder).as_posix(): _bytes(path) for path in paths}


def _bytes(path: Path) -> bytes:
    if path.stat().st_size > FILE_BYTES_MAX:
        raise BundleRefused(path.name, "", f"has more than {FILE_BYTES_MAX} bytes")
    return path.read_bytes()


def _hashes(files: Mapping[str, bytes]) -> dict[str, str]:
    return {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}


def _digest(hashes: Mapping[str, str]) -> str:
    canonical = json.dumps(hashes, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def _checked_digest(folder: Path, files: Mapping[str, bytes]) -> str:
    if not (folder / MANIFEST).is_file():
        raise BundleRefused(MANIFEST, "", "is missing")
    told = _parsed(Manifest, MANIFEST, _bytes(folder / MANIFEST))
    found = _hashes(files)
    for name in sorted(told.files.keys() | found.keys()):
        if name not in found:
            raise BundleRefused(MANIFEST, f"/files/{name}", "the file is missing")
        if name not in told.files:
            raise BundleRefused(MANIFEST, f"/files/{name}", "the file is not listed")
        if told.files[name] != found[name]:
            raise BundleRefused(MANIFEST, f"/files/{name}", "the file is not the one that was listed")
    if told.digest != _digest(found):
        raise BundleRefused(MANIFEST, "/digest", "is not the digest of the listed files")
    return told.digest


def _policy(files: Mapping[str, bytes]) -> Policy:
    return _parsed(Policy, "policy.json", _file(files, "policy.json"))


def _file(files: Mapping[str, bytes], name: str) -> bytes:
    if name not in files:
        raise BundleRefused(name, "", "is missing")
    return files[name]


def _parsed(model: type[M], name: str, content: bytes) -> M:
    _refuse_doubles(name, content)
    try:
        return model.model_validate_json(content)
    except ValidationError as error:
        raise _refused(name, error) from error


def _refuse_doubles(name: str, content: bytes) -> None:
    """JSON readers take the last of two equal keys in silence; a policy must not depend on that."""

    def pairs(found: list[tuple[str, object]]) -> None:
        for key, count in Counter(key for key, _ in found).items():
            if count > 1:
                raise BundleRefused(name, f"/{key}", "the key occurs twice in one object")

    try:
        json.loads(content, object_pairs_hook=pairs)
    except (ValueError, RecursionError) as error:
        raise BundleRefused(name, "", "is not valid JSON") from error


def _refused(name: str, error: ValidationError) -> BundleRefused:
    first = error.errors(include_url=False, include_input=False)[0]
    return BundleRefused(name, "/" + "/".join(map(str, first["loc"])), first["msg"])


def _codes(policy: Policy) -> Codes:
    return {code: figures for rule in policy.rules for code, figures in rule.codes.items()}


def _reasons(files: Mapping[str, bytes], name: str, codes: Codes) -> Mapping[str, str]:
    content = _file(files, name)
    _refuse_doubles(name, content)
    try:
        reasons = _REASONS.validate_json(content, strict=True)
    except ValidationError as error:
        raise _refused(name, error) from error
    for code in sorted(codes.keys() | reasons.keys()):
        if code not in reasons:
            raise BundleRefused(name, f"/{code}", "the sentence is missing")
        if code not in codes:
            raise BundleRefused(name, f"/{code}", "no rule of this bundle has the code")
        _check_sentence(name, code, reasons[code], codes[code])
    return reasons


def _check_sentence(name: str, code: str, template: str, figures: frozenset[str]) -> None:
    try:
        unknown = places(template) - figures
        sentence(template, template)
    except ValueError as error:
        why = "holds what no sentence may hold" if isinstance(error, ValidationError) else str(error)
        raise BundleRefused(name, f"/{code}", why) from error
    if unknown:
        raise BundleRefused(name, f"/{code}", f"the finding has no figure {{{min(unknown)}}}")


def _try_cases(files: Mapping[str, bytes], made: Bundle) -> None:
    """Every case gives what it expects, and every rule decides in at least one."""
    deciding: set[str] = set()
    for name in files:
        if name.startswith("cases/"):
            deciding |= _try_case(name, files[name], made)
    for index, rule in enumerate(made.policy.rules):
        if rule.rule not in deciding:
            raise BundleRefused("policy.json", f"/rules/{index}", f"no case in cases/ is decided by {rule.rule}")


def _try_case(name: str, content: bytes, made: Bundle) -> set[str]:
    case = _parsed(Case, name, content)
    found = evaluate(read_facts(json.dumps(case.facts)), made)
    expected = case.expected
    granted = {line.line_id: line.recommended_units for line in found.lines}
    telling = [finding for finding in found.findings if finding.effect != "pass"]
    codes = sorted(map(_named, telling))
    if found.outcome != expected.outcome:
        raise BundleRefused(name, "/expected/outcome", f"the outcome is {found.outcome}")
    if granted != expected.granted:
        raise BundleRefused(name, "/expected/granted", f"granted are {granted}")
    if codes != sorted(expected.findings):
        raise BundleRefused(name, "/expected/findings", f"the findings are {codes}")
    return {finding.rule for finding in telling}


def _named(finding: Finding) -> str:
    return f"{finding.code}:{finding.line_id}" if finding.line_id else finding.code


def main(folders: list[str]) -> int:
    """Write each folder's manifest anew and check the bundle; 1 if one is refused."""
    for folder in map(Path, folders):
        try:
            (folder / MANIFEST).write_text(manifest_text(folder), encoding="utf-8")
            made = load_bundle(folder)
        except BundleRefused as refused:
            print(refused, file=sys.stderr)
            return 1
        print(f"{made.policy.id} version {made.policy.version} {made.digest}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
