"""Public holidays and the weekend days worked in their place, from the `holidays` library.

The library is heavy and is imported when a calendar first asks. A year that its country has not decided yet has the holidays that
follow from the law, without make-up days; dated exceptions of the calendar fill the time until the library knows better.
"""

from __future__ import annotations

from datetime import date
from functools import cache


@cache
def countries() -> frozenset[str]:
    """The codes of the countries whose holidays are known."""
    import holidays

    return frozenset(holidays.list_supported_countries(include_aliases=False))


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
    """The last year up to two after `around` whose days off and make-up days are decided; None where they follow from the law.

    Whether a country decides them year by year is seen from the ten years before.
    """
    import holidays

    years = range(around - 10, around + 3)
    worked = {year for year in years if getattr(holidays.country_holidays(country, years=year), "weekend_workdays", ())}
    return max(worked) if worked else None
