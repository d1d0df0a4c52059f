"""Finding and masking what names a person in words that shall be shown to many. Pure rules, no claim to find everything.

They find telephone and identity numbers, accounts, e-mail addresses, street addresses, names with a title or after
“我叫”, and whatever is known of the customer in question. A bare name of somebody else they cannot know: the words are
written anew by a person, who reads the preview.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

_SURNAME: Final = (
    "(?:欧阳|上官|司马|诸葛|东方|皇甫|尉迟|公孙|慕容|令狐|端木|"
    "[王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许邓冯韩曹曾彭肖蔡潘田董袁于余叶蒋杜苏魏程吕丁沈任姚卢傅钟姜崔谭廖范"
    "汪陆金石戴贾韦夏邱方侯邹熊孟秦白江阎薛尹段雷龙黎史陶贺顾毛郝龚邵万钱严覃武戚莫孔向汤])"
)
_TITLE: Final = "(?:先生|女士|小姐|太太|老师|师傅|阿姨|大爷|大妈|大姐|大哥|经理|主任|同学)"
_RULES: Final[Sequence[tuple[str, re.Pattern[str]]]] = (
    ("email", re.compile(r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")),
    ("identity", re.compile(r"(?<![0-9A-Za-z])(?:\d{17}[\dXx]|\d{15})(?![0-9A-Za-z])")),
    ("phone", re.compile(r"(?<!\d)(?:(?:\+|00)?86[- ]?)?1[3-9]\d[- ]?\d{4}[- ]?\d{4}(?!\d)")),
    ("phone", re.compile(r"(?<![\d-])0\d{2,3}[- ]?\d{7,8}(?!\d)|\+\d[\d -]{6,16}\d")),
    ("number", re.compile(r"(?<![0-9A-Za-z])\d{6}(?=[0-9A-HJKMNP-TV-Z]*[A-Z])[0-9A-HJKMNP-TV-Z]{6}(?![0-9A-Za-z])")),
    ("number", re.compile(r"(?<![\d-])(?!\d{4}-\d{1,2}-\d{1,2}(?!\d))\d(?:[ -]?\d){7,}(?!\d)")),
    (
        "address",
        re.compile(
            r"[\u4e00-\u9fffA-Za-z0-9]{0,14}(?:路|街|巷|弄|道|村|小区|花园|苑|公寓)\s*[0-9一二三四五六七八九十百]+\s*(?:号楼|号|弄|幢|栋|室|单元|楼)"
            r"(?:\s*[0-9一二三四五六七八九十]+\s*(?:号楼|号|幢|栋|室|单元|楼|层|房))*"
        ),
    ),
    ("address", re.compile(r"\b\d{1,5}\s+(?:[A-Z][a-z]+\s+){1,3}(?:Street|St|Road|Rd|Avenue|Ave|Lane|Drive|Court)\b")),
    ("name", re.compile(f"{_SURNAME}[\u4e00-\u9fff]{{0,2}}?{_TITLE}")),
    ("name", re.compile(r"(?<=我叫)[\u4e00-\u9fff]{2,3}|(?<=名叫)[\u4e00-\u9fff]{2,3}|(?<=姓名[:：])\s*[\u4e00-\u9fff]{2,4}")),
    ("name", re.compile(r"\b(?:Mr|Mrs|Ms|Miss|Dr|Mx)\.?\s+[A-Z][A-Za-z'-]+(?:\s+[A-Z][A-Za-z'-]+)?")),
)
MARKS: Final[Mapping[str, str]] = {
    "phone": "〔电话 phone〕",
    "identity": "〔证件号 ID〕",
    "number": "〔号码 number〕",
    "email": "〔邮箱 e-mail〕",
    "address": "〔地址 address〕",
    "name": "〔姓名 name〕",
    "customer": "〔客户 customer〕",
}
"""What stands in the place of each kind of personal data, in both languages at once: the words are read in either."""


@dataclass(frozen=True, slots=True, order=True)
class Personal:
    """Something that names a person: from `start` to `end`, of a kind of MARKS."""

    start: int
    end: int
    kind: str


def personal(text: str, known: Iterable[str | None] = ()) -> list[Personal]:
    """What in `text` names a person, from left to right, without overlaps. `known`: what is known of the customer."""
    found: list[Personal] = []
    for each in known:
        for word in _forms(each):
            found += [Personal(m.start(), m.end(), "customer") for m in re.finditer(re.escape(word), text, re.IGNORECASE)]
    for kind, rule in _RULES:
        found += [Personal(m.start(), m.end(), kind) for m in rule.finditer(text)]
    kept: list[Personal] = []
    for one in sorted(found, key=lambda p: (p.start, -p.end)):
        if not kept or one.start >= kept[-1].end:
            kept.append(one)
        elif one.end > kept[-1].end:  # two that touch are one
            kept[-1] = Personal(kept[-1].start, one.end, kept[-1].kind)
    return kept


def masked(text: str, known: Iterable[str | None] = ()) -> str:
    """`text` with a mark in the place of everything that names a person."""
    pieces: list[str] = []
    at = 0
    for one in personal(text, known):
        pieces += (text[at : one.start], MARKS[one.kind])
        at = one.end
    return "".join([*pieces, text[at:]])


def _forms(value: str | None) -> list[str]:
    """A value as it may stand in a text: a name also without its title; nothing shorter than two characters."""
    value = (value or "").strip()
    bare = re.sub(f"{_TITLE}$", "", value)
    return [form for form in dict.fromkeys((value, bare)) if len(form) >= 2]
