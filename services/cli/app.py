"""Every verb of `greenlight`, in the order in which help lists them."""

import ssl
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
    root.command("submit")(applications.submit)
    root.command("status")(applications.status)
    root.command("answer")(cases.answer)
    root.command("withdraw")(cases.withdraw)
    case = _group(root, "cases", "What waits for officers to decide.")
    case.command("queue")(cases.queue)
    case.command("show")(cases.show)
    case.command("propose")(cases.propose)
    case.command("countersign")(cases.countersign)
    case.command("return")(cases.send_back)
    case.command("ask")(cases.ask)
    case.command("intend")(cases.intend)
    case.command("take")(cases.take)
    case.command("leave")(cases.leave)
    case.command("advise")(cases.advise)
    case.command("flag")(cases.flag)
    case.command("clear")(cases.clear)
    root.command("ledger")(ledger.ledger)
    batch = _group(root, "batch", "Decisions released together.")
    batch.command("list")(batches.list_batches)
    batch.command("show")(batches.show_batch)
    batch.command("simulate")(batches.simulate_batch)
    batch.command("propose")(batches.propose_batch)
    batch.command("countersign")(batches.countersign_batch)
    batch.command("return")(batches.return_batch)
    batch.command("release")(batches.release_batch)
    bundle = _group(root, "policy", "Bundles of rules, as folders on this machine.")
    bundle.command("check")(policy.check_bundle)
    bundle.command("seal")(policy.seal_bundle)
    bundle.command("sign")(policy.sign_bundle)
    root.command("verify")(ledger.verify)
    root.command("export")(export.export)
    root.command("prove")(prove.prove)
    root.command("witness")(witness.witness)
    root.command("rebuild")(upkeep.rebuild)
    root.command("retry-parked")(upkeep.retry_parked)
    kafka = _group(root, "topics", "Topics as the catalogue wants them; speaks to Kafka itself.")
    kafka.command("plan")(topics.plan)
    kafka.command("apply")(topics.apply)
    kafka.command("verify")(topics.verify)
    letters = _group(root, "dead-letters", "Records that no lane could read.")
    letters.command("list")(dead_letters.list_letters)
    letters.command("show")(dead_letters.show_letter)
    letters.command("replay")(dead_letters.replay_letter)
    token = _group(root, "tokens", "Bearer tokens.")
    token.command("issue")(tokens.issue_token)
    token.command("revoke")(tokens.revoke_token)
    key = _group(root, "keys", "Keys for checkpoints; made on this machine, sent nowhere.")
    key.command("ledger")(keys.ledger)
    key.command("witness")(keys.witness)
    root.command("services")(upkeep.services)
    root.command("screen")(screening.screen_name)
    lists = _group(root, "lists", "Screening lists, read offline.")
    lists.command("check")(screening.check)


def _group(root: typer.Typer, name: str, text: str) -> typer.Typer:
    group = typer.Typer(help=text, no_args_is_help=True, rich_markup_mode=None)
    root.add_typer(group, name=name)
    return group


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
