"""Access lists on their way to a cluster, and back.

plan     what a cluster lacks of the grants, and what it grants our users beside them
apply    grant what is missing, and only that: nothing is ever taken away
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from aiokafka.client import AIOKafkaClient
from aiokafka.errors import KafkaError
from aiokafka.protocol.admin import CreateAclsRequest, DescribeAclsRequest
from aiokafka.protocol.api import Request, Response

from services.kit.access import Grant, Operation, Pattern, Resource
from services.kit.errors import Halted, Unavailable
from services.kit.transport.kafka_wire import KafkaOptions

ANYWHERE = "*"
_ALLOW = 3
_ANY = 1


@dataclass(frozen=True, slots=True)
class AccessPlan:
    """What the cluster lacks, and what our users may do there that the catalogue does not name."""

    missing: tuple[Grant, ...]
    surplus: tuple[Grant, ...]


async def plan(options: KafkaOptions, grants: Sequence[Grant]) -> AccessPlan:
    """What differs. Raises Unavailable; Halted if the brokers keep no access lists or we may not see them."""
    async with _client(options) as client:
        return _compare(grants, await _found(client))


async def apply(options: KafkaOptions, grants: Sequence[Grant]) -> AccessPlan:
    """Grant what is missing; `missing` of the answer names what was. Raises Unavailable, Halted (refused)."""
    async with _client(options) as client:
        found = _compare(grants, await _found(client))
        for grant in found.missing:
            request = CreateAclsRequest(
                grant.resource, grant.name, grant.pattern, f"User:{grant.user}", ANYWHERE, grant.operation, _ALLOW
            )
            for code, text in (await _ask(client, request)).creation_responses:
                _check(code, text, f"the broker refuses that {grant}")
        return found


def _compare(grants: Sequence[Grant], found: frozenset[Grant]) -> AccessPlan:
    users = {grant.user for grant in grants}
    return AccessPlan(
        tuple(grant for grant in grants if grant not in found),
        tuple(sorted(grant for grant in found - set(grants) if grant.user in users)),
    )


async def _found(client: AIOKafkaClient) -> frozenset[Grant]:
    answer = await _ask(client, DescribeAclsRequest(_ANY, None, _ANY, None, None, _ANY, _ANY))
    _check(answer.error_code, answer.error_message, "the broker does not tell its access lists")
    return frozenset(
        Grant(principal.removeprefix("User:"), Resource(resource), name, Operation(operation), Pattern(pattern))
        for resource, name, pattern, entries in answer.resources
        for principal, host, operation, permission in entries
        if permission == _ALLOW and host == ANYWHERE and resource in set(Resource) and operation in set(Operation)
    )


@asynccontextmanager
async def _client(options: KafkaOptions) -> AsyncIterator[AIOKafkaClient]:
    client = AIOKafkaClient(request_timeout_ms=options.request_timeout_ms, **options.connection())
    try:
        await client.bootstrap()
        yield client
    except KafkaError as error:
        raise Unavailable(f"Kafka at {options.bootstrap}: {error!r}") from error
    finally:
        await client.close()


async def _ask(client: AIOKafkaClient, request: Request) -> Response:
    return await client.send(client.get_random_node(), request)


def _check(code: int, text: str | None, what: str) -> None:
    if code:
        raise Halted(f"{what}: {text or code}")
