"""House rules about text: open ends, real names, hosts, paths. Each yields the line and what is wrong with it."""

import codecs
import ipaddress
import json
import re
from collections.abc import Iterator

from tests.tidy.source import Source

Breaches = Iterator[tuple[int, str]]

REAL_NAMES = tuple(
    codecs.decode(name, "rot13")  # so that this list is no breach of itself
    for name in ("Nyvonon", "OlgrQnapr", "Graprag", "QrrcFrrx", "Aivqvn", "Uhnjrv", "Onvqh", "Pnzoevpba", "Zbbafubg")
)
_REAL = re.compile(r"(?<![a-z])(" + "|".join(REAL_NAMES) + r")(?![a-z])", re.IGNORECASE)
_SENTENCE = re.compile(r"(?<=[.!?])\s+|\n\s*\n")
_DATED = re.compile(r"\b20\d\d-\d\d-\d\d\b")

_OPEN_END = re.compile(r"\b(TO" r"DO|FIX" r"ME|XX" r"X|HA" r"CK)\b(?!\(#\d+\))")
_MACHINE_PATH = re.compile(r"(?<![\w.$}/-])/(?:work|root|home|tmp/lab)(?=/|\b)(?![\w-])")
_REGISTRY = re.compile(
    r"\b(?:pypi\.org|pythonhosted\.org|npmjs\.(?:org|com)|repo1?\.maven(?:\.apache)?\.org|deb\.debian\.org|crates\.io"
    r"|proxy\.golang\.org|security\.debian\.org)\b"
)
_URL_HOST = re.compile(r"\b[a-z][a-z0-9+.-]*://(?:[^\s/@\"'`]+@)?(\[[0-9a-f:.]+\]|[A-Za-z0-9._-]+)", re.IGNORECASE)
_MAIL_HOST = re.compile(r"[\w.+-]+@((?:[\w-]+\.)+[a-z]{2,})\b", re.IGNORECASE)
REFERENCES = frozenset(
    {
        "asyncapi.com",
        "cloudevents.io",
        "docs.docker.com",
        "github.com",
        "json-schema.org",
        "keepachangelog.com",
        "kafka.apache.org",
        "maven.apache.org",
        "semver.org",
        "www.apache.org",
        "www.asyncapi.com",
        "www.rfc-editor.org",
        "www.standardwebhooks.com",
        "www.w3.org",
    }
)
"""Public specifications that a document may point to. Nothing is ever fetched from them."""


def open_end_has_a_number(file: Source) -> Breaches:
    """An open end names its issue: `(#12)`."""
    yield from _lines(file, _OPEN_END, "an open end without the number of its issue")


def path_is_of_no_machine(file: Source) -> Breaches:
    """No absolute path that exists on one machine only."""
    yield from _lines(file, _MACHINE_PATH, "a path of one machine")


def registry_is_not_named(file: Source) -> Breaches:
    """Package registries are reached through their clients' own settings."""
    yield from _lines(file, _REGISTRY, "the host of a package registry")


def host_is_invented_or_near(file: Source) -> Breaches:
    """A host ends in `.example`, is nobody's address, a container's bare name, or a public specification."""
    for number, line in enumerate(file.lines, 1):
        for host in (*_URL_HOST.findall(line), *_MAIL_HOST.findall(line)):
            if not _allowed(host.lower().strip(".")):
                yield number, f"the host {host} is neither .example nor near nor a known specification"


def _allowed(host: str) -> bool:
    try:
        return not ipaddress.ip_address(host.strip("[]")).is_global
    except ValueError:
        return "." not in host or host.endswith(".example") or host in REFERENCES


def real_name_is_background_only(file: Source) -> Breaches:
    """Companies of the reported case stand in one dated sentence of README.md, and nowhere else."""
    if file.path.as_posix() != "README.md":
        yield from _lines(file, _REAL, "the name of a real company")
        return
    naming = [sentence for sentence in _SENTENCE.split(file.text) if _REAL.search(sentence)]
    for extra in naming[1:]:
        yield file.text[: file.text.index(extra)].count("\n") + 1, "a second sentence with real names"
    if naming and not _DATED.search(naming[0]):
        yield 1, "the sentence with real names has no date"


def demo_data_is_marked(file: Source) -> Breaches:
    """Every data file of the demo says that it is illustrative."""
    if not (file.under("deploy/demo") and file.path.suffix == ".json"):
        return
    data = json.loads(file.text)
    if not (isinstance(data, dict) and data.get("illustrative") is True):
        yield 1, 'has no `"illustrative": true` at its top'


def company_is_marked(file: Source) -> Breaches:
    """Every company in an example says in its name that it is illustrative."""
    if not file.under("schemas/examples"):
        return
    for number, line in enumerate(file.lines, 1):
        if '"legal_name"' in line and "illustrative" not in line:
            yield number, "a company that is not marked illustrative"


def _lines(file: Source, pattern: re.Pattern[str], complaint: str) -> Breaches:
    for number, line in enumerate(file.lines, 1):
        found = pattern.search(line)
        if found:
            yield number, f"{complaint}: {found.group()}"
