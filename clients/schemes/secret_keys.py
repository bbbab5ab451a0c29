"""A requester's secret key under whatever scheme a run has: picks it, and loads no other."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from matcher.core.bfv_parameters import BfvParameters
from matcher.core.bgv_parameters import BgvParameters
from matcher.core.ckks_parameters import CkksParameters
from matcher.core.paillier_parameters import PaillierParameters
from matcher.core.parameters import Parameters
from matcher.core.scheme import Scheme
from matcher.schemes.installed import check_installed


class SecretKey(Protocol):
    """A homomorphic secret key for one run."""

    def public_key(self) -> bytes:
        """Return the public key as wire bytes."""
        ...

    def evaluation_key(self) -> bytes:
        """Return what products need, as wire bytes; only plans that multiply ask for it."""
        ...

    def decrypt(self, output: bytes) -> NDArray[np.uint64]:
        """Return the slots of one output chunk: 0 where the formula holds, else not 0.

        Raises:
            DecryptionRefused: whatever is wrong with it.
        """
        ...


def generate_secret_key(parameters: Parameters, nonce: bytes) -> SecretKey:
    """Return a fresh key for the run with ``nonce``.

    Raises:
        SchemeRefused: the scheme's library is not installed.
    """
    match parameters:
        case BgvParameters():
            from clients.schemes.bgv import BgvSecretKey  # noqa: PLC0415

            return BgvSecretKey.generate(parameters, nonce)
        case BfvParameters():
            from clients.schemes.bfv import BfvSecretKey  # noqa: PLC0415

            return BfvSecretKey.generate(parameters, nonce)
        case CkksParameters():
            from clients.schemes.ckks import CkksSecretKey  # noqa: PLC0415

            return CkksSecretKey.generate(parameters, nonce)
        case PaillierParameters():
            check_installed(Scheme.PAILLIER)
            from clients.schemes.paillier import PaillierSecretKey  # noqa: PLC0415

            return PaillierSecretKey.generate(parameters, nonce)
