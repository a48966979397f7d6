"""Intake's workers: two lanes, three views, the tokens it knows, and the HTTP edge over them."""

from dataclasses import dataclass
from datetime import UTC, datetime

from schemas.catalogue import (
    APPLICATIONS,
    BATCH_COMMANDS,
    BATCHES,
    CASE_COMMANDS,
    DECISIONS,
    INTAKE_COMMANDS,
    OPERATOR_ACTS,
    OPERATOR_COMMANDS,
)
from schemas.intake import ApplicationSubmitted
from services.intake.adapters import HttpServer, Journals, Letters
from services.intake.api import build_app
from services.intake.domain.tokens import TokenBook
from services.intake.http.ports import EdgePorts, Services
from services.intake.lanes import intake_lane, operating_lane
from services.intake.views import ACCOUNTS, BATCH_LIST, CASES, VIEWS
from services.kit.ask import Asker
from services.kit.controls import Replayer
from services.kit.follow import Follower
from services.kit.lane import LaneWorker
from services.kit.owned import Surroundings
from services.kit.view import ViewReader, ViewWorker
from services.kit.worker import Worker

JOURNALS = {
    INTAKE_COMMANDS.name: APPLICATIONS,
    OPERATOR_COMMANDS.name: OPERATOR_ACTS,
    CASE_COMMANDS.name: DECISIONS,
    BATCH_COMMANDS.name: BATCHES,
}
"""Where the answer to a command of each inbox is heard."""


@dataclass(frozen=True, slots=True)
class Edge:
    """Where the edge listens, whose token is the first, and who tells of the other processes."""

    host: str
    port: int
    bootstrap_sha256: str | None
    services: Services


def workers(around: Surroundings, edge: Edge) -> tuple[Worker, ...]:
    """What a process of this service runs."""
    tokens = TokenBook(edge.bootstrap_sha256)
    known = Follower("intake.tokens", around.transport, OPERATOR_ACTS, tokens.apply, from_start=True)
    asker = Asker(around.transport, JOURNALS, "/greenlight/intake/edge", known=(ApplicationSubmitted,))
    operating = LaneWorker(operating_lane(), around)
    replayer = Replayer(around.transport, around.log, operating.owns_any)
    ports = EdgePorts(
        asker=asker,
        cases=ViewReader(CASES, around.store, around.transport),
        accounts=ViewReader(ACCOUNTS, around.store, around.transport),
        batches=ViewReader(BATCH_LIST, around.store, around.transport),
        tokens=tokens,
        tokens_current=known.current,
        journals=Journals(around.transport),
        dead_letters=Letters(around.transport),
        services=edge.services,
        clock=lambda: datetime.now(UTC),
    )
    return (
        LaneWorker(intake_lane(), around),
        operating,
        *(ViewWorker(view, around) for view in VIEWS),
        asker,
        known,
        Follower("intake.replays", around.transport, OPERATOR_ACTS, replayer.apply, from_start=False),
        HttpServer(build_app(ports, around.release, around.metrics), edge.host, edge.port),
    )
