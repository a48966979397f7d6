"""Rules on papers: documents that must be filed, and the gate of the exporting country."""

from collections.abc import Callable
from datetime import date
from functools import lru_cache
from typing import Annotated, ClassVar, Literal

from pydantic import Field, model_validator

from schemas.findings import Facts, Finding
from schemas.values import DocumentKind, PartNumber, Use
from services.policy.domain.changes import file_document, leave_out, show_licence
from services.policy.domain.findings import Operands, operand
from services.policy.domain.rules.base import FOUND_MAX, Closed, Codes, Frame, Judge, Measured, Rule, Tables, day
from services.policy.domain.rules.caps import TPP_MAX
from services.policy.domain.rules.uses import USES

BANDWIDTH_MAX = 1_000_000
PRODUCTS_MAX = 50
Missing = Literal["pass", "refer", "reject"]
"""What a missing paper does. `pass`: it is asked for and named in the finding, and not required yet."""

_DOCUMENT = frozenset({"document"})


class RequiredDocuments(Rule):
    """A document of each kind is filed by an application with a line of one of these uses."""

    codes: ClassVar[Codes] = {
        "DOCUMENT_FILED": _DOCUMENT,
        "DOCUMENT_MISSING": _DOCUMENT,
        "DOCUMENT_NOT_ASKED": _DOCUMENT,
    }
    kind: Literal["required_documents.v1"]
    documents: Annotated[tuple[DocumentKind, ...], Field(min_length=1)]
    uses: Annotated[tuple[Use, ...], Field(min_length=1)]
    on_missing: Missing

    def told(self, tables: Tables) -> Codes:
        """Not asked of anybody only where some use is spared."""
        spared = set(USES) - set(self.uses)
        return {code: figures for code, figures in self.codes.items() if spared or code != "DOCUMENT_NOT_ASKED"}

    def judge(self, frame: Frame) -> Judge:
        """One finding per kind of document."""
        codes = self.told(frame.tables)
        found = {(kind, code): self._found(frame, kind, code) for kind in self.documents for code in codes}
        uses = frozenset(self.uses)

        def judge(measured: Measured) -> tuple[Finding, ...]:
            there = {document.kind for document in measured.facts.documents}
            wanted = any([line.use in uses for line in measured.facts.lines])
            absent = "DOCUMENT_MISSING" if wanted else "DOCUMENT_NOT_ASKED"
            return tuple([found[kind, "DOCUMENT_FILED" if kind in there else absent] for kind in self.documents])

        return judge

    def _found(self, frame: Frame, kind: str, code: str) -> Finding:
        phrase, operands = self._phrase(frame, code), (operand("document", kind),)
        if code == "DOCUMENT_MISSING":
            return phrase.found(self.on_missing, operands, change=file_document(kind))
        return phrase.found("pass", operands)


class Product(Closed):
    """What the exporting country's rule looks at in a product."""

    item: PartNumber
    tpp: Annotated[int, Field(ge=1, le=TPP_MAX)]
    bandwidth_gbs: Annotated[int, Field(ge=1, le=BANDWIDTH_MAX)]


_PRODUCT = frozenset({"item", "product_tpp", "below_tpp", "bandwidth_gbs", "below_gbs"})


class ExportLicenceRule(Rule):
    """Products below the exporting country's limits, and its licence where one has to be shown."""

    codes: ClassVar[Codes] = {
        "PRODUCT_WITHIN": _PRODUCT,
        "PRODUCT_ABOVE": _PRODUCT,
        "PRODUCT_UNKNOWN": frozenset({"item"}),
        "LICENCE_VALID": frozenset({"submitted_on", "expires_on"}),
        "LICENCE_EXPIRED": frozenset({"submitted_on", "expires_on"}),
        "LICENCE_NOT_SHOWN": frozenset({"submitted_on"}),
    }
    kind: Literal["export_licence.v1"]
    products: Annotated[tuple[Product, ...], Field(min_length=1, max_length=PRODUCTS_MAX)]
    tpp_below: Annotated[int, Field(ge=1, le=TPP_MAX)]
    bandwidth_below_gbs: Annotated[int, Field(ge=1, le=BANDWIDTH_MAX)]
    on_above: Literal["refer", "reject"]
    on_missing: Missing

    @model_validator(mode="after")
    def _distinct(self) -> "ExportLicenceRule":
        """A product has one set of figures."""
        if len({product.item for product in self.products}) != len(self.products):
            raise ValueError("a product is listed twice")
        return self

    def told(self, tables: Tables) -> Codes:
        """Only what its products can give."""
        met = {"PRODUCT_WITHIN" if self._meets(product) else "PRODUCT_ABOVE" for product in self.products}
        never = {"PRODUCT_WITHIN", "PRODUCT_ABOVE"} - met
        return {code: figures for code, figures in self.codes.items() if code not in never}

    def judge(self, frame: Frame) -> Judge:
        """One finding per line on its product, then one on the licence."""
        unknown, judged = self._phrase(frame, "PRODUCT_UNKNOWN"), {}
        for product in self.products:
            meets = self._meets(product)
            phrase = self._phrase(frame, "PRODUCT_WITHIN" if meets else "PRODUCT_ABOVE")
            judged[product.item] = (meets, phrase, self._figures(product))
        licence = self._licence(frame)

        @lru_cache(FOUND_MAX)
        def found(item: str, line_id: str, only: bool) -> Finding:
            if item not in judged:
                return unknown.found("refer", (operand("item", item),), line_id)
            meets, phrase, operands = judged[item]
            if meets:
                return phrase.found("pass", operands, line_id)
            return phrase.found(self.on_above, operands, line_id, change=None if only else leave_out(line_id))

        def judge(measured: Measured) -> tuple[Finding, ...]:
            facts, only = measured.facts, len(measured.lines) == 1
            return (*[found(line.item, line.line_id, only) for line in facts.lines], licence(facts))

        return judge

    def _meets(self, product: Product) -> bool:
        return product.tpp < self.tpp_below and product.bandwidth_gbs < self.bandwidth_below_gbs

    def _figures(self, product: Product) -> Operands:
        return (
            operand("item", product.item),
            operand("product_tpp", product.tpp),
            operand("below_tpp", self.tpp_below),
            operand("bandwidth_gbs", product.bandwidth_gbs),
            operand("below_gbs", self.bandwidth_below_gbs),
        )

    def _licence(self, frame: Frame) -> Callable[[Facts], Finding]:
        valid, expired, absent = (self._phrase(frame, f"LICENCE_{end}") for end in ("VALID", "EXPIRED", "NOT_SHOWN"))

        @lru_cache(FOUND_MAX)
        def found(submitted: date, until: date | None, ended: bool) -> Finding:
            figures = day("submitted_on", submitted)
            if until is None:
                return absent.found(self.on_missing, figures, change=show_licence(submitted))
            figures = (*figures, *day("expires_on", until))
            if ended:
                return expired.found("refer", figures, change=show_licence(submitted))
            return valid.found("pass", figures)

        def judge(facts: Facts) -> Finding:
            submitted_at, licence = facts.submitted_at, facts.export_licence
            if licence is None:
                return found(submitted_at.date(), None, False)
            return found(submitted_at.date(), licence.expires_at.date(), licence.expires_at <= submitted_at)

        return judge
