"""What Paillier's scheme can carry: sums, exactly, and no product.

There is no noise. A mask is uniform modulo n among numbers that are not 0, and every value a
circuit can have is a unit modulo n, because n has no prime factor below t (``paillier_key_format``
checks that): so a masked miss is uniform, whatever it was.
"""

from __future__ import annotations

from matcher.core.circuit import (
    AtMost,
    Circuit,
    Miss,
    OneOf,
    Product,
    Sum,
    Unselected,
    multiplications_of,
)
from matcher.core.errors import TooDeep
from matcher.core.margin import Margin
from matcher.core.paillier_parameters import PaillierParameters

ONLY_ADDS = "Paillier's scheme adds encrypted answers and cannot multiply them"


def paillier_margin(parameters: PaillierParameters, circuit: Circuit) -> Margin:
    """Return that nothing but the verdict shows and nothing can go wrong.

    Raises:
        TooDeep: ``circuit`` multiplies; says what does.
    """
    del parameters
    multiplied = _first_product(circuit)
    if multiplied is not None:
        times = multiplications_of(multiplied)
        raise TooDeep(
            f"{ONLY_ADDS}, and {_described(multiplied)} takes "
            f"{times} multiplication{'' if times == 1 else 's'}"
        )
    return Margin(None, None)


def _first_product(circuit: Circuit) -> Product | AtMost | None:
    """Return the first part of ``circuit`` that multiplies."""
    match circuit:
        case Miss() | Unselected() | OneOf():
            return None
        case Sum(children):
            return next((one for one in map(_first_product, children) if one is not None), None)
        case Product() | AtMost():
            return circuit


def _described(circuit: Product | AtMost) -> str:
    match circuit:
        case Product(children):
            return f"a choice between {len(children)} alternatives"
        case AtMost(most, children):
            return f"letting up to {most} of {len(children)} conditions fail"
