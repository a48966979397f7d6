"""House rules about code that an import graph cannot show. Each yields the line and what is wrong with it."""

import ast
import re
from collections.abc import Iterator

from tests.tidy.source import Source

FUNCTION_LINES_MAX = 50
MODULE_LINES_MAX = 400
IMPURE_MODULES = frozenset(
    {"asyncio", "logging", "os", "pathlib", "random", "secrets", "socket", "subprocess", "threading", "time"}
)
IMPURE_CALLS = frozenset({"now", "utcnow", "today", "uuid1", "uuid4", "urandom", "open", "print", "input"})
CLIENTS = frozenset({"aiokafka", "redis"})
CLIENT_HOMES = re.compile(r"services/kit/(transport/kafka[a-z_]*|topics|store[a-z_]*)\.py|tests/.*|deploy/local/.*")
Breaches = Iterator[tuple[int, str]]


def function_is_short(file: Source) -> Breaches:
    """A function stops at 50 lines."""
    for node in ast.walk(file.tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            if lines > FUNCTION_LINES_MAX:
                yield node.lineno, f"{node.name} has {lines} lines, more than {FUNCTION_LINES_MAX}"


def module_is_short(file: Source) -> Breaches:
    """A module stops at 400 lines."""
    if len(file.lines) > MODULE_LINES_MAX:
        yield MODULE_LINES_MAX + 1, f"the module has {len(file.lines)} lines, more than {MODULE_LINES_MAX}"


def domain_is_pure(file: Source) -> Breaches:
    """Below domain/ and schemas/: no clock, randomness, I/O or log; time and ids are arguments."""
    if "domain" not in file.path.parts and not file.under("schemas"):
        return
    for line, name in _imported(file):
        if name.partition(".")[0] in IMPURE_MODULES:
            yield line, f"imports {name}: the domain is pure"
    for node in ast.walk(file.tree):
        if isinstance(node, ast.Call) and _name(node.func) in IMPURE_CALLS:
            yield node.lineno, f"calls {_name(node.func)}: the domain is pure"
        if isinstance(node, ast.AsyncFunctionDef | ast.Await):
            yield node.lineno, "is async: the domain is pure"


def except_is_narrow(file: Source) -> Breaches:
    """No bare except; one that takes everything says on its line why."""
    for node in ast.walk(file.tree):
        if not isinstance(node, ast.ExceptHandler):
            continue
        if node.type is None:
            yield node.lineno, "is a bare except"
            continue
        caught = node.type.elts if isinstance(node.type, ast.Tuple) else [node.type]
        broad = [name for kind in caught if (name := _name(kind)) in {"Exception", "BaseException"}]
        if broad and not re.search(r"# reason: \S", file.lines[node.lineno - 1]):
            yield node.lineno, f"takes every {broad[0]} without `# reason: ...` on its line"


def environment_is_read_in_settings(file: Source) -> Breaches:
    """Only a `settings.py` reads the environment."""
    if file.under("tests") or file.path.name == "settings.py":
        return
    for node in ast.walk(file.tree):
        if isinstance(node, ast.Attribute) and _name(node.value) == "os" and node.attr in {"environ", "getenv"}:
            yield node.lineno, f"reads os.{node.attr}: only settings.py reads the environment"
        if isinstance(node, ast.ImportFrom) and node.module == "os":
            for alias in node.names:
                if alias.name in {"environ", "getenv"}:
                    yield node.lineno, f"imports os.{alias.name}: only settings.py reads the environment"


def signature_is_typed(file: Source) -> Breaches:
    """No `Any` in a signature."""
    for node in ast.walk(file.tree):
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        given = node.args
        arguments = [*given.posonlyargs, *given.args, *given.kwonlyargs, given.vararg, given.kwarg]
        annotations = [node.returns, *(argument.annotation for argument in arguments if argument)]
        if any(_mentions_any(annotation) for annotation in annotations if annotation):
            yield node.lineno, f"{node.name} has Any in its signature"


def client_is_at_home(file: Source) -> Breaches:
    """Kafka's and Redis's clients are imported by the transport, the store and the topics alone."""
    if CLIENT_HOMES.fullmatch(file.path.as_posix()):
        return
    for line, name in _imported(file):
        if name.partition(".")[0] in CLIENTS:
            yield line, f"imports {name}: only kit/transport/kafka*.py, kit/topics.py and kit/store*.py may"


def _imported(file: Source) -> Iterator[tuple[int, str]]:
    for node in ast.walk(file.tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.lineno, node.module


def _name(node: ast.expr) -> str:
    """The last name of an expression: `now` of `datetime.now`."""
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def _mentions_any(annotation: ast.expr) -> bool:
    quoted = [node.value for node in ast.walk(annotation) if isinstance(node, ast.Constant)]
    named = any(_name(node) == "Any" for node in ast.walk(annotation) if isinstance(node, ast.expr))
    return named or any(isinstance(text, str) and re.search(r"\bAny\b", text) for text in quoted)
