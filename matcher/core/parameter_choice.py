"""Which parameter set a plan gets, and why none carries it.

Rules:
 * The cheapest set of the scheme that carries every output of the plan: correct in the worst case,
   and hidden as its scheme promises; or the one that is asked for by name, if it does.
 * A plan that no set carries is refused before anybody encrypts anything: with the scheme's own
   reason, and with what carries it instead.
 * CKKS is never advised: it is for research, and hides less.
"""

from __future__ import annotations

from collections.abc import Sequence

from matcher.core.circuit import Circuit, columns_of, depth_of, largest_value
from matcher.core.errors import TooDeep
from matcher.core.lattice_parameters import PLAIN_MODULUS
from matcher.core.margins import margin_of
from matcher.core.parameters import Parameters, parameter_sets
from matcher.core.scheme import Scheme

_ADVISED = (Scheme.BGV, Scheme.BFV, Scheme.PAILLIER)
_ENCLAVE = f"the {Scheme.ENCLAVE.value} scheme, which evaluates it"


def choose_parameters(
    rows: Sequence[Parameters], circuits: Sequence[Circuit], columns: int
) -> Parameters:
    """Return the first of ``rows`` that carries every circuit of a plan.

    Args:
        rows: of one scheme, the cheapest first; at least one.
        circuits: one per output.
        columns: how many columns the plan has; circuits may read no others.

    Raises:
        TooDeep: none does, or a sum of misses could wrap around t and look like a hit.
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
    row = _first(rows, circuits)
    if row is None:
        raise TooDeep(_reason(rows, circuits), fix=_advice(rows, circuits))
    return row


def carried(rows: Sequence[Parameters], circuit: Circuit) -> bool:
    """Return whether one of ``rows`` carries ``circuit``."""
    return _first(rows, [circuit]) is not None


def carries(parameters: Parameters, circuit: Circuit) -> bool:
    """Return whether ``parameters`` carry ``circuit``."""
    return not _obstacle(parameters, circuit)


def why_not(rows: Sequence[Parameters], circuit: Circuit) -> str:
    """Return why none of ``rows`` carries ``circuit``, as its scheme says it."""
    return _reason(rows, [circuit])


def _first(rows: Sequence[Parameters], circuits: Sequence[Circuit]) -> Parameters | None:
    return next((row for row in rows if all(carries(row, one) for one in circuits)), None)


def _obstacle(parameters: Parameters, circuit: Circuit) -> str:
    """Return why ``parameters`` do not carry ``circuit``; empty if they do."""
    try:
        margin_of(parameters, circuit)
    except TooDeep as error:
        return error.what
    return ""


def _reason(rows: Sequence[Parameters], circuits: Sequence[Circuit]) -> str:
    """Return what the roomiest of ``rows`` that has a reason says; every one has."""
    row, obstacle = next(
        (row, obstacle)
        for row in reversed(rows)
        for circuit in circuits
        if (obstacle := _obstacle(row, circuit))
    )
    if len(parameter_sets(row.scheme)) == 1:
        # Its reason says more than that there is no other set.
        return obstacle
    if len(rows) == 1:
        return f"the parameter set {row.name} does not carry it: {obstacle}"
    return f"no parameter set of {row.scheme.value} at 128-bit security carries it: {obstacle}"


def _advice(rows: Sequence[Parameters], circuits: Sequence[Circuit]) -> str:
    """Return which sets or schemes carry ``circuits`` with the same columns."""
    scheme = rows[0].scheme
    own = _first(parameter_sets(scheme), circuits)
    if own is not None:
        return f"leave the parameter set out, or use {own.name}"
    others = [
        other.value
        for other in _ADVISED
        if other is not scheme and _first(parameter_sets(other), circuits) is not None
    ]
    if others:
        return f"use the scheme {' or '.join(others)}, or {_ENCLAVE}"
    multiplies = any(depth_of(circuit) for circuit in circuits)
    fewer = "fewer alternatives between agencies" if multiplies else "fewer conditions"
    return f"use {fewer}, fewer classes, or {_ENCLAVE}"
