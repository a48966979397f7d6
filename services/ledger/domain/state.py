"""The state of a shard: every account, cap and programme as its last entry told them, and where the shard stands."""

from collections import OrderedDict
from dataclasses import dataclass, field

from schemas.ledger import PROGRAMME_CAP, ProgrammeTerms
from schemas.proof import GENESIS


@dataclass(slots=True)
class Account:
    """A company's balance in a programme, in base and minor units. Columns only rise; `version` counts entries."""

    company_id: str
    version: int = 0
    granted_units: int = 0
    granted_value: int = 0
    drawn_units: int = 0
    revoked_units: int = 0
    revoked_value: int = 0

    @property
    def available_units(self) -> int:
        """What may still be drawn or revoked."""
        return self.granted_units - self.drawn_units - self.revoked_units


@dataclass(slots=True)
class Cap:
    """A ceiling and its use, in base and minor units. No company: the programme's own. No volume: no such limit."""

    cap_id: str
    company_id: str | None
    volume_units: int | None
    volume_value: int | None
    used_units: int = 0
    used_value: int = 0


@dataclass(slots=True)
class Programme:
    """One programme: accounts by company, caps by id."""

    terms: ProgrammeTerms
    accounts: dict[str, Account] = field(default_factory=dict)
    caps: dict[str, Cap] = field(default_factory=dict)
    company_caps: dict[str, Cap] = field(default_factory=dict)
    """The same caps by company, without the programme's own."""
    coefficients: dict[str, int] = field(init=False)
    """Base units in one of each unit; the base unit's is 1."""

    def __post_init__(self) -> None:
        """Lay out the units for one look-up."""
        self.coefficients = {unit.unit: unit.base_units for unit in self.terms.coefficients} | {self.terms.unit: 1}

    @property
    def total(self) -> Cap:
        """The programme's own cap."""
        return self.caps[PROGRAMME_CAP]

    def put_cap(self, cap: Cap) -> None:
        """Set a cap, in place of one of the same id."""
        self.caps[cap.cap_id] = cap
        if cap.company_id is not None:
            self.company_caps[cap.company_id] = cap


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
    forgotten: tuple[tuple[str, str], ...] = field(default=(), compare=False)
    """Row and field of each id that the last entry evicted: for that entry's rows only."""
