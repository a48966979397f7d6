"""`witness`: follows the ledger's checkpoints with a key and a memory of its own, and cosigns what continues them.

It is run by somebody else than the ledger, reads nothing but checkpoints, and never cosigns two histories: what it
has cosigned is on its disk before anybody sees it. What it refuses it keeps, and ends with exit code 1.
"""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from time import time
from typing import Annotated

import typer

from schemas.catalogue import LEDGER_CHECKPOINTS
from schemas.note import COSIGNS, BadNote, Signer, read_signer
from schemas.witness import Refused
from services.cli.edge import REFUSED, UNREACHABLE, USAGE, complaint
from services.cli.given import read_text, verifier
from services.cli.options import tools_of
from services.cli.seen import BadState, Seen
from services.cli.witnessing import Witness
from services.kit.backoff import Backoff
from services.kit.errors import GreenlightError, Transient
from services.kit.settings import KafkaSettings, broker, load
from services.kit.tasks import end
from services.kit.transport.base import Transport
from services.kit.transport.kafka import KafkaTransport


def witness(
    ctx: typer.Context,
    folder: Annotated[Path, typer.Argument(help="Where it keeps what it cosigned.", metavar="FOLDER")],
    ledger_key: Annotated[list[str], typer.Option("--ledger-key", help="The ledger's verifier.", metavar="VERIFIER")],
    witness_key: Annotated[Path, typer.Option("--witness-key", help="File of the witness's key.", metavar="FILE")],
    once: Annotated[bool, typer.Option("--once", help="End when all there is has been checked.")] = False,
) -> None:
    """Follow checkpoints in Kafka and cosign them; end at a fork."""
    tools, seen = tools_of(ctx), Seen(folder)
    ledgers = tuple(verifier(key) for key in ledger_key)
    one = Witness(_key(witness_key), ledgers, seen, partial(tools.screen.out.print, markup=False), time)
    settings = load(KafkaSettings)
    look = f"Keep {folder} as it is; compare it with other witnesses: SECURITY.md says how"
    try:
        with seen.alone():
            asyncio.run(_from_kafka(one, settings, once))
    except Refused as refused:
        raise complaint(REFUSED, "Refused: nothing is cosigned any more", str(refused), look) from None
    except BadState as bad:
        raise complaint(REFUSED, "Not begun", str(bad), look) from None
    except OSError as error:
        detail = f"{error.filename or folder}: {error.strerror}"
        raise complaint(REFUSED, "Not stored", detail, "Mend it and start again: nothing is lost.") from None
    except GreenlightError as error:
        next_step = "Is it running? make up · or set GREENLIGHT_KAFKA_BOOTSTRAP"
        raise complaint(UNREACHABLE, "Not reachable", str(error), next_step) from None


async def _from_kafka(one: Witness, settings: KafkaSettings, once: bool) -> None:
    """Raises Refused, BadState, OSError; GreenlightError with `once`."""
    transport = KafkaTransport(broker(settings, "greenlight-witness"))
    try:
        await _patiently(transport.start, once)
        await watch(one, transport, once)
    finally:
        await transport.stop()


async def watch(one: Witness, transport: Transport, once: bool) -> None:
    """Follow every partition; the first that is refused ends all. Raises as `follow` does."""
    tasks = [
        asyncio.create_task(_patiently(partial(one.follow, transport, partition, once), once))
        for partition in range(LEDGER_CHECKPOINTS.partitions)
    ]
    try:
        for done in asyncio.as_completed(tasks):
            await done
    finally:
        await end(tasks)


async def _patiently(work: Callable[[], Awaitable[None]], once: bool) -> None:
    """However long the log is away, unless it is asked for once only."""
    backoff = Backoff()
    while True:
        try:
            await work()
            return
        except Transient:
            if once:
                raise
            await backoff.wait()


def _key(file: Path) -> Signer:
    """The witness's key in a file. Raises CliError."""
    try:
        key = read_signer(read_text(file).strip())
    except BadNote as bad:
        raise complaint(USAGE, "Not a key", f"{file} {bad}", "Make one: greenlight keys witness NAME FOLDER") from None
    if key.kind != COSIGNS:
        raise complaint(USAGE, "Not a witness's key", f"{file} is a ledger's.", "greenlight keys witness NAME FOLDER")
    return key
