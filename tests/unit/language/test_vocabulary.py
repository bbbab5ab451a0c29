from __future__ import annotations

from dataclasses import replace

import pytest

from matcher.core.catalogue import Attribute, AttributeType
from matcher.core.errors import InvalidPredicate
from matcher.core.identifiers import AttributeName
from matcher.core.predicate import Some
from matcher.core.programme import Unit
from matcher.language.conditions import compile_condition
from matcher.language.source import Source
from matcher.language.vocabulary import Vocabulary


def _vocabulary(*names: str, kind: AttributeType = AttributeType.BOOLEAN) -> Vocabulary:
    attributes = {AttributeName(name): Attribute(AttributeName(name), kind, 0, 1) for name in names}
    return Vocabulary(attributes, {}, Unit.HOUSEHOLD, 8)


def _compiled(text: str, vocabulary: Vocabulary) -> object:
    return compile_condition(Source(text, str), vocabulary).predicate


@pytest.mark.parametrize(
    "names",
    [
        ("tax.a_b", "tax.a__b"),
        ("household.member", "member.household"),
        ("google.protobuf", "timestamp.date"),
        ("date.age", "age.date", "size.all", "exists.filter"),
        ("tax.message", "tax.int", "tax.class", "optional.required"),
    ],
    ids=["one camel case", "our own names", "others' names", "functions", "words of others"],
)
def test_any_name_of_the_catalogue_is_a_member_s(names: tuple[str, ...]) -> None:
    vocabulary = _vocabulary(*names)
    for name in names:
        predicate = _compiled(f"members.exists(m, m.{name})", vocabulary)
        assert isinstance(predicate, Some)


def test_as_many_attributes_as_a_catalogue_can_hold_have_a_place() -> None:
    # Protocol buffers keep the numbers from 19000 to 19999 for themselves.
    names = [f"tax.a{number}" for number in range(19_100)]
    _compiled(f"members.exists(m, m.{names[-1]} && m.{names[18_998]})", _vocabulary(*names))


def test_an_attribute_has_its_own_type_in_a_member() -> None:
    for kind in AttributeType:
        vocabulary = _vocabulary("tax.it", kind=kind)
        if kind is AttributeType.BOOLEAN:
            _compiled("members.all(m, m.tax.it)", vocabulary)
        else:
            with pytest.raises(InvalidPredicate, match="not a condition"):
                _compiled("members.all(m, m.tax.it)", vocabulary)


def test_a_person_has_no_members_and_a_household_no_attributes() -> None:
    household = _vocabulary("tax.taxed")
    person = replace(household, unit=Unit.PERSON, most_members=1)
    _compiled("tax.taxed", person)
    with pytest.raises(InvalidPredicate, match="no members"):
        _compiled("members.all(m, m.tax.taxed)", person)
    with pytest.raises(InvalidPredicate, match=r"there is no 'tax\.taxed'"):
        _compiled("tax.taxed", household)
