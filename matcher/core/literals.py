"""Answering predicates from attribute values, once for everybody.

Providers, enclave programs, the planner's checks and the plaintext reference all answer here,
vectorised over subjects, in Kleene's three-valued logic.

Rules:
 * An absent value makes a comparison unknown, unless the catalogue closes the world: then it
   stands for the catalogue's value.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from matcher.core.catalogue import Attribute
from matcher.core.errors import InvalidAgencyTable, InvalidPredicate
from matcher.core.identifiers import AttributeName
from matcher.core.kleene import Truth, all_hold, any_holds
from matcher.core.predicate import (
    All,
    Any,
    AttributeOperand,
    Comparison,
    Constant,
    ConstantOperand,
    Membership,
    Not,
    Operand,
    Operator,
    ParameterOperand,
    Predicate,
)
from matcher.core.table import Table, Values

_COMPARE: Mapping[Operator, Callable[[NDArray[np.int64], NDArray[np.int64]], NDArray[np.bool_]]] = {
    Operator.EQ: np.equal,
    Operator.NE: np.not_equal,
    Operator.LT: np.less,
    Operator.LE: np.less_equal,
    Operator.GT: np.greater,
    Operator.GE: np.greater_equal,
}


def answer(
    predicate: Predicate, attributes: Mapping[AttributeName, Attribute], table: Table
) -> NDArray[np.uint8]:
    """Return 0 (true), 1 (false) or 2 (unknown) for every subject of ``table``.

    Args:
        predicate: parameters already substituted.
        attributes: at least those ``predicate`` reads.
        table: at least the attributes ``predicate`` reads, all of shape (n,).

    Returns:
        shape (n,).

    Raises:
        InvalidAgencyTable: the table lacks an attribute.
        InvalidPredicate: a parameter was not substituted.
    """
    return _evaluate(predicate, attributes, table).codes()


def classify(attribute: Attribute, values: Values) -> NDArray[np.int32]:
    """Return the class of every value; absence is class ``class_count``.

    In a closed world absence is the class of the value it stands for.
    """
    filled, known = fill(attribute, values)
    if attribute.bands:
        classes = np.searchsorted(np.array(attribute.bands), filled).astype(np.int32)
    else:
        classes = (filled - attribute.low).astype(np.int32)
    classes[~known] = attribute.class_count
    return classes


def fill(attribute: Attribute, values: Values) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Return the codes and where they are known, after closing the world where it is closed."""
    codes = values.codes.astype(np.int64)
    if attribute.absent is None:
        return codes, values.present
    return np.where(values.present, codes, attribute.absent), np.ones_like(values.present)


def _evaluate(
    predicate: Predicate, attributes: Mapping[AttributeName, Attribute], table: Table
) -> Truth:
    match predicate:
        case Comparison(left, operator, right):
            left_codes, left_known = _operand(left, attributes, table)
            right_codes, right_known = _operand(right, attributes, table)
            return _known(
                _COMPARE[operator](left_codes, right_codes),
                np.logical_and(left_known, right_known),
                _rows(table),
            )
        case Membership(operand, members):
            codes, known = _operand(operand, attributes, table)
            listed = [_operand(member, attributes, table)[0] for member in members]
            return _known(np.isin(codes, np.array(listed, dtype=np.int64)), known, _rows(table))
        case Constant(value):
            size = _rows(table)
            return Truth(np.full(size, value), np.full(size, not value))
        case Not(child):
            return _evaluate(child, attributes, table).negated()
        case All(children):
            return all_hold([_evaluate(child, attributes, table) for child in children])
        case Any(children):
            return any_holds([_evaluate(child, attributes, table) for child in children])


def _known(result: NDArray[np.bool_], known: NDArray[np.bool_], rows: int) -> Truth:
    # Two constants compare to a single value; every subject gets it.
    return Truth(
        np.broadcast_to(result & known, (rows,)), np.broadcast_to(~result & known, (rows,))
    )


def _operand(
    operand: Operand, attributes: Mapping[AttributeName, Attribute], table: Table
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    match operand:
        case AttributeOperand(name):
            return fill(attributes[name], column(table, name))
        case ConstantOperand(code):
            return np.asarray(code, dtype=np.int64), np.asarray(True)  # noqa: FBT003
        case ParameterOperand(name):
            raise InvalidPredicate(f"the parameter {name} has not been given its value")


def column(table: Table, name: AttributeName) -> Values:
    """Return an attribute of ``table``.

    Raises:
        InvalidAgencyTable: the table lacks it.
    """
    if name not in table:
        raise InvalidAgencyTable(
            f"there is no column for {name}", fix=f"map a column of the file to {name}"
        )
    return table[name]


def _rows(table: Table) -> int:
    return len(next(iter(table.values()))) if table else 0
