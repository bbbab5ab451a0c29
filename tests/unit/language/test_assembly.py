from __future__ import annotations

from datetime import date

import pytest

from matcher.core.catalogue import Attribute, AttributeType, Catalogue
from matcher.core.errors import InvalidProgramme
from matcher.core.identifiers import AgencyId, AttributeName
from matcher.core.programme import DatedValue
from matcher.language.assembly import MOST_ATTRIBUTES, Parts, assemble
from matcher.language.parameters import parameter_type
from matcher.language.source import Source
from matcher.language.written_values import code_of
from tests.programmes_of_tests import ATTRIBUTES, FIRST, programme_of


def _many(count: int) -> None:
    names = [AttributeName(f"tax.a{number}") for number in range(count)]
    attributes = {name: Attribute(name, AttributeType.BOOLEAN, 0, 1) for name in names}
    parts = Parts(
        id="test/many",
        version="1",
        title={},
        requester=AgencyId("city"),
        affair="tests",
        unit="person",
        legal_basis="",
        valid_from=FIRST,
        valid_to=None,
        parameters={},
    )
    assemble(parts, Catalogue("test", attributes), Source(" && ".join(names), str), [])


def test_the_catalogue_shrinks_to_what_is_read() -> None:
    programme = programme_of("tax.bracket == 1 && welfare.grade == 2 && tax.bracket != 4")
    assert list(programme.catalogue.attributes) == ["tax.bracket", "welfare.grade"]


def test_the_number_of_attributes_is_bounded() -> None:
    _many(MOST_ATTRIBUTES)
    with pytest.raises(InvalidProgramme, match="more than 64"):
        _many(MOST_ATTRIBUTES + 1)


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([1, 2], AttributeType.INTEGER),
        (["a"], AttributeType.ENUMERATION),
        ([True, False], AttributeType.BOOLEAN),
    ],
)
def test_the_type_of_a_parameter_is_that_of_its_values(
    values: list[int | bool | str], kind: AttributeType
) -> None:
    dated = [DatedValue(date(2026, month + 1, 1), value) for month, value in enumerate(values)]
    assert parameter_type("top", dated).kind is kind


@pytest.mark.parametrize(
    ("name", "values", "message"),
    [
        ("top", [], "no values"),
        ("top", [1, "a"], "several types"),
        ("top", [1, True], "several types"),
        ("Top", [1], "not a parameter's name"),
        ("top", [2**53], "too large"),
        ("top", [-(2**53)], "too large"),
    ],
)
def test_parameters_that_make_no_sense_are_refused(
    name: str, values: list[int | bool | str], message: str
) -> None:
    dated = [DatedValue(date(2026, month + 1, 1), value) for month, value in enumerate(values)]
    with pytest.raises(InvalidProgramme, match=message):
        parameter_type(name, dated)


def test_two_values_from_one_day_are_refused() -> None:
    with pytest.raises(InvalidProgramme, match="same day"):
        parameter_type("top", [DatedValue(FIRST, 1), DatedValue(FIRST, 2)])


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("tax.bracket", 7, 7),
        ("tax.resident", True, 1),
        ("welfare.adl", "normal", 1),
        ("tax.bracket", None, None),
    ],
)
def test_values_have_codes(name: str, value: int | bool | str | None, code: int | None) -> None:  # noqa: FBT001
    assert code_of(ATTRIBUTES[AttributeName(name)], value) == code


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("tax.bracket", 8),
        ("tax.bracket", -1),
        ("tax.bracket", True),
        ("tax.bracket", "7"),
        ("tax.resident", 1),
        ("tax.resident", "true"),
        ("welfare.adl", "none"),
        ("welfare.adl", 0),
    ],
)
def test_what_is_no_value_has_no_code(name: str, value: int | bool | str) -> None:  # noqa: FBT001
    with pytest.raises(InvalidProgramme, match=f"is no value of {name}"):
        code_of(ATTRIBUTES[AttributeName(name)], value)
