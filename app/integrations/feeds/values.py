"""One text of the file as one typed value, or the reason why not. Strict: what could mean two things is refused."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import NamedTuple

from app.integrations.feeds.cells import RealDate, damaged
from app.integrations.feeds.dates import iso, placed
from app.integrations.feeds.mapping import FieldMap
from app.integrations.feeds.problems import cut, listed, meant, nearest, tell
from app.integrations.feeds.targets import FieldType, Value
from app.texts import Words

MAX_TEXT = 20_000
MAX_ID = 120
MAX_INTEGER = 2**53 - 1
MAX_FEN = 9_999_999_999

_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_LINE_BREAKS = re.compile(r"\r\n?|[\u2028\u2029]")
_INTEGER = re.compile(r"[+-]?(?:\d{1,16}|\d{1,3}(?:,\d{3}){1,5})(?:\.0+)?", re.ASCII)
_MONEY = re.compile(r"([+-]?)[¥$€£]?\s?((?:\d{1,12}|\d{1,3}(?:,\d{3}){1,4}))(?:\.(\d{1,2})0*)?\s?元?", re.ASCII)
_NAME = re.compile(r"[a-z][a-z0-9_]{0,59}", re.ASCII)
_TAG = re.compile(r"[a-z][a-z0-9_-]{0,39}(\.[a-z][a-z0-9_-]{0,39})?", re.ASCII)
_BETWEEN_TAGS = re.compile(r"[\s,;|、]+")
MAX_TAGS = 20
_TRUE = frozenset({"true", "yes", "y", "1", "是", "t"})
_FALSE = frozenset({"false", "no", "n", "0", "否", "f"})


class Bad(NamedTuple):
    """A value that was refused: a stable code and its words."""

    code: str
    words: Words


def convert(text: str, how: FieldMap) -> Value | Bad:
    """`text` (not blank) as a value of `how.field`; RealDate and LossyNumber cells are known as such."""
    return _READERS[how.field.type](text, how)


def bad(code: str, text: str, how: FieldMap, **params: object) -> Bad:
    """The refusal `code`; the value is quoted unless it is personal."""
    quoted = tell("hidden_value") if how.field.personal else tell("quoted_value", value=cut(text))
    return Bad(code, tell(code, value=quoted, **params))


def _text(text: str, how: FieldMap) -> Value | Bad:
    clean = unicodedata.normalize("NFC", _LINE_BREAKS.sub("\n", text)).strip()
    if _CONTROLS.search(clean):
        return bad("control_characters", text, how)
    limit = how.field.max_length or MAX_TEXT
    if len(clean) > limit:
        return bad("too_long", text, how, length=len(clean), limit=limit)
    return clean


def _id(text: str, how: FieldMap) -> Value | Bad:
    if damaged(text):
        return bad("id_damaged", text, how)
    clean = _plain(text)  # the form in which the house compares ids
    if _CONTROLS.search(clean) or not clean.isprintable():
        return bad("control_characters", text, how)
    limit = how.field.max_length or MAX_ID
    if len(clean) > limit:
        return bad("too_long", text, how, length=len(clean), limit=limit)
    return clean


def _integer(text: str, how: FieldMap) -> Value | Bad:
    plain = _plain(text)
    if not _INTEGER.fullmatch(plain):
        return bad("not_integer", text, how)
    return _bounded(int(plain.partition(".")[0].replace(",", "")), MAX_INTEGER, text, how)


def _money(text: str, how: FieldMap) -> Value | Bad:
    found = _MONEY.fullmatch(_plain(text))
    if found is None:
        return bad("not_money", text, how)
    sign, yuan, fen = found.groups()
    amount = int(yuan.replace(",", "")) * 100 + int(((fen or "") + "00")[:2])
    return _bounded(-amount if sign == "-" else amount, MAX_FEN, text, how)


def _bounded(number: int, most: int, text: str, how: FieldMap) -> Value | Bad:
    low = -most if how.field.low is None else how.field.low
    high = most if how.field.high is None else how.field.high
    if low <= number <= high:
        return number
    shown = (f"{low / 100:.2f}", f"{high / 100:.2f}") if how.field.type == "money" else (low, high)
    return bad("out_of_range", text, how, low=shown[0], high=shown[1])


def _boolean(text: str, how: FieldMap) -> Value | Bad:
    plain = _plain(text).casefold()
    if plain in _TRUE:
        return True
    return False if plain in _FALSE else bad("not_boolean", text, how)


def _choice(text: str, how: FieldMap) -> Value | Bad:
    clean = text.strip()
    if clean in how.field.choices:
        return clean
    near = meant(nearest(clean, how.field.choices)) if not how.field.personal else Words("", "")
    return bad("not_a_choice", text, how, choices=listed(how.field.choices), meant=near)


def _name(text: str, how: FieldMap) -> Value | Bad:
    clean = text.strip()
    return clean if _NAME.fullmatch(clean) else bad("not_a_name", text, how)


def _tags(text: str, how: FieldMap) -> Value | Bad:
    tags = tuple(dict.fromkeys(filter(None, _BETWEEN_TAGS.split(_plain(text)))))
    wrong = [tag for tag in tags if not _TAG.fullmatch(tag)]
    return bad("not_tags", text, how, most=MAX_TAGS) if wrong or len(tags) > MAX_TAGS else tags


def _date(text: str, how: FieldMap) -> Value | Bad:
    moment = _moment(text, how)
    return moment if isinstance(moment, Bad) else moment.date()


def _datetime(text: str, how: FieldMap) -> Value | Bad:
    moment = _moment(text, how)
    if isinstance(moment, Bad):
        return moment
    if not _timed(text, how):
        if how.time is None:
            return bad("time_needed", text, how)
        moment = datetime.combine(moment.date(), how.time)
    found = placed(moment, how.zone)
    return bad(found, text, how) if isinstance(found, str) else found


def _moment(text: str, how: FieldMap) -> datetime | Bad:
    if how.format is None or isinstance(text, RealDate):
        moment = iso(text)
        wanted = "YYYY-MM-DD"
    else:
        moment = how.format.read(unicodedata.normalize("NFKC", text))
        wanted = how.format.text
    if moment is None or not 1900 <= moment.year < 2200:
        return bad("date_invalid", text, how, format=wanted)
    return moment


def _timed(text: str, how: FieldMap) -> bool:
    if how.format is None or isinstance(text, RealDate):
        return len(text.strip()) > 10
    return how.format.timed


def _plain(text: str) -> str:
    """Full-width digits and signs as plain ones, no blanks around."""
    return unicodedata.normalize("NFKC", text).strip()


_READERS: Mapping[FieldType, Callable[[str, FieldMap], Value | Bad]] = MappingProxyType(
    {
        "text": _text,
        "id": _id,
        "integer": _integer,
        "money": _money,
        "boolean": _boolean,
        "date": _date,
        "datetime": _datetime,
        "choice": _choice,
        "name": _name,
        "tags": _tags,
    }
)
