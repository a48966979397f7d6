"""The house rules about code hold for every module; and each rule catches its bad sample."""

import pytest

from tests.tidy import code_rules as rules
from tests.tidy.source import Rule, breaches, modules, source

DOMAIN = "services/policy/domain/rules.py"
API = "services/intake/api.py"
RULES: tuple[Rule, ...] = (
    rules.function_is_short,
    rules.module_is_short,
    rules.domain_is_pure,
    rules.except_is_narrow,
    rules.environment_is_read_in_settings,
    rules.signature_is_typed,
    rules.client_is_at_home,
)
LONG = "def f() -> None:\n" + "    pass\n" * 50
SHORT = "def f() -> None:\n" + "    pass\n" * 49
BAD: tuple[tuple[Rule, str, str, str], ...] = (
    (rules.function_is_short, API, LONG, "f has 51 lines"),
    (rules.function_is_short, API, f"async {LONG}", "f has 51 lines"),
    (rules.module_is_short, API, "a = 1\n" * 401, "the module has 401 lines"),
    (rules.domain_is_pure, DOMAIN, "import time", "imports time"),
    (rules.domain_is_pure, DOMAIN, "from os.path import join", "imports os.path"),
    (rules.domain_is_pure, DOMAIN, "import logging, json", "imports logging"),
    (rules.domain_is_pure, DOMAIN, "from random import choice", "imports random"),
    (rules.domain_is_pure, DOMAIN, "import asyncio.queues", "imports asyncio.queues"),
    (rules.domain_is_pure, DOMAIN, "a = datetime.now(UTC)", "calls now"),
    (rules.domain_is_pure, DOMAIN, "a = date.today()", "calls today"),
    (rules.domain_is_pure, DOMAIN, "a = uuid4()", "calls uuid4"),
    (rules.domain_is_pure, DOMAIN, "a = open('f')", "calls open"),
    (rules.domain_is_pure, DOMAIN, "async def f() -> None: ...", "is async"),
    (rules.domain_is_pure, "schemas/base.py", "import time", "imports time"),
    (rules.except_is_narrow, API, "try:\n    a()\nexcept:\n    b()", "is a bare except"),
    (rules.except_is_narrow, API, "try:\n    a()\nexcept Exception:\n    b()", "takes every Exception"),
    (rules.except_is_narrow, API, "try:\n    a()\nexcept (OSError, BaseException):\n    b()", "takes every BaseExc"),
    (rules.except_is_narrow, API, "try:\n    a()\nexcept Exception:  # reason:\n    b()", "takes every Exception"),
    (rules.except_is_narrow, API, "try:\n    a()\nexcept builtins.Exception:\n    b()", "takes every Exception"),
    (rules.environment_is_read_in_settings, API, "a = os.environ['A']", "reads os.environ"),
    (rules.environment_is_read_in_settings, API, "a = os.getenv('A')", "reads os.getenv"),
    (rules.environment_is_read_in_settings, API, "from os import environ", "imports os.environ"),
    (rules.signature_is_typed, API, "def f(a: Any) -> None: ...", "f has Any"),
    (rules.signature_is_typed, API, "def f(*, a: dict[str, Any]) -> None: ...", "f has Any"),
    (rules.signature_is_typed, API, "def f(*a: typing.Any) -> None: ...", "f has Any"),
    (rules.signature_is_typed, API, "def f() -> 'list[Any]': ...", "f has Any"),
    (rules.signature_is_typed, API, "async def f(**a: Any) -> None: ...", "f has Any"),
    (rules.client_is_at_home, API, "import redis", "imports redis"),
    (rules.client_is_at_home, API, "from redis.asyncio import Redis", "imports redis.asyncio"),
    (rules.client_is_at_home, "services/kit/lane.py", "from aiokafka import AIOKafkaConsumer", "imports aiokafka"),
)
GOOD: tuple[tuple[Rule, str, str], ...] = (
    (rules.function_is_short, API, SHORT),
    (rules.module_is_short, API, "a = 1\n" * 400),
    (rules.domain_is_pure, DOMAIN, "from datetime import datetime\nimport hashlib\na = uuid5(b, 'c')"),
    (rules.domain_is_pure, API, "import time"),
    (rules.except_is_narrow, API, "try:\n    a()\nexcept OSError:\n    b()"),
    (rules.except_is_narrow, API, "try:\n    a()\nexcept Exception:  # reason: a bug parks the key\n    b()"),
    (rules.environment_is_read_in_settings, "services/intake/settings.py", "a = os.environ['A']"),
    (rules.environment_is_read_in_settings, "tests/conftest.py", "a = os.getenv('A')"),
    (rules.signature_is_typed, API, "def f(a: object, b: 'Anything') -> None:\n    c: Any = a"),
    (rules.client_is_at_home, "services/kit/transport/kafka_writer.py", "import aiokafka"),
    (rules.client_is_at_home, "services/kit/store.py", "import redis"),
    (rules.client_is_at_home, API, "from services.kit import store"),
)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_every_module_keeps_the_rule(rule: Rule) -> None:
    found = breaches(rule, modules())
    assert not found, "\n".join(found)


@pytest.mark.parametrize(("rule", "path", "text", "complaint"), BAD)
def test_the_rule_catches_a_bad_sample(rule: Rule, path: str, text: str, complaint: str) -> None:
    assert any(complaint in found for found in breaches(rule, (source(path, text),)))


@pytest.mark.parametrize(("rule", "path", "text"), GOOD)
def test_the_rule_lets_a_good_sample_pass(rule: Rule, path: str, text: str) -> None:
    assert breaches(rule, (source(path, text),)) == []


def test_every_rule_has_a_bad_and_a_good_sample() -> None:
    assert {row[0] for row in BAD} == {row[0] for row in GOOD} == set(RULES)


def test_the_walk_meets_the_modules_it_is_meant_for() -> None:
    found = {file.path.as_posix() for file in modules()}
    assert {"schemas/catalogue.py", "services/kit/contract.py", "deploy/generate/schemas.py"} <= found
    assert "tests/tidy/code_rules.py" in found
