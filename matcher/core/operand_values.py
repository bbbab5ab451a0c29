"""What attributes, and amounts computed from them, are worth for every subject of a table.

Rules:
 * A computed amount is unknown where anything it is computed from is.
 * Amounts are computed in 64 bits, and only after it is clear that they cannot overflow; plain
   attributes are not copied.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from matcher.core.catalogue import Attribute
from matcher.core.elapsed import elapsed
from matcher.core.errors import InvalidAgencyTable, InvalidPredicate
from matcher.core.identifiers import AttributeName
from matcher.core.predicate import (
    Arithmetic,
    AttributeOperand,
    Computed,
    ConstantOperand,
    Elapsed,
    Extreme,
    Extremum,
    Lookup,
    Operand,
    ParameterOperand,
)
from matcher.core.ranges import range_of
from matcher.core.table import Table, Values

Codes: TypeAlias = NDArray[np.integer]
Known: TypeAlias = NDArray[np.bool_] | bool

_COMPUTE: Mapping[Arithmetic, Callable[[Codes, Codes], Codes]] = {
    Arithmetic.PLUS: np.add,
    Arithmetic.MINUS: np.subtract,
    Arithmetic.TIMES: np.multiply,
}


def values_of(
    operand: Operand, attributes: Mapping[AttributeName, Attribute], table: Table
) -> tuple[Codes | int, Known]:
    """Return what ``operand`` is worth and where that is known.

    Args:
        operand: parameters, tables and the reference date substituted.
        attributes: at least those it reads.
        table: at least the attributes it reads, all of shape (n,).

    Returns:
        each of shape (n,), or one number and truth where it is the same for everybody.

    Raises:
        InvalidAgencyTable: the table lacks an attribute.
        InvalidPredicate: as ``range_of``.
    """
    match operand:
        case AttributeOperand(name):
            return fill(attributes[name], column(table, name))
        case ConstantOperand(code):
            return code, True
        case ParameterOperand(name):
            raise InvalidPredicate(f"the parameter {name} has not been given its value")
        case _:
            range_of(operand, attributes)
            return _amount(operand, attributes, table)


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


def fill(attribute: Attribute, values: Values) -> tuple[NDArray[np.int32], NDArray[np.bool_]]:
    """Return the codes and where they are known, after closing the world where it is closed."""
    if attribute.absent is None:
        return values.codes, values.present
    filled = np.where(values.present, values.codes, np.int32(attribute.absent))
    return filled, np.ones_like(values.present)


def _amount(
    operand: Operand, attributes: Mapping[AttributeName, Attribute], table: Table
) -> tuple[Codes, Known]:
    match operand:
        case Computed(operator, left, right):
            left_codes, left_known = _amount(left, attributes, table)
            right_codes, right_known = _amount(right, attributes, table)
            return _COMPUTE[operator](left_codes, right_codes), left_known & right_known
        case Extremum(extreme, operands):
            choose = np.minimum if extreme is Extreme.LEAST else np.maximum
            codes, known = _amount(operands[0], attributes, table)
            for part in operands[1:]:
                part_codes, part_known = _amount(part, attributes, table)
                codes, known = choose(codes, part_codes), known & part_known
            return codes, known
        case Lookup(_, index, first, entries):
            codes, known = _amount(index, attributes, table)
            # What stands in for an absent value may point anywhere; it counts nowhere.
            return np.take(np.array(entries, dtype=np.int64), codes - first, mode="clip"), known
        case Elapsed(unit, since, int() as until):
            codes, known = _amount(since, attributes, table)
            return elapsed(unit, codes, until), known
        case _:
            plain, known = values_of(operand, attributes, table)
            return np.asarray(plain, dtype=np.int64), known
