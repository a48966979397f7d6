"""What people decide about a case, and every code with which their commands are refused. Part of policy's messages.

Two ordered enums with their sentences in Chinese and English: `Reason`, why an officer decides as he does, told to
the applicant; `CaseCode`, why a command about a case is refused, told to whoever sent it.
"""

import hashlib
from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Annotated, Literal

from pydantic import Field

from schemas.base import Value
from schemas.findings import RuleId, Texts
from schemas.values import (
    ApplicationId,
    CompanyId,
    LineId,
    Minor,
    MinorOrZero,
    PartNumber,
    PersonId,
    ProgrammeId,
    Text,
    Units,
    UnitsOrZero,
    Use,
)

REASONS_MAX = 20
DecisionOutcome = Annotated[
    Literal["approve", "approve-in-part", "refuse", "return"],
    Field(description="return: without action, neither approved nor refused."),
]
CaseVersion = Annotated[int, Field(ge=1, description="Goes up by one with every change a decision stands on.")]


class Reason(StrEnum):
    """Why an officer decides as he does; in the order in which they are listed."""

    REQUIREMENTS_MET = "REQUIREMENTS_MET"
    NEED_NOT_SHOWN = "NEED_NOT_SHOWN"
    DOMESTIC_SUFFICES = "DOMESTIC_SUFFICES"
    PLAN_INSUFFICIENT = "PLAN_INSUFFICIENT"
    END_USE_DOUBTED = "END_USE_DOUBTED"
    PARTY_DOUBTED = "PARTY_DOUBTED"
    SUPPLY_SHORT = "SUPPLY_SHORT"
    RULE_APPLIES = "RULE_APPLIES"
    REQUEST_UNCLEAR = "REQUEST_UNCLEAR"
    INFORMATION_MISSING = "INFORMATION_MISSING"


def _texts(zh: str, en: str) -> Texts:
    return Texts(zh=zh, en=en)


REASONS: Mapping[Reason, Texts] = MappingProxyType(
    {
        Reason.REQUIREMENTS_MET: _texts(
            "经办人员确认条件已满足。", "An officer has found that the requirements are met."
        ),
        Reason.NEED_NOT_SHOWN: _texts("未能说明用途的必要性。", "The need for the use has not been shown."),
        Reason.DOMESTIC_SUFFICES: _texts(
            "国产芯片足以满足该用途。", "Domestic chips will do for the use that is described."
        ),
        Reason.PLAN_INSUFFICIENT: _texts(
            "使用国产芯片的计划不足。", "The plan for the use of domestic chips is not sufficient."
        ),
        Reason.END_USE_DOUBTED: _texts("对最终用途存有疑问。", "There are doubts about the end use."),
        Reason.PARTY_DOUBTED: _texts("对参与方存有疑问。", "There are doubts about a party to the application."),
        Reason.SUPPLY_SHORT: _texts("可供数量不足。", "There are not enough units for every request."),
        Reason.RULE_APPLIES: _texts("适用所引用的规则。", "The rule that is cited applies."),
        Reason.REQUEST_UNCLEAR: _texts("申请内容不清楚，无法判断。", "The application is too unclear to be judged."),
        Reason.INFORMATION_MISSING: _texts(
            "所要求的补充信息未在期限内提供。", "The information that was asked for did not arrive in time."
        ),
    }
)
"""What the applicant reads of each reason."""


