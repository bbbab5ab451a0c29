from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import pytest

from matcher.core.catalogue import AttributeType
from matcher.core.errors import InvalidProgramme
from matcher.core.programme import DatedValue, ParameterTable, ParameterValue
from matcher.language.parameters import MOST_DATES, MOST_ENTRIES, ParameterType, parameter_type

DAY = date(2026, 1, 1)


def _dated(values: Sequence[ParameterValue]) -> list[DatedValue]:
    return [DatedValue(date(2026, month + 1, 1), value) for month, value in enumerate(values)]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([2, 1, 2], ParameterType(AttributeType.INTEGER, numbers=(1, 2))),
        (["a"], ParameterType(AttributeType.ENUMERATION)),
        ([True, False], ParameterType(AttributeType.BOOLEAN)),
        ([DAY], ParameterType(AttributeType.DATE)),
        ([ParameterTable(0, (1, 2))], ParameterType(AttributeType.INTEGER, table=True)),
        (
            [ParameterTable(-3, (1,)), ParameterTable(0, (0,) * MOST_ENTRIES)],
            ParameterType(AttributeType.INTEGER, table=True),
        ),
    ],
)
def test_the_type_of_a_parameter_is_that_of_its_values(
    values: list[ParameterValue], expected: ParameterType
) -> None:
    assert parameter_type("top", _dated(values)) == expected


REFUSED: dict[str, tuple[str, list[ParameterValue], str]] = {
    "nothing": ("top", [], "no values"),
    "a number and text": ("top", [1, "a"], "several types"),
    "a number and a boolean": ("top", [1, True], "several types"),
    "a number and a date": ("top", [1, DAY], "several types"),
    "a number and a table": ("top", [1, ParameterTable(0, (1,))], "several types"),
    "a name in capitals": ("Top", [1], "not a parameter's name"),
    "a number too large": ("top", [2**53], "too large"),
    "a number too small": ("top", [-(2**53)], "too large"),
    "an entry too large": ("top", [ParameterTable(0, (1, 2**53))], "too large"),
    "an index too large": ("top", [ParameterTable(2**53, (1,))], "too large"),
    "an empty table": ("top", [ParameterTable(0, ())], "no entries"),
    "a long table": ("top", [ParameterTable(0, (0,) * (MOST_ENTRIES + 1))], "257 entries"),
}


@pytest.mark.parametrize(("name", "values", "message"), REFUSED.values(), ids=REFUSED.keys())
def test_parameters_that_make_no_sense_are_refused(
    name: str, values: list[ParameterValue], message: str
) -> None:
    with pytest.raises(InvalidProgramme, match=message):
        parameter_type(name, _dated(values))


def test_two_values_from_one_day_are_refused() -> None:
    with pytest.raises(InvalidProgramme, match="same day"):
        parameter_type("top", [DatedValue(DAY, 1), DatedValue(DAY, 2)])


def test_a_parameter_has_values_for_ten_years_of_months_and_not_for_every_day() -> None:
    days = [DatedValue(DAY + timedelta(days=number), 1) for number in range(MOST_DATES + 1)]
    parameter_type("top", days[1:])
    with pytest.raises(InvalidProgramme, match="129 values, more than 128"):
        parameter_type("top", days)
