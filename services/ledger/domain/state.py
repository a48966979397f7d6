"""The state of a shard: accounts, lots, holds, caps and bars as entries told them last, and where the shard stands.

Balances, caps, holds and bars are the very values of the last entry that told them. What can be computed from them
(which lots are free, what is due, what may be forgotten) is kept beside them for a look-up, and is no state.
"""

from collections import OrderedDict
from dataclasses import dataclass, field

from schemas.entries import Balance, Bar, CapUse, HoldState, ProgrammeTerms
from schemas.ledger import PROGRAMME_CAP
from schemas.proof import GENESIS

Due = tuple[int, str, str]
"""When (milliseconds of the epoch), `hold` or `lot`, and which."""


@dataclass(slots=True)
class Account:
    """A company's balance, its lots by line in the order of granting, and those with free units in order of use."""

    balance: Balance
    lines: dict[str, list[int]] = field(default_factory=dict)
    open: list[tuple[int, int]] = field(default_factory=list)
    """Expiry and number of every lot with free units: the earliest expiry is used first."""


@dataclass(slots=True)
class Programme:
    """One programme: accounts by company, caps by id, lots by number (as text, see `lots.py`), holds by id."""

    terms: ProgrammeTerms
    accounts: dict[str, Account] = field(default_factory=dict)
    caps: dict[str, CapUse] = field(default_factory=dict)
    lots: dict[int, str] = field(default_factory=dict)
    lots_made: int = 0
    holds: dict[str, HoldState] = field(default_factory=dict)
    bars: dict[str, Bar] = field(default_factory=dict)
    """By `frozen`, `closed`, or `<company>/<line>` with either part left out."""
    company_caps: dict[str, str] = field(default_factory=dict)
    """For each company the id of the cap that counts all its units."""
    parts: dict[str, dict[str, str]] = field(default_factory=dict)
    """For a cap the ids of the caps that count a part of it, by scope."""
    dues: list[Due] = field(default_factory=list, compare=False)
    """A heap of what expires; it may hold what is no longer due, but never on top."""
    awaited: set[Due] = field(default_factory=set, compare=False)
    """The same, to see what is in it already."""
    coefficients: dict[str, int] = field(init=False)
    """Base units in one of each unit; the base unit's is 1."""
    tpp: dict[str, int | None] = field(init=False)
    """TPP of one base unit of each product class; None: not declared."""

    def __post_init__(self) -> None:
        """Lay out units and product classes for one look-up."""
        self.coefficients = {unit.unit: unit.base_units for unit in self.terms.coefficients} | {self.terms.unit: 1}
        classes = {each.item: each.tpp_per_unit for each in self.terms.product_classes}
        self.tpp = classes | {self.terms.item: self.terms.tpp_per_unit}

    @property
    def total(self) -> CapUse:
        """The programme's own cap."""
        return self.caps[PROGRAMME_CAP]

    def put_cap(self, cap: CapUse) -> None:
        """Set a cap, in place of one of the same id."""
        self.caps[cap.cap_id] = cap
        if cap.since is not None:
            self.parts.setdefault(cap.parent_id or "", {})[cap.scope] = cap.cap_id
        elif cap.company_id is not None:
            self.company_caps[cap.company_id] = cap.cap_id


@dataclass(slots=True)
class Ledger:
    """One shard. `chain` is the head after entry `seq`; `covers_to` the last inbox position covered."""

    shard: int
    seq: int = 0
    chain: str = GENESIS
    covers_to: int = -1
    programmes: dict[str, Programme] = field(default_factory=dict)
    ids: OrderedDict[str, str] = field(default_factory=OrderedDict)
    """Command ids that are known, oldest first; see `ids.py`."""
    closed: list[tuple[int, str, str, str]] = field(default_factory=list, compare=False)
    """A heap of closed lots and holds: the day they may be forgotten, their programme, `lot` or `hold`, which."""
    forgotten: tuple[tuple[str, str], ...] = field(default=(), compare=False)
    """Row and field of everything that the last entry let go: for that entry's rows only."""
