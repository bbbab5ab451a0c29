"""Which parameter set a plan gets.

Rules:
 * The cheapest set that carries every output of the plan: correct in the worst case, and flooded.
 * A plan that no set carries is refused before anybody encrypts anything.
"""

from __future__ import annotations

from collections.abc import Sequence

from matcher.core.circuit import Circuit, columns_of, largest_value
from matcher.core.errors import TooDeep
from matcher.core.noise import output_noise
from matcher.core.parameters import PARAMETER_SETS, PLAIN_MODULUS, BgvParameters


def choose_parameters(circuits: Sequence[Circuit], columns: int) -> BgvParameters:
    """Return the cheapest parameter set that carries every circuit of a plan.

    Args:
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
    for row in PARAMETER_SETS.values():
        if all(carries(row, circuit) for circuit in circuits):
            return row
    raise TooDeep(
        "no parameter set at 128-bit security carries it",
        fix="use fewer alternatives between agencies, fewer classes, or the enclave scheme, which "
        "evaluates it",
    )


def carried(circuit: Circuit) -> bool:
    """Return whether some parameter set meets the flooding criterion for ``circuit``."""
    return any(carries(row, circuit) for row in PARAMETER_SETS.values())


def carries(parameters: BgvParameters, circuit: Circuit) -> bool:
    """Return whether ``parameters`` meet the flooding criterion for ``circuit``."""
    try:
        output_noise(parameters, circuit)
    except TooDeep:
        return False
    return True
