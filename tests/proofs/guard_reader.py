"""What a guard means, read anew: the small part of CEL that workflows use, in three values. It shares no code with the product.

A recursive descent over `||  &&  !  == != < <= > >= in  + -`, names, integers, strings, lists, `duration("30m")`, `days(14)`.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import cache
from typing import Any, Final

UNKNOWN: Final = object()
"""The value of a fact that is not known; it is left out of the facts."""

Facts = Mapping[str, Any]
Meaning = Callable[[Facts], Any]
_TOKEN = re.compile(r'\s*(?:(\d+)|"([^"]*)"|\'([^\']*)\'|([A-Za-z_][\w.]*)|(\|\||&&|[=!<>]=|[<>!()\[\],+-]))')
_COMPARE: Mapping[str, Callable[[Any, Any], Any]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "in": lambda item, many: item in many,
    "+": operator.add,
    "-": operator.sub,
}
_UNITS: Mapping[str, str] = {"s": "seconds", "m": "minutes", "h": "hours"}


@cache
def meaning(text: str) -> Meaning:
    """What `text` says about facts: true, false, or UNKNOWN. ValueError for what is beyond this small language."""
    reader = _Reader(text)
    found = reader.either()
    if reader.rest:
        raise ValueError(f"cannot read {reader.rest} in {text!r}")
    return found


class _Reader:
    def __init__(self, text: str) -> None:
        self.rest: list[tuple[str, Any]] = []
        place = 0
        while text[place:].strip():
            match = _TOKEN.match(text, place)
            if match is None:
                raise ValueError(f"cannot read {text[place:]!r}")
            number, double, single, name, sign = match.groups()
            quoted = double if double is not None else single
            if number is not None:
                self.rest.append(("value", int(number)))
            elif quoted is not None:
                self.rest.append(("value", quoted))
            else:
                self.rest.append(("name", name) if name is not None else ("sign", sign))
            place = match.end()

    def take(self, *wanted: str) -> str | None:
        if self.rest and self.rest[0][0] in {"sign", "name"} and self.rest[0][1] in wanted:
            return str(self.rest.pop(0)[1])
        return None

    def either(self) -> Meaning:
        parts = [self.both()]
        while self.take("||"):
            parts.append(self.both())
        return _lasting(parts, decisive=True)

    def both(self) -> Meaning:
        parts = [self.compared()]
        while self.take("&&"):
            parts.append(self.compared())
        return _lasting(parts, decisive=False)

    def compared(self) -> Meaning:
        left = self.summed()
        sign = self.take("==", "!=", "<", "<=", ">", ">=", "in")
        return left if sign is None else _applied(sign, left, self.summed())

    def summed(self) -> Meaning:
        left = self.plain()
        while sign := self.take("+", "-"):
            left = _applied(sign, left, self.plain())
        return left

    def plain(self) -> Meaning:
        if self.take("!"):
            inner = self.plain()
            return lambda facts: UNKNOWN if (value := inner(facts)) is UNKNOWN else not value
        if self.take("("):
            inner = self.either()
            assert self.take(")")
            return inner
        if self.take("["):
            items = [self.plain()]
            while self.take(","):
                items.append(self.plain())
            assert self.take("]")
            return lambda facts: [item(facts) for item in items]
        kind, value = self.rest.pop(0)
        if kind == "value":
            return lambda _facts: value
        if kind != "name":
            raise ValueError(f"cannot read {value!r}")
        if value in {"true", "false"}:
            return lambda _facts: value == "true"
        if self.take("("):
            (_, argument) = self.rest.pop(0)
            assert self.take(")")
            return _span(value, argument)
        return lambda facts: facts.get(value, UNKNOWN)


def _span(name: str, argument: Any) -> Meaning:
    if name == "days":
        span = timedelta(days=argument)
    else:
        match = re.fullmatch(r"(\d+)([smh])", argument) if name == "duration" else None
        if match is None:
            raise ValueError(f"cannot read {name}({argument!r})")
        span = timedelta(**{_UNITS[match[2]]: int(match[1])})
    return lambda _facts: span


def _applied(sign: str, left: Meaning, right: Meaning) -> Meaning:
    def apply(facts: Facts) -> Any:
        a, b = left(facts), right(facts)
        return UNKNOWN if a is UNKNOWN or b is UNKNOWN else _COMPARE[sign](a, b)

    return apply


def _lasting(parts: list[Meaning], *, decisive: bool) -> Meaning:
    """`||` (decisive true) or `&&` (decisive false): one decisive part decides, else one unknown part leaves it unknown."""
    if len(parts) == 1:
        return parts[0]

    def judge(facts: Facts) -> Any:
        values = [part(facts) for part in parts]
        if any(value is decisive for value in values):
            return decisive
        return UNKNOWN if any(value is UNKNOWN for value in values) else not decisive

    return judge
