"""Every verb of `greenlight`, in the order in which help lists them."""

import ssl
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Annotated

import httpx
import typer
from rich.console import Console
from typer.core import TyperGroup

from services.cli import (
    applications,
    batches,
    cases,
    dead_letters,
    export,
    keys,
    ledger,
    policy,
    prove,
    screening,
    tokens,
    topics,
    upkeep,
    witness,
)
from services.cli.edge import CliError, Edge
from services.cli.options import Tools
from services.cli.screen import Screen
from services.cli.settings import CliSettings

HELP = """Greenlight: applications, batches, a quota ledger and notices.

Reads GREENLIGHT_URL, GREENLIGHT_TOKEN and GREENLIGHT_CAFILE. Exit codes: 0 done, 1 refused or not as it should be,
2 wrong usage, 3 not reachable."""

Verb = Callable[..., None]

VERBS: Mapping[str, Verb] = MappingProxyType(
    {
        "submit": applications.submit, "status": applications.status, "answer": cases.answer,
        "withdraw": cases.withdraw, "ledger": ledger.ledger, "verify": ledger.verify, "export": export.export,
        "prove": prove.prove, "witness": witness.witness, "rebuild": upkeep.rebuild,
        "retry-parked": upkeep.retry_parked, "services": upkeep.services, "screen": screening.screen_name,
    }
)  # fmt: skip
"""Verbs that stand alone."""

GROUPS: Mapping[str, tuple[str, Mapping[str, Verb]]] = MappingProxyType(
    {
        "cases": (
            "What waits for officers to decide.",
            {
                "queue": cases.queue, "show": cases.show, "propose": cases.propose, "countersign": cases.countersign,
                "return": cases.send_back, "ask": cases.ask, "intend": cases.intend, "take": cases.take,
                "leave": cases.leave, "advise": cases.advise, "flag": cases.flag, "clear": cases.clear,
            },
        ),
        "batch": (
            "Decisions released together.",
            {
                "list": batches.list_batches, "show": batches.show_batch, "simulate": batches.simulate_batch,
                "propose": batches.propose_batch, "countersign": batches.countersign_batch,
                "return": batches.return_batch, "release": batches.release_batch,
            },
        ),
        "policy": (
            "Bundles of rules, as folders on this machine.",
            {
                "check": policy.check_bundle, "seal": policy.seal_bundle, "sign": policy.sign_bundle,
            },
        ),
        "topics": (
            "Topics as the catalogue wants them; speaks to Kafka itself.",
            {
                "plan": topics.plan, "apply": topics.apply, "verify": topics.verify,
            },
        ),
        "dead-letters": (
            "Records that no lane could read.",
            {
                "list": dead_letters.list_letters, "show": dead_letters.show_letter,
                "replay": dead_letters.replay_letter,
            },
        ),
        "tokens": (
            "Bearer tokens.",
            {
                "issue": tokens.issue_token, "revoke": tokens.revoke_token,
            },
        ),
        "keys": (
            "Keys for checkpoints; made on this machine, sent nowhere.",
            {
                "ledger": keys.ledger, "witness": keys.witness,
            },
        ),
        "lists": (
            "Screening lists, read offline.",
            {
                "check": screening.check,
            },
        ),
    }
)  # fmt: skip
"""Verbs about one thing: the thing, what it is, its verbs."""


class Verbs(TyperGroup):
    """Ends the command with the exit code of a CliError, after showing it."""

    def invoke(self, ctx: typer.Context) -> object:  # type: ignore[override]  # typer's own Context is this class
        """Run the verb."""
        try:
            return super().invoke(ctx)
        except CliError as error:
            assert isinstance(ctx.obj, Tools)
            ctx.obj.screen.complain(error)
            raise typer.Exit(error.exit_code) from None


def build(settings: CliSettings, transport: httpx.BaseTransport | None = None, width: int | None = None) -> typer.Typer:
    """The command. `transport` and `width` stand in for the network and the terminal in tests."""
    root = typer.Typer(
        name="greenlight", cls=Verbs, help=HELP, no_args_is_help=True, add_completion=False,
        pretty_exceptions_enable=False, rich_markup_mode=None,
    )  # fmt: skip

    @root.callback()
    def begin(
        ctx: typer.Context,
        url: Annotated[str, typer.Option("--url", help="Where the edge is.", metavar="URL")] = settings.url,
    ) -> None:
        if not url.startswith(("http://", "https://")):
            raise typer.BadParameter("is no http(s) address", param_hint="--url")
        screen = Screen(_console(width), _console(width, stderr=True))
        ctx.obj = Tools(Edge(ctx.with_resource(_client(settings, url, transport))), screen)

    _add_verbs(root)
    return root


def _add_verbs(root: typer.Typer) -> None:
    for verb, function in VERBS.items():
        root.command(verb)(function)
    for name, (text, verbs) in GROUPS.items():
        group = typer.Typer(help=text, no_args_is_help=True, rich_markup_mode=None)
        root.add_typer(group, name=name)
        for verb, function in verbs.items():
            group.command(verb)(function)


def _console(width: int | None, stderr: bool = False) -> Console:
    return Console(stderr=stderr, width=width, markup=False, highlight=False, emoji=False)


def _client(settings: CliSettings, url: str, transport: httpx.BaseTransport | None) -> httpx.Client:
    token = settings.token.get_secret_value()
    return httpx.Client(
        base_url=url,
        headers={"authorization": f"Bearer {token}"} if token else {},
        timeout=settings.timeout_seconds,
        verify=ssl.create_default_context(cafile=settings.cafile) if settings.cafile else True,
        trust_env=False,
        transport=transport,
    )
