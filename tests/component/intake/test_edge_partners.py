import asyncio

import pytest

from schemas.catalogue import APPLICATIONS
from schemas.intake import ConfirmGroup, SubmitApplication
from schemas.policy import ApplicationEvaluated, AuthorisationIssued
from services.intake.domain.application import application_id_of
from services.intake.views import CASES
from tests.builders import COMPANY, GROUP, RIVAL, build
from tests.component.intake.edge import company, edge, errors, form, line

UNKNOWN = "/v1/applications/app-" + "0" * 32


async def test_a_company_registers_once_and_reads_itself() -> None:
    one = edge()
    answer = await one.post("/v1/companies", company())
    assert answer.status_code == 201
    assert answer.json() == {"company_id": COMPANY, "state": "registered", "status_url": f"/v1/companies/{COMPANY}"}
    found = await one.get(answer.headers["location"])
    assert found.json()["profile"]["legal_name"] == "Lanwei Compute (illustrative)"


async def test_other_particulars_of_a_registered_company_are_a_conflict() -> None:
    one = edge()
    await one.post("/v1/companies", company())
    answer = await one.post("/v1/companies", company(registry_no="ILLUSTRATIVE-0002"), key="key-2")
    assert answer.status_code == 409
    assert errors(answer) == [{"pointer": "/company_id", "detail": "COMPANY_EXISTS"}]


async def test_an_accepted_application_has_an_id_a_place_and_a_case_file() -> None:
    one = edge()
    application_id = await one.submitted()
    file = (await one.get(f"/v1/applications/{application_id}")).json()
    assert (file["state"], file["company_id"]) == ("submitted", COMPANY)
    assert file["lines"][0]["requested_units"] == 1_000
    assert [step["type"] for step in file["timeline"]] == ["intake.application-submitted.v1"]


async def test_the_command_carries_what_was_sent_and_who_the_token_says() -> None:
    one = edge()
    await one.submitted()
    command = one.lanes.asked[-1]
    assert isinstance(command, SubmitApplication)
    assert (command.actor.person_id, command.actor.role) == ("partner", "partner")
    assert command.application.application_id == application_id_of(command.command_id)
    sent = command.application.model_dump(mode="json", exclude={"application_id"})
    assert sent["use_lines"][0] == line()


async def test_the_same_key_and_body_have_the_same_answer() -> None:
    one = edge()
    await one.submitted()
    first, second = [await one.post("/v1/applications", form(), key="again") for _ in range(2)]
    assert (first.status_code, first.json()) == (second.status_code, second.json())
    assert first.headers["location"] == second.headers["location"]


async def test_the_same_key_twice_at_once_is_one_application() -> None:
    one = edge()
    await one.submitted()
    answers = await asyncio.gather(*(one.post("/v1/applications", form(), key="twice") for _ in range(2)))
    assert len({answer.json()["application_id"] for answer in answers}) == 1
    assert [fact.type for fact in one.lanes.facts].count("intake.application-submitted.v1") == 2


async def test_the_same_key_with_another_body_is_refused_by_the_lane() -> None:
    one = edge()
    application_id = await one.submitted()
    answer = await one.post("/v1/applications", form(currency="EUR"), key="application")
    assert answer.status_code == 422
    assert answer.json()["type"] == "urn:greenlight:problem:exists-different"
    assert errors(answer) == [{"pointer": "", "detail": "EXISTS_DIFFERENT"}]
    assert (await one.get(f"/v1/applications/{application_id}")).json()["state"] == "submitted"


async def test_keys_belong_to_the_person_the_company_and_the_kind_of_wish() -> None:
    one = edge()
    await one.post("/v1/companies", company(), key="same")
    answers = [await one.post("/v1/applications", form(), secret, "same") for secret in ("partner", "officer")]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert len({answer.json()["application_id"] for answer in answers}) == 2


@pytest.mark.parametrize(
    ("changes", "pointer", "code"),
    [
        ({"ends_on": "9999-12-31T23:59:59-12:00"}, "/use_lines/0/ends_on", "PERIOD_OUT_OF_RANGE"),
        ({"starts_on": "0001-01-01T00:00:00+14:00"}, "/use_lines/0/starts_on", "PERIOD_OUT_OF_RANGE"),
        ({"ends_on": "2026-04-01T00:00:00Z"}, "/use_lines/0/ends_on", "PERIOD_INVALID"),
        ({"units": 2**53 - 1}, "/use_lines/0/units", "TOTAL_TOO_LARGE"),
    ],
)
async def test_what_the_lane_refuses_names_the_field_of_the_body(
    changes: dict[str, object], pointer: str, code: str
) -> None:
    one = edge()
    await one.submitted()
    answer = await one.post("/v1/applications", form(use_lines=[line(**changes)]))
    assert answer.status_code == 422
    assert errors(answer) == [{"pointer": pointer, "detail": code}]


async def test_a_refusal_is_the_same_the_second_time() -> None:
    one = edge()
    first, second = [await one.post("/v1/applications", form()) for _ in range(2)]
    assert first.json() == second.json()
    assert errors(first) == [{"pointer": "/company_id", "detail": "COMPANY_NOT_FOUND"}]


async def test_an_answer_that_takes_longer_is_202_with_the_place_to_look() -> None:
    one = edge()
    await one.post("/v1/companies", company(), key="company")
    one.lanes.slow = True
    answer = await one.post("/v1/applications", form())
    assert (answer.status_code, answer.json()["state"]) == (202, "pending")
    assert (await one.get(answer.headers["location"])).json()["state"] == "submitted"


