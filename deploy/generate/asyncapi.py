"""The AsyncAPI 3.0 document of all topics: channels, messages with their JSON Schemas, headers, who sends and receives.

    python -m deploy.generate.asyncapi            write schemas/asyncapi.json
    python -m deploy.generate.asyncapi --check    name it if it is stale

Payloads refer to the committed writer schemas; `x-reader-schema` names the open one that a reader should hold.
Headers are CloudEvents 1.0's Kafka binding in binary mode, and three of our own: owner, meta, react.
"""

import argparse
import sys
from collections.abc import Mapping, Sequence

from deploy.generate.files import json_text, report, settle
from schemas.base import Fact, Message
from schemas.catalogue import MESSAGES, SERVICES, TOPICS, Topic

COMMAND = "python -m deploy.generate.asyncapi"
PATH = "schemas/asyncapi.json"
SCHEMA_FORMAT = "application/schema+json;version=draft-2020-12"
KAFKA_BINDING = "0.5.0"
_DESCRIPTION = (
    "Rationing of imported AI chips: every Kafka topic of Greenlight, generated from schemas/catalogue.py by "
    f"`{COMMAND}`. An inbox carries commands to its owner, a journal the facts of its owner. A reader of a journal "
    "keeps, per partition, the offset of the latest shard-claimed record as the owner in force, and ignores every "
    "record whose `owner` header is lower. Facts with `ce_type` starting with `greenlight.` are the runtime's own."
)

Node = dict[str, object]

_CONTENT = r"^application/(json|cloudevents\+json)"
_NUMBER = r"^[0-9]+$"
_COMMON: Mapping[str, Node] = {
    "ce_specversion": {"const": "1.0", "description": "Version of CloudEvents."},
    "ce_type": {"type": "string", "description": "Type of the message, `<owner>.<subject>-<verb>.v<major>`."},
    "ce_source": {"type": "string", "description": "Who sent it; for facts `/greenlight/<service>/<lane>/<shard>`."},
    "content-type": {
        "type": "string",
        "pattern": _CONTENT,
        "description": "`application/json` is written; `application/cloudevents+json` tells structured mode.",
    },
    "ce_correlationid": {"type": "string", "description": "Id of the command from outside that began it all."},
    "ce_causationid": {"type": "string", "description": "Id of the message that caused this one; empty if none."},
    "traceparent": {"type": "string", "description": "W3C trace context where tracing is on; decides nothing."},
}
_OWN = {
    "owner": {
        "type": "string",
        "pattern": _NUMBER,
        "description": "Token of the shard's owner that wrote it: the offset of its claim marker in its journal.",
    },
    "meta": {
        "type": "string",
        "description": "On the last record of a step: the runtime's book as JSON; a rebuild derives no counter.",
    },
    "react": {
        "type": "string",
        "pattern": r"^.+/[0-9]+:[0-9]+$",
        "description": "`<journal>/<shard>:<sequence>` of a command that a fact caused; the sequence is contiguous "
        "per source shard and destination partition, so a reader drops repeats and stops on a hole.",
    },
}
HEADERS: Mapping[str, Node] = {
    "command-headers": {
        "type": "object",
        "description": "Headers of a command, as UTF-8 text.",
        "required": ["ce_specversion", "ce_type", "ce_source", "ce_id", "content-type"],
        "properties": {
            **_COMMON,
            "ce_id": {"type": "string", "description": "The command's `command_id`."},
            "owner": _OWN["owner"],
            "react": _OWN["react"],
        },
    },
    "fact-headers": {
        "type": "object",
        "description": "Headers of a fact, as UTF-8 text.",
        "required": ["ce_specversion", "ce_type", "ce_source", "ce_id", "ce_time", "content-type", "owner"],
        "properties": {
            **_COMMON,
            "ce_id": {"type": "string", "pattern": _NUMBER, "description": "Number of the fact in its shard, from 1."},
            "ce_time": {"type": "string", "format": "date-time", "description": "Time of the shard, UTC."},
            "owner": _OWN["owner"],
            "meta": _OWN["meta"],
        },
    },
    "dead-letter-headers": {
        "type": "object",
        "description": "Headers of a dead letter, as UTF-8 text; key and value are the original's, byte for byte.",
        "required": ["greenlight-dead-letter"],
        "properties": {
            "greenlight-dead-letter": {
                "type": "string",
                "description": "JSON: topic, partition, offset, timestamp, reason, detail, where, release, sha256, "
                "and the original headers as pairs of name and base64.",
            }
        },
    },
}


