"""`export`: a journal partition and its checkpoints into files, so that anybody can judge them anywhere."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from schemas.catalogue import LEDGER_CHECKPOINTS, LEDGER_ENTRIES
from services.cli.edge import REFUSED, UNREACHABLE, complaint
from services.cli.exports import Manifest, Writing
from services.cli.options import Json, Programme, tools_of
from services.cli.screen import facts, page, step
from services.kit import envelope
from services.kit.errors import GreenlightError
from services.kit.settings import KafkaSettings, broker, load
from services.kit.transport.base import Transport
from services.kit.transport.kafka import KafkaTransport

PAGE_RECORDS = 2_000


def export(
    ctx: typer.Context,
    programme: Programme,
    folder: Annotated[Path, typer.Argument(help="A new folder.", metavar="FOLDER")],
    json: Json = False,
) -> None:
    """Write a programme's journal and checkpoints to files."""
    partition = LEDGER_ENTRIES.partition(programme)
    try:
        manifest = asyncio.run(_from_kafka(load(KafkaSettings), partition, folder))
    except GreenlightError as error:
        next_step = "Is it running? make up · or set GREENLIGHT_KAFKA_BOOTSTRAP"
        raise complaint(UNREACHABLE, "Not exported", str(error), next_step) from None
    except OSError as error:
        detail = f"{error.filename or folder}: {error.strerror}"
        raise complaint(REFUSED, "Not written", detail, "Name a new folder.") from None
    shown = facts((("partition", str(partition)), ("entries", manifest.entries), ("checkpoints", manifest.checkpoints)))
    told = step(f"greenlight verify {folder} --ledger-key VERIFIER")
    tools_of(ctx).screen.show(manifest.model_dump(), lambda: page(Text("Exported.", style="green"), shown, told))


async def _from_kafka(settings: KafkaSettings, partition: int, folder: Path) -> Manifest:
    transport = KafkaTransport(broker(settings, "greenlight-export"))
    await transport.start()
    try:
        return await write_export(transport, partition, folder)
    finally:
        await transport.stop()


async def write_export(transport: Transport, partition: int, folder: Path) -> Manifest:
    """Write a partition as it is now, by the published reader's rule. Raises GreenlightError, OSError.

    Checkpoints are read first, so that every entry under them is there.
    """
    writing = Writing(folder)
    try:
        for topic, write in ((LEDGER_CHECKPOINTS, writing.checkpoint), (LEDGER_ENTRIES, writing.entry)):
            position, stop = await transport.bounds(topic.name, partition)
            rule = envelope.OwnerRule()
            while position < stop:
                for record in await transport.read(topic.name, partition, position, stop, PAGE_RECORDS):
                    position = record.offset + 1
                    if rule.admits(record) and not envelope.is_control(record):
                        write(record.value or b"")
        return writing.finish(LEDGER_ENTRIES.name, partition, position)
    finally:
        writing.close()
