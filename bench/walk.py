"""Finds steps that can be repeated on every fresh complaint, knowing nothing but `actions`.

So the benchmark measures the delivered workflow as it is, and goes on working when it is changed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from bench.api import Api


def find_steps(api: Api, opening: dict[str, Any], count: int) -> list[dict[str, Any]]:
    """Up to `count` request bodies that lead a complaint through states it has not been in.

    Of several allowed transitions the first is taken, as the definition lists them, that leads to a new state from
    which one can go on. Raises RuntimeError when not even one is found.
    """
    made, etag = api.post("/v1/complaints", opening)
    place, seen, steps = f"/v1/complaints/{made['id']}", {made["state"]}, list[dict[str, Any]]()
    while len(steps) < count:
        ahead = [a for a in api.get(f"{place}/actions")["items"] if a["allowed"] and a["to"] not in seen]
        for action in ahead:
            body = {
                "transition": action["name"],
                "data": sample(action["form"] or {}),
                "note": "基准测试" if action["note_required"] else None,
            }
            try:
                answer, etag = api.post(f"{place}/transitions", body, etag)
            except RuntimeError:
                continue  # a guard on the form's content refused the plainest values: try the next transition
            if answer["complaint"]["final"]:
                return steps
            seen.add(action["to"])
            steps.append(body)
            break
        else:
            break
    if not steps:
        raise RuntimeError(f"no transition of a fresh complaint in {made['state']} can be taken by the plainest values")
    return steps


def sample(schema: Mapping[str, Any]) -> Any:
    """The plainest value that `schema` admits: required fields only, the first option, the least number."""
    if "const" in schema:
        return schema["const"]
    if "enum" in schema:
        return schema["enum"][0]
    for several in ("oneOf", "anyOf"):
        if several in schema:
            return sample(schema[several][0])
    kind = schema.get("type", "object")
    if isinstance(kind, list):
        kind = kind[0]
    if kind == "object":
        return _object(schema)
    if kind == "array":
        return [sample(schema["items"]) for _ in range(schema.get("minItems", 0))]
    return {"boolean": True, "integer": schema.get("minimum", 1), "number": schema.get("minimum", 1)}.get(kind) or _text(schema)


def _object(schema: Mapping[str, Any]) -> dict[str, Any]:
    properties = dict(schema.get("properties", {}))
    value = {name: sample(properties[name]) for name in schema.get("required", ())}
    for branch in [schema, *schema.get("allOf", ())]:
        if "if" not in branch:
            continue
        then = branch.get("then" if _holds(branch["if"], value) else "else", {})
        for name in then.get("required", ()) if isinstance(then, Mapping) else ():
            value.setdefault(name, sample({**properties.get(name, {}), **then.get("properties", {}).get(name, {})}))
    return value


def _holds(condition: Mapping[str, Any], value: Mapping[str, Any]) -> bool:
    if any(name not in value for name in condition.get("required", ())):
        return False
    for name, wanted in condition.get("properties", {}).items():
        if name in value and value[name] not in wanted.get("enum", [wanted.get("const")]):
            return False
    return True


def _text(schema: Mapping[str, Any]) -> str:
    soon = datetime.now(UTC) + timedelta(days=1)
    if schema.get("format") == "date":
        return soon.date().isoformat()
    if schema.get("format") == "date-time":
        return soon.isoformat(timespec="seconds")
    if schema.get("x-unit") == "yuan":
        return next((yuan for yuan in ("1", "10", "100", "1000", "0") if re.match(schema["pattern"], yuan)), "1")
    return "已核实情况".ljust(schema.get("minLength", 1), "。")[: schema.get("maxLength", 20_000)]
