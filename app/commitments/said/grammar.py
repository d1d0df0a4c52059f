"""What a said date may be made of, as patterns over its normal form: a stretch of time, a day, a time of day."""

from __future__ import annotations

import re
from typing import Final

MINUTES, HOURS, DAYS, WEEKS, MONTHS = "minutes", "hours", "days", "weeks", "months"
WORKING_DAYS, WORKING_HOURS = "working_days", "working_hours"

UNITS: Final = {
    "分钟": MINUTES,
    "小时": HOURS,
    "钟头": HOURS,
    "天": DAYS,
    "日": DAYS,
    "周": WEEKS,
    "月": MONTHS,
    "工作日": WORKING_DAYS,
    "工作天": WORKING_DAYS,
    "工作小时": WORKING_HOURS,
    "minute": MINUTES,
    "min": MINUTES,
    "hour": HOURS,
    "hr": HOURS,
    "day": DAYS,
    "week": WEEKS,
    "month": MONTHS,
}
HALVES: Final = {HOURS: (30, MINUTES), DAYS: (12, HOURS), MONTHS: (15, DAYS)}
"""半小时, 半天, 半个月."""

SPAN_ZH: Final = re.compile(
    r"(?:在|于|最迟|最晚|最多|不超过|未来)?(?P<n>\d{1,3}|半)个?(?P<unit>工作日|工作天|工作小时|分钟|小时|钟头|天|日|周|月)"
    r"(?P<within>之内|以内|内|之后|以后|后)?"
)
SPAN_EN: Final = re.compile(
    r"(?P<within>within|in|in the next|no later than|at most|not more than)? ?(?:the next )?(?P<n>\d{1,3}) ?"
    r"(?P<working>working|business|work)? ?(?P<unit>minute|min|hour|hr|day|week|month)s?(?: from now| at most| at the latest)?"
)

_WEEKDAYS_EN: Final = ("mon(?:day)?", "tue(?:s(?:day)?)?", "wed(?:nesday)?", "thu(?:r(?:s(?:day)?)?)?", "fri(?:day)?")
WEEKDAY_EN: Final = "|".join((*_WEEKDAYS_EN, "sat(?:urday)?", "sun(?:day)?"))
WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_MONTH_EN: Final = (
    "jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    "|sep(?:t(?:ember)?)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?"
)
MONTHS_EN: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")

_ISO: Final = r"(?P<iso>\d{4}[-/.]\d{1,2}[-/.]\d{1,2})"
_SLASH: Final = r"(?P<one>\d{1,2})/(?P<other>\d{1,2})"
_DAY_ZH: Final = (
    r"(?P<day>今天|今日|今|明天|明日|明|大后天|后天)"
    r"|(?P<week>下下个?|下个?|本|这个?)?周(?P<weekday>[1-6日天])"
    r"|(?P<end>(?:本|这个?|下个?)?(?:周|月)(?:之内|以内|内|底|末)|(?:本|这个?|下个?)月|年底|年末|年内)"
    r"|(?:(?P<year>\d{4})年)?(?P<month>\d{1,2})月(?P<dom>\d{1,2})[日号]?"
    r"|(?P<which>本月|这个?月|下个?月)?(?P<date>\d{1,2})[日号]"
    rf"|{_ISO}|{_SLASH}"
)
_TIME_ZH: Final = (
    r"(?P<part>凌晨|早上|早晨|早|上午|中午|下午|傍晚|晚上|晚|夜里)?"
    r"(?:(?P<hour>\d{1,2})(?:点钟?|时|:)(?P<minute>\d{1,2}分?|半|1刻|3刻)?)?"
)
DAY_ZH: Final = re.compile(rf"(?:在|于|最迟|最晚|不晚于|截至|到)?(?:{_DAY_ZH})?的?{_TIME_ZH}(?P<by>之前|以前|前|为止)?")

_DAY_EN: Final = (
    r"(?P<day>today|tonight|tomorrow|1? ?day after tomorrow)"
    rf"|(?P<week>this|next|coming)? ?(?P<weekday>{WEEKDAY_EN})"
    r"|(?P<end>end(?: of)? (?:this |next )?(?:day|week|month|year)|eod|(?:this|next) (?:week|month))"
    rf"|(?P<dom>\d{{1,2}})(?:st|nd|rd|th)? (?P<month>{_MONTH_EN})(?: (?P<year>\d{{4}}))?"
    rf"|(?P<month2>{_MONTH_EN}) (?P<dom2>\d{{1,2}})(?:st|nd|rd|th)?(?: (?P<year2>\d{{4}}))?"
    rf"|(?P<date>\d{{1,2}})(?:st|nd|rd|th)|{_ISO}|{_SLASH}"
)
_CLOCK_EN: Final = r"(?P<hour>\d{1,2})(?::(?P<minute>\d{2}))? ?(?P<half>am|pm|a\.m\.?|p\.m\.?|oclock)?"
_PART_EN: Final = r"(?P<part>morning|noon|midday|afternoon|evening|night)"
DAY_THEN_TIME_EN: Final = re.compile(rf"(?:{_DAY_EN})(?: (?:{_CLOCK_EN}|{_PART_EN}))?")
TIME_THEN_DAY_EN: Final = re.compile(rf"(?:{_CLOCK_EN}|{_PART_EN}) (?:{_DAY_EN})")
TIME_EN: Final = re.compile(rf"(?:{_CLOCK_EN}|{_PART_EN})")
FILLERS_EN: Final = re.compile(
    r"\b(?:by|before|until|till|on|at|in the|the|of the|no later than|latest|around)\b|(?<=\d)(?:st|nd|rd|th) of\b|,"
)
BEFORE_EN: Final = re.compile(r"\bbefore\b")

PARTS: Final = {
    **dict.fromkeys(("早上", "早晨", "早", "上午", "morning", "noon", "midday"), 12 * 60),
    "中午": 13 * 60,
    **dict.fromkeys(("下午", "afternoon"), 18 * 60),
    **dict.fromkeys(("傍晚",), 19 * 60),
    **dict.fromkeys(("晚上", "晚", "夜里", "evening", "night"), 22 * 60),
}
"""By when a part of a day is over, in minutes of the day."""
AFTER_NOON: Final = frozenset({"下午", "傍晚", "晚上", "晚", "夜里"})
BEFORE_NOON: Final = frozenset({"凌晨", "早上", "早晨", "早", "上午"})
