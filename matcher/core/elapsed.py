"""Completed years, months and days from one calendar day to another.

Days are codes: days since 1970-01-01 in the proleptic Gregorian calendar.

Rules:
 * A month is complete on the same day of a later month; where that month has no such day, on the
   first of the month after it. Twelve months are a year: after 29 February it is complete on
   1 March.
 * An age is complete on the day before the anniversary: it is the years up to the following
   day (年齢計算ニ関スル法律, 民法 143条).
 * Later beginnings never have more completed units; before the beginning the count is negative.
"""

from __future__ import annotations

from bisect import bisect_right
from datetime import date

import numpy as np
from numpy.typing import NDArray

from matcher.core.catalogue import code_of_date, date_of_code
from matcher.core.predicate import TimeUnit

_MONTHS_A_YEAR = 12
_LAST_DAY = code_of_date(date.max)


def elapsed(unit: TimeUnit, since: NDArray[np.integer], until: int) -> NDArray[np.int64]:
    """Return the completed units from every day of ``since`` to ``until``, same shape.

    Args:
        unit: what is counted.
        since: codes of days.
        until: code of a day.
    """
    if unit is TimeUnit.DAYS:
        days: NDArray[np.int64] = np.subtract(until, since, dtype=np.int64)
        return days
    start_month, start_day = _months_and_days(since)
    end_month, end_day = _months_and_days(np.array(_last(unit, until)))
    months: NDArray[np.int64] = end_month - start_month - (start_day > end_day)
    years: NDArray[np.int64] = months // _MONTHS_A_YEAR
    return months if unit is TimeUnit.MONTHS else years


def elapsed_between(unit: TimeUnit, since: int, until: int) -> int:
    """Return the completed units from the day ``since`` to the day ``until``, both codes."""
    if unit is TimeUnit.DAYS:
        return until - since
    start, (year, month, day) = date_of_code(since), _calendar(_last(unit, until))
    years, months = year - start.year, month - start.month
    completed = years * _MONTHS_A_YEAR + months - (start.day > day)
    return completed if unit is TimeUnit.MONTHS else completed // _MONTHS_A_YEAR


def latest_since(unit: TimeUnit, least: int, until: int, days: range) -> int:
    """Return the last of ``days`` since when at least ``least`` units are complete at ``until``.

    Where there is none, the day before the first of ``days`` is returned.
    """
    earlier = bisect_right(days, -least, key=lambda day: -elapsed_between(unit, day, until))
    return days.start + earlier - 1


def _last(unit: TimeUnit, until: int) -> int:
    return until + 1 if unit is TimeUnit.AGE else until


def _calendar(code: int) -> tuple[int, int, int]:
    """Return year, month and day of a code, also of the day after the last there is."""
    if code > _LAST_DAY:
        return date.max.year + 1, 1, 1
    day = date_of_code(code)
    return day.year, day.month, day.day


def _months_and_days(
    codes: NDArray[np.integer],
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the month, counted from January 1970, and the day of the month, counted from 0."""
    days = codes.astype("datetime64[D]")
    months = days.astype("datetime64[M]")
    return months.astype(np.int64), (days - months.astype("datetime64[D]")).astype(np.int64)
