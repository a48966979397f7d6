import hashlib
from datetime import timedelta

import pytest

from schemas.intake import OperatorActed, TokenIssued, TokenRevoked
from services.intake.domain.tokens import BOOTSTRAP_PERSON, Principal, TokenBook
from tests.builders import AT, COMPANY, RIVAL, build

SECRET = "an-illustrative-secret"
FIRST = "the-first-operators-secret"


def sha256(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def book() -> TokenBook:
    tokens = TokenBook(sha256(FIRST))
    tokens.apply(build(TokenIssued, token_sha256=sha256(SECRET), expires_at=AT + timedelta(days=1)))
    return tokens


def test_a_valid_secret_is_its_person_role_and_company() -> None:
    assert book().principal(SECRET, AT) == Principal("partner-lin", "partner", COMPANY)


def test_the_first_operators_secret_comes_from_settings() -> None:
    assert book().principal(FIRST, AT) == Principal(BOOTSTRAP_PERSON, "operator")
    assert TokenBook().principal(FIRST, AT) is None


@pytest.mark.parametrize(
    "presented", ["", "x", SECRET + " ", SECRET.upper(), sha256(SECRET), "s" * 257, "\ud800", "\x00"]
)
def test_anything_else_is_nobody(presented: str) -> None:
    assert book().principal(presented, AT) is None


def test_a_token_is_valid_until_it_expires() -> None:
    day = timedelta(days=1)
    assert book().principal(SECRET, AT + day - timedelta(microseconds=1)) is not None
    assert book().principal(SECRET, AT + day) is None


def test_a_revocation_acts_with_its_fact() -> None:
    tokens = book()
    tokens.apply(build(TokenRevoked))
    assert tokens.principal(SECRET, AT) is None


def test_other_facts_of_the_journal_change_nothing() -> None:
    tokens = book()
    tokens.apply(build(OperatorActed))
    assert tokens == book()


@pytest.mark.parametrize(("scope", "reached"), [(None, True), (COMPANY, True), (RIVAL, False)])
def test_a_scope_reaches_its_company_only(scope: str | None, reached: bool) -> None:
    assert Principal("p", "partner", scope).reaches(COMPANY) is reached
