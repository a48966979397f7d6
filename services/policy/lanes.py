"""Policy's two lanes: each message on the left, the pure function it meets on the right.

evaluation: `case-commands` -> `decisions`, by company
    evaluate          screening/gathering.py -> first, the applicant is screened
                      domain/evaluation.py  -> kernel.py runs the bundle's rules; approved, refused or referred
    record-group      domain/evaluation.py  -> the officer's word on the company's group
    record-outcome    domain/evaluation.py  -> authorisation issued, or lines set aside
    propose-, countersign-, return-decision
                      domain/officers.py    -> proposed; countersigned and with it decided; sent back
    take-, leave-case, give-, withdraw-advice, raise-, clear-flag
                      domain/standing.py    -> who has it, what agencies advise, what blocks it
    request-, provide-information, issue-intent, withdraw-application, case-tick
                      domain/information.py -> asked, answered, withdrawn; reminded, lapsed, escalated
    its facts cause   domain/notices.py     -> add-lines, notify

batching: `batch-commands` -> `batches`, by programme
    add-lines         domain/batching.py    -> lines wait in the open batch
    release-batch     domain/batching.py    -> an officer releases it
    batch-tick        domain/batching.py    -> it waited long enough
    record-entry      domain/batching.py    -> the ledger's answer, or caps that changed
    simulate-, propose-, countersign-, return-batch
                      domain/proposing.py   -> tried; where people release: proposed, countersigned, sent back
    its facts cause   domain/releases.py    -> grant-batch, record-outcome
"""

from collections.abc import Awaitable, Callable, Sequence
from functools import partial

from schemas.base import Command
from schemas.catalogue import BATCH_COMMANDS, BATCHES, CASE_COMMANDS, DECISIONS
from services.kit.contract import Lane
from services.policy.domain import batching, cases, evaluation, notices, programmes, releases
from services.policy.domain.bundle import Bundles

SERVICE = "policy"
Gather = Callable[[Sequence[Command]], Awaitable[Sequence[Command]]]


def evaluation_lane(bundles: Bundles, gather: Gather | None = None) -> Lane[cases.Cases]:
    """Applications are judged, and told what became of them. `gather` screens the applicants."""
    return Lane(
        name="evaluation",
        service=SERVICE,
        inbox=CASE_COMMANDS,
        journal=DECISIONS,
        initial=cases.Cases,
        decide=partial(evaluation.decide, bundles),
        evolve=cases.evolve,
        due=evaluation.due,
        tick=evaluation.tick,
        react=notices.react,
        rows=cases.rows,
        all_rows=cases.all_rows,
        restore=cases.restore,
        gather=gather,
        on_bug="park",
    )


def batching_lane(bundles: Bundles) -> Lane[programmes.Programmes]:
    """Approved lines gather in batches, which the ledger grants."""
    return Lane(
        name="batching",
        service=SERVICE,
        inbox=BATCH_COMMANDS,
        journal=BATCHES,
        initial=programmes.Programmes,
        decide=partial(batching.decide, bundles),
        evolve=programmes.evolve,
        react=releases.react,
        rows=programmes.rows,
        all_rows=programmes.all_rows,
        restore=programmes.restore,
        due=partial(batching.due, bundles),
        tick=partial(batching.tick, bundles),
        on_bug="park",
    )
