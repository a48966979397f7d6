"""An applicant is screened before the decision, and the answer stands in the facts whatever the sender wrote."""

from typing import cast

import pytest

from schemas.base import Command
from schemas.findings import Screening, ScreeningHit
from schemas.policy import ApplicationEvaluated, CaseCommandRepeated, Evaluate
from services.kit.contract import Lane
from services.policy.lanes import evaluation_lane
from services.policy.screening import Index
from services.policy.screening.gathering import Screener
from tests.unit.policy.samples import Shard, application, of_rules, only, sample
from tests.unit.policy_screening.lists import DIGEST, entry, index

APPLICATION = application("lanwei-compute", 1)
NAME, NUMBER = APPLICATION.profile.legal_name, APPLICATION.profile.registry_no
NAMED = entry(NAME, countries=(APPLICATION.profile.country,))
FORGED = Screening(list_digest="f" * 64)


async def gathered(command: Evaluate, listed: Index | None) -> Evaluate:
    (found,) = await Screener(listed).gather([command])
    assert isinstance(found, Evaluate)
    return found


@pytest.mark.parametrize(
    ("listed", "hits"),
    [
        (entry("Paper Crane Ltd"), ()),
        (entry(NAME), (("exact", False),)),
        (NAMED, (("exact", True),)),
        (entry("Paper Crane Ltd", numbers=(NUMBER,)), (("identifier", True),)),
        (entry("Paper Crane Ltd", aliases=(NAME,), countries=("CN",)), (("alias", False),)),
    ],
)
async def test_hits_are_told_as_the_rule_reads_them(listed: object, hits: tuple[tuple[str, bool], ...]) -> None:
    assert isinstance(listed, type(NAMED))
    found = await gathered(APPLICATION, index(listed))
    expected = tuple(
        ScreeningHit.model_validate({"entry_id": listed.entry_id, "tier": tier, "second_fact": fact})
        for tier, fact in hits
    )
    assert found.screening == Screening(list_digest=DIGEST, hits=expected)


async def test_a_senders_word_is_not_taken() -> None:
    sent = APPLICATION.model_copy(update={"screening": FORGED})
    assert (await gathered(sent, None)).screening is None
    assert (await gathered(sent, index(NAMED))).screening != FORGED


async def test_other_commands_pass_in_their_order() -> None:
    other = Command(command_id="other")
    found = await Screener(index(NAMED)).gather([other, APPLICATION, other])
    assert [one.command_id for one in found] == ["other", APPLICATION.command_id, "other"]


async def test_the_answer_is_recorded_and_another_list_makes_no_other_wish() -> None:
    shard = Shard(cast(Lane[object], evaluation_lane(only(sample()))))
    first = await gathered(APPLICATION, index(NAMED))
    evaluated = next(fact for fact in shard.take(first) if isinstance(fact, ApplicationEvaluated))
    assert evaluated.facts is not None
    assert evaluated.facts.screening == first.screening
    (repeated,) = shard.take(await gathered(APPLICATION, index(entry("Paper Crane Ltd"))))
    assert isinstance(repeated, CaseCommandRepeated)


@pytest.mark.parametrize(
    ("listed", "outcome", "code"),
    [
        (None, "refer", "SCREENING_MISSING"),
        (index(entry("Paper Crane Ltd")), "eligible", "SCREENING_CLEAR"),
        (index(entry(NAME)), "refer", "SCREENING_RESEMBLES"),
        (index(NAMED), "ineligible", "SCREENING_MATCH"),
        (index(entry("Paper Crane Ltd", numbers=(NUMBER,))), "ineligible", "SCREENING_MATCH"),
    ],
)
async def test_the_rule_decides_on_what_was_gathered(listed: Index | None, outcome: str, code: str) -> None:
    bundle = of_rules({"kind": "screening.v1", "on_match": "reject"})
    shard = Shard(cast(Lane[object], evaluation_lane(only(bundle))))
    evaluated = shard.take(await gathered(APPLICATION, listed))[0]
    assert isinstance(evaluated, ApplicationEvaluated)
    assert evaluated.outcome == outcome
    assert code in [finding.code for finding in evaluated.findings]
