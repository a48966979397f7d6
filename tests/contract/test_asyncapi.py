"""The AsyncAPI document: fresh, valid by the specification's own schema, every reference resolved, headers true."""

import gzip
import json
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path

import pytest
from jsonschema import Draft7Validator, Draft202012Validator
from referencing import Registry
from referencing.jsonschema import DRAFT7

from deploy.generate import asyncapi
from deploy.generate.files import ROOT, json_text, settle
from schemas import intake
from schemas.catalogue import APPLICATIONS, MESSAGES, TOPICS
from services.kit import dead_letters, envelope
from services.kit.transport.base import Headers, Record
from tests import builders

SPECIFICATION = Path(__file__).parent / "asyncapi" / "3.0.0.json.gz"
DOCUMENT = asyncapi.document()


@lru_cache
def specification() -> Draft7Validator:
    """AsyncAPI 3.0.0's own JSON Schema; what it refers to is all inside it, and nothing is fetched."""
    schema = json.loads(gzip.decompress(SPECIFICATION.read_bytes()))
    inside = Registry().with_resource(schema["$id"], DRAFT7.create_resource(schema)).crawl()
    return Draft7Validator(schema, registry=inside)


def complaints(document: object) -> list[str]:
    return [f"{'/'.join(map(str, error.absolute_path))}: {error.message[:200]}"
            for error in specification().iter_errors(document)]  # fmt: skip


def references(node: object) -> Iterator[str]:
    if isinstance(node, Mapping):
        yield from (str(node["$ref"]),) if "$ref" in node else ()
        for below in node.values():
            yield from references(below)
    elif isinstance(node, list):
        for below in node:
            yield from references(below)


def resolves(reference: str) -> bool:
    if not reference.startswith("#/"):
        return (ROOT / "schemas" / reference).is_file()
    node: object = DOCUMENT
    for step in reference.removeprefix("#/").split("/"):
        if not isinstance(node, Mapping) or step not in node:
            return False
        node = node[step]
    return True


def test_the_committed_document_is_that_of_the_catalogue() -> None:
    assert list(settle({asyncapi.PATH: json_text(DOCUMENT)}, asyncapi.COMMAND, check=True)) == []


def test_the_document_is_valid_asyncapi_3() -> None:
    assert complaints(DOCUMENT) == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"asyncapi": "2.0.0"}, "asyncapi: '3.0.0' was expected"),
        ({"channel": {}}, ": 'channel' does not match any of the regexes"),
        ({"operations": {"o": {"action": "publish"}}}, "operations/o: "),
        ({"info": {"title": "no version"}}, "info: 'version' is a required property"),
    ],
)
def test_the_specification_refuses_a_document_that_is_none(change: Mapping[str, object], said: str) -> None:
    assert any(text.startswith(said) for text in complaints({**DOCUMENT, **change}))


def test_every_reference_of_the_document_leads_somewhere() -> None:
    assert [reference for reference in references(DOCUMENT) if not resolves(reference)] == []


def test_every_topic_is_a_channel_and_every_message_a_message() -> None:
    assert list(DOCUMENT["channels"]) == [topic.name for topic in TOPICS]  # type: ignore[call-overload]
    components = DOCUMENT["components"]
    assert isinstance(components, Mapping)
    assert set(components["messages"]) == {*MESSAGES, "dead-letter"}


def as_text(headers: Headers) -> dict[str, str]:
    return {name: value.decode() for name, value in headers}


FACT = builders.build(intake.CompanyRegistered)
SENT = builders.build(intake.RegisterCompany)
LETTER = dead_letters.dead_letter(
    Record("intake-commands", 0, 1, 2, b"k", b"v", (("a", b"b"),)), "invalid", "is null", "intake", "0.1.0"
)


@pytest.mark.parametrize(
    ("kind", "headers"),
    [
        ("fact-headers", envelope.fact_record(FACT, APPLICATIONS, "/greenlight/s/l/0", 1, b"0", 0, "c").headers),
        ("command-headers", envelope.command_record(SENT, builders.COMPANY, "/greenlight/http", "c").headers),
        ("dead-letter-headers", dead_letters.to_record(LETTER).headers),
    ],
)
def test_the_headers_that_the_runtime_writes_are_those_of_the_document(kind: str, headers: Headers) -> None:
    schema = {**asyncapi.HEADERS[kind], "additionalProperties": False}
    assert [error.message for error in Draft202012Validator(schema).iter_errors(as_text(headers))] == []
