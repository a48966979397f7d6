"""The documentation as one page without scripts, made of the OpenAPI document; and the health of the edge."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape

from fastapi import FastAPI
from starlette.responses import HTMLResponse

from schemas.base import Value
from services.intake.http.fields import Fields, Schema, part, several, text

_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
}
_STYLE = """
:root{color-scheme:light dark;--ink:#1d2329;--soft:#5b6670;--line:#dde2e7;--page:#fff;--box:#f5f7f9;--link:#0b5cad;
--get:#0b6e4f;--post:#8a4b08}
@media(prefers-color-scheme:dark){:root{--ink:#e4e8ec;--soft:#9aa5b0;--line:#343c44;--page:#14181c;--box:#1d2329;
--link:#7cb7f5;--get:#56c596;--post:#e6a65c}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:72rem;padding:2rem 1.5rem 4rem;color:var(--ink);background:var(--page);font:16px/1.55
system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue","PingFang SC","Hiragino Sans GB","Microsoft YaHei",
"Noto Sans CJK SC","Noto Sans SC","WenQuanYi Micro Hei",sans-serif}
code,pre{font:.9em/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono","PingFang SC","Microsoft YaHei",
"Noto Sans Mono CJK SC","Noto Sans CJK SC","WenQuanYi Micro Hei",monospace}
h1{margin:0;font-size:2rem} h1 small{color:var(--soft);font-weight:400;font-size:1rem}
h2{margin:3rem 0 .5rem;padding-bottom:.3rem;border-bottom:2px solid var(--line)}
h3{margin:0;font-size:1.1rem;overflow-wrap:anywhere} h3 code{font-size:1rem}
h4{margin:1.2rem 0 .3rem;font-size:.95rem;color:var(--soft)}
p{margin:.4rem 0;max-width:52rem} a{color:var(--link);text-decoration:none} a:hover{text-decoration:underline}
nav{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(21rem,100%),1fr));gap:1rem 2rem;margin:1.5rem 0;
padding:1rem 1.2rem;background:var(--box);border:1px solid var(--line);border-radius:8px}
nav h4{margin:0 0 .3rem} nav ul{margin:0;padding:0;list-style:none} nav li{padding:.08rem 0;overflow-wrap:anywhere}
nav .wide{grid-column:1/-1} nav .wide ul{columns:21rem;column-gap:2rem} nav li{break-inside:avoid;padding-left:3.1rem;
text-indent:-3.1rem} nav li *{text-indent:0}
.verb{display:inline-block;min-width:2.8rem;font-weight:700;font-size:.74rem;letter-spacing:.04em}
.get{color:var(--get)} .post{color:var(--post)}
article{margin:1.2rem 0;padding:1rem 1.2rem;border:1px solid var(--line);border-radius:8px}
table{width:100%;border-collapse:collapse;font-size:.9rem} .wide{overflow-x:auto}
th{text-align:left;color:var(--soft);font-weight:500;font-size:.8rem}
th,td{padding:.3rem .9rem .3rem 0;border-bottom:1px solid var(--line);vertical-align:top}
tr:last-child td{border-bottom:0} td:first-child{white-space:nowrap} td:nth-child(3){max-width:22rem}
sup{line-height:0}
td span{color:var(--soft)} td i{color:var(--soft);font-size:.8rem} .pattern{overflow-wrap:anywhere;color:var(--soft)}
pre{margin:.3rem 0;padding:.8rem 1rem;overflow-x:auto;background:var(--box);border-radius:6px}
@media(max-width:44rem){body{padding:1.2rem .8rem 3rem} article,nav{padding:.8rem .9rem}
th{display:none} tr{display:block;padding:.4rem 0;border-bottom:1px solid var(--line)} tr:last-child{border-bottom:0}
tr:has(th){padding:0;border-bottom:0} td,td:nth-child(3){display:block;max-width:none;padding:.05rem 0;border-bottom:0}
td:first-child{white-space:normal;font-weight:600} td:empty{display:none}}
"""
_PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><style>{style}</style></head><body>
<h1>{title} <small>{version}</small></h1>
<p>{description}</p>
<p>Every request but <code>GET /healthz</code> carries <code>Authorization: Bearer …</code>. A browser may read this
page and <a href="/openapi.json">the OpenAPI document</a> with the token as password and any user name.</p>
<nav>{index}</nav>{operations}<h2 id="values">Values</h2>{schemas}</body></html>"""


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
        """Every operation: what it takes, with an example, and what it answers."""
        return HTMLResponse(rendered(self._app.openapi()), headers=_HEADERS)


