"""What a form of the YAML admits, read anew: judged field by field, and filled in at random, rightly or wrongly."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from random import Random
from typing import Any

from tests.proofs.flow_yaml import LONGEST
from tests.proofs.guard_reader import meaning

Fields = Mapping[str, Mapping[str, Any]]
Data = dict[str, Any]
WORDS = ("查过了，是系统多收了。", "The mast was down.", "客户说 OK，下周再看", "退 30 元", "x", "一")


def asked(field: Mapping[str, Any], data: Data) -> bool:
    """Whether a field belongs into the form as it is filled in."""
    return "when" not in field or meaning(field["when"])(data) is True


def faults(fields: Fields, data: Data) -> frozenset[str]:
    """The fields that are wrong in `data`: unasked, missing, or of a value that the field does not admit."""
    wrong = {name for name in data if name not in fields}
    for name, field in fields.items():
        if name not in data:
            if field.get("required") and asked(field, data):
                wrong.add(name)
        elif not asked(field, data) or not _ADMITS[field["type"]](field, data[name]):
            wrong.add(name)
    return frozenset(wrong)


def kept(fields: Fields, data: Data) -> Data:
    """`data` as it counts once it is admitted: times as instants, blank words left out."""
    read = {n: datetime.fromisoformat(v) if fields[n]["type"] == "datetime" else v for n, v in data.items()}
    return {n: v for n, v in read.items() if not (isinstance(v, str) and not v.strip())}


def _text(field: Mapping[str, Any], value: Any) -> bool:
    if not isinstance(value, str) or len(value) > field.get("max_length", LONGEST[field["type"]]):
        return False
    return bool(value.strip()) or not field.get("required")


def _integer(field: Mapping[str, Any], value: Any) -> bool:
    return type(value) is int and field.get("min", value) <= value <= field.get("max", value)


def _choices(field: Mapping[str, Any], value: Any) -> bool:
    if not isinstance(value, list) or not all(_choice(field, item) for item in value):
        return False
    return len(set(value)) == len(value) and (bool(value) or not field.get("required"))


def _choice(field: Mapping[str, Any], value: Any) -> bool:
    return isinstance(value, str) and value in field["options"]


def _money(_field: Mapping[str, Any], value: Any) -> bool:
    whole, _, rest = str(value).partition(".")
    return isinstance(value, str) and whole.isdigit() and len(rest) <= 2 and (rest.isdigit() or not rest)


def _datetime(_field: Mapping[str, Any], value: Any) -> bool:
    try:
        return datetime.fromisoformat(value).tzinfo is not None
    except (TypeError, ValueError):
        return False


_ADMITS: Mapping[str, Callable[[Mapping[str, Any], Any], bool]] = {
    "text": _text,
    "string": _text,
    "integer": _integer,
    "choice": _choice,
    "choices": _choices,
    "money": _money,
    "datetime": _datetime,
    "boolean": lambda field, value: type(value) is bool and (value or not field.get("must")),
}


def filled(fields: Fields, now: datetime, rng: Random) -> Data:
    """A form filled in: mostly as it should be, now and then with a mistake."""
    data: Data = {}
    for name, field in fields.items():
        if asked(field, data) and (field.get("required") or rng.random() < 0.6):
            data[name] = _value(field, now, rng)
    while fields and rng.random() < 0.08:
        _spoil(fields, data, now, rng)
    return data


def _value(field: Mapping[str, Any], now: datetime, rng: Random) -> Any:
    match field["type"]:
        case "text" | "string":
            return rng.choice(WORDS)
        case "integer":
            return rng.randint(field.get("min", 0), field.get("max", 99))
        case "choice":
            return rng.choice(list(field["options"]))
        case "choices":
            return rng.sample(list(field["options"]), rng.randint(1, 3))
        case "money":
            return rng.choice(["0", "30.00", "12.5", "99999"])
        case "boolean":
            return bool(field.get("must")) or rng.random() < 0.5
        case "datetime":
            # around the guards' bounds: past, in order or not, within two weeks or not
            return (now + timedelta(minutes=rng.choice([-30, 1, 60, 90, 180, 1440, 20100, 20160, 20220]))).isoformat()
    raise ValueError(f"teach the model the type {field['type']}")


def _spoil(fields: Fields, data: Data, now: datetime, rng: Random) -> None:
    name = rng.choice(list(fields))
    match rng.randrange(5):
        case 0:
            data.pop(name, None)
        case 1:
            data["no_such_field"] = 1
        case 2:
            data[name] = rng.choice([None, 7, "zzz", "", "  ", True, False, [], ["zzz"], {"a": 1}, -1, 6])
        case 3 if "options" in fields[name]:
            data[name] = [rng.choice(list(fields[name]["options"]))] * 2
        case _:
            data[name] = _value(fields[name], now, rng)
