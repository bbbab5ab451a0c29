"""A provider's encryption under whatever scheme a run has: picks it, and loads no other."""

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


class Encryptor(Protocol):
    """Encrypts columns under one run's public key."""

    def encrypt(self, values: NDArray[np.uint8]) -> bytes:
        """Return one chunk of one column, encrypted, as wire bytes.

        Args:
            values: 0 or 1 for every slot, shape (slots,).
        """
        ...

    def prepare(self) -> bool:
        """Do a little of what later encryptions need; False where nothing is to be done ahead."""
        ...


def encryptor(parameters: Parameters, nonce: bytes, public_key: bytes) -> Encryptor:
    """Return an encryptor under the public key of the run with ``nonce``.

    Raises:
        InvalidKey: wrong length or range, or a key that protects nothing.
        SchemeRefused: the scheme's library is not installed.
    """
    match parameters:
        case BgvParameters():
            from clients.schemes.bgv import BgvEncryptor  # noqa: PLC0415

            return BgvEncryptor(parameters, nonce, public_key)
        case BfvParameters():
            from clients.schemes.bfv import BfvEncryptor  # noqa: PLC0415

            return BfvEncryptor(parameters, nonce, public_key)
        case CkksParameters():
            from clients.schemes.ckks import CkksEncryptor  # noqa: PLC0415

            return CkksEncryptor(parameters, nonce, public_key)
        case PaillierParameters():
            check_installed(Scheme.PAILLIER)
            from clients.schemes.paillier import PaillierEncryptor  # noqa: PLC0415

            return PaillierEncryptor(parameters, nonce, public_key)
