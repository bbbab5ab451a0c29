"""Which parameter set a plan gets.

Rules:
 * The cheapest set of the scheme that carries every output of the plan: correct in the worst case,
   and flooded; or the one that is asked for by name, if it does.
 * A plan that no set carries is refused before anybody encrypts anything.
"""

from __future__ import annotations

from collections.abc import Sequence

from matcher.core.circuit import Circuit, columns_of, largest_value
from matcher.core.errors import TooDeep
from matcher.core.lattice_parameters import PLAIN_MODULUS
from matcher.core.margins import margin_of
from matcher.core.parameters import Parameters


def choose_parameters(
    rows: Sequence[Parameters], circuits: Sequence[Circuit], columns: int
) -> Parameters:
    """Return the first of ``rows`` that carries every circuit of a plan.

    Args:
        rows: of one scheme, the cheapest first; at least one.
        circuits: one per output.
        columns: how many columns the plan has; circuits may read no others.

    Raises:
        TooDeep: no parameter set at 128-bit security keeps a worst-case flooded output correct,
            or a sum of misses could wrap around t and look like a hit.
    """
    for circuit in circuits:
        if not all(0 <= index < columns for index in columns_of(circuit)):
            raise ValueError("a circuit reads a column that the plan does not have")
        if largest_value(circuit) >= PLAIN_MODULUS:
            raise TooDeep(
                f"the predicate counts up to {largest_value(circuit)} misses, "
                f"and {PLAIN_MODULUS - 1} is the largest number a slot holds",
                fix="split the programme or use the enclave scheme",
            )
    for row in rows:
        if all(carries(row, circuit) for circuit in circuits):
            return row
    if len(rows) == 1:
        # Its own reason says more than that there is no other.
        for circuit in circuits:
            margin_of(rows[0], circuit)
    raise TooDeep(
        "no parameter set at 128-bit security carries it",
        fix="use fewer alternatives between agencies, fewer classes, or the enclave scheme, which "
        "evaluates it",
    )


def carried(rows: Sequence[Parameters], circuit: Circuit) -> bool:
    """Return whether one of ``rows`` meets the flooding criterion for ``circuit``."""
    return any(carries(row, circuit) for row in rows)


def carries(parameters: Parameters, circuit: Circuit) -> bool:
    """Return whether ``parameters`` meet the flooding criterion for ``circuit``."""
    try:
        margin_of(parameters, circuit)
    except TooDeep:
        return False
    return True