async def test_an_accepted_application_that_was_refused_later_is_readable_with_its_reason() -> None:
    one = edge()
    one.lanes.slow = True
    answer = await one.post("/v1/applications", form())
    assert answer.status_code == 202
    file = (await one.get(answer.headers["location"])).json()
    assert (file["state"], file["code"], file["field"]) == ("not-accepted", "COMPANY_NOT_FOUND", "/company_id")


@pytest.mark.parametrize("hidden", [1, 1_000], ids=["a moment", "until it has caught up"])
async def test_an_accepted_application_is_never_missing_while_the_view_lags(hidden: int) -> None:
    one = edge()
    application_id = await one.submitted()
    one.cases.behind = True
    answer = await one.get(f"/v1/applications/{application_id}")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
    one.cases.behind, one.cases.hidden = False, hidden
    assert (await one.get(f"/v1/applications/{application_id}")).status_code == 200


async def test_what_is_in_no_view_that_has_caught_up_is_not_found() -> None:
    answer = await edge().get(UNKNOWN)
    assert answer.status_code == 404
    assert errors(answer) == []


@pytest.mark.parametrize("id_", ["app-1", "APP-" + "0" * 32, "app-" + "0" * 33, "x" * 3_000, "%00", "*", "../x"])
async def test_an_id_that_can_be_none_is_not_looked_up(id_: str) -> None:
    one = edge()
    one.cases.away = True
    answer = await one.get(f"/v1/applications/{id_}")
    assert answer.status_code == 404


@pytest.mark.parametrize(
    ("secret", "status"), [("rival", 404), ("scoped-reader", 200), ("reader", 200), ("officer", 200), ("operator", 200)]
)
async def test_who_sees_a_companys_application_and_profile(secret: str, status: int) -> None:
    one = edge()
    application_id = await one.submitted()
    assert (await one.get(f"/v1/applications/{application_id}", secret)).status_code == status
    assert (await one.get(f"/v1/companies/{COMPANY}", secret)).status_code == status


async def test_anothers_application_and_none_are_the_same_answer() -> None:
    one = edge()
    application_id = await one.submitted()
    for key, row in list(one.cases.rows.items()):
        one.cases.rows[(APPLICATIONS.partition(RIVAL), key[1])] = row
    another = await one.get(f"/v1/applications/{application_id}", "rival")
    none = await one.get(UNKNOWN, "rival")
    assert (another.status_code, another.json()) == (none.status_code, none.json())


@pytest.mark.parametrize(("secret", "status"), [("rival", 404), ("reader", 403), ("scoped-reader", 403)])
@pytest.mark.parametrize(("path", "body"), [("/v1/companies", company()), ("/v1/applications", form())])
async def test_who_may_not_write_for_a_company(secret: str, status: int, path: str, body: object) -> None:
    one = edge()
    assert (await one.post(path, body, secret)).status_code == status
    assert one.lanes.asked == []


async def test_an_officer_may_write_for_any_company() -> None:
    one = edge()
    answers = [await one.post("/v1/companies", company(RIVAL), "officer"), await one.post("/v1/applications",
               form(company_id=RIVAL), "officer")]  # fmt: skip
    assert [answer.status_code for answer in answers] == [201, 201]


@pytest.mark.parametrize(("path", "body"), [("/v1/companies", company()), ("/v1/applications", form())])
async def test_a_post_without_a_key_is_refused_naming_the_header(path: str, body: object) -> None:
    answer = await edge().post(path, body, key=None)
    assert answer.status_code == 400
    assert errors(answer) == [{"header": "Idempotency-Key", "detail": "is required"}]


async def test_with_kafka_away_a_write_is_503_with_retry_after() -> None:
    one = edge()
    one.lanes.away = True
    answer = await one.post("/v1/applications", form())
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")
    assert errors(answer) == []


async def test_with_redis_away_reads_are_503_and_writes_go_on() -> None:
    one = edge()
    application_id = await one.submitted()
    one.cases.away = True
    answer = await one.get(f"/v1/applications/{application_id}")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")
    assert (await one.post("/v1/applications", form(), key="another")).status_code == 201


async def test_what_other_services_say_joins_the_case_file() -> None:
    one = edge()
    application_id = await one.submitted()
    facts = [build(ApplicationEvaluated, application_id=application_id),
             build(AuthorisationIssued, application_id=application_id)]  # fmt: skip
    one.cases.show(CASES, APPLICATIONS.partition(COMPANY), facts)
    file = (await one.get(f"/v1/applications/{application_id}")).json()
    assert file["state"] == "authorised"
    assert set(file["findings"][0]["text"]) == {"zh", "en"}
    assert file["lines"][0]["recommended_units"] == 600


async def test_a_claim_to_a_group_counts_once_an_officer_has_confirmed_it() -> None:
    one = edge()
    await one.post("/v1/companies", company(group_id=GROUP))
    assert not (await one.get(f"/v1/companies/{COMPANY}")).json()["profile"]["group_confirmed"]
    body = {"company_id": COMPANY, "group_id": GROUP, "confirmed": True, "reason": "Register seen."}
    act = await one.post("/v1/operator/groups/confirm", body, "officer")
    assert (act.status_code, act.headers["location"]) == (202, f"/v1/companies/{COMPANY}")
    await one.lanes.ask(
        build(ConfirmGroup, command_id=act.json()["caused_command_id"], company_id=COMPANY, group_id=GROUP), 1
    )
    assert (await one.get(f"/v1/companies/{COMPANY}")).json()["profile"]["group_confirmed"]
