"""The committed JSON Schemas: fresh, valid, closed for writers, open for readers; and the command that keeps them."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, ClassVar

import pytest
from jsonschema import Draft202012Validator
from pydantic import Field

from deploy.generate import schemas as generator
from deploy.generate.compatibility import Schema, mapping
from deploy.generate.files import ROOT
from schemas.base import Message

KEPT = generator.kept_in(ROOT)


class Sample(Message):
    """A thing is done."""

    type: ClassVar[str] = "sample.thing-done.v1"
    wait: Annotated[int, Field(description="Wait in seconds.")]


class SampleWithMore(Sample):
    """A thing is done."""

    note: Annotated[str | None, Field(description="A remark.")] = None


class SampleBroken(Message):
    """A thing is done."""

    type: ClassVar[str] = "sample.thing-done.v1"
    wait: Annotated[int, Field(description="Wait in milliseconds.")]


OLD: generator.Models = {Sample.type: Sample}
MORE: generator.Models = {Sample.type: SampleWithMore}
BROKEN: generator.Models = {Sample.type: SampleBroken}


def objects(schema: Schema) -> Iterator[tuple[str, Schema]]:
    """The schema itself and every definition in it that describes an object."""
    for name, node in {"": schema, **mapping(schema.get("$defs", {}))}.items():
        if "properties" in mapping(node):
            yield name, mapping(node)


def described(field: Schema) -> bool:
    """True when the field, the class it holds or its non-null alternative says what it is."""
    below = [field.get("items"), *(option for option in field.get("anyOf", []) if option != {"type": "null"})]  # type: ignore[attr-defined]
    return "description" in field or "$ref" in field or any(described(mapping(node)) for node in below if node)


def test_the_committed_schemas_are_those_of_the_messages_and_break_no_major() -> None:
    assert list(generator.run(check=True)) == []


@pytest.mark.parametrize("name", KEPT)
def test_a_kept_schema_is_valid_json_schema_2020_12(name: str) -> None:
    Draft202012Validator.check_schema(dict(KEPT[name]))
    assert KEPT[name]["$schema"] == generator.DIALECT


@pytest.mark.parametrize("name", KEPT)
def test_a_writer_may_say_nothing_unknown_and_a_reader_accepts_it(name: str) -> None:
    opened = {node["additionalProperties"] for _, node in objects(KEPT[name])}
    assert opened == {name.endswith(".reader.json")}


def test_every_message_every_class_in_it_and_every_field_says_what_it_is() -> None:
    silent = {
        f"{owner or name.removesuffix('.writer.json')}.{field}".removesuffix(".")
        for name, schema in KEPT.items()
        if name.endswith(".writer.json")
        for owner, node in objects(schema)
        for field, told in {"": node, **mapping(node["properties"])}.items()
        if not described(mapping(told))
    }
    assert not silent, "\n".join(sorted(silent))


def test_a_stale_schema_is_named_with_the_command(tmp_path: Path) -> None:
    generator.run(check=False, root=tmp_path, models=OLD)
    assert list(generator.run(check=True, root=tmp_path, models=OLD)) == []
    assert list(generator.run(check=True, root=tmp_path, models=MORE)) == [
        f"schemas/json/sample.thing-done.v1.{side}.json is stale: run `python -m deploy.generate.schemas`"
        for side in ("reader", "writer")
    ]


def test_an_optional_field_is_written_into_the_kept_schema(tmp_path: Path) -> None:
    generator.run(check=False, root=tmp_path, models=OLD)
    assert list(generator.run(check=False, root=tmp_path, models=MORE)) == []
    written = json.loads((tmp_path / generator.FOLDER / "sample.thing-done.v1.writer.json").read_text())
    assert "note" in written["properties"]


@pytest.mark.parametrize("check", [True, False])
def test_a_field_edited_in_place_is_refused_and_nothing_is_written(tmp_path: Path, check: bool) -> None:
    generator.run(check=False, root=tmp_path, models=OLD)
    complaints = generator.run(check=check, root=tmp_path, models=BROKEN)
    assert complaints[0] == (
        "schemas/json/sample.thing-done.v1.reader.json: /wait: measured otherwise: second became millisecond; "
        "make it the next major"
    )
    assert list(generator.run(check=True, root=tmp_path, models=OLD)) == []


def test_a_message_does_not_leave_the_catalogue(tmp_path: Path) -> None:
    generator.run(check=False, root=tmp_path, models=OLD)
    complaints = generator.run(check=False, root=tmp_path, models={})
    assert "its type left the catalogue" in complaints[0]


def test_a_kept_schema_replaced_in_the_same_change_is_refused_since_the_last_revision(tmp_path: Path) -> None:
    generator.run(check=False, root=tmp_path, models=OLD)
    commit(tmp_path)
    for path in (tmp_path / generator.FOLDER).glob("*.json"):
        path.unlink()
    generator.run(check=False, root=tmp_path, models=BROKEN)
    assert list(generator.run(check=True, root=tmp_path, models=BROKEN)) == []
    complaints = generator.run(check=True, since="HEAD", root=tmp_path, models=BROKEN)
    assert "measured otherwise" in complaints[0]


def test_a_revision_that_git_does_not_know_is_no_empty_set(tmp_path: Path) -> None:
    generator.run(check=False, root=tmp_path, models=OLD)
    commit(tmp_path)
    with pytest.raises(subprocess.CalledProcessError):
        generator.run(check=True, since="nowhere", root=tmp_path, models=OLD)


def test_the_command_says_what_it_was_not_given(capsys: pytest.CaptureFixture[str]) -> None:
    assert generator.main(["--check", "--since", "no-such-revision"]) == 1
    assert "git could not show schemas/json at no-such-revision" in capsys.readouterr().err


def commit(root: Path) -> None:
    """Everything under `root`, committed to a new repository."""
    for arguments in (
        ("init", "--quiet"),
        ("add", "."),
        ("-c", "user.name=t", "-c", "user.email=t@greenlight.example", "commit", "--quiet", "--message", "kept"),
    ):
        subprocess.run(("git", *arguments), cwd=root, check=True, capture_output=True)
