"""The ledger's answers, in order of precedence: when several apply, the lowest number is the entry's code.

Numbers are never reused. The gaps belong to the answers that the ledger does not give yet.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from types import MappingProxyType


class Code(IntEnum):
    """What became of a command. 1xx identity, 2xx input, 3xx-4xx state, 5xx limits, 9xx success."""

    MALFORMED = 10
    EXISTS = 130
    EXISTS_DIFFERENT = 140
    UNIT_MISMATCH = 210
    BAD_UNITS = 220
    LINE_COUNT_MISMATCH = 230
    UNITS_TOTAL_MISMATCH = 240
    DUPLICATE_LINE = 250
    TOO_MANY_LINES = 260
    REASON_MISSING = 280
    AUTHORITY_MISSING = 290
    PROGRAMME_NOT_FOUND = 320
    ACCOUNT_NOT_FOUND = 350
    VERSION_CONFLICT = 470
    EXCEEDS_AVAILABLE = 530
    EXCEEDS_CAP = 540
    EXCEEDS_PROGRAMME = 550
    BELOW_USED = 560
    NOTHING_TO_TAKE = 570
    OVERFLOW = 590
    APPLIED = 910
    APPLIED_PARTIAL = 920


SUCCESS = frozenset({Code.APPLIED.name, Code.APPLIED_PARTIAL.name})
"""Names of the codes that moved something, or found nothing to move."""

REPEATS = frozenset({Code.EXISTS.name, Code.EXISTS_DIFFERENT.name})
"""Names of the codes of a command whose id is known."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """What a code tells its reader, in both languages."""

    zh: str
    en: str


SENTENCES: Mapping[Code, Sentence] = MappingProxyType(
    {
        Code.MALFORMED: Sentence("该记录不是有效的命令。", "The record is not a valid command."),
        Code.EXISTS: Sentence(
            "该命令此前已处理，以首次结果为准。", "This command was handled before; its first outcome stands."
        ),
        Code.EXISTS_DIFFERENT: Sentence(
            "该命令编号此前用于其他内容。", "This command id was used before with other content."
        ),
        Code.UNIT_MISMATCH: Sentence(
            "计量单位或币种与该计划不符。", "The unit or the currency is not one of the programme's."
        ),
        Code.BAD_UNITS: Sentence(
            "数量须为1至9007199254740991之间的整数，金额不得为负。",
            "Units must be a whole number from 1 to 9007199254740991; a value must not be negative.",
        ),
        Code.LINE_COUNT_MISMATCH: Sentence(
            "申报行数与实际行数不符，或没有任何行。", "The stated number of lines is wrong, or there is no line."
        ),
        Code.UNITS_TOTAL_MISMATCH: Sentence(
            "申报总量与各行数量之和不符。", "The stated total is not the sum of the lines."
        ),
        Code.DUPLICATE_LINE: Sentence("同一行编号出现两次。", "A line id occurs twice."),
        Code.TOO_MANY_LINES: Sentence("批次行数超过上限。", "The batch has more lines than a batch may have."),
        Code.REASON_MISSING: Sentence("未说明理由。", "No reason is given."),
        Code.AUTHORITY_MISSING: Sentence(
            "未说明所依据的决定或申报单。", "The decision or declaration it rests on is not named."
        ),
        Code.PROGRAMME_NOT_FOUND: Sentence("该计划不存在。", "There is no such programme."),
        Code.ACCOUNT_NOT_FOUND: Sentence(
            "该企业在该计划中没有账户。", "The company has no account in this programme."
        ),
        Code.VERSION_CONFLICT: Sentence(
            "该计划或额度已按其他内容设定。", "The programme or cap is already defined otherwise."
        ),
        Code.EXCEEDS_AVAILABLE: Sentence("数量超过可用余额。", "The units exceed what is available."),
        Code.EXCEEDS_CAP: Sentence("超过该企业的额度上限。", "The line exceeds the company's cap."),
        Code.EXCEEDS_PROGRAMME: Sentence("超过该计划的总额度。", "The programme's cap is exceeded."),
        Code.BELOW_USED: Sentence(
            "额度将低于已使用量或其下级额度。", "The cap would fall below what is used, or below a cap under it."
        ),
        Code.NOTHING_TO_TAKE: Sentence("没有可收回的数量。", "Nothing is available to take back."),
        Code.OVERFLOW: Sentence("数值超出账本可记录的范围。", "A figure would exceed what the ledger can record."),
        Code.APPLIED: Sentence("已执行。", "Applied."),
        Code.APPLIED_PARTIAL: Sentence(
            "已部分执行，差额已注明。", "Applied in part; the shortfall is stated."
        ),
    }
)  # fmt: skip
"""One sentence for the reader of each code."""
