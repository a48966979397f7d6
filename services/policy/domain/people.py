"""What a programme asks of the people who decide in it: part of its bundle's policy."""

from typing import Annotated, Literal

from pydantic import ConfigDict, Field, model_validator

from schemas.batchwork import Method, Score
from schemas.servicelevel import ServiceLevel, WorkingCalendar
from schemas.values import Grade, MinorOrZero, Use
from services.policy.domain.rules import Closed

GRADES_MAX = 9
USES_MAX = 5


class GradeStep(Closed):
    """From this value on (minor units of the programme's currency) a countersigner needs this grade."""

    from_value: MinorOrZero
    grade: Grade


class UseScore(Closed):
    """How urgent a use is, where batches are allocated by priority."""

    use: Use
    score: Score


class CalendarRule(WorkingCalendar):
    """Which days count."""

    model_config = ConfigDict(extra="forbid")


class LevelRule(ServiceLevel):
    """How many working days officers have; past them a case is escalated."""

    model_config = ConfigDict(extra="forbid")
    calendar: CalendarRule


class People(Closed):
    """Who may countersign, who releases a batch, and how it is shared out when there is not enough.

    A bundle that says nothing asks for grade 2 whatever the value, its batches release themselves, and there is no
    deadline for officers.
    """

    release: Literal["automatic", "people"] = "automatic"
    allocation: Method = "fcfs"
    service_level: LevelRule | None = None
    intent_before_refusal: bool = False
    scores: Annotated[tuple[UseScore, ...], Field(max_length=USES_MAX)] = ()
    countersign: Annotated[tuple[GradeStep, ...], Field(min_length=1, max_length=GRADES_MAX)] = (
        GradeStep(from_value=0, grade=2),
    )

    @model_validator(mode="after")
    def _covers(self) -> "People":
        """Every value has its grade, and a larger value never asks for a lower one."""
        values = [step.from_value for step in self.countersign]
        grades = [step.grade for step in self.countersign]
        if values[0] != 0 or sorted(set(values)) != values or sorted(grades) != grades:
            raise ValueError("countersign must begin at 0 and rise in value, and never fall in grade")
        return self

    @model_validator(mode="after")
    def _scored_once(self) -> "People":
        """A use has one score."""
        if len({each.use for each in self.scores}) != len(self.scores):
            raise ValueError("scores must name each use once")
        return self

    @property
    def level(self) -> ServiceLevel | None:
        """The service level as a case keeps it."""
        return None if self.service_level is None else ServiceLevel.model_validate(self.service_level.model_dump())

    def score_of(self, use: str) -> int:
        """The score of a use; 0 where the bundle gives none."""
        return next((each.score for each in self.scores if each.use == use), 0)

    def grade_for(self, value: int) -> int:
        """The least grade that may countersign a decision of this value."""
        return max(step.grade for step in self.countersign if step.from_value <= value)


USUAL = People()
"""What holds where no bundle is known."""
