"""The documentation as one page without scripts, made of the OpenAPI document; and the health of the edge."""

from collections.abc import Iterator, Mapping
from html import escape

from fastapi import FastAPI
from pydantic import JsonValue
from starlette.responses import HTMLResponse

from schemas.base import Value

_PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title>
<style>body{{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}}
code{{background:#f2f2f2;padding:.1rem .3rem}} section{{border-top:1px solid #ccc;margin-top:1.5rem}}
td{{padding:.1rem 1rem .1rem 0;vertical-align:top}}</style>
<h1>{title} {version}</h1><p>{description}</p>
<p>Machine-readable: <code>GET /openapi.json</code></p>{sections}</html>"""


class Health(Value):
    """The process answers."""

    status: str


class Pages:
    """Endpoints of the documentation and of health."""

    def __init__(self, app: FastAPI) -> None:
        self._app = app

    async def health(self) -> Health:
        """Whether the edge answers; the only path that needs no token."""
        return Health(status="ok")

    async def docs(self) -> HTMLResponse:
        """Every operation, what it takes and what it answers."""
        document = self._app.openapi()
        page = _PAGE.format(
            title=escape(self._app.title),
            version=escape(self._app.version),
            description=escape(self._app.description),
            sections="".join(_operations(document)) + "".join(_schemas(document)),
        )
        return HTMLResponse(page)


def _operations(document: Mapping[str, JsonValue]) -> Iterator[str]:
    for path, methods in _members(document, "paths"):
        for method, operation in _members({path: methods}, path):
            about = operation if isinstance(operation, dict) else {}
            title = f"<section><h3><code>{escape(method.upper())} {escape(path)}</code></h3>"
            yield f"{title}<p>{_text(about, 'description')}</p><table>{''.join(_rows(about))}</table></section>"


def _rows(operation: Mapping[str, JsonValue]) -> Iterator[str]:
    parameters = operation.get("parameters")
    for parameter in parameters if isinstance(parameters, list) else []:
        if isinstance(parameter, dict):
            yield f"<tr><td>{_text(parameter, 'in')} <code>{_text(parameter, 'name')}</code></td>"
            yield f"<td>{_text(parameter, 'description')}</td></tr>"
    body = _reference(operation.get("requestBody"))
    if body:
        yield f"<tr><td>body</td><td>{body}</td></tr>"
    for status, answer in _members(operation, "responses"):
        about = answer if isinstance(answer, dict) else {}
        yield f"<tr><td>{escape(status)}</td><td>{_reference(answer) or _text(about, 'description')}</td></tr>"


def _schemas(document: Mapping[str, JsonValue]) -> Iterator[str]:
    components = document.get("components")
    for name, schema in _members(components if isinstance(components, dict) else {}, "schemas"):
        about = schema if isinstance(schema, dict) else {}
        yield f'<section id="{escape(name)}"><h3>{escape(name)}</h3><p>{_text(about, "description")}</p><table>'
        for field, of in _members(about, "properties"):
            detail = _text(of if isinstance(of, dict) else {}, "description")
            yield f"<tr><td><code>{escape(field)}</code></td><td>{_reference(of)} {detail}</td></tr>"
        yield "</table></section>"


def _members(document: Mapping[str, JsonValue], name: str) -> Iterator[tuple[str, JsonValue]]:
    members = document.get(name)
    if isinstance(members, dict):
        yield from members.items()


def _text(document: Mapping[str, JsonValue], name: str) -> str:
    return escape(str(document.get(name, "")))


def _reference(value: JsonValue) -> str:
    """A link to the first schema that is named anywhere inside."""
    match value:
        case {"$ref": str(target)}:
            name = escape(target.rpartition("/")[2])
            return f'<a href="#{name}">{name}</a>'
        case dict():
            return next(filter(None, map(_reference, value.values())), "")
        case list():
            return next(filter(None, map(_reference, value)), "")
    return ""
