from __future__ import annotations

from datetime import date

import pytest

from matcher.core.catalogue import Attribute, AttributeType, code_of_date
from matcher.core.errors import InvalidProgramme
from matcher.core.identifiers import AttributeName
from matcher.language.written_values import code_of, written_day, written_domain, written_value
from tests.programmes_of_tests import ATTRIBUTES

BORN = Attribute(
    AttributeName("family.born"),
    AttributeType.DATE,
    code_of_date(date(1900, 1, 1)),
    code_of_date(date(2026, 12, 31)),
)


def _attribute(name: str) -> Attribute:
    return BORN if name == BORN.name else ATTRIBUTES[AttributeName(name)]


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("tax.bracket", 7, 7),
        ("tax.resident", True, 1),
        ("welfare.adl", "normal", 1),
        ("family.born", "1970-01-02", 1),
        ("family.born", "1900-01-01", -25567),
        ("tax.bracket", None, None),
        ("family.born", None, None),
    ],
)
def test_values_have_codes_and_codes_have_values(
    name: str,
    value: int | bool | str | None,  # noqa: FBT001
    code: int | None,
) -> None:
    assert code_of(_attribute(name), value) == code
    written = written_value(_attribute(name), code)
    assert written == value
    assert type(written) is type(value)


@pytest.mark.parametrize(
    ("name", "value", "fix"),
    [
        ("tax.bracket", 8, "a whole number from 0 to 7"),
        ("tax.bracket", -1, "from 0 to 7"),
        ("tax.bracket", True, "from 0 to 7"),
        ("tax.bracket", "7", "from 0 to 7"),
        ("tax.resident", 1, "true or false"),
        ("tax.resident", "true", "true or false"),
        ("welfare.adl", "nromal", "did you mean normal?"),
        ("welfare.adl", 0, "known are limited, normal"),
        ("family.born", "1899-12-31", "a date from 1900-01-01 to 2026-12-31"),
        ("family.born", "2027-01-01", "a date from 1900-01-01 to 2026-12-31"),
        ("family.born", "2026-02-29", "a date from"),
        ("family.born", "20260101", "a date from"),
        ("family.born", 1, "a date from"),
    ],
)
def test_what_is_no_value_has_no_code(
    name: str,
    value: int | bool | str,  # noqa: FBT001
    fix: str,
) -> None:
    with pytest.raises(InvalidProgramme, match=f"is no value of {name}") as caught:
        code_of(_attribute(name), value)
    assert fix in caught.value.fix


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-04-01", date(2026, 4, 1)),
        ("2026-4-1", None),
        ("20260401", None),
        ("2026-W01-1", None),
        ("2026-02-30", None),
        ("2026-04-01 ", None),
        ("２０２６-04-01", None),  # noqa: RUF001
        ("", None),
    ],
)
def test_a_day_is_written_in_one_way(text: str, day: date | None) -> None:
    assert written_day(text) == day


def test_a_domain_is_written_as_its_values_are() -> None:
    assert written_domain(BORN) == "from 1900-01-01 to 2026-12-31"
    assert written_domain(ATTRIBUTES[AttributeName("tax.bracket")]) == "from 0 to 7"
