"""What the command prints of a value, and what it reads from its environment."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from services.cli.edge import USAGE, route
from services.cli.screen import cell, plain
from services.cli.settings import CliSettings
from services.kit.settings import KafkaSettings, load


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, "-"),
        ("", "-"),
        (0, "0"),
        (1_234_567, "1,234,567"),
        (True, "yes"),
        (False, "no"),
        (datetime(2026, 3, 2, 9, 30, tzinfo=UTC), "2026-03-02 09:30:00"),
        (datetime(2026, 3, 2, 17, 30, tzinfo=timezone(timedelta(hours=8))), "2026-03-02 09:30:00"),
        ("a\nb\x1b[31m\u202e", "a b [31m "),
        ("中文", "中文"),
    ],
)
def test_a_value_is_shown_as_one_plain_line(value: object, shown: str) -> None:
    assert cell(value) == shown


def test_plain_text_keeps_its_length() -> None:
    assert plain("\x00\x07ok") == "  ok"


@pytest.mark.parametrize(
    ("parts", "path"),
    [
        (("v1", "batches", "b-1"), "/v1/batches/b-1"),
        (("v1", "a/b", "?#%"), "/v1/a%2Fb/%3F%23%25"),
        (("v1", "中"), "/v1/%E4%B8%AD"),
    ],
)
def test_a_route_holds_each_part_whole(parts: tuple[str, ...], path: str) -> None:
    assert route(*parts) == path


def test_settings_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GREENLIGHT_URL", "https://edge.example")
    monkeypatch.setenv("GREENLIGHT_TOKEN", "hush")
    settings = load(CliSettings)
    assert (settings.url, settings.token.get_secret_value()) == ("https://edge.example", "hush")
    assert "hush" not in repr(settings)


def test_the_local_edge_is_meant_when_nothing_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GREENLIGHT_URL", raising=False)
    assert load(CliSettings).url == "http://127.0.0.1:8080"


@pytest.mark.parametrize(
    ("name", "value"),
    [("GREENLIGHT_URL", "edge.example"), ("GREENLIGHT_URL", "ftp://edge.example"), ("GREENLIGHT_TIMEOUT_SECONDS", "0")],
)
def test_a_wrong_setting_ends_the_command_by_name(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SystemExit) as ended:
        load(CliSettings)
    assert ended.value.code == USAGE
    assert capsys.readouterr().err.startswith(f"{name}: ")


def test_topics_need_a_broker(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.delenv("GREENLIGHT_KAFKA_BOOTSTRAP", raising=False)
    with pytest.raises(SystemExit):
        load(KafkaSettings)
    assert "GREENLIGHT_KAFKA_BOOTSTRAP" in capsys.readouterr().err
