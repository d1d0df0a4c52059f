"""Public holidays and the weekend days worked in their place, from the `holidays` library.

The library is heavy and is imported when a calendar first asks. A year that its country has not decided yet has the holidays that
follow from the law, without make-up days; dated exceptions of the calendar fill the time until the library knows better.
"""

from __future__ import annotations

from datetime import date
from functools import cache

_YEARLY = 8
"""In how many of ten years a country that decides its make-up days year by year had some."""


@cache
def countries() -> frozenset[str]:
    """The codes of the countries whose holidays are known."""
    from holidays.registry import COUNTRIES

    return frozenset(code for _, code, *_ in COUNTRIES.values())  # the library's own function loads each of the 250


@cache
def days_off(country: str, year: int) -> frozenset[date]:
    """The public holidays of `year`, days off in lieu included."""
    import holidays

    return frozenset(day for day in holidays.country_holidays(country, years=year) if day.year == year)


@cache
def days_worked(country: str, year: int) -> frozenset[date]:
    """The weekend days of `year` on which a country makes up for days off; some are for holidays of the year after."""
    import holidays

    found = holidays.country_holidays(country, years=[year, year + 1])
    return frozenset(day for day in getattr(found, "weekend_workdays", ()) if day.year == year)


@cache
def known_through(country: str, around: int) -> int | None:
    """The last year up to two after `around` whose make-up days are decided; None where a country does not decide them yearly.

    That is seen from the ten years before: nearly all of them have some.
    """
    import holidays

    def told(year: int) -> bool:
        days = getattr(holidays.country_holidays(country, years=year), "weekend_workdays", ())
        return any(day.year == year for day in days)

    before = [year for year in range(around - 10, around) if told(year)]
    if len(before) < _YEARLY:
        return None
    return max((*before, *(year for year in range(around, around + 3) if told(year))))
