"""The ledger's answers, in order of precedence: when several apply, the lowest number is the entry's code.

Numbers are never reused.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from types import MappingProxyType


class Code(IntEnum):
    """What became of a command. 1xx identity, 2xx input, 3xx-4xx state, 5xx limits, 9xx success."""

    MALFORMED = 10
    ID_TOO_OLD = 110
    ID_IN_FUTURE = 120
    EXISTS = 130
    EXISTS_DIFFERENT = 140
    UNIT_MISMATCH = 210
    BAD_UNITS = 220
    LINE_COUNT_MISMATCH = 230
    UNITS_TOTAL_MISMATCH = 240
    DUPLICATE_LINE = 250
    TOO_MANY_LINES = 260
    SAME_ACCOUNT = 270
    REASON_MISSING = 280
    AUTHORITY_MISSING = 290
    LEDGER_FROZEN = 310
    PROGRAMME_NOT_FOUND = 320
    PROGRAMME_CLOSED = 330
    NOT_YET_VALID = 340
    ACCOUNT_NOT_FOUND = 350
    ACCOUNT_SUSPENDED = 360
    ACCOUNT_BLOCKED = 370
    AUTHORISATION_NOT_FOUND = 380
    LOT_NOT_FOUND = 390
    LOT_EXPIRED = 400
    LOT_REVOKED = 410
    HOLD_NOT_FOUND = 420
    HOLD_CONSUMED = 430
    HOLD_VOIDED = 440
    HOLD_EXPIRED = 450
    CONDITIONS_NOT_ACCEPTED = 460
    VERSION_CONFLICT = 470
    EXCEEDS_HOLD = 510
    EXCEEDS_LOT = 520
    EXCEEDS_AVAILABLE = 530
    EXCEEDS_CAP = 540
    EXCEEDS_PROGRAMME = 550
    BELOW_USED = 560
    NOTHING_TO_TAKE = 570
    ALREADY_CORRECTED = 580
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
        Code.ID_TOO_OLD: Sentence(
            "该命令编号的生成时间超出可查期限，不再执行。",
            "The command id was made before the time the ledger remembers; it is never run.",
        ),
        Code.ID_IN_FUTURE: Sentence("该命令编号的生成时间在未来。", "The command id was made in the future."),
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
        Code.TOO_MANY_LINES: Sentence(
            "行数或涉及的批次数超过上限。", "The command has more lines, or concerns more lots, than one may."
        ),
        Code.SAME_ACCOUNT: Sentence(
            "转出与转入账户相同。", "The units would be moved to the account they come from."
        ),
        Code.REASON_MISSING: Sentence("未说明理由。", "No reason is given."),
        Code.AUTHORITY_MISSING: Sentence(
            "未说明所依据的决定或申报单，或该依据不可查。",
            "The decision, declaration or second person it rests on is not named, or not known.",
        ),
        Code.LEDGER_FROZEN: Sentence("该计划已冻结。", "The programme is frozen; nothing moves in it."),
        Code.PROGRAMME_NOT_FOUND: Sentence("该计划不存在。", "There is no such programme."),
        Code.PROGRAMME_CLOSED: Sentence("该计划已结束。", "The programme is closed."),
        Code.NOT_YET_VALID: Sentence("该批次数量尚未生效。", "The units are not valid yet."),
        Code.ACCOUNT_NOT_FOUND: Sentence(
            "该企业在该计划中没有账户。", "The company has no account in this programme."
        ),
        Code.ACCOUNT_SUSPENDED: Sentence(
            "该计划、账户或许可行已暂停使用。", "The programme, the account or the line is suspended."
        ),
        Code.ACCOUNT_BLOCKED: Sentence(
            "该计划、账户或许可行已冻结分配。", "The programme, the account or the line is blocked: allocation waits."
        ),
        Code.AUTHORISATION_NOT_FOUND: Sentence(
            "该企业没有此许可行。", "The company has no such authorisation line."
        ),
        Code.LOT_NOT_FOUND: Sentence("该批次数量不存在。", "There is no such lot in the account or on the line."),
        Code.LOT_EXPIRED: Sentence("该批次数量已过期。", "The units have expired."),
        Code.LOT_REVOKED: Sentence("该批次数量已被收回。", "The units were revoked."),
        Code.HOLD_NOT_FOUND: Sentence("该预留不存在。", "The account has no such hold."),
        Code.HOLD_CONSUMED: Sentence("该预留已用完。", "The hold is used up."),
        Code.HOLD_VOIDED: Sentence("该预留已取消。", "The hold was voided."),
        Code.HOLD_EXPIRED: Sentence("该预留已到期。", "The hold has expired, or would at once."),
        Code.CONDITIONS_NOT_ACCEPTED: Sentence(
            "许可条件尚未确定或尚未被接受。", "The conditions of the line are not final, or not accepted."
        ),
        Code.VERSION_CONFLICT: Sentence(
            "现状与命令所依据的状态不符。", "What the command relies on is not so, or is already defined otherwise."
        ),
        Code.EXCEEDS_HOLD: Sentence("数量超过该预留的剩余数量。", "The units exceed what is left of the hold."),
        Code.EXCEEDS_LOT: Sentence(
            "数量超过该许可行或批次的可用数量。", "The units exceed what the line or the lot has left."
        ),
        Code.EXCEEDS_AVAILABLE: Sentence("数量超过可用余额。", "The units exceed what is available."),
        Code.EXCEEDS_CAP: Sentence("超过额度上限。", "A cap is exceeded; the figures name it."),
        Code.EXCEEDS_PROGRAMME: Sentence("超过该计划的总额度。", "The programme's cap is exceeded."),
        Code.BELOW_USED: Sentence(
            "额度将低于已使用量或其下级额度。", "The cap would fall below what is used, or below a cap under it."
        ),
        Code.NOTHING_TO_TAKE: Sentence("没有可收回的数量。", "Nothing is available to take back."),
        Code.ALREADY_CORRECTED: Sentence(
            "该笔清关已被更正，没有可再更正的数量。",
            "The clearance was corrected before; nothing of it is left to take back.",
        ),
        Code.OVERFLOW: Sentence("数值超出账本可记录的范围。", "A figure would exceed what the ledger can record."),
        Code.APPLIED: Sentence("已执行。", "Applied."),
        Code.APPLIED_PARTIAL: Sentence(
            "已部分执行，差额已注明。", "Applied in part; the shortfall is stated."
        ),
    }
)  # fmt: skip
"""One sentence for the reader of each code."""