class CaseCode(StrEnum):
    """Why a command about a case is refused, in order of precedence: the first that applies is the answer."""

    COMMAND_ID_REUSED = "COMMAND_ID_REUSED"
    APPLICATION_PENDING = "APPLICATION_PENDING"
    APPLICATION_NOT_FOUND = "APPLICATION_NOT_FOUND"
    LINE_NOT_FOUND = "LINE_NOT_FOUND"
    NO_OPEN_CASE = "NO_OPEN_CASE"
    ROLE_INSUFFICIENT = "ROLE_INSUFFICIENT"
    CASE_TAKEN = "CASE_TAKEN"
    CASE_NOT_TAKEN = "CASE_NOT_TAKEN"
    VERSION_STALE = "VERSION_STALE"
    CASE_FLAGGED = "CASE_FLAGGED"
    FLAG_STANDS = "FLAG_STANDS"
    NO_FLAG = "NO_FLAG"
    NO_ADVICE = "NO_ADVICE"
    INFORMATION_OPEN = "INFORMATION_OPEN"
    NO_INFORMATION_OPEN = "NO_INFORMATION_OPEN"
    DUE_INVALID = "DUE_INVALID"
    INTENT_NEEDED = "INTENT_NEEDED"
    NOT_MEASURED = "NOT_MEASURED"
    LINES_DIFFER = "LINES_DIFFER"
    UNITS_ABOVE_REQUEST = "UNITS_ABOVE_REQUEST"
    UNITS_NOT_WHOLE = "UNITS_NOT_WHOLE"
    OUTCOME_DIFFERS = "OUTCOME_DIFFERS"
    REASON_MISSING = "REASON_MISSING"
    RULE_UNKNOWN = "RULE_UNKNOWN"
    NO_PROPOSAL = "NO_PROPOSAL"
    HASH_STALE = "HASH_STALE"
    SAME_PERSON = "SAME_PERSON"
    GRADE_INSUFFICIENT = "GRADE_INSUFFICIENT"


CASE_SENTENCES: Mapping[CaseCode, Texts] = MappingProxyType(
    {
        CaseCode.COMMAND_ID_REUSED: _texts(
            "该键此前已用于其他内容；新的请求需要新的键。",
            "This key was used before for something else; a new wish needs a new key.",
        ),
        CaseCode.APPLICATION_PENDING: _texts("该申请正在办理。", "The application is under way already."),
        CaseCode.APPLICATION_NOT_FOUND: _texts("没有等待结果的该申请。", "No such application waits for an outcome."),
        CaseCode.LINE_NOT_FOUND: _texts("没有等待结果的该行。", "No such line waits for an outcome."),
        CaseCode.NO_OPEN_CASE: _texts(
            "该申请没有待决的案件：尚未转交，或已有决定。",
            "No case of this application is open: it was not referred, or it has been decided.",
        ),
        CaseCode.ROLE_INSUFFICIENT: _texts("只有经办人员可以办理案件。", "Only officers may act in a case."),
        CaseCode.VERSION_STALE: _texts(
            "案件此后已有变化；请重新查看。", "The case has changed since it was looked at; look again."
        ),
        CaseCode.CASE_TAKEN: _texts("另一经办人员正在办理该案件。", "Another officer has the case at present."),
        CaseCode.CASE_NOT_TAKEN: _texts("您并未领取该案件。", "You have not taken the case."),
        CaseCode.CASE_FLAGGED: _texts(
            "案件有未解除的标记，不能作出决定。", "A flag stands on the case: it has to be cleared before a decision."
        ),
        CaseCode.FLAG_STANDS: _texts("该标记已存在。", "This flag stands already."),
        CaseCode.NO_FLAG: _texts("没有该标记。", "No such flag stands."),
        CaseCode.NO_ADVICE: _texts("该机构没有意见。", "The agency has given no advice."),
        CaseCode.INFORMATION_OPEN: _texts(
            "已要求企业提供信息，须等待答复或期限届满。",
            "The company has been asked for information: wait for its answer or the due date.",
        ),
        CaseCode.NO_INFORMATION_OPEN: _texts("目前没有待答复的信息要求。", "No information is asked for at present."),
        CaseCode.DUE_INVALID: _texts(
            "期限须在未来一年以内。", "The due date must lie in the future and within a year."
        ),
        CaseCode.INTENT_NEEDED: _texts(
            "拒绝之前须先告知企业拟予拒绝，并等待其答复或期限届满。",
            "Before a refusal its company has to be told of the intent, and to have replied or let the window end.",
        ),
        CaseCode.NOT_MEASURED: _texts(
            "该申请的数量无法换算，不能批准。",
            "The application's units could not be measured, so it cannot be approved.",
        ),
        CaseCode.LINES_DIFFER: _texts(
            "批准须恰好列出申请的每一行。", "An approval names each line of the application exactly once."
        ),
        CaseCode.UNITS_ABOVE_REQUEST: _texts(
            "批准数量超过申请数量。", "More units are authorised than were requested."
        ),
        CaseCode.UNITS_NOT_WHOLE: _texts(
            "批准数量不是申请所用单位的整数倍。",
            "The units authorised are not whole units of the kind that the application counts in.",
        ),
        CaseCode.OUTCOME_DIFFERS: _texts(
            "决定与各行数量不符。", "The outcome and the units of the lines say different things."
        ),
        CaseCode.REASON_MISSING: _texts("该决定须说明理由。", "This decision needs a coded reason."),
        CaseCode.RULE_UNKNOWN: _texts(
            "所引用的规则不在该申请的评估中。", "A rule is cited that the evaluation did not run."
        ),
        CaseCode.NO_PROPOSAL: _texts("没有可会签的提议。", "There is no proposal to countersign."),
        CaseCode.HASH_STALE: _texts(
            "会签的并非当前提议：请重新查看。", "This is not the proposal that stands now; look again."
        ),
        CaseCode.SAME_PERSON: _texts(
            "提议人不得会签自己的提议。", "A proposal is countersigned by another person than its author."
        ),
        CaseCode.GRADE_INSUFFICIENT: _texts(
            "会签人级别不足。", "The countersigner's grade is not sufficient for this decision."
        ),
    }
)
"""What a person reads beside each code."""