@dataclass(frozen=True, slots=True)
class _Operation:
    """One method of one path."""

    method: str
    path: str
    about: Schema

    @property
    def anchor(self) -> str:
        """Where it stands in the page."""
        return escape(f"{self.method}-{self.path}")

    @property
    def title(self) -> str:
        """Method and path, which may be broken at its slashes."""
        method = escape(self.method)
        path = escape(self.path).replace("/", "/<wbr>")
        return f'<span class="verb {method}">{method.upper()}</span> <code>{path}</code>'


def rendered(document: Schema) -> str:
    """The page of an OpenAPI document."""
    fields, subjects = Fields(document), _by_subject(document)
    about = part(document, "info")
    return _PAGE.format(
        title=text(about, "title"),
        version=text(about, "version"),
        description=text(about, "description"),
        style=_STYLE,
        index="".join(_index(name, operations) for name, operations in subjects.items()),
        operations="".join(
            f"<h2>{escape(name)}</h2>" + "".join(_article(operation, fields) for operation in operations)
            for name, operations in subjects.items()
        ),
        schemas="".join(_schemas(fields)),
    )


def _by_subject(document: Schema) -> dict[str, list[_Operation]]:
    found: dict[str, list[_Operation]] = {}
    for path in part(document, "paths"):
        for method in part(document, "paths", path):
            about = part(document, "paths", path, method)
            tags = about.get("tags")
            subject = str(tags[0]) if isinstance(tags, list) and tags else ""
            found.setdefault(subject, []).append(_Operation(method, path, about))
    return found


def _index(subject: str, operations: list[_Operation]) -> str:
    items = "".join(f'<li><a href="#{one.anchor}">{one.title}</a></li>' for one in operations)
    return f"<div{' class=wide' if len(operations) > 6 else ''}><h4>{escape(subject)}</h4><ul>{items}</ul></div>"


def _article(operation: _Operation, fields: Fields) -> str:
    about = operation.about
    body = part(about, "requestBody", "content", "application/json", "schema")
    parts = [f'<article id="{operation.anchor}"><h3>{operation.title}</h3><p>{text(about, "description")}</p>']
    parameters = "".join(_parameters(about, fields))
    if parameters:
        parts.append(f"<h4>Parameters</h4><div class=wide><table><tbody>{parameters}</tbody></table></div>")
    if body:
        parts.append(f"<h4>Body</h4>{fields.table(body, deep=True)}")
        example = json.dumps(fields.example(body), indent=2, ensure_ascii=False)
        parts.append(f"<h4>Example</h4><pre>{escape(example, quote=False)}</pre>")
    answers = "".join(_answers(about, fields))
    return "".join((*parts, f"<h4>Answers</h4><div class=wide><table><tbody>{answers}</tbody></table></div></article>"))


def _parameters(operation: Schema, fields: Fields) -> Iterator[str]:
    for one in several(operation.get("parameters")):
        schema, note = part(one, "schema"), "" if one.get("required") else " <i>optional</i>"
        name = f"<tr><td><code>{text(one, 'name')}</code> <span>{text(one, 'in')}</span>{note}"
        yield f"{name}<td>{fields.type_(schema)}<td>{fields.bounds(schema)}<td>{text(one, 'description')}"


def _answers(operation: Schema, fields: Fields) -> Iterator[str]:
    for status in sorted(part(operation, "responses")):
        answer = part(operation, "responses", status)
        schema = part(answer, "content", "application/json", "schema")
        shown = fields.type_(schema) if schema else ""
        yield f"<tr><td>{escape(status)}<td>{shown}<td>{text(answer, 'description')}"


def _schemas(fields: Fields) -> Iterator[str]:
    for name in fields.named:
        schema = part(fields.named, name)
        title = f'<article id="{escape(name)}"><h3>{escape(name)}</h3>'
        yield f"{title}<p>{text(schema, 'description')}</p>{fields.table(schema, deep=False)}</article>"
