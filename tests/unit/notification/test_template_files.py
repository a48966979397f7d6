"""Template files are checked when they are read: complete, one version, known placeholders."""

import json
from pathlib import Path
from typing import get_args

import pytest

from schemas.notification import PARAMETERS, Template
from services.notification.adapters.templates import FOLDER, load_templates
from services.notification.domain.notices import PLACEHOLDER


def test_the_shipped_templates_cover_every_notice_in_both_languages() -> None:
    templates = load_templates()
    for language in ("zh", "en"):
        assert set(templates.wordings[language].notices) == set(get_args(Template)) == set(PARAMETERS)


def test_both_languages_tell_the_same_figures() -> None:
    templates = load_templates()
    for name in PARAMETERS:
        zh, en = (templates.wordings[language].notices[name] for language in ("zh", "en"))
        assert set(PLACEHOLDER.findall(zh.subject + zh.text)) == set(PLACEHOLDER.findall(en.subject + en.text))


def _put(file: dict[str, object], path: tuple[str, ...], value: object) -> None:
    *parents, last = path
    inner = file
    for name in parents:
        found = inner[name]
        assert isinstance(found, dict)
        inner = found
    inner[last] = value


@pytest.mark.parametrize(
    ("path", "value", "complaint"),
    [
        (("version",), 2, "en has version 2"),
        (("language",), "zh", "says its language is zh"),
        (("notices", "units-revoked"), None, "units-revoked"),
        (("notices", "units-revoked", "subject"), "Units {unheard_of}", "unheard_of"),
        (("notices", "units-revoked", "text"), [], "at least 1 item"),
        (("notices", "units-revoked", "text"), ["a\nb"], "control"),
        (("notices", "unknown"), {"subject": "a", "text": ["b"]}, "unknown"),
        (("extra",), 1, "extra"),
    ],
)
def test_a_bad_template_file_is_refused(tmp_path: Path, path: tuple[str, ...], value: object, complaint: str) -> None:
    (tmp_path / "zh.json").write_bytes((FOLDER / "zh.json").read_bytes())
    english = json.loads((FOLDER / "en.json").read_bytes())
    _put(english, path, value)
    (tmp_path / "en.json").write_text(json.dumps(english))
    with pytest.raises(ValueError, match=complaint):
        load_templates(tmp_path)


def test_a_missing_template_is_named(tmp_path: Path) -> None:
    (tmp_path / "zh.json").write_bytes((FOLDER / "zh.json").read_bytes())
    english = json.loads((FOLDER / "en.json").read_bytes())
    del english["notices"]["application-refused"]
    (tmp_path / "en.json").write_text(json.dumps(english))
    with pytest.raises(ValueError, match="application-refused"):
        load_templates(tmp_path)
