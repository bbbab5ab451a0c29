from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from matcher.core.catalogue import code_of_date
from matcher.core.elapsed import elapsed, elapsed_between, latest_since
from matcher.core.predicate import TimeUnit
from tests.naive_meaning import completed

AGE, YEARS, MONTHS, DAYS = TimeUnit


def _between(unit: TimeUnit, since: str, until: str) -> int:
    return elapsed_between(
        unit, code_of_date(date.fromisoformat(since)), code_of_date(date.fromisoformat(until))
    )


@pytest.mark.parametrize(
    ("unit", "since", "until", "count"),
    [
        (YEARS, "2000-04-02", "2026-04-01", 25),
        (YEARS, "2000-04-02", "2026-04-02", 26),
        (YEARS, "2004-02-29", "2025-02-28", 20),
        (YEARS, "2004-02-29", "2025-03-01", 21),
        (YEARS, "2004-02-29", "2028-02-29", 24),
        (YEARS, "2026-04-01", "2026-03-31", -1),
        (MONTHS, "2026-01-31", "2026-02-28", 0),
        (MONTHS, "2026-01-31", "2026-03-01", 1),
        (MONTHS, "2026-01-31", "2026-03-30", 1),
        (MONTHS, "2026-01-31", "2026-03-31", 2),
        (MONTHS, "2026-04-15", "2026-04-15", 0),
        (MONTHS, "2026-04-15", "2026-04-14", -1),
        (DAYS, "2026-04-01", "2026-03-31", -1),
        (DAYS, "2024-02-28", "2024-03-01", 2),
    ],
)
def test_units_are_complete_on_the_anniversary(
    unit: TimeUnit, since: str, until: str, count: int
) -> None:
    assert _between(unit, since, until) == count


@pytest.mark.parametrize(
    ("since", "until", "count"),
    [
        # Who is born on 1 April is as old at school entry as those born the day before.
        ("2020-04-01", "2026-03-31", 6),
        ("2020-04-01", "2026-03-30", 5),
        ("2020-04-02", "2026-03-31", 5),
        # 29 February: the year of age is complete at the end of 28 February, leap year or not.
        ("2004-02-29", "2025-02-28", 21),
        ("2004-02-29", "2025-02-27", 20),
        ("2004-02-29", "2024-02-28", 20),
        ("2004-02-29", "2024-02-27", 19),
    ],
)
def test_an_age_is_complete_on_the_day_before_the_birthday(
    since: str, until: str, count: int
) -> None:
    assert _between(AGE, since, until) == count


@pytest.mark.parametrize("unit", list(TimeUnit))
@pytest.mark.parametrize("until", ["2024-02-28", "2024-02-29", "2024-03-01", "2025-02-28"])
def test_counting_agrees_with_going_from_anniversary_to_anniversary(
    unit: TimeUnit, until: str
) -> None:
    end = code_of_date(date.fromisoformat(until))
    since = np.arange(end - 1500, end + 400, dtype=np.int32)
    expected = [completed(unit, code, end) for code in since.tolist()]
    assert elapsed(unit, since, end).tolist() == expected
    assert [elapsed_between(unit, code, end) for code in since.tolist()] == expected


@pytest.mark.parametrize("unit", list(TimeUnit))
def test_counting_is_vectorised_over_centuries(unit: TimeUnit) -> None:
    end = code_of_date(date(2026, 6, 1))
    since = np.arange(code_of_date(date(1900, 1, 1)), end, 17, dtype=np.int32)
    expected = [elapsed_between(unit, code, end) for code in since.tolist()]
    assert elapsed(unit, since, end).tolist() == expected
    assert elapsed(unit, since, end).dtype == np.int64


@pytest.mark.parametrize("unit", list(TimeUnit))
def test_the_last_day_that_is_long_enough_ago(unit: TimeUnit) -> None:
    end = code_of_date(date(2026, 2, 28))
    days = range(end - 800, end + 1)
    for least in (0, 1, 2, 25):
        enough = [day for day in days if elapsed_between(unit, day, end) >= least]
        assert latest_since(unit, least, end, days) == (enough[-1] if enough else days[0] - 1)


def test_the_last_day_of_the_calendar_has_an_age() -> None:
    last = code_of_date(date.max)
    assert elapsed(YEARS, np.array([last - 366]), last).tolist() == [1]


@pytest.mark.parametrize("unit", TimeUnit)
def test_the_last_day_there_is_has_an_end(unit: TimeUnit) -> None:
    until, since = code_of_date(date.max), code_of_date(date(2000, 1, 1))
    alone = elapsed_between(unit, since, until)
    assert elapsed(unit, np.array([since]), until).tolist() == [alone]
    # 1 January 10000 would be the anniversary: an age is complete the day before it.
    assert {TimeUnit.AGE: 8000, TimeUnit.YEARS: 7999}.get(unit, alone) == alone
