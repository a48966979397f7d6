"""What officers and companies send about a case: closed forms, each field with its bound."""

from typing import Annotated

from pydantic import Field

from schemas import casework, decisions
from schemas.values import USE_LINES_MAX, Text
from services.intake.http import case_examples as examples
from services.intake.http.forms import ActForm, Form, Moment, closed


class ProposedLineForm(decisions.ProposedLine):
    """What is to be authorised of a line, base unit."""

    model_config = closed({"line_id": "u1", "authorised_units": 600})


class ReasonForm(decisions.DecisionReason):
    """A coded reason; it may cite a rule that the evaluation ran."""

    model_config = closed({"code": "SUPPLY_SHORT", "rule": "company-cap"})


class ProposalForm(ActForm):
    """A decision to propose. An approval names every line; any other outcome, and one in part, gives its reasons."""

    model_config = closed(examples.PROPOSAL)
    version: decisions.CaseVersion
    outcome: decisions.DecisionOutcome
    lines: Annotated[
        tuple[ProposedLineForm, ...], Field(max_length=USE_LINES_MAX, description="Every line of an approval.")
    ] = ()
    reasons: Annotated[tuple[ReasonForm, ...], Field(max_length=decisions.REASONS_MAX, description="By code.")] = ()


class SignatureForm(ActForm):
    """Which proposal is meant: the hash that its author's answer and the case show."""

    model_config = closed(examples.SIGNATURE)
    decision_sha256: casework.DecisionSha256


class QuestionsForm(ActForm):
    """What the company is asked, and until when it may answer."""

    model_config = closed(examples.QUESTIONS)
    questions: casework.Questions
    due_at: Annotated[Moment, Field(description="Not answered by then, the application is returned.")]


class IntentForm(ActForm):
    """Why a refusal is intended, and until when the company may reply."""

    model_config = closed(examples.INTENT)
    reasons: Annotated[
        tuple[ReasonForm, ...], Field(min_length=1, max_length=decisions.REASONS_MAX, description="By code.")
    ]
    due_at: Annotated[Moment, Field(description="End of the reply window.")]


class LeaseForm(ActForm):
    """For how long a case is taken."""

    model_config = closed(examples.LEASE)
    lease_seconds: Annotated[
        int, Field(ge=60, le=casework.LEASE_SECONDS_MAX, description="From now; taken again, it runs anew.")
    ]


class AdviceForm(ActForm):
    """An agency's opinion."""

    model_config = closed(examples.ADVICE)
    agency: casework.Agency
    opinion: casework.Opinion
    text: Annotated[Text, Field(description="What the agency says.")]


class AgencyForm(ActForm):
    """An agency that takes its opinion back."""

    model_config = closed(examples.AGENCY)
    agency: casework.Agency


class FlagForm(ActForm):
    """What has to be settled before a decision, or is."""

    model_config = closed(examples.FLAG)
    flag: casework.FlagKind


class NoteForm(ActForm):
    """Nothing but why."""

    model_config = closed(examples.WHY)


class DocumentForm(casework.Document):
    """A document, by the hash of what it holds."""

    model_config = closed({"sha256": "5d" * 32, "kind": "site plan"})


class InformationForm(Form):
    """The company's answers, one for each question and in their order."""

    model_config = closed(examples.INFORMATION)
    answers: Annotated[
        tuple[Text, ...], Field(min_length=1, max_length=casework.QUESTIONS_MAX, description="In order.")
    ]
    documents: Annotated[
        tuple[DocumentForm, ...], Field(max_length=casework.DOCUMENTS_MAX, description="What the answers rest on.")
    ] = ()


class WithdrawalForm(Form):
    """The company takes its application back."""

    model_config = closed(examples.WITHDRAWAL)
    reason: Annotated[Text | None, Field(description="Why, if the company says.")] = None
