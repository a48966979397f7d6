"""Before a bundle is published: approved by two officers other than its author, with sane figures and kept promises."""

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from schemas.findings import Change, Effect, Finding
from services.policy.bundles import (
    MANIFEST,
    SIGNATURES,
    BundleRefused,
    Officers,
    approve,
    check,
    load_bundle,
    read_manifest,
    read_officers,
    seal,
)
from services.policy.bundles.folder import Approval
from services.policy.bundles.publication import check_limits, check_policy, check_results
from services.policy.domain.bundle import Bundle, Policy
from services.policy.domain.changes import justify
from services.policy.domain.findings import Phrase
from services.policy.domain.kernel import evaluate
from services.policy.domain.rules import Measured
from services.policy.domain.sentences import sentence
from tests.unit.policy.samples import AT, SAMPLE, facts, line, sample

KEYS = {name: Ed25519PrivateKey.from_private_bytes(name.encode().ljust(32)) for name in ("wen", "tan", "author")}
OFFICERS = Officers(officers={name: key.public_key().public_bytes_raw().hex() for name, key in KEYS.items()})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the sample, written by its author and approved by nobody."""
    copied = Path(shutil.copytree(SAMPLE, tmp_path / "bundle"))
    seal(copied, "author", None)
    return copied


def _approve(folder: Path, *names: str) -> None:
    for name in names:
        approve(folder, read_manifest(folder), name, KEYS[name], AT)


def test_a_bundle_of_two_officers_is_taken(folder: Path) -> None:
    _approve(folder, "wen", "tan")

    assert load_bundle(folder, OFFICERS).digest == read_manifest(folder).digest


def test_an_approval_does_not_change_the_digest_and_new_content_voids_it(folder: Path) -> None:
    before = read_manifest(folder)
    _approve(folder, "wen", "tan")
    assert read_manifest(folder).digest == before.digest

    (folder / "rationale.md").write_text("Another reason.")
    after = seal(folder, "author", before.digest)

    assert (after.digest != before.digest, after.approvals, (folder / SIGNATURES).exists()) == (True, (), False)


def _other_author(folder: Path, author: str = "rob") -> None:
    """Content of another author under approvals given before."""
    approved, signed = read_manifest(folder), (folder / SIGNATURES).read_bytes()
    sealed = seal(folder, author, None)
    kept = sealed.model_copy(update={"approvals": approved.approvals})
    (folder / MANIFEST).write_text(kept.model_dump_json())
    (folder / SIGNATURES).write_bytes(signed)


def _unsigned(folder: Path) -> None:
    (folder / SIGNATURES).write_text('{"signatures": {}}')


def _stranger(folder: Path) -> None:
    _approve(folder, "wen")
    approve(folder, read_manifest(folder), "rob", KEYS["tan"], AT)


def _another_key(folder: Path) -> None:
    _approve(folder, "wen")
    approve(folder, read_manifest(folder), "tan", KEYS["wen"], AT)


def _taken_away(folder: Path) -> None:
    _approve(folder, "wen", "tan")
    signed = json.loads((folder / SIGNATURES).read_text())["signatures"]
    (folder / SIGNATURES).write_text(json.dumps({"signatures": {"wen": signed["wen"]}}))


def _approvals(folder: Path, *approvals: Approval) -> None:
    told = read_manifest(folder).model_copy(update={"approvals": approvals})
    (folder / MANIFEST).write_text(told.model_dump_json())


def _another_moment(folder: Path) -> None:
    _approve(folder, "wen", "tan")
    first, second = read_manifest(folder).approvals
    _approvals(folder, first.model_copy(update={"approved_at": datetime(2026, 3, 3, tzinfo=UTC)}), second)


def _twice(folder: Path) -> None:
    _approve(folder, "wen")
    (only,) = read_manifest(folder).approvals
    _approvals(folder, only, only)


def _another_bundle(folder: Path) -> None:
    _approve(folder, "wen", "tan")
    _other_author(folder)


def _own(folder: Path) -> None:
    _approve(folder, "tan", "wen")
    _other_author(folder, "tan")


SPOILT: list[tuple[Callable[[Path], None], str, str, str]] = [
    (_unsigned, MANIFEST, "/approvals", "0 officers have approved"),
    (lambda folder: _approve(folder, "wen"), MANIFEST, "/approvals", "1 officers have approved"),
    (_stranger, MANIFEST, "/approvals/1", "no officer whose signature counts"),
    (_another_key, SIGNATURES, "/signatures/tan", "not this officer's over this digest"),
    (_taken_away, SIGNATURES, "/signatures/tan", "the signature is missing"),
    (_another_moment, SIGNATURES, "/signatures/wen", "not this officer's over this digest"),
    (_twice, MANIFEST, "/approvals", "approved twice"),
    (_another_bundle, SIGNATURES, "/signatures/wen", "not this officer's over this digest"),
    (_own, MANIFEST, "/approvals/0", "wrote it"),
]


@pytest.mark.parametrize(("spoil", "file", "place", "why"), SPOILT)
def test_a_bundle_that_two_officers_did_not_approve_is_refused(
    folder: Path, spoil: Callable[[Path], None], file: str, place: str, why: str
) -> None:
    spoil(folder)

    with pytest.raises(BundleRefused, match=why) as refused:
        load_bundle(folder, OFFICERS)

    assert (refused.value.file, refused.value.place) == (file, place)


@pytest.mark.parametrize(("who", "why"), [("author", "wrote it"), ("wen", "has approved it already")])
def test_an_approval_that_cannot_count_is_not_given(folder: Path, who: str, why: str) -> None:
    _approve(folder, "wen")

    with pytest.raises(BundleRefused, match=why):
        _approve(folder, who)


def test_two_persons_with_one_key_are_no_two_officers(tmp_path: Path) -> None:
    file = tmp_path / "officers.json"
    key = OFFICERS.officers["wen"]
    file.write_text(json.dumps({"officers": {"wen": key, "tan": key}}))

    with pytest.raises(BundleRefused, match="two persons have the same key"):
        read_officers(file)


def test_the_sample_may_be_published() -> None:
    assert check(SAMPLE) == sample()


def _rule(name: str, **changes: object) -> Policy:
    rules = [rule.model_dump() | (changes if rule.rule == name else {}) for rule in sample().policy.rules]
    return Policy.model_validate({**sample().policy.model_dump(), "rules": tuple(rules)})


ODD: list[tuple[str, Policy, str]] = [
    ("a century", sample().policy.model_copy(update={"effective_to": datetime(2126, 1, 1, tzinfo=UTC)}),
     "/effective_to"),
    ("a company above its group", _rule("group-cap", limit=119_999), "/rules/5/limit"),
    ("a group above the total", _rule("total-cap", limit=150_000), "/rules/6/limit"),
    ("a cap below one module", _rule("company-cap", limit=7), "/rules/5/limit"),
    ("a use justified and not admitted", _rule("necessary-use", uses=("research",)), "/rules/1/justified_uses"),
    ("a gate without the product", _rule("second-gate", products=({"item": "H20", "tpp": 1, "bandwidth_gbs": 1},)),
     "/rules/10/products"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "policy", "place"), ODD, ids=[row[0] for row in ODD])
def test_figures_that_no_scheme_means_are_refused(name: str, policy: Policy, place: str) -> None:
    with pytest.raises(BundleRefused) as refused:
        check_policy(policy)

    assert (refused.value.file, refused.value.place) == ("policy.json", place)


def _and(effect: Effect, limit_units: int | None = None, change: Change | None = None) -> Bundle:
    """The sample with one more rule that always finds the same."""
    phrase = Phrase("odd.v1", "odd", "sample: of a test", "ODD", sentence("异", "odd"))

    def judge(_: Measured) -> tuple[Finding, ...]:
        return (phrase.found(effect, (), "u1", limit_units, change),)

    return replace(sample(), judges=(*sample().judges, ("odd", judge)))


BROKEN: list[tuple[str, Bundle, Bundle, Bundle, str, str]] = [
    ("a higher cap lowers", sample(), _and("limit", 5), sample(), "/rules/5", "a higher cap lowers"),
    ("order matters", sample(), sample(), _and("refer"), "/rules", "another order"),
    ("a broken promise", _and("refer", change=justify("u1")), _and("refer"), _and("refer"), "/facts", "promises"),
]


@pytest.mark.parametrize(("name", "made", "raised", "turned", "place", "why"), BROKEN, ids=[row[0] for row in BROKEN])
def test_a_property_that_does_not_hold_is_refused(
    name: str, made: Bundle, raised: Bundle, turned: Bundle, place: str, why: str
) -> None:
    with pytest.raises(BundleRefused, match=why) as refused:
        check_results("cases/one.json", facts(), made, [("/rules/5", raised)], turned)

    assert refused.value.place == place


def test_more_than_a_limit_is_refused() -> None:
    found = evaluate(facts(lines=(line(units=130_000),)), sample())
    more = replace(found, lines=tuple(each.model_copy(update={"recommended_units": 120_001}) for each in found.lines))
    check_limits("cases/one.json", found)

    with pytest.raises(BundleRefused, match="granted more"):
        check_limits("cases/one.json", more)
