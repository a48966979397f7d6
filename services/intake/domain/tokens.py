"""Bearer tokens: a fold of `operator-acts`. Only SHA-256 is known here; the secret never leaves its holder.

A presented secret is hashed, and the hash looked up: what an answer's timing could tell is about the hash, from
which nobody gets to a secret. Expiry is judged by the caller's clock, revocation by the fold.
"""

import hashlib
import hmac
from dataclasses import dataclass, field
from datetime import datetime

from schemas.base import Actor, Fact, Role
from schemas.intake import TokenIssued, TokenRevoked

SECRET_CHARACTERS_MAX = 256
BOOTSTRAP_PERSON = "bootstrap-operator"


@dataclass(frozen=True, slots=True)
class Principal:
    """Who presented a valid token. `company_id` is the only company it reaches; None reaches all its role may.

    `grade`: an officer's rank, 1 the lowest.
    """

    person_id: str
    role: Role
    company_id: str | None = None
    grade: int = 1

    @property
    def actor(self) -> Actor:
        """As commands record it."""
        return Actor(person_id=self.person_id, role=self.role, grade=self.grade)

    def reaches(self, company_id: str) -> bool:
        """Whether this company's things may be seen at all."""
        return self.company_id is None or self.company_id == company_id


@dataclass(slots=True)
class TokenBook:
    """Every token ever issued, and which are revoked. `bootstrap_sha256` is the first operator's, from settings."""

    bootstrap_sha256: str | None = None
    issued: dict[str, TokenIssued] = field(default_factory=dict)
    by_sha256: dict[str, TokenIssued] = field(default_factory=dict)
    revoked: set[str] = field(default_factory=set)

    def apply(self, fact: Fact) -> None:
        """Fold one fact; others than a token's change nothing."""
        match fact:
            case TokenIssued():
                self.issued[fact.token_id] = fact
                self.by_sha256[fact.token_sha256] = fact
            case TokenRevoked():
                self.revoked.add(fact.token_id)

    def live(self, token_id: str) -> bool:
        """Whether the token was issued and not revoked; it may have expired."""
        return token_id in self.issued and token_id not in self.revoked

    def principal(self, secret: str, now: datetime) -> Principal | None:
        """Whose secret this is at `now`, or None."""
        if not 0 < len(secret) <= SECRET_CHARACTERS_MAX:
            return None
        digest = hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
        if self.bootstrap_sha256 is not None and hmac.compare_digest(digest, self.bootstrap_sha256):
            return Principal(BOOTSTRAP_PERSON, "operator")
        token = self.by_sha256.get(digest)
        if token is None or token.token_id in self.revoked:
            return None
        if token.expires_at is not None and token.expires_at <= now:
            return None
        return Principal(token.person_id, token.role, token.company_id, token.grade)
