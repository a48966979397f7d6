"""The kept examples: one at least per message, valid for writer and reader, and read and written without a change."""

import json
from collections.abc import Mapping
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from pydantic import ValidationError

from deploy.generate.files import ROOT
from deploy.generate.schemas import kept_in
from schemas.catalogue import MESSAGES
from services.kit.envelope import encode
from tests import examples

PATHS = tuple(sorted((ROOT / examples.FOLDER).glob("*/*.json")))
NAMES = tuple(f"{path.parent.name}/{path.stem}" for path in PATHS)
KEPT = kept_in(ROOT)

every_example = pytest.mark.parametrize("path", PATHS, ids=NAMES)


def validator(type_: str, side: str) -> Draft202012Validator:
    return Draft202012Validator(dict(KEPT[f"{type_}.{side}.json"]))


def decode_and_encode(path: Path) -> object:
    return json.loads(encode(MESSAGES[path.parent.name].model_validate_json(path.read_bytes())))


def kept(example: object, written: object) -> object:
    """What was written, less the members that the example, being older, does not have and that say nothing."""
    if isinstance(example, Mapping) and isinstance(written, Mapping):
        return {
            name: kept(example.get(name), value)
            for name, value in written.items()
            if name in example or value not in (None, [])
        }
    if isinstance(example, list) and isinstance(written, list) and len(example) == len(written):
        return [kept(one, other) for one, other in zip(example, written, strict=True)]
    return written


def test_every_message_has_an_example() -> None:
    missing = sorted(set(MESSAGES) - {path.parent.name for path in PATHS})
    assert missing == [], f"run `{examples.COMMAND}`"


def test_every_example_is_of_a_message_of_the_catalogue() -> None:
    assert sorted({path.parent.name for path in PATHS} - set(MESSAGES)) == []


@every_example
@pytest.mark.parametrize("side", ["writer", "reader"])
def test_an_example_is_valid_for_writer_and_reader(path: Path, side: str) -> None:
    errors = validator(path.parent.name, side).iter_errors(json.loads(path.read_bytes()))
    assert [f"/{'/'.join(map(str, error.absolute_path))}: {error.message}" for error in errors] == []


@every_example
def test_an_example_is_read_and_written_without_a_change(path: Path) -> None:
    example = json.loads(path.read_bytes())
    written = kept(example, decode_and_encode(path))
    assert json.dumps(written, ensure_ascii=False) == json.dumps(example, ensure_ascii=False)


@every_example
def test_what_was_written_once_is_written_again_byte_for_byte(path: Path) -> None:
    message = MESSAGES[path.parent.name]
    once = encode(message.model_validate_json(path.read_bytes()))
    assert encode(message.model_validate_json(once)) == once


@every_example
def test_a_reader_ignores_a_field_it_does_not_know_and_a_writer_may_not_write_it(path: Path) -> None:
    later = {**json.loads(path.read_bytes()), "unheard_of": 1}
    assert "unheard_of" not in MESSAGES[path.parent.name].model_validate_json(json.dumps(later)).model_dump()
    assert validator(path.parent.name, "reader").is_valid(later)
    assert not validator(path.parent.name, "writer").is_valid(later)


@every_example
def test_an_example_without_one_required_field_is_refused_by_schema_and_model(path: Path) -> None:
    example = json.loads(path.read_bytes())
    for name in KEPT[f"{path.parent.name}.reader.json"]["required"]:  # type: ignore[attr-defined]
        without = {field: value for field, value in example.items() if field != name}
        assert not validator(path.parent.name, "reader").is_valid(without)
        with pytest.raises(ValidationError):
            MESSAGES[path.parent.name].model_validate_json(json.dumps(without))


def test_an_example_that_exists_is_never_written_again(tmp_path: Path) -> None:
    first = examples.write_missing(tmp_path)
    (tmp_path / first[0]).write_text("{}")
    assert examples.write_missing(tmp_path) == ()
    assert (tmp_path / first[0]).read_text() == "{}"
