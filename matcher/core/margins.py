"""What the planner knows of an output under given parameters before anybody encrypts anything.

Rules:
 * Everything is bounded in the worst case; a plan that does not fit is refused here.
"""

from __future__ import annotations

from collections.abc import Sequence

from matcher.core.bfv_noise import bfv_margin
from matcher.core.bfv_parameters import BfvParameters
from matcher.core.bgv_noise import bgv_margin
from matcher.core.bgv_parameters import BgvParameters
from matcher.core.circuit import Circuit
from matcher.core.ckks_noise import ckks_margin
from matcher.core.ckks_parameters import CkksParameters
from matcher.core.margin import Margin
from matcher.core.paillier_margin import paillier_margin
from matcher.core.paillier_parameters import PaillierParameters
from matcher.core.parameters import Parameters


def least_margin(parameters: Parameters, circuits: Sequence[Circuit]) -> Margin:
    """Return the least that is known of any output of ``circuits`` under ``parameters``.

    Raises:
        TooDeep: ``parameters`` do not carry one of them.
    """
    margins = [margin_of(parameters, circuit) for circuit in circuits]
    hiding = [one.hiding_bits for one in margins if one.hiding_bits is not None]
    spare = [one.spare_bits for one in margins if one.spare_bits is not None]
    return Margin(min(hiding, default=None), min(spare, default=None))


def margin_of(parameters: Parameters, circuit: Circuit) -> Margin:
    """Return what is known of an output of ``circuit`` under ``parameters``.

    Raises:
        TooDeep: ``parameters`` do not carry ``circuit``.
    """
    match parameters:
        case BgvParameters():
            return bgv_margin(parameters, circuit)
        case BfvParameters():
            return bfv_margin(parameters, circuit)
        case CkksParameters():
            return ckks_margin(parameters, circuit)
        case PaillierParameters():
            return paillier_margin(parameters, circuit)