def document() -> Node:
    """The whole document."""
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Greenlight",
            "version": "1.0.0",
            "description": _DESCRIPTION,
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": "application/json",
        "channels": {topic.name: _channel(topic) for topic in TOPICS},
        "operations": dict(operation for topic in TOPICS for operation in _operations(topic)),
        "components": {
            "schemas": dict(HEADERS),
            "messages": {
                **{type_: _message(model) for type_, model in MESSAGES.items()},
                "dead-letter": _dead_letter(),
            },
        },
    }


def _messages_of(topic: Topic) -> tuple[str, ...]:
    return ("dead-letter",) if topic.kind == "dead-letters" else tuple(message.type for message in topic.messages)


def _channel(topic: Topic) -> Node:
    limits = {name: int(topic.config[name]) for name in ("retention.ms", "retention.bytes", "max.message.bytes")}
    return {
        "address": topic.name,
        "summary": f"{topic.kind} of {topic.owner}; key: {topic.key or 'as the original'}",
        "messages": {type_: {"$ref": f"#/components/messages/{type_}"} for type_ in _messages_of(topic)},
        "bindings": {
            "kafka": {
                "topic": topic.name,
                "partitions": topic.partitions,
                "replicas": topic.replication,
                "topicConfiguration": {"cleanup.policy": topic.config["cleanup.policy"].split(","), **limits},
                "bindingVersion": KAFKA_BINDING,
            }
        },
    }


def _operations(topic: Topic) -> tuple[tuple[str, Node], ...]:
    """Who sends to a topic, as far as the catalogue says it, and who receives."""
    sends = [] if topic.kind == "inbox" else [(topic.owner, "send")]
    return tuple(
        (f"{service}.{action}.{topic.name}", _operation(topic, service, action))
        for service, action in (*sends, *((reader, "receive") for reader in topic.readers))
    )


def _operation(topic: Topic, service: str, action: str) -> Node:
    return {
        "action": action,
        "channel": {"$ref": f"#/channels/{topic.name}"},
        "summary": f"{service} {action}s {topic.name}",
        "tags": [{"name": service}],
        "messages": [{"$ref": f"#/channels/{topic.name}/messages/{type_}"} for type_ in _messages_of(topic)],
    }


def _message(message: type[Message]) -> Node:
    headers = "fact-headers" if issubclass(message, Fact) else "command-headers"
    key = next(topic.key for topic in TOPICS if message in topic.messages)
    return {
        "name": message.type,
        "title": message.__name__,
        "summary": (message.__doc__ or "").strip().partition("\n")[0],
        "contentType": "application/json",
        "headers": {"$ref": f"#/components/schemas/{headers}"},
        "payload": {"schemaFormat": SCHEMA_FORMAT, "schema": {"$ref": f"./json/{message.type}.writer.json"}},
        "bindings": {"kafka": {"key": {"type": "string", "description": f"The payload's {key}."},
                               "bindingVersion": KAFKA_BINDING}},
        "x-reader-schema": f"./json/{message.type}.reader.json",
    }  # fmt: skip


def _dead_letter() -> Node:
    return {
        "name": "dead-letter",
        "title": "DeadLetter",
        "summary": f"A record that could not be handled by one of {', '.join(SERVICES)}: the original, and why.",
        "headers": {"$ref": "#/components/schemas/dead-letter-headers"},
    }


def main(given: Sequence[str] | None = None) -> int:
    """The command; 1 when the document is stale."""
    parser = argparse.ArgumentParser(prog=COMMAND, description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--check", action="store_true", help="write nothing, name the document if it is stale")
    complaints = settle({PATH: json_text(document())}, COMMAND, check=parser.parse_args(given).check)
    return report(complaints)


if __name__ == "__main__":
    sys.exit(main())
