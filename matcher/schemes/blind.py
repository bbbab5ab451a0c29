"""The blind side of whatever scheme a run has: picks it, and loads no other.

Rules:
 * A scheme's library is loaded when the first run or warm-up asks for it: a matcher that offers
   BGV only never has another one in memory.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from matcher.core.bfv_parameters import BfvParameters
from matcher.core.bgv_parameters import BgvParameters
from matcher.core.circuit import Circuit
from matcher.core.ckks_parameters import CkksParameters
from matcher.core.paillier_parameters import PaillierParameters
from matcher.core.parameters import Parameters
from matcher.core.scheme import Scheme
from matcher.schemes.installed import check_installed


class BlindEvaluator(Protocol):
    """Evaluates the outputs of one run under its public keys; cannot decrypt."""

    def evaluate(self, circuit: Circuit, columns: Mapping[int, bytes]) -> bytes:
        """Return one output of one chunk, safe to release, as wire bytes.

        Args:
            circuit: an output of the plan.
            columns: column chunks as wire bytes, at least those that ``circuit`` reads.

        Raises:
            InvalidCiphertext: a column does not fit the parameters.
            InvalidKey: the circuit multiplies and there is no key to do it with.
            TooDeep: the parameters do not carry the circuit; the plan would have said so.
        """
        ...


def blind_evaluator(
    parameters: Parameters, nonce: bytes, public_key: bytes, evaluation_key: bytes | None = None
) -> BlindEvaluator:
    """Return an evaluator for the run with ``nonce``, for one process and thread.

    Raises:
        InvalidKey: a key is not the prescribed one or does not fit the parameters.
        SchemeRefused: the scheme's library is not installed.
    """
    match parameters:
        case BgvParameters():
            from matcher.schemes.bgv import BgvEvaluator  # noqa: PLC0415

            return BgvEvaluator(parameters, nonce, public_key, evaluation_key)
        case BfvParameters():
            from matcher.schemes.bfv import BfvEvaluator  # noqa: PLC0415

            return BfvEvaluator(parameters, nonce, public_key, evaluation_key)
        case CkksParameters():
            from matcher.schemes.ckks import CkksEvaluator  # noqa: PLC0415

            return CkksEvaluator(parameters, nonce, public_key, evaluation_key)
        case PaillierParameters():
            check_installed(Scheme.PAILLIER)
            from matcher.schemes.paillier import PaillierEvaluator  # noqa: PLC0415

            return PaillierEvaluator(parameters, nonce, public_key)
