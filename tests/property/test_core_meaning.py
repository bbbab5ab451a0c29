"""Random predicates over tiny domains: every fast way against trying everybody."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from hypothesis import HealthCheck, given, settings

from matcher.core.boundaries import boundary_cases
from matcher.core.catalogue import Attribute
from matcher.core.degenerate import refuse_degenerate
from matcher.core.difference import distinguishing
from matcher.core.errors import DegeneratePredicate
from matcher.core.identifiers import AttributeName
from matcher.core.literals import answer
from matcher.core.normal import negated, normal_form
from matcher.core.predicate import All, AllBut, Any, Predicate, Some, parts_of
from matcher.core.satisfy import satisfying, satisfying_members
from matcher.core.table import Grouping, Table, Values
from tests.naive_meaning import Person, meaning
from tests.random_predicates import (
    MEMBER,
    MOST_MEMBERS,
    PERSON,
    household_predicates,
    households,
    people,
    predicates,
)

_SETTINGS = settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
_CODES = {True: 0, False: 1, None: 2}
_NEGATED = {0: 1, 1: 0, 2: 2}
EVERYBODY = people(PERSON, absences=True)
PRESENT = people(PERSON, absences=False)
HOUSEHOLDS = [(), *households(MEMBER, absences=True)]
PRESENT_HOUSEHOLDS = households(MEMBER, absences=False)
# Plain Python is slow; these are spread over everybody.
SOME, SOME_HOUSEHOLDS = EVERYBODY[::29], HOUSEHOLDS[::11]


def _table(rows: Iterable[Person], attributes: Mapping[AttributeName, Attribute]) -> Table:
    listed = list(rows)
    return {name: Values.of([row[name] for row in listed]) for name in attributes}


def _grouped(rows: Sequence[Sequence[Person]]) -> tuple[Table, Grouping]:
    sizes = [len(household) for household in rows]
    grouping = Grouping(len(rows), np.repeat(np.arange(len(rows), dtype=np.int32), sizes))
    return _table((member for household in rows for member in household), MEMBER), grouping


_PEOPLE, _SOME, _PRESENT = (_table(rows, PERSON) for rows in (EVERYBODY, SOME, PRESENT))
_MEMBERS = _table(people(MEMBER, absences=False), MEMBER)
_HOUSEHOLDS, _SOME_HOUSEHOLDS = _grouped(HOUSEHOLDS), _grouped(SOME_HOUSEHOLDS)
_WITH_MEMBERS, _PRESENT_HOUSEHOLDS = _grouped(HOUSEHOLDS[1:]), _grouped(PRESENT_HOUSEHOLDS)


def _people(predicate: Predicate, table: Table = _PEOPLE) -> list[int]:
    return answer(predicate, PERSON, table).tolist()


def _households(predicate: Predicate, rows: tuple[Table, Grouping] = _HOUSEHOLDS) -> list[int]:
    return answer(predicate, MEMBER, *rows).tolist()


@_SETTINGS
@given(predicates(PERSON))
def test_answers_about_people_are_what_plain_python_says(predicate: Predicate) -> None:
    expected = [_CODES[meaning(predicate, person, PERSON)] for person in SOME]
    assert _people(predicate, _SOME) == expected


@_SETTINGS
@given(household_predicates(MEMBER))
def test_answers_about_households_are_what_plain_python_says(predicate: Predicate) -> None:
    expected = [_CODES[meaning(predicate, household, MEMBER)] for household in SOME_HOUSEHOLDS]
    assert _households(predicate, _SOME_HOUSEHOLDS) == expected


@_SETTINGS
@given(predicates(PERSON))
def test_normal_forms_of_people_keep_all_three_values(predicate: Predicate) -> None:
    written, normal = _people(predicate), normal_form(predicate)
    assert _people(normal) == written
    assert _people(negated(predicate)) == [_NEGATED[code] for code in written]
    assert normal_form(normal) == normal
    assert negated(normal) == negated(predicate)


@_SETTINGS
@given(household_predicates(MEMBER))
def test_normal_forms_of_households_keep_all_three_values(predicate: Predicate) -> None:
    written, normal = _households(predicate), normal_form(predicate)
    assert _households(normal) == written
    assert _households(negated(predicate)) == [_NEGATED[code] for code in written]
    assert normal_form(normal) == normal


@_SETTINGS
@given(predicates(PERSON))
def test_an_example_is_found_where_there_is_one(predicate: Predicate) -> None:
    normal = normal_form(predicate)
    found = satisfying(normal, PERSON)
    assert (found is not None) == (0 in _people(normal, _PRESENT))
    if found is not None:
        person = {name: attribute.low for name, attribute in PERSON.items()} | found
        assert meaning(predicate, person, PERSON) is True
        assert all(PERSON[name].low <= code <= PERSON[name].high for name, code in found.items())


@_SETTINGS
@given(household_predicates(MEMBER))
def test_an_exemplary_household_is_found_where_there_is_one(predicate: Predicate) -> None:
    normal = normal_form(predicate)
    found = satisfying_members(normal, MEMBER, MOST_MEMBERS)
    assert (found is not None) == (0 in _households(normal, _PRESENT_HOUSEHOLDS))
    if found is not None:
        assert 1 <= len(found) <= MOST_MEMBERS
        filled = [dict.fromkeys(MEMBER, 0) | member for member in found]
        assert meaning(predicate, filled, MEMBER) is True


@_SETTINGS
@given(predicates(PERSON))
def test_what_is_refused_holds_always_or_never(predicate: Predicate) -> None:
    normal = normal_form(predicate)
    constant = any(len(set(_people(part, _PRESENT))) == 1 for part in parts_of(normal))
    assert _is_refused(normal, PERSON, 1) == constant


@_SETTINGS
@given(household_predicates(MEMBER))
def test_what_is_refused_of_households_holds_always_or_never(predicate: Predicate) -> None:
    normal = normal_form(predicate)
    bodies = [part.body for part in parts_of(normal) if isinstance(part, Some | AllBut)]
    members = [part for body in bodies for part in parts_of(body)]
    inner = {id(part) for part in members}
    outer = [part for part in parts_of(normal) if id(part) not in inner]
    constant = any(len(set(answer(part, MEMBER, _MEMBERS).tolist())) == 1 for part in members)
    constant |= any(len(set(_households(part, _PRESENT_HOUSEHOLDS))) == 1 for part in outer)
    assert _is_refused(normal, MEMBER, MOST_MEMBERS) == constant


@_SETTINGS
@given(predicates(PERSON), predicates(PERSON))
def test_somebody_is_found_whom_two_rules_tell_apart(one: Predicate, other: Predicate) -> None:
    for left, right in ((one, other), (one, Any((one, All((one, other)))))):
        found = distinguishing([left], [right], PERSON, 1)
        assert (found is not None) == (_people(left) != _people(right))
        if found is not None:
            (person,) = found
            whole = {name: attribute.low for name, attribute in PERSON.items()} | dict(person)
            assert meaning(left, whole, PERSON) is not meaning(right, whole, PERSON)


@_SETTINGS
@given(household_predicates(MEMBER), household_predicates(MEMBER))
def test_a_household_is_found_that_two_rules_tell_apart(one: Predicate, other: Predicate) -> None:
    found = distinguishing([one], [other], MEMBER, MOST_MEMBERS)
    different = _households(one, _WITH_MEMBERS) != _households(other, _WITH_MEMBERS)
    assert (found is not None) == different
    if found is not None:
        assert 1 <= len(found) <= MOST_MEMBERS
        whole = [dict.fromkeys(MEMBER, 0) | dict(member) for member in found]
        assert meaning(one, whole, MEMBER) is not meaning(other, whole, MEMBER)


@_SETTINGS
@given(predicates(PERSON))
def test_everybody_has_a_limit_where_the_rule_changes(predicate: Predicate) -> None:
    cases = list(boundary_cases(predicate, PERSON, 1))
    people_at_limits = [
        {name: attribute.low for name, attribute in PERSON.items()} | case.members[0]
        for case in cases
    ]
    for person in people_at_limits:
        assert all(PERSON[name].low <= code <= PERSON[name].high for name, code in person.items())
    if cases:
        answers = set(_people(predicate, _table(people_at_limits, PERSON)))
        assert answers == set(_people(predicate, _PRESENT))


def _is_refused(
    predicate: Predicate, attributes: Mapping[AttributeName, Attribute], most_members: int
) -> bool:
    try:
        refuse_degenerate(predicate, attributes, most_members)
    except DegeneratePredicate:
        return True
    return False
