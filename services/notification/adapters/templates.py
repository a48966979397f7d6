"""Reads the template files, `templates/{zh,en}.json`: complete, of one version, with known placeholders only."""

from pathlib import Path
from typing import Annotated, Self, get_args

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from schemas.notification import PARAMETERS
from schemas.notification import Template as TemplateName
from schemas.values import Language, Text
from services.notification.domain.notices import PLACEHOLDER, Template, Templates, Wording

FOLDER = Path(__file__).parent.parent / "templates"
LINES_MAX = 10

Subject = Annotated[Text, StringConstraints(max_length=200)]
Line = Annotated[Text, StringConstraints(max_length=500)]


class _Notice(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    subject: Subject
    text: Annotated[list[Line], Field(min_length=1, max_length=LINES_MAX)]
    reasons: Line | None = None


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    language: Language
    version: Annotated[int, Field(ge=1)]
    reasons: Line
    more_reasons: Line
    notices: dict[TemplateName, _Notice]

    @model_validator(mode="after")
    def complete(self) -> Self:
        """Every template is there, and every placeholder is one of its parameters."""
        missing = sorted(set(get_args(TemplateName)) - set(self.notices))
        if missing:
            raise ValueError(f"lacks the templates {missing}")
        for name, notice in self.notices.items():
            unknown = set(PLACEHOLDER.findall("\n".join((notice.subject, *notice.text)))) - set(PARAMETERS[name])
            if unknown:
                raise ValueError(f"{name} has placeholders that nobody fills: {sorted(unknown)}")
        return self


def load_templates(folder: Path = FOLDER) -> Templates:
    """The templates of a folder. Raises ValueError (also pydantic's) or OSError naming what is wrong."""
    zh, en = (_read(folder, language) for language in ("zh", "en"))
    if zh.version != en.version:
        raise ValueError(f"{folder.name}: zh has version {zh.version}, en has version {en.version}")
    return Templates(zh.version, {"zh": _wording(zh), "en": _wording(en)})


def _read(folder: Path, language: str) -> _File:
    file = _File.model_validate_json((folder / f"{language}.json").read_bytes())
    if file.language != language:
        raise ValueError(f"{language}.json says its language is {file.language}")
    return file


def _wording(file: _File) -> Wording:
    notices = {name: Template(one.subject, "\n".join(one.text), one.reasons) for name, one in file.notices.items()}
    return Wording(notices, file.reasons, file.more_reasons)
