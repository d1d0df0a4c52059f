"""Form data as a careless but honest person might send it: any value that the form's schema admits."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from random import Random

from app.workflow import schema
from app.workflow.definition import Field, FieldType, Form
from app.workflow.forms import applies

AT = datetime(2026, 3, 10, 2, 0, tzinfo=UTC)
_SENTENCES = ("客户说账单不对", "已经查清，是计费差错", "The card has not arrived.", "请尽快处理\n谢谢", "ok", "答复：两周内寄到")


def sample(form: Form | None, random: Random, *, at: datetime = AT, optional: float = 0.5) -> dict[str, object]:
    """Data for `form`: every required field, each other one with the chance `optional`. Times lie around `at`."""
    data: dict[str, object] = {}
    for field in form.fields if form is not None else ():
        if applies(field, data) and (field.required or random.random() < optional):
            data[field.name] = _MAKE[field.type](field, random, at)
    return data


def _words(field: Field, random: Random, _at: datetime) -> str:
    text = random.choice(_SENTENCES)
    return text.replace("\n", " ")[: schema.longest(field)] if field.type == "string" else text[: schema.longest(field)]


def _choice(field: Field, random: Random, _at: datetime) -> str:
    return random.choice(field.options).value


def _choices(field: Field, random: Random, _at: datetime) -> list[str]:
    count = random.randint(max(schema.least_choices(field), 1), schema.most_choices(field))
    return [option.value for option in random.sample(field.options, count)]


def _integer(field: Field, random: Random, _at: datetime) -> int:
    low, high = schema.low_integer(field), schema.high_integer(field)
    # Without bounds people write small numbers, which find more than astronomical ones do.
    near = max(low, min(high, 0))
    return random.randint(max(low, near - 1_000), min(high, near + 1_000))


def _money(field: Field, random: Random, _at: datetime) -> str:
    low, high = schema.yuan_bounds(field)
    fen = random.randint(low * 100, min(high, low + 10_000) * 100)
    return f"{fen // 100}.{fen % 100:02}" if fen % 100 else str(fen // 100)


def _boolean(field: Field, random: Random, _at: datetime) -> bool:
    return field.must or random.random() < 0.5


def _date(_field: Field, random: Random, at: datetime) -> str:
    return (at + timedelta(days=random.randint(-30, 30))).date().isoformat()


def _datetime(_field: Field, random: Random, at: datetime) -> str:
    return (at + timedelta(minutes=random.randint(-2_880, 28_800))).isoformat()


_MAKE: Mapping[FieldType, Callable[[Field, Random, datetime], object]] = {
    "text": _words,
    "string": _words,
    "choice": _choice,
    "choices": _choices,
    "integer": _integer,
    "money": _money,
    "boolean": _boolean,
    "date": _date,
    "datetime": _datetime,
}
