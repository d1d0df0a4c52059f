"""The page /docs: every operation with its fields, answers and a curl command, from the OpenAPI document; no script, no CDN."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

from app.texts import Lang, catalogue, say

Json = Mapping[str, Any]
_STYLE = """
body{font:15px/1.55 system-ui,sans-serif;margin:0 auto;max-width:62rem;padding:1rem;color:#1f2937}
h1{font-size:1.5rem}h2{margin-top:2.2rem;border-bottom:1px solid #d1d5db}a{color:#1d4ed8;text-decoration:none}
details{border:1px solid #e5e7eb;border-radius:6px;margin:.5rem 0;padding:.4rem .8rem}summary{cursor:pointer}
code,pre{font:13px/1.45 ui-monospace,monospace;background:#f3f4f6;border-radius:4px}code{padding:.1em .3em}
pre{padding:.7rem;overflow:auto;white-space:pre-wrap}table{border-collapse:collapse;width:100%}
td,th{text-align:left;vertical-align:top;padding:.2rem .6rem .2rem 0;border-bottom:1px solid #f3f4f6}
.m{display:inline-block;min-width:3.6rem;font-weight:600}.GET{color:#15803d}.POST{color:#1d4ed8}.PUT,.PATCH{color:#b45309}.d{color:#6b7280}
"""


def page(api: Json, lang: Lang) -> str:
    """The whole page in `lang`."""
    other = "en" if lang == "zh" else "zh"
    parts = [
        "<!doctype html>",
        f'<html lang="{lang}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">',
        f"<title>Amends API</title><style>{_STYLE}</style></head><body>",
        f'<p style="float:right"><a href="?lang={other}">{say(lang, "api.page.other")}</a></p>',
        f"<h1>Amends API {escape(api['info']['version'])}</h1>",
        *(f"<p>{escape(say(lang, f'api.page.{name}'))}</p>" for name in ("about", "sign_in", "version", "repeat", "errors")),
        '<p><a href="/openapi.json">openapi.json</a></p>',
    ]
    for tag in api["tags"]:
        title = say(lang, f"api.tags.{tag['name']}")
        parts.append(f"<h2>{escape(title)}</h2>")
        for path, methods in api["paths"].items():
            parts += [_operation(api, path, m, op, lang) for m, op in methods.items() if tag["name"] in op["tags"]]
    parts.append(f"<h2>{say(lang, 'api.page.problems')}</h2><table>")
    for key, text in catalogue(lang).items():
        if key.startswith("problems."):
            code = key.split(".", 1)[1]
            parts.append(f'<tr id="problem-{code}"><td><code>{code}</code></td><td>{escape(text)}</td></tr>')
    return "\n".join([*parts, "</table></body></html>"])


def _operation(api: Json, path: str, method: str, operation: Json, lang: Lang) -> str:
    verb = method.upper()
    name = operation["operationId"]
    parts = [
        f'<details id="{name}"><summary><span class="m {verb}">{verb}</span> <code>{escape(path)}</code> ',
        f'<span class="d">{escape(say(lang, f"api.operations.{name}"))}</span></summary>',
    ]
    if lang == "en" and "description" in operation:
        parts.append(f"<p>{escape(operation['description'])}</p>")
    if operation.get("x-roles"):
        roles = ", ".join(say(lang, f"access.roles.{role}") for role in operation["x-roles"])
        parts.append(f"<p>{say(lang, 'api.page.roles')}: {escape(roles)}</p>")
    rows = [*_parameters(operation, lang), *_fields(api, operation, lang)]
    if rows:
        parts.append(f"<table>{''.join(rows)}</table>")
    answers = " ".join(f"<code>{status}</code>" for status in operation["responses"])
    parts += [f"<p>{say(lang, 'api.page.answers')}: {answers}</p>", f"<pre>{escape(curl(path, verb, operation))}</pre></details>"]
    return "".join(parts)


def _parameters(operation: Json, lang: Lang) -> Iterator[str]:
    for one in operation["parameters"]:
        yield _row(one["name"], one["in"], one["schema"], required=one["required"], told=one.get("description", ""), lang=lang)


def _fields(api: Json, operation: Json, lang: Lang) -> Iterator[str]:
    content = operation.get("requestBody", {}).get("content", {})
    if "application/json" not in content:
        return
    schema = content["application/json"]["schema"]
    forms = schema.get("oneOf", [schema])
    for number, form in enumerate(forms, 1):
        shape = _followed(api, form)
        place = "body" if len(forms) == 1 else f"body ({number})"
        for name, inner in shape.get("properties", {}).items():
            required = name in shape.get("required", ())
            yield _row(name, place, inner, required=required, told=inner.get("description", ""), lang=lang)


def _row(name: str, place: str, schema: Json, *, required: bool, told: str, lang: Lang) -> str:
    must = f" <b>{say(lang, 'api.page.required')}</b>" if required else ""
    shape = escape(shape_of(schema))
    return f'<tr><td><code>{escape(name)}</code>{must}</td><td>{place}</td><td class="d">{shape}</td><td>{escape(told)}</td></tr>'


def shape_of(schema: Json) -> str:
    """A schema in few words."""
    if "$ref" in schema:
        return str(schema["$ref"]).rsplit("/", 1)[-1]
    for several in ("anyOf", "oneOf"):
        if several in schema:
            return " | ".join(dict.fromkeys(shape_of(one) for one in schema[several]))
    if "enum" in schema:
        return " | ".join(str(value) for value in schema["enum"])
    if schema.get("type") == "array":
        return f"[{shape_of(schema.get('items', {}))}]"
    kind = str(schema.get("format") or schema.get("type", "any"))
    low, high = schema.get("minimum"), schema.get("maximum")
    return f"{kind} {low}…{high}" if low is not None and high is not None else kind


def _followed(api: Json, schema: Json) -> Json:
    if "$ref" not in schema:
        return schema
    found: Json = api["components"]["schemas"][schema["$ref"].rsplit("/", 1)[-1]]
    return found


def curl(path: str, verb: str, operation: Json) -> str:
    """A command that works once the token is put in, and the ids."""
    lines = [f'curl -sS {"" if verb == "GET" else f"-X {verb} "}"$AMENDS{path}"']
    if operation["security"]:
        lines.append('-H "Authorization: Bearer $TOKEN"')
    lines += [
        f"-H 'If-Match: {one['example']}'" for one in operation["parameters"] if one["name"] == "If-Match" and one["required"]
    ]
    content = operation.get("requestBody", {}).get("content", {})
    if "application/json" in content:
        examples = [one["value"] for one in content["application/json"].get("examples", {}).values()]
        sent = json.dumps(examples[0] if examples else {}, ensure_ascii=False)
        lines += ["-H 'Content-Type: application/json'", f"-d '{sent}'"]
    elif content:
        media = next(iter(content))
        lines += [f"-H 'Content-Type: {media}'", "--data-binary @FILE"]
    return " \\\n  ".join(lines)
