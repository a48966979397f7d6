"""A bundle is taken whole or refused with file and place."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from services.policy.bundles import MANIFEST, BundleRefused, load_bundle, load_bundles, main, manifest_text
from services.policy.domain.bundle import bundles
from tests.unit.policy.samples import AT, PROGRAMME, SAMPLE, changed, sample


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the sample that a test may spoil."""
    return Path(shutil.copytree(SAMPLE, tmp_path / "bundle"))


def _edit(file: Path, change: Callable[[dict[str, object]], object]) -> None:
    content = json.loads(file.read_text(encoding="utf-8"))
    change(content)
    file.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")


def _listed(folder: Path) -> None:
    (folder / MANIFEST).write_text(manifest_text(folder), encoding="utf-8")


def test_the_shipped_manifest_is_not_stale() -> None:
    stale = "run: python -m services.policy.bundles deploy/policy/sample-ai-import"
    assert (SAMPLE / MANIFEST).read_text(encoding="utf-8") == manifest_text(SAMPLE), stale


def test_the_shipped_bundle_is_taken_and_says_that_it_is_a_sample() -> None:
    policy = sample().policy
    assert "sample" in policy.notice.lower()
    assert {rule.law.type for rule in policy.rules} <= {"report", "sample"}


BAD: list[tuple[str, str, Callable[[dict[str, object]], object], str, str]] = [
    ("misspelt key", "policy.json", lambda p: p.update(aprove_eligible=True), "policy.json", "/aprove_eligible"),
    ("misspelt parameter", "policy.json", lambda p: p["rules"][3].update(company_unit=1),  # type: ignore[index]
     "policy.json", "/rules/3/cap.v1/company_unit"),
    ("unknown kind", "policy.json", lambda p: p["rules"][3].update(kind="cap.v9"),  # type: ignore[index]
     "policy.json", "/rules/3"),
    ("a float", "policy.json", lambda p: p["rules"][3].update(company_units=1.0),  # type: ignore[index]
     "policy.json", "/rules/3/cap.v1/company_units"),
    ("a share above one", "policy.json", lambda p: p["rules"][2].update(training_bp=10_001),  # type: ignore[index]
     "policy.json", "/rules/2/min_share.v1/training_bp"),
    ("window without length", "policy.json", lambda p: p.update(effective_to=p["effective_from"]), "policy.json", "/"),
    ("two rules of one name", "policy.json", lambda p: p["rules"][3].update(rule="window"),  # type: ignore[index]
     "policy.json", "/"),
    ("two coefficients", "policy.json", lambda p: p.update(coefficients=[{"unit": "chip", "base_units": 2}]),
     "policy.json", "/"),
    ("missing translation", "reasons/zh.json", lambda r: r.pop("CAP_EXCEEDED"), "reasons/zh.json", "/CAP_EXCEEDED"),
    ("stray translation", "reasons/en.json", lambda r: r.update(NO_SUCH_CODE="x"), "reasons/en.json", "/NO_SUCH_CODE"),
    ("unknown figure", "reasons/en.json", lambda r: r.update(CAP_EXCEEDED="{secret}"),
     "reasons/en.json", "/CAP_EXCEEDED"),
    ("code in a sentence", "reasons/en.json", lambda r: r.update(CAP_EXCEEDED="{cap_units.__class__}"),
     "reasons/en.json", "/CAP_EXCEEDED"),
    ("empty sentence", "reasons/en.json", lambda r: r.update(CAP_EXCEEDED=""), "reasons/en.json", "/CAP_EXCEEDED"),
    ("wrong outcome", "cases/eligible.json", lambda c: c["expected"].update(outcome="refer"),  # type: ignore[attr-defined]
     "cases/eligible.json", "/expected/outcome"),
    ("wrong units", "cases/cap-cuts.json", lambda c: c["expected"]["granted"].update({"line-2": 20_001}),  # type: ignore[index]
     "cases/cap-cuts.json", "/expected/granted"),
    ("wrong findings", "cases/cap-cuts.json", lambda c: c["expected"].update(findings=[]),  # type: ignore[attr-defined]
     "cases/cap-cuts.json", "/expected/findings"),
    ("misspelt case", "cases/eligible.json", lambda c: c.update(expects={}), "cases/eligible.json", "/expects"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "file", "change", "refused", "place"), BAD, ids=[row[0] for row in BAD])
def test_a_bad_bundle_is_refused_with_file_and_place(
    folder: Path, name: str, file: str, change: Callable[[dict[str, object]], object], refused: str, place: str
) -> None:
    _edit(folder / file, change)
    _listed(folder)

    with pytest.raises(BundleRefused) as error:
        load_bundle(folder)

    assert (error.value.file, error.value.place) == (refused, place)
    assert error.value.why


def test_a_key_that_occurs_twice_is_refused(folder: Path) -> None:
    text = (folder / "policy.json").read_text(encoding="utf-8")
    (folder / "policy.json").write_text(text.replace('"version": 1', '"version": 1, "version": 2'), encoding="utf-8")
    _listed(folder)

    with pytest.raises(BundleRefused, match="/version: the key occurs twice"):
        load_bundle(folder)


def test_a_rule_that_no_case_hits_is_refused(folder: Path) -> None:
    (folder / "cases/outside-window.json").unlink()
    _listed(folder)

    with pytest.raises(BundleRefused, match=r"/rules/0: no case .* window"):
        load_bundle(folder)


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (lambda folder: (folder / "rationale.md").write_text("more"), "the file is not listed"),
        (lambda folder: (folder / "reasons/en.json").unlink(), "the file is missing"),
        (lambda folder: (folder / "reasons/en.json").write_text("{}"), "the file is not the one that was listed"),
        (lambda folder: (folder / MANIFEST).unlink(), "is missing"),
        (lambda folder: (folder / MANIFEST).write_text("{"), "is not valid JSON"),
        (lambda folder: _edit(folder / MANIFEST, lambda m: m.update(digest="0" * 64)), "is not the digest"),
    ],
)
def test_files_that_are_not_the_manifests_are_refused(folder: Path, spoil: Callable[[Path], object], why: str) -> None:
    spoil(folder)

    with pytest.raises(BundleRefused, match=why) as error:
        load_bundle(folder)

    assert error.value.file == MANIFEST


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BundleRefused, match="is not a folder"):
        load_bundle(tmp_path / "nowhere")


def test_the_command_writes_the_manifest_and_checks_the_bundle(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = (folder / MANIFEST).read_text(encoding="utf-8")
    (folder / MANIFEST).unlink()

    assert main([str(folder)]) == 0

    assert (folder / MANIFEST).read_text(encoding="utf-8") == before
    assert sample().digest in capsys.readouterr().out


def test_the_command_says_what_is_wrong(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "policy.json").unlink()

    assert main([str(folder)]) == 1

    assert "policy.json: is missing" in capsys.readouterr().err


def test_two_bundles_of_one_programme_may_not_overlap(folder: Path) -> None:
    with pytest.raises(BundleRefused, match="overlaps"):
        load_bundles([SAMPLE, folder])


def test_the_date_picks_the_bundle_and_a_gap_the_latest() -> None:
    known = sample()
    first = changed(known, effective_to=AT)
    second = changed(known, version=2, effective_from=AT)
    both = bundles([second, first])

    assert both.of(PROGRAMME, known.policy.effective_from) == first
    assert both.of(PROGRAMME, AT) == second
    assert both.of(PROGRAMME, known.policy.effective_to) == second
    assert both.of("elsewhere-2026", AT) is None
