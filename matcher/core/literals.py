"""Answering predicates from attribute values, once for everybody.

Providers, enclave programs, the planner's checks and the plaintext reference all answer here,
vectorised over subjects, in Kleene's three-valued logic.

Rules:
 * An absent value makes a comparison unknown, unless the catalogue closes the world: then it
   stands for the catalogue's value.
 * Where the programme says what an absent record means, that settles the comparison.
 * A quantifier turns answers about members into answers about households.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from matcher.core.catalogue import Attribute
from matcher.core.errors import InvalidPredicate
from matcher.core.identifiers import AttributeName
from matcher.core.kleene import Truth, all_hold, any_holds, at_least, some_of_group
from matcher.core.operand_values import Codes, Known, column, fill, values_of
from matcher.core.predicate import (
    All,
    AllBut,
    Any,
    AtLeast,
    Comparison,
    Constant,
    Membership,
    Not,
    Operand,
    Operator,
    Predicate,
    Settled,
    Some,
    attributes_of,
)
from matcher.core.table import Grouping, Table, Values

__all__ = ["answer", "classify", "column", "fill"]

_COMPARE: Mapping[Operator, Callable[[Codes | int, Codes | int], NDArray[np.bool_]]] = {
    Operator.EQ: np.equal,
    Operator.NE: np.not_equal,
    Operator.LT: np.less,
    Operator.LE: np.less_equal,
    Operator.GT: np.greater,
    Operator.GE: np.greater_equal,
}


def answer(
    predicate: Predicate,
    attributes: Mapping[AttributeName, Attribute],
    table: Table,
    grouping: Grouping | None = None,
) -> NDArray[np.uint8]:
    """Return 0 (true), 1 (false) or 2 (unknown) for every subject of ``table``.

    Args:
        predicate: parameters already substituted; about households if ``grouping`` is given.
        attributes: at least those ``predicate`` reads.
        table: at least the attributes ``predicate`` reads, all of shape (n,).
        grouping: which household every row is a member of; None where rows are the subjects.

    Returns:
        shape (n,), or (groups,) where there is a grouping.

    Raises:
        InvalidAgencyTable: the table lacks an attribute.
        InvalidPredicate: a parameter was not substituted, an amount can leave its range, or
            members and households are mixed up.
    """
    rows = len(next(iter(table.values()))) if table else 0
    if grouping is None:
        return _Rows(attributes, table, rows).truth(predicate).codes()
    return _Groups(_Rows(attributes, table, rows), grouping).truth(predicate).codes()


def classify(attribute: Attribute, values: Values) -> NDArray[np.int32]:
    """Return the class of every value; absence is class ``class_count``.

    In a closed world absence is the class of the value it stands for.
    """
    filled, known = fill(attribute, values)
    if attribute.bands:
        classes = np.searchsorted(np.array(attribute.bands), filled).astype(np.int32)
    else:
        classes = (filled.astype(np.int64) - attribute.low).astype(np.int32)
    classes[~known] = attribute.class_count
    return classes


@dataclass(frozen=True, slots=True)
class _Rows:
    """Predicates about every row of a table."""

    attributes: Mapping[AttributeName, Attribute]
    table: Table
    size: int

    def truth(self, predicate: Predicate) -> Truth:
        match predicate:
            case Comparison(left, operator, right):
                left_codes, left_known = self._values(left)
                right_codes, right_known = self._values(right)
                compared = _COMPARE[operator](left_codes, right_codes)
                return self._known(compared, left_known & right_known)
            case Membership(operand, members):
                codes, known = self._values(operand)
                listed = [self._values(member)[0] for member in members]
                return self._known(np.isin(codes, np.array(listed, dtype=np.int64)), known)
            case Settled(child, holds):
                decided = self.truth(child)
                if holds:
                    return Truth(~decided.fails, decided.fails)
                return Truth(decided.holds, ~decided.holds)
            case Some() | AllBut():
                raise InvalidPredicate("members are counted, but nothing says whose they are")
            case _:
                return _joined(predicate, self.truth, self.size)

    def _values(self, operand: Operand) -> tuple[Codes | int, Known]:
        return values_of(operand, self.attributes, self.table)

    def _known(self, result: NDArray[np.bool_], known: Known) -> Truth:
        # Two constants compare to a single value; every subject gets it.
        shape = (self.size,)
        return Truth(
            np.broadcast_to(result & known, shape), np.broadcast_to(~result & known, shape)
        )


@dataclass(frozen=True, slots=True)
class _Groups:
    """Predicates about the households that the rows are members of."""

    rows: _Rows
    grouping: Grouping

    def truth(self, predicate: Predicate) -> Truth:
        match predicate:
            case Some(least, body):
                return self._some(least, self.rows.truth(body))
            case AllBut(most, body):
                # More than that many members do not satisfy it: that must not be.
                return self._some(most + 1, self.rows.truth(body).negated()).negated()
            case Comparison() | Membership() | Settled():
                if any(attributes_of(predicate)):
                    raise InvalidPredicate(
                        "a comparison is about a member, but households are asked"
                    )
                # What compares constants alone is about nobody, and so about every household.
                return replace(self.rows, size=self.grouping.groups).truth(predicate)
            case _:
                return _joined(predicate, self.truth, self.grouping.groups)

    def _some(self, least: int, members: Truth) -> Truth:
        return some_of_group(least, members, self.grouping.group_of, self.grouping.groups)


def _joined(
    predicate: Constant | Not | All | Any | AtLeast,
    truth: Callable[[Predicate], Truth],
    size: int,
) -> Truth:
    match predicate:
        case Constant(value):
            return Truth(np.full(size, value), np.full(size, not value))
        case Not(child):
            return truth(child).negated()
        case All(children):
            return all_hold([truth(child) for child in children])
        case Any(children):
            return any_holds([truth(child) for child in children])
        case AtLeast(count, children):
            return at_least(count, [truth(child) for child in children])
