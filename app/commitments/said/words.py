"""One form for what was said: full-width signs, Chinese numerals and number words become plain digits."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

_DIGITS: Final = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_NUMERAL: Final = re.compile("[零〇一二两三四五六七八九十]+")
_CJK: Final = re.compile(r"[\u4e00-\u9fff]")
_SPACE: Final = re.compile(r"\s+")
_COUNTED: Final = {
    word: str(number)
    for number, word in enumerate(
        [
            "zero",
            "one",
            "two",
            "three",
            "four",
            "five",
            "six",
            "seven",
            "eight",
            "nine",
            "ten",
            "eleven",
            "twelve",
            "thirteen",
            "fourteen",
            "fifteen",
        ]
    )
} | {"a": "1", "an": "1", "twenty": "20", "thirty": "30"}
_WORD: Final = re.compile(r"[a-z]+(?=\b)")


def normal(text: str) -> str:
    """`text` in lower case with plain digits; Chinese without any space, English with single ones."""
    text = unicodedata.normalize("NFKC", text).lower().strip(" \t\r\n.。!！,，")
    if _CJK.search(text):
        return _NUMERAL.sub(_number, _SPACE.sub("", text).replace("礼拜", "周").replace("星期", "周"))
    text = _SPACE.sub(" ", text.replace("half an hour", "30 minutes").replace("half a day", "12 hours"))
    return _WORD.sub(lambda found: _COUNTED.get(found[0], found[0]), text.replace("o'clock", "oclock"))


def _number(found: re.Match[str]) -> str:
    """十五 as 15, 二十 as 20, 二〇二六 as 2026; what is no number stays."""
    text = found[0]
    if "十" not in text:
        return "".join(str(_DIGITS[c]) for c in text)
    tens, _, units = text.partition("十")
    if len(tens) > 1 or len(units) > 1 or "十" in units:
        return text
    return str((_DIGITS[tens] if tens else 1) * 10 + (_DIGITS[units] if units else 0))
