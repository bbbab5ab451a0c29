"""What a process does once, ahead of its first run, so that the run does not wait for it.

Rules:
 * Only the schemes it will be asked for are loaded.
"""

from __future__ import annotations

from collections.abc import Iterable

from matcher.core.bfv_parameters import BFV_SETS
from matcher.core.bgv_parameters import BGV_SETS
from matcher.core.ckks_parameters import CKKS_SETS
from matcher.core.scheme import Scheme


def warm(schemes: Iterable[Scheme]) -> None:
    """Load the libraries of ``schemes`` and make what their parameter sets share."""
    for scheme in schemes:
        if scheme is Scheme.BGV:
            from matcher.schemes.bgv_format import ring  # noqa: PLC0415

            for parameters in BGV_SETS.values():
                ring(parameters)
        elif scheme is Scheme.BFV:
            from matcher.schemes import tenseal_format  # noqa: PLC0415

            for row in BFV_SETS.values():
                tenseal_format.ring(row)
        elif scheme is Scheme.CKKS:
            from matcher.schemes import ckks_format  # noqa: PLC0415

            for one in CKKS_SETS.values():
                ckks_format.encoder(one)
        elif scheme is Scheme.PAILLIER:
            from matcher.schemes import paillier_key_format  # noqa: PLC0415

            paillier_key_format.small_primes()
