"""The command made of a valid form is what validation would make of the same body, to the byte."""

import json
from datetime import UTC, datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from schemas.intake import Application, SubmitApplication
from schemas.values import UNITS_MAX
from services.intake.domain.tokens import Principal
from services.intake.http.body import parse
from services.intake.http.forms import ApplicationForm
from services.intake.http.partners import submission
from services.kit.envelope import encode
from tests.builders import COMPANY
from tests.component.intake.edge import form, line

PRINCIPAL = Principal("person-1", "partner", COMPANY)
TEXTS = st.text(st.characters(categories=("L", "N", "P")), min_size=1, max_size=8)
UNITS = st.integers(1, UNITS_MAX)
ZONES = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
MOMENTS = st.datetimes(datetime(2026, 1, 2), datetime(2030, 1, 1), timezones=ZONES).map(datetime.isoformat)
OPTIONAL = st.fixed_dictionaries({}, optional={"why_not_domestic": st.none() | TEXTS})
LINES = st.builds(
    lambda units, value, site, workload, starts, ends, optional: {
        **{name: kept for name, kept in line().items() if name != "why_not_domestic"},
        "units": units, "unit_value": value, "site": site, "workload": workload,
        "starts_on": starts, "ends_on": ends, **optional,
    },
    UNITS, UNITS, TEXTS, TEXTS, MOMENTS, MOMENTS, OPTIONAL,
)  # fmt: skip
BODIES = st.lists(LINES, min_size=1, max_size=3).map(lambda lines: form(use_lines=lines))


@given(BODIES, st.text("abc-1", min_size=1, max_size=5))
def test_a_form_becomes_the_command_that_validation_makes_of_its_body(body: dict[str, object], key: str) -> None:
    made = submission(PRINCIPAL, parse(json.dumps(body).encode(), ApplicationForm), key)
    application = Application.model_validate_json(
        json.dumps({**body, "application_id": made.application.application_id})
    )
    validated = SubmitApplication(
        command_id=made.command_id, actor=PRINCIPAL.actor, company_id=COMPANY, application=application
    )
    assert encode(made) == encode(validated)
    assert SubmitApplication.model_validate_json(encode(made)) == validated


def test_every_field_of_the_command_is_made() -> None:
    made = submission(PRINCIPAL, parse(json.dumps(form()).encode(), ApplicationForm), "k")
    assert list(made.__dict__) == list(SubmitApplication.model_fields)
    assert list(made.application.__dict__) == list(Application.model_fields)
    assert made.application.use_lines[0].starts_on == datetime(2026, 4, 1, tzinfo=UTC)
