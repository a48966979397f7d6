"""`tokens issue|revoke`: bearer tokens. The secret is made here and shown once; only its SHA-256 is sent."""

import hashlib
import secrets
from enum import StrEnum
from typing import Annotated

import typer
from pydantic import JsonValue
from rich.text import Text

from services.cli.acts import Recorded, act, drawn
from services.cli.edge import route
from services.cli.options import Json, Key, Reason, tools_of
from services.cli.screen import page, read

SECRET_BYTES = 32


class TokenRole(StrEnum):
    """What a token's holder may do."""

    PARTNER = "partner"
    OFFICER = "officer"
    OPERATOR = "operator"
    READER = "reader"


TokenId = Annotated[str, typer.Argument(help="The token's public name.", metavar="TOKEN")]


def issue_token(
    ctx: typer.Context,
    token: TokenId,
    person: Annotated[str, typer.Option("--person", help="Whose it is, as acts will name them.", metavar="PERSON")],
    role: Annotated[TokenRole, typer.Option("--role", help="What its holder may do.")],
    reason: Reason,
    grade: Annotated[int, typer.Option("--grade", help="An officer's rank; 1 is the lowest.", min=1, max=9)] = 1,
    company: Annotated[
        str | None, typer.Option("--company", help="The only company it reaches.", metavar="COMPANY")
    ] = None,
    expires: Annotated[
        str | None, typer.Option("--expires", help="When it ends, e.g. 2026-12-31T00:00:00Z.", metavar="TIME")
    ] = None,
    json: Json = False,
) -> None:
    """Issue a token and print its secret, once; nobody can show it again."""
    tools = tools_of(ctx)
    secret = secrets.token_urlsafe(SECRET_BYTES)
    body: dict[str, JsonValue] = {
        "token_id": token,
        "token_sha256": hashlib.sha256(secret.encode()).hexdigest(),
        "person_id": person,
        "role": role.value,
        "grade": grade,
        "company_id": company,
        "expires_at": expires,
        "reason": reason,
    }
    again = f"Take no chance: greenlight tokens revoke {token}, then issue one of another name."
    answer = tools.edge.post("/v1/operator/tokens", body, again=again)
    recorded = read(Recorded, answer.document)
    document: JsonValue = {**answer.document, "token": secret} if isinstance(answer.document, dict) else None
    keep = "Keep it now, it is not shown again. To use it: export GREENLIGHT_TOKEN=..."
    tools.screen.show(document, lambda: page(Text(secret), drawn(recorded, keep)))


def revoke_token(ctx: typer.Context, token: TokenId, reason: Reason, key: Key = None, json: Json = False) -> None:
    """Revoke a token, at once and for good."""
    revoke = route("v1", "operator", "tokens", token, "revoke")
    act(tools_of(ctx), revoke, {}, reason, key, "From now on the edge answers this token with 401.")
