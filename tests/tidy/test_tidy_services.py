"""Every service says what it reads and writes, every setting is documented, every table of topics is fresh."""

import pytest

from deploy.generate import topics_table
from tests.tidy.service_rules import docstring_names_its_topics, settings_of, undocumented_settings
from tests.tidy.source import breaches, files, modules, source

LEDGER = "services/ledger/__init__.py"
SETTINGS = "services/ledger/settings.py"
SAMPLE = """
class LedgerSettings(ProcessSettings):
    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True)
    limit: ClassVar[int] = 3
    kafka_bootstrap: str
    steps_max: int = 10
"""


def said(docstring: str, path: str = LEDGER) -> list[str]:
    return breaches(docstring_names_its_topics, (source(path, f'"""{docstring}"""'),))


def test_every_service_says_what_it_reads_and_writes() -> None:
    found = breaches(docstring_names_its_topics, modules())
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    ("docstring", "complaint"),
    [
        ("The ledger.", "does not say that it reads ledger-commands"),
        ("Reads ledger-commands.", "does not say that it writes ledger-entries"),
        ("Reads ledger-commands. Writes ledger-entries, decisions.", "says that it writes decisions"),
        ("Reads ledger-commands, notices. Writes ledger-entries.", "says that it reads notices"),
        ("Writes ledger-commands. Reads ledger-entries.", "does not say that it writes ledger-entries"),
    ],
)
def test_a_docstring_that_says_otherwise_is_caught(docstring: str, complaint: str) -> None:
    assert any(complaint in found for found in said(docstring))


def test_a_docstring_that_agrees_with_the_catalogue_passes() -> None:
    reads = "Reads `intake-commands`, operator-commands, applications, operator-acts, decisions, batches"
    text = f"{reads}, ledger-entries, notices. Writes applications and operator-acts; sends to `case-commands`."
    assert said(text, "services/intake/__init__.py") == []


def test_what_is_no_service_of_the_catalogue_need_say_nothing() -> None:
    assert (
        said("The runtime.", "services/kit/__init__.py") == said("A part.", "services/ledger/domain/__init__.py") == []
    )


def documentation() -> str:
    return "\n".join(file.text for file in files() if file.under("deploy/env", "README.md"))


def test_the_walk_meets_the_settings_that_every_process_has() -> None:
    found = {variable for file in modules() for _, variable in settings_of(file)}
    assert {"GREENLIGHT_KAFKA_BOOTSTRAP", "GREENLIGHT_REDIS_URL"} <= found


def test_every_setting_is_in_an_example_env_file() -> None:
    found = [
        text
        for file in modules()
        for text in breaches(lambda one: undocumented_settings(one, documentation()), (file,))
    ]
    assert not found, "\n".join(found)


def test_the_settings_of_a_class_are_its_fields_with_its_prefix() -> None:
    assert [name for _, name in settings_of(source(SETTINGS, SAMPLE))] == [
        "GREENLIGHT_KAFKA_BOOTSTRAP",
        "GREENLIGHT_STEPS_MAX",
    ]


@pytest.mark.parametrize(
    ("documented", "missing"),
    [
        ("GREENLIGHT_KAFKA_BOOTSTRAP=kafka:9092\n# GREENLIGHT_STEPS_MAX=10", []),
        ("GREENLIGHT_KAFKA_BOOTSTRAP=kafka:9092\nGREENLIGHT_STEPS_MAXIMUM=10", ["GREENLIGHT_STEPS_MAX"]),
        ("", ["GREENLIGHT_KAFKA_BOOTSTRAP", "GREENLIGHT_STEPS_MAX"]),
    ],
)
def test_a_setting_that_no_env_file_mentions_is_caught(documented: str, missing: list[str]) -> None:
    found = undocumented_settings(source(SETTINGS, SAMPLE), documented)
    assert [text.partition(" ")[0] for _, text in found] == missing


def test_every_table_of_topics_is_fresh() -> None:
    holding = [
        file.path.as_posix() for file in files() if file.path.suffix == ".md" and topics_table.BEGIN in file.text
    ]
    assert [text for path in holding for text in topics_table.run(path, check=True)] == []
