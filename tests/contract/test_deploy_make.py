"""`make` tells of every target, each of which runs something that exists; the gate and the workflow use them alone."""

import importlib.util
import re
import subprocess

import pytest

from deploy.generate.files import ROOT

MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
TARGETS = re.findall(r"^([a-z-]+):(?!=)", MAKEFILE, re.MULTILINE)
LOCKS = ("runtime", "demo", "dev", "uv")
PIN = re.compile(r"^([a-z0-9._-]+)==(\S+)", re.MULTILINE)


def lock(name: str, suffix: str = "txt") -> str:
    return (ROOT / f"requirements/{name}.{suffix}").read_text(encoding="utf-8")


@pytest.mark.parametrize("target", TARGETS)
def test_a_target_has_a_sentence_and_is_no_file(target: str) -> None:
    assert re.search(rf"^{target}:.* ## [A-Z].*\.$|^{target}:.* ## [A-Z].*\)\.?$", MAKEFILE, re.MULTILINE)
    assert re.search(rf"^\.PHONY: {target}$", MAKEFILE, re.MULTILINE)


def test_make_alone_lists_every_target() -> None:
    listed = subprocess.run(("make", "--no-print-directory"), cwd=ROOT, capture_output=True, text=True, check=True)
    assert [line.split()[1] for line in listed.stdout.splitlines()] == TARGETS


@pytest.mark.parametrize("module", sorted(set(re.findall(r"python -m ((?:deploy|tests|services)[\w.]*)", MAKEFILE))))
def test_a_target_runs_a_module_that_exists(module: str) -> None:
    found = importlib.util.find_spec(module)
    assert found is not None
    assert found.submodule_search_locations is None or importlib.util.find_spec(f"{module}.__main__") is not None


@pytest.mark.parametrize("path", [".ci/run", ".github/workflows/gate.yml"])
def test_the_gate_and_the_workflow_use_targets_that_exist(path: str) -> None:
    text = (ROOT / path).read_text(encoding="utf-8")
    used = re.findall(r"^(?:stage|\s+- run: make) ([a-z-]+)", text, re.MULTILINE)
    assert set(used) >= {"setup", "check", "lint-deploy", "test"}
    assert set(used) <= set(TARGETS)


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_pins_every_line_with_a_hash_and_names_no_place_to_get_it(name: str) -> None:
    entries = re.split(r"\n(?=[a-z0-9])", lock(name).strip())
    assert [entry.split()[0] for entry in entries if "==" not in entry or "--hash=sha256:" not in entry] == []
    assert not re.search(r"://|--index|--find-links|--extra", lock(name))


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_holds_what_is_asked_for(name: str) -> None:
    asked = re.findall(r"^([a-z][a-z0-9._-]*)", lock(name, "in"), re.MULTILINE)
    pinned = {package for package, _ in PIN.findall(lock(name))}
    assert asked
    assert set(asked) <= pinned


@pytest.mark.parametrize("name", ["runtime", "demo"])
def test_the_locks_agree_on_every_version(name: str) -> None:
    assert set(PIN.findall(lock(name))) <= set(PIN.findall(lock("dev")))
