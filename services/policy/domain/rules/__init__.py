"""The kinds of rule a bundle may hold. A changed meaning is a new kind (`min_share.v2`); old kinds stay.

uses.py     effective_window, min_share, necessity: when, for what, with which domestic share
caps.py     cap, value_above: how much
papers.py   required_documents, export_licence: what has to be shown
parties.py  screening, identifier, duplicate: who asks
tables.py   decision_table: rows of a CSV file over the named inputs of inputs.py

To add a rule: one class in the file of its meaning, its codes, one line in AnyRule, one row in its test's table, one
case in a bundle.
"""

from typing import Annotated

from pydantic import Field

from services.policy.domain.rules.base import Closed as Closed
from services.policy.domain.rules.base import Codes as Codes
from services.policy.domain.rules.base import Frame as Frame
from services.policy.domain.rules.base import Judge as Judge
from services.policy.domain.rules.base import Measured as Measured
from services.policy.domain.rules.base import MeasuredLine as MeasuredLine
from services.policy.domain.rules.base import Tables as Tables
from services.policy.domain.rules.base import measured as measured
from services.policy.domain.rules.caps import Cap as Cap
from services.policy.domain.rules.caps import ValueAbove as ValueAbove
from services.policy.domain.rules.papers import ExportLicenceRule as ExportLicenceRule
from services.policy.domain.rules.papers import RequiredDocuments as RequiredDocuments
from services.policy.domain.rules.parties import Duplicate as Duplicate
from services.policy.domain.rules.parties import IdentifierRule as IdentifierRule
from services.policy.domain.rules.parties import Screening as Screening
from services.policy.domain.rules.tables import DecisionTable as DecisionTable
from services.policy.domain.rules.tables import TableRefused as TableRefused
from services.policy.domain.rules.uses import EffectiveWindow as EffectiveWindow
from services.policy.domain.rules.uses import MinShare as MinShare
from services.policy.domain.rules.uses import Necessity as Necessity

AnyRule = Annotated[
    EffectiveWindow
    | MinShare
    | Necessity
    | Cap
    | ValueAbove
    | RequiredDocuments
    | ExportLicenceRule
    | Screening
    | IdentifierRule
    | Duplicate
    | DecisionTable,
    Field(discriminator="kind"),
]
