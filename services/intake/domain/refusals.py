"""Every reason for which intake refuses a command: one ordered enum, one sentence each for the reader."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class Refusal(StrEnum):
    """Codes in order of precedence: the first that applies is the answer."""

    EXISTS_DIFFERENT = "EXISTS_DIFFERENT"
    COMPANY_MISMATCH = "COMPANY_MISMATCH"
    APPLICATION_ID_MISMATCH = "APPLICATION_ID_MISMATCH"
    LINE_DUPLICATE = "LINE_DUPLICATE"
    PERIOD_INVALID = "PERIOD_INVALID"
    PERIOD_OUT_OF_RANGE = "PERIOD_OUT_OF_RANGE"
    TOTAL_TOO_LARGE = "TOTAL_TOO_LARGE"
    COMPANY_NOT_FOUND = "COMPANY_NOT_FOUND"
    COMPANY_EXISTS = "COMPANY_EXISTS"
    GROUP_NOT_CLAIMED = "GROUP_NOT_CLAIMED"
    VERB_HAS_OWN_COMMAND = "VERB_HAS_OWN_COMMAND"
    VERB_WITHOUT_PAYLOAD = "VERB_WITHOUT_PAYLOAD"
    PAYLOAD_INVALID = "PAYLOAD_INVALID"
    SCOPE_INVALID = "SCOPE_INVALID"
    GRADE_INVALID = "GRADE_INVALID"
    EXPIRY_PAST = "EXPIRY_PAST"
    TOKEN_EXISTS = "TOKEN_EXISTS"
    TOKEN_NOT_FOUND = "TOKEN_NOT_FOUND"


SENTENCES: Mapping[Refusal, str] = MappingProxyType(
    {
        Refusal.EXISTS_DIFFERENT: "This key was used before for something else; a new wish needs a new key.",
        Refusal.COMPANY_MISMATCH: "The application names another company than the one it is submitted for.",
        Refusal.APPLICATION_ID_MISMATCH: "The application's id is not the one its command gives it.",
        Refusal.LINE_DUPLICATE: "Two use lines have the same line_id.",
        Refusal.PERIOD_INVALID: "The period ends before it starts.",
        Refusal.PERIOD_OUT_OF_RANGE: "The period lies too far from today.",
        Refusal.TOTAL_TOO_LARGE: "Units or value, of a line or in total, are beyond 2^53-1.",
        Refusal.COMPANY_NOT_FOUND: "The company is not registered; register it, then use a new key.",
        Refusal.COMPANY_EXISTS: "The company is registered already with other particulars.",
        Refusal.GROUP_NOT_CLAIMED: "The company does not claim to belong to this group.",
        Refusal.VERB_HAS_OWN_COMMAND: "Tokens are issued and revoked by commands of their own.",
        Refusal.VERB_WITHOUT_PAYLOAD: "This act carries no command of its own.",
        Refusal.PAYLOAD_INVALID: "What the act asks for is not valid.",
        Refusal.SCOPE_INVALID: "A partner's token needs a company; an officer's or operator's has none.",
        Refusal.GRADE_INVALID: "Only an officer's token has a grade above 1.",
        Refusal.EXPIRY_PAST: "The token would have expired already.",
        Refusal.TOKEN_EXISTS: "A token with this name or this hash has been issued before.",
        Refusal.TOKEN_NOT_FOUND: "No such token is valid.",
    }
)
"""What a person reads beside each code."""
