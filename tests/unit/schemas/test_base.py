"""What every message is: frozen, strict, closed to coercion, open to unknown fields; ids derived alike."""

import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from schemas import ledger
from schemas.base import derived_id, maker
from tests.builders import build

DRAW = build(ledger.Draw)
NAMESPACE = uuid.UUID("5d0c3c1e-6f2b-5a54-9d8c-0a2f6c1b7e11")


def test_a_message_cannot_be_changed() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        setattr(DRAW, "units", 1)  # noqa: B010 -- a plain assignment is refused by the type checker already


@pytest.mark.parametrize(
    "text",
    [
        DRAW.model_dump_json().replace('"units":200', '"units":"200"'),
        DRAW.model_dump_json().replace('"units":200', '"units":200.0'),
        DRAW.model_dump_json().replace('"units":200', '"units":true'),
        DRAW.model_dump_json().replace('"units":200,', ""),
    ],
    ids=["a number as text", "a number with a fraction", "a truth value", "a field left out"],
)
def test_a_message_is_never_guessed_from_something_like_it(text: str) -> None:
    with pytest.raises(ValidationError):
        ledger.Draw.model_validate_json(text)


def test_a_reader_ignores_what_a_later_writer_added() -> None:
    later = DRAW.model_dump_json()[:-1] + ',"later":1}'
    assert ledger.Draw.model_validate_json(later) == DRAW


PARTS = st.lists(st.text("abc:-09", min_size=1), min_size=1, max_size=4)


@given(PARTS, PARTS)
def test_an_id_is_the_same_for_the_same_parts_and_another_for_others(one: list[str], other: list[str]) -> None:
    assert (derived_id(*one) == derived_id(*other)) == (one == other)


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"])), max_size=4))
def test_an_id_is_a_uuid_of_version_5(parts: list[str]) -> None:
    assert derived_id(*parts) == str(uuid.uuid5(NAMESPACE, "\x1f".join(parts)))


def test_what_is_made_of_its_fields_is_what_validation_makes_of_them() -> None:
    made = maker(ledger.Draw)(dict(DRAW))
    assert made == DRAW
    assert made.model_dump_json() == DRAW.model_dump_json()
    assert made.model_fields_set == set(ledger.Draw.model_fields)
    with pytest.raises(ValidationError, match="frozen"):
        setattr(made, "units", 1)  # noqa: B010 -- as above
