"""Values made from a JSON Schema and from nothing else, as a program does that knows no workflow."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from jsonschema import Draft202012Validator

Schema = Mapping[str, Any]
LETTERS = "的流量费退款给我谢abcXYZ 0129.,!?-—“”'\"\\/<>&{}%_éßñØжאب한글かな👍🏽𠮷\u200b\u0301\u202e"


def value(schema: Schema, rng: Random) -> Any:
    """Any value that `schema` admits. LookupError when this small generator finds none."""
    if "const" in schema:
        return schema["const"]
    if "enum" in schema:
        return rng.choice(schema["enum"])
    match schema["type"]:
        case "boolean":
            return rng.random() < 0.5
        case "integer":
            low, high = schema["minimum"], schema["maximum"]
            return rng.choice([low, high, rng.randint(low, high)])
        case "array":
            many = rng.randint(schema.get("minItems", 0), schema["maxItems"])
            return rng.sample(schema["items"]["enum"], many)
        case "object":
            return data(schema, rng, optional=0.5)
    return _string(schema, rng)


def data(schema: Schema, rng: Random, *, optional: float) -> dict[str, Any]:
    """An object that `schema` admits: all that it requires, and of the rest each with the chance `optional`."""
    judge = Draft202012Validator(dict(schema))
    required = schema.get("required", ())
    made = {name: value(part, rng) for name, part in schema.get("properties", {}).items() if name in required}
    for _ in range(50):
        missing = [word for error in judge.iter_errors(made) if error.validator == "required" for word in error.validator_value]
        if not missing:
            break
        made |= {name: value(schema["properties"][name], rng) for name in missing if name not in made}
    for name, part in schema.get("properties", {}).items():
        if name not in made and rng.random() < optional:
            more = made | {name: value(part, rng)}
            if judge.is_valid(more):
                made = more
    judge.validate(made)
    return made


def _string(schema: Schema, rng: Random) -> str:
    judge = Draft202012Validator(dict(schema))
    longest = schema.get("maxLength", 60)
    for _ in range(200):
        length = rng.choice([1, 2, 10, 60, longest] if rng.random() < 0.1 else [1, 2, 10, 30])
        moment = datetime.now(UTC) + timedelta(minutes=rng.choice([-60, 5, 60, 600, 10_000, 600_000]))
        candidates = (
            "".join(rng.choices(LETTERS, k=min(length, longest))),
            moment.isoformat(),
            moment.strftime("%Y-%m-%dT%H:%M:%S+08:00"),
            moment.strftime("%Y-%m-%d"),
            str(rng.randrange(100)),
            f"{rng.randrange(1000)}.{rng.randrange(100):02}",
        )
        fitting = [text for text in candidates if judge.is_valid(text)]
        if fitting:
            return rng.choice(fitting)
    raise LookupError(schema)