class DecisionReason(Value):
    """One coded reason of a decision."""

    code: Annotated[Reason, Field(strict=False, description="Why, by code; its sentence goes to the applicant.")]
    rule: Annotated[RuleId | None, Field(description="The rule it cites, by its name in the bundle.")] = None
    line_id: LineId | None = None
    note: Annotated[Text | None, Field(description="More words for the applicant, in any language.")] = None


class RuleLaw(Value):
    """A rule that the evaluation ran, and the reference behind it."""

    rule: RuleId
    law: Annotated[str, Field(max_length=500, description="Reference of the rule, typed report, statute or sample.")]


class CaseLine(Value):
    """One use line as an officer has it to decide: requested and recommended, base unit."""

    line_id: LineId
    item: PartNumber
    use: Use
    requested_units: Annotated[UnitsOrZero | None, Field(description="Base unit; None: it cannot be converted.")]
    recommended_units: Annotated[UnitsOrZero, Field(description="Most the rules allow, base unit.")]
    step_units: Annotated[Units, Field(description="Base units of one unit of the application: 8 if it counts in 8s.")]
    step_value: Annotated[Minor, Field(description="Price of one unit of the application, minor units.")]


class DecisionLine(Value):
    """One line of a decision: requested, recommended and authorised are three figures, never one overwritten."""

    line_id: LineId
    requested_units: UnitsOrZero
    recommended_units: UnitsOrZero
    authorised_units: UnitsOrZero
    authorised_value: MinorOrZero


class ProposedLine(Value):
    """What an officer would authorise of a line, base unit."""

    line_id: LineId
    authorised_units: UnitsOrZero


class SignedDecision(Value):
    """What a countersignature covers: any change of it is another hash."""

    application_id: ApplicationId
    programme_id: ProgrammeId
    company_id: CompanyId
    version: CaseVersion
    outcome: DecisionOutcome
    lines: tuple[DecisionLine, ...]
    reasons: tuple[DecisionReason, ...]
    proposed_by: PersonId

    @property
    def sha256(self) -> str:
        """SHA-256 of its JSON, fields in the order above, in hex: `decision_sha256` of the messages."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()
