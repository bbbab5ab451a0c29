"""What Paillier's scheme can carry: sums, exactly, and no product.

There is no noise. A mask is uniform modulo n among numbers that are not 0, and every value a
circuit can have is a unit modulo n, because n has no prime factor below t (``paillier_format``
checks that): so a masked miss is uniform, whatever it was.
"""

from __future__ import annotations

from matcher.core.circuit import Circuit, depth_of
from matcher.core.errors import TooDeep
from matcher.core.margin import Margin
from matcher.core.paillier_parameters import PaillierParameters


def paillier_margin(parameters: PaillierParameters, circuit: Circuit) -> Margin:
    """Return that nothing but the verdict shows and nothing can go wrong.

    Raises:
        TooDeep: ``circuit`` multiplies.
    """
    del parameters
    if depth_of(circuit):
        raise TooDeep("Paillier's scheme adds and does not multiply")
    return Margin(None, None)
