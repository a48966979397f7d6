"""The generated table of topics: a row per topic, between two markers, prose around it untouched."""

from pathlib import Path

import pytest

from deploy.generate import topics_table
from schemas.catalogue import TOPICS

PAGE = f"# Title\n\nBefore.\n\n{topics_table.BEGIN}\nold\n{topics_table.END}\n\nAfter.\n"


def page(folder: Path, text: str = PAGE) -> Path:
    path = folder / "PAGE.md"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_table_has_a_row_per_topic_in_the_catalogues_order() -> None:
    rows = topics_table.table().splitlines()[2:]
    assert [row.split("|")[1].strip(" `") for row in rows] == [topic.name for topic in TOPICS]


def test_every_row_has_as_many_cells_as_the_head() -> None:
    assert {row.count("|") for row in topics_table.table().splitlines()} == {8}


def test_writing_leaves_the_prose_alone_and_is_done_once(tmp_path: Path) -> None:
    path = page(tmp_path)
    assert topics_table.run(path.name, check=False, root=tmp_path) == []
    text = path.read_text(encoding="utf-8")
    assert text.startswith("# Title\n\nBefore.\n\n")
    assert text.endswith("\n\nAfter.\n")
    assert topics_table.table() in text
    assert topics_table.run(path.name, check=True, root=tmp_path) == []


def test_a_stale_table_is_named_with_the_command_and_left_as_it_is(tmp_path: Path) -> None:
    path = page(tmp_path)
    assert topics_table.run(path.name, check=True, root=tmp_path) == [
        "PAGE.md is stale: run `python -m deploy.generate.topics_table PAGE.md`"
    ]
    assert path.read_text(encoding="utf-8") == PAGE


@pytest.mark.parametrize(
    "text",
    [
        "# Title\n",
        f"{topics_table.BEGIN}\n",
        f"{topics_table.END}\n{topics_table.BEGIN}\n",
        PAGE + PAGE,
    ],
    ids=["no marker", "one marker", "markers the wrong way round", "markers twice"],
)
def test_a_page_without_its_two_markers_is_refused(tmp_path: Path, text: str) -> None:
    path = page(tmp_path, text)
    with pytest.raises(ValueError, match="needs one line"):
        topics_table.run(path.name, check=False, root=tmp_path)
    assert path.read_text(encoding="utf-8") == text


def test_the_command_says_which_file_is_not_there(capsys: pytest.CaptureFixture[str]) -> None:
    assert topics_table.main(["no-such-page.md", "--check"]) == 1
    assert capsys.readouterr().err.startswith("no-such-page.md: ")
