"""A bundle is taken whole or refused with file and place."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from services.policy.bundles import MANIFEST, BundleRefused, load_bundle, load_bundles, read_manifest, seal
from services.policy.bundles.folder import digest_of
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
    seal(folder, "author-lin", None)


def test_the_shipped_manifest_is_not_stale(folder: Path) -> None:
    shipped = read_manifest(SAMPLE)

    assert seal(folder, shipped.author, shipped.parent) == shipped, (
        f"run: greenlight policy seal {SAMPLE} --author {shipped.author}"
    )


def test_the_shipped_bundle_says_that_it_is_a_sample_and_cites_nothing_unreported() -> None:
    policy = sample().policy
    cited = {str(rule.law).partition(": ")[2].partition(": ")[0] for rule in policy.rules if rule.law.type != "sample"}

    assert "sample" in policy.notice.lower()
    assert cited == {
        "The Wall Street Journal, 2026-01-28", "The Business Times, 2026-01-28", "BIS rule 91 FR 1684, 2026-01-15",
    }  # fmt: skip


def _rule(policy: dict[str, object], name: str) -> dict[str, object]:
    rules = policy["rules"]
    assert isinstance(rules, list)
    found: dict[str, object] = next(rule for rule in rules if rule["rule"] == name)
    return found


def _expects(**expected: object) -> Callable[[dict[str, object]], object]:
    return lambda case: case["expected"].update(expected)  # type: ignore[attr-defined]


BAD: list[tuple[str, str, Callable[[dict[str, object]], object], str, str]] = [
    ("misspelt key", "policy.json", lambda p: p.update(aprove_eligible=True), "policy.json", "/aprove_eligible"),
    ("misspelt parameter", "policy.json", lambda p: _rule(p, "company-cap").update(limits=1),
     "policy.json", "/rules/5/cap.v1/limits"),
    ("unknown kind", "policy.json", lambda p: _rule(p, "company-cap").update(kind="cap.v9"), "policy.json", "/rules/5"),
    ("a float", "policy.json", lambda p: _rule(p, "company-cap").update(limit=1.0),
     "policy.json", "/rules/5/cap.v1/limit"),
    ("a share above one", "policy.json", lambda p: _rule(p, "domestic-share").update(training_bp=10_001),
     "policy.json", "/rules/3/min_share.v1/training_bp"),
    ("a report without outlet", "policy.json", lambda p: _rule(p, "domestic-share")["law"].pop("outlet"),  # type: ignore[attr-defined]
     "policy.json", "/rules/3/min_share.v1/law/report/outlet"),
    ("window without length", "policy.json", lambda p: p.update(effective_to=p["effective_from"]), "policy.json", "/"),
    ("no window rule", "policy.json", lambda p: p["rules"].pop(0), "policy.json", "/"),  # type: ignore[attr-defined]
    ("two rules of one name", "policy.json", lambda p: _rule(p, "company-cap").update(rule="window"),
     "policy.json", "/"),
    ("two coefficients", "policy.json", lambda p: p.update(coefficients=[{"unit": "chip", "base_units": 2}]),
     "policy.json", "/"),
    ("a table that is not there", "policy.json", lambda p: _rule(p, "company-category").update(table="colours"),
     "tables/categories.csv", ""),
    ("missing translation", "reasons/zh.json", lambda r: r.pop("CAP_EXCEEDED"), "reasons/zh.json", "/CAP_EXCEEDED"),
    ("missing in one language", "reasons/zh.json", lambda r: r.pop("group-cap.CAP_EXCEEDED"),
     "reasons/zh.json", "/group-cap.CAP_EXCEEDED"),
    ("stray translation", "reasons/en.json", lambda r: r.update(NO_SUCH_CODE="x"), "reasons/en.json", "/NO_SUCH_CODE"),
    ("stray rule", "reasons/en.json", lambda r: r.update({"window.CAP_FITS": "x"}),
     "reasons/en.json", "/window.CAP_FITS"),
    ("unknown figure", "reasons/en.json", lambda r: r.update(CAP_EXCEEDED="{secret}"),
     "reasons/en.json", "/CAP_EXCEEDED"),
    ("code in a sentence", "reasons/en.json", lambda r: r.update(CAP_EXCEEDED="{cap_units.__class__}"),
     "reasons/en.json", "/CAP_EXCEEDED"),
    ("empty sentence", "reasons/en.json", lambda r: r.update(CAP_EXCEEDED=""), "reasons/en.json", "/CAP_EXCEEDED"),
    ("wrong outcome", "cases/eligible.json", _expects(outcome="refer"), "cases/eligible.json", "/expected/outcome"),
    ("wrong units", "cases/cap-cuts.json", _expects(granted={"line-1": 1}), "cases/cap-cuts.json", "/expected/granted"),
    ("wrong findings", "cases/cap-cuts.json", _expects(findings=[]), "cases/cap-cuts.json", "/expected/findings"),
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


def test_a_code_that_no_case_gives_is_refused(folder: Path) -> None:
    (folder / "cases/outside-window.json").unlink()
    _listed(folder)

    with pytest.raises(BundleRefused, match="/rules/0: no case in cases/ gives OUTSIDE_WINDOW of window"):
        load_bundle(folder)


def test_a_row_that_no_case_meets_is_refused(folder: Path) -> None:
    (folder / "cases/category-sensitive.json").unlink()
    _listed(folder)

    with pytest.raises(BundleRefused, match=r"tables/categories\.csv: /rows/5: no case"):
        load_bundle(folder)


def test_a_bad_row_is_refused_with_its_place(folder: Path) -> None:
    table = folder / "tables/categories.csv"
    table.write_text(table.read_text(encoding="utf-8").replace("private,pass", "privat,pass"), encoding="utf-8")
    _listed(folder)

    with pytest.raises(BundleRefused, match=r"tables/categories\.csv: /rows/1/category: 'privat'"):
        load_bundle(folder)


def test_a_file_that_no_bundle_holds_is_refused(folder: Path) -> None:
    (folder / "case").mkdir()
    (folder / "case/more.json").write_text("{}")

    with pytest.raises(BundleRefused, match=r"case/more\.json: is no file that a bundle may hold"):
        load_bundle(folder)


def test_a_bundle_for_another_kernel_is_refused(folder: Path) -> None:
    _edit(folder / MANIFEST, lambda manifest: manifest.update(kernel={"least": 2, "most": 3}))
    told = read_manifest(folder)
    _edit(folder / MANIFEST, lambda manifest: manifest.update(digest=digest_of(told)))

    with pytest.raises(BundleRefused, match="/kernel: kernel 1 is not one it was written for"):
        load_bundle(folder)


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (lambda folder: (folder / "cases/more.json").write_text("{}"), "the file is not listed"),
        (lambda folder: (folder / "rationale.md").write_text("more"), "the file is not the one that was listed"),
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


def test_two_bundles_of_one_programme_may_not_overlap(folder: Path) -> None:
    with pytest.raises(BundleRefused, match="overlaps"):
        load_bundles([SAMPLE, folder])


def _following(folder: Path, parent: str | None) -> Path:
    """A copy that follows the sample, from the day on which that ends."""
    _edit(folder / "policy.json", lambda policy: policy.update(
        effective_from="2036-01-01T00:00:00Z", effective_to="2040-01-01T00:00:00Z"
    ))  # fmt: skip
    for file in (folder / "cases").iterdir():
        text = file.read_text(encoding="utf-8")
        for year in (2025, 2026, 2027):
            text = text.replace(f'_at": "{year}', f'_at": "{year + 10}')
        file.write_text(text, encoding="utf-8")
    seal(folder, "author-lin", parent)
    return folder


def test_a_bundle_may_follow_another_that_it_names(folder: Path) -> None:
    known = load_bundles([_following(folder, sample().digest), SAMPLE])

    assert [each.policy.effective_from.year for each in known.known] == [2026, 2036]
    assert known.of(PROGRAMME, AT) == sample()
    after = known.of(PROGRAMME, AT.replace(year=2037))
    assert after is not None
    assert after.digest == read_manifest(folder).digest


@pytest.mark.parametrize("parent", [None, "0" * 64])
def test_a_bundle_that_follows_without_naming_its_parent_is_refused(folder: Path, parent: str | None) -> None:
    with pytest.raises(BundleRefused, match=f"/parent: is not {sample().digest}"):
        load_bundles([SAMPLE, _following(folder, parent)])


def test_the_date_picks_the_bundle_and_a_gap_the_latest() -> None:
    known = sample()
    first = changed(known, effective_to=AT)
    second = changed(known, version=2, effective_from=AT)
    both = bundles([second, first])

    assert both.of(PROGRAMME, known.policy.effective_from) == first
    assert both.of(PROGRAMME, AT) == second
    assert both.of(PROGRAMME, known.policy.effective_to) == second
    assert both.of("elsewhere-2026", AT) is None
