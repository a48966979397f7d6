"""What a programme asks of the people who decide in it: part of its bundle's policy."""

from typing import Annotated

from pydantic import Field, model_validator

from schemas.values import Grade, MinorOrZero
from services.policy.domain.rules import Closed

GRADES_MAX = 9


class GradeStep(Closed):
    """From this value on (minor units of the programme's currency) a countersigner needs this grade."""

    from_value: MinorOrZero
    grade: Grade


class People(Closed):
    """Who may countersign. A bundle that says nothing asks for grade 2, whatever the value."""

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

    def grade_for(self, value: int) -> int:
        """The least grade that may countersign a decision of this value."""
        return max(step.grade for step in self.countersign if step.from_value <= value)


USUAL = People()
"""What holds where no bundle is known."""
