"""Random predicates over attributes with a handful of values, and everybody there could be."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from datetime import date

from hypothesis import strategies as st

from matcher.core.catalogue import Attribute, AttributeType, code_of_date
from matcher.core.identifiers import AttributeName
from matcher.core.predicate import (
    All,
    AllBut,
    Any,
    Arithmetic,
    AtLeast,
    AttributeOperand,
    Comparison,
    Computed,
    Constant,
    ConstantOperand,
    Elapsed,
    Extreme,
    Extremum,
    Lookup,
    Membership,
    Not,
    Operand,
    Operator,
    Predicate,
    Settled,
    Some,
    TimeUnit,
)

INTEGER, ENUMERATION, BOOLEAN, DATE = AttributeType
DAY = code_of_date(date(2026, 3, 1))
_LEAP_DAY = code_of_date(date(2024, 2, 29))


def _named(*attributes: Attribute) -> dict[AttributeName, Attribute]:
    return {attribute.name: attribute for attribute in attributes}


PERSON = _named(
    Attribute(AttributeName("tax.a"), INTEGER, 0, 3),
    Attribute(AttributeName("tax.b"), INTEGER, -1, 2, absent=0),
    Attribute(AttributeName("tax.born"), DATE, _LEAP_DAY - 2, _LEAP_DAY + 2),
    Attribute(AttributeName("welfare.g"), INTEGER, 0, 2),
    Attribute(AttributeName("welfare.taxed"), BOOLEAN, 0, 1),
)
# Fewer, so that all households of three can be tried.
MEMBER = _named(
    Attribute(AttributeName("tax.a"), INTEGER, 0, 2),
    Attribute(AttributeName("welfare.taxed"), BOOLEAN, 0, 1),
)
MOST_MEMBERS = 3


def people(
    attributes: Mapping[AttributeName, Attribute], *, absences: bool
) -> list[dict[AttributeName, int | None]]:
    """Everybody there could be; with ``absences`` also whose records are absent."""
    choices = [
        [*range(attribute.low, attribute.high + 1), *([None] if absences else [])]
        for attribute in attributes.values()
    ]
    return [dict(zip(attributes, codes, strict=True)) for codes in itertools.product(*choices)]


def households(
    attributes: Mapping[AttributeName, Attribute], *, absences: bool
) -> list[tuple[dict[AttributeName, int | None], ...]]:
    """Every household of one to three there could be, members in one order only."""
    everybody = people(attributes, absences=absences)
    return [
        household
        for count in range(1, MOST_MEMBERS + 1)
        for household in itertools.combinations_with_replacement(everybody, count)
    ]


def predicates(
    attributes: Mapping[AttributeName, Attribute], *, settled: bool = True
) -> st.SearchStrategy[Predicate]:
    """Predicates about a person."""
    return _composed(_leaves(attributes, settled=settled))


def household_predicates(
    attributes: Mapping[AttributeName, Attribute], *, settled: bool = True
) -> st.SearchStrategy[Predicate]:
    """Predicates about a household."""
    bodies = _composed(_leaves(attributes, settled=settled), most=3)
    quantified = st.one_of(
        st.builds(Some, st.integers(1, MOST_MEMBERS + 1), bodies),
        st.builds(AllBut, st.integers(0, MOST_MEMBERS), bodies),
        st.builds(Some, st.just(1), bodies),
        st.builds(AllBut, st.just(0), bodies),
    )
    return _composed(quantified, most=4)


def _composed(leaves: st.SearchStrategy[Predicate], most: int = 6) -> st.SearchStrategy[Predicate]:
    def grown(inner: st.SearchStrategy[Predicate]) -> st.SearchStrategy[Predicate]:
        several = st.lists(inner, min_size=2, max_size=3).map(tuple)
        three = st.lists(inner, min_size=3, max_size=4).map(tuple)
        return st.one_of(
            st.builds(All, several),
            st.builds(Any, several),
            st.builds(Not, inner),
            st.builds(AtLeast, st.just(2), three),
        )

    return st.recursive(leaves, grown, max_leaves=most)


def _leaves(
    attributes: Mapping[AttributeName, Attribute], *, settled: bool
) -> st.SearchStrategy[Predicate]:
    amounts = _amounts(attributes)
    operators = st.sampled_from(Operator)
    limits = st.sampled_from(
        [
            (AttributeOperand(name), ConstantOperand(code))
            for name, attribute in attributes.items()
            for code in range(attribute.low - 1, attribute.high + 2)
        ]
    )
    codes = st.lists(st.integers(-2, 4).map(ConstantOperand), min_size=1, max_size=3).map(tuple)
    simple = st.builds(lambda sides, sign: Comparison(sides[0], sign, sides[1]), limits, operators)
    turned = st.builds(lambda sides, sign: Comparison(sides[1], sign, sides[0]), limits, operators)
    computed = st.builds(Comparison, amounts, operators, amounts)
    listed = st.builds(Membership, amounts, codes)
    leaves = st.one_of(simple, simple, turned, computed, computed, listed)
    choices = [leaves, leaves, leaves, leaves, st.booleans().map(Constant)]
    if settled:
        choices += [st.builds(Settled, leaves, st.booleans())] * 2
    return st.one_of(choices)


def _amounts(attributes: Mapping[AttributeName, Attribute]) -> st.SearchStrategy[Operand]:
    numbers = [name for name in attributes if attributes[name].type is not DATE]
    plain: list[st.SearchStrategy[Operand]] = [
        st.sampled_from(numbers).map(AttributeOperand),
        st.sampled_from(numbers).map(AttributeOperand),
        st.integers(-2, 4).map(ConstantOperand),
    ]
    dates = [AttributeOperand(name) for name in attributes if attributes[name].type is DATE]
    if dates:
        since = st.sampled_from(dates)
        until = st.integers(DAY - 2, DAY + 1)
        units = st.sampled_from([TimeUnit.AGE, TimeUnit.YEARS, TimeUnit.MONTHS])
        plain.append(st.builds(Elapsed, units, since, until))

    def grown(inner: st.SearchStrategy[Operand]) -> st.SearchStrategy[Operand]:
        tables = st.lists(st.integers(-3, 5), min_size=3, max_size=3).map(tuple)
        return st.one_of(
            st.builds(Computed, st.sampled_from(Arithmetic), inner, inner),
            st.builds(
                Extremum,
                st.sampled_from(Extreme),
                st.lists(inner, min_size=2, max_size=3).map(tuple),
            ),
            st.builds(Lookup, st.just("table"), inner.map(_inside), st.just(0), tables),
        )

    return st.recursive(st.one_of(plain), grown, max_leaves=3)


def _inside(index: Operand) -> Operand:
    """The index kept between 0 and 2."""
    above = Extremum(Extreme.GREATEST, (index, ConstantOperand(0)))
    return Extremum(Extreme.LEAST, (above, ConstantOperand(2)))
