"""Additions and multiplications as the libraries of the schemes do them, on columns as they arrive.

Our own interfaces go from wire bytes to wire bytes and never add or multiply alone. What is called
here is what the blind evaluators call inside: SEAL's evaluator for BGV and, by TenSEAL's SEAL-level
interface, for CKKS; TenSEAL's vectors for BFV; a product of GMP's numbers for Paillier.

Rules:
 * Columns are loaded before anything is timed; nothing is masked, blinded or packed.
 * A multiplication includes its relinearisation.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from matcher.core.bfv_parameters import BfvParameters
from matcher.core.bgv_parameters import BgvParameters
from matcher.core.ckks_parameters import CkksParameters
from matcher.core.paillier_parameters import PaillierParameters
from matcher.core.parameters import Parameters

Call: TypeAlias = Callable[[], object]


@dataclass(frozen=True, slots=True)
class PublicSide:
    """What a matcher has of a run.

    Attributes:
        parameters: of the run.
        nonce: of the run.
        public_key: as wire bytes.
        evaluation_key: as wire bytes; None where the parameters carry no product.
        columns: two column chunks as wire bytes.
    """

    parameters: Parameters
    nonce: bytes
    public_key: bytes
    evaluation_key: bytes | None
    columns: tuple[bytes, bytes]


def library_operations(public: PublicSide) -> Mapping[str, Call]:
    """Return ``add`` and, where the parameters carry one, ``multiply``, ready to be called."""
    match public.parameters:
        case BgvParameters() as parameters:
            return _bgv(public, parameters)
        case BfvParameters() as parameters:
            return _bfv(public, parameters)
        case CkksParameters() as parameters:
            return _ckks(public, parameters)
        case PaillierParameters() as parameters:
            return _paillier(public, parameters)


def _bgv(public: PublicSide, parameters: BgvParameters) -> Mapping[str, Call]:
    from matcher.schemes.bgv_format import ring, unpack_column  # noqa: PLC0415
    from matcher.schemes.bgv_key_format import unpack_evaluation_key  # noqa: PLC0415

    ring_ = ring(parameters)
    one, other = (unpack_column(ring_, column) for column in public.columns)
    calls: dict[str, Call] = {"add": lambda: ring_.evaluator.add(one, other)}
    if public.evaluation_key is not None:
        key = unpack_evaluation_key(ring_, public.evaluation_key)

        def multiply() -> object:
            product = ring_.evaluator.multiply(one, other)
            return ring_.evaluator.relinearize_inplace(product, key)

        calls["multiply"] = multiply
    return calls


def _bfv(public: PublicSide, parameters: BfvParameters) -> Mapping[str, Call]:
    from matcher.schemes.bfv_format import unpack_column  # noqa: PLC0415
    from matcher.schemes.tenseal_format import ring, vector_context  # noqa: PLC0415
    from matcher.schemes.tenseal_key_format import (  # noqa: PLC0415
        unpack_evaluation_key,
        unpack_public_key,
    )

    ring_, key = ring(parameters), public.evaluation_key
    context = vector_context(
        ring_,
        public_key=unpack_public_key(ring_, public.nonce, public.public_key),
        relinearisation_key=b"" if key is None else unpack_evaluation_key(ring_, key),
    )
    one, other = (unpack_column(ring_, context, column) for column in public.columns)
    calls: dict[str, Call] = {"add": lambda: one + other}
    if key is not None:
        # TenSEAL relinearises by itself.
        calls["multiply"] = lambda: one * other
    return calls


def _ckks(public: PublicSide, parameters: CkksParameters) -> Mapping[str, Call]:
    from tenseal import sealapi  # noqa: PLC0415

    from matcher.schemes.ckks_format import unpack_column  # noqa: PLC0415
    from matcher.schemes.tenseal_format import load_into, ring  # noqa: PLC0415
    from matcher.schemes.tenseal_key_format import unpack_evaluation_key  # noqa: PLC0415

    ring_, scale = ring(parameters), 1 << parameters.scale_bits
    one, other = (unpack_column(ring_, column, scale) for column in public.columns)
    result = sealapi.Ciphertext()
    calls: dict[str, Call] = {"add": lambda: ring_.evaluator.add(one, other, result)}
    if public.evaluation_key is not None:
        key = sealapi.RelinKeys()
        load_into(ring_, key, unpack_evaluation_key(ring_, public.evaluation_key))

        def multiply() -> object:
            product = sealapi.Ciphertext()
            ring_.evaluator.multiply(one, other, product)
            return ring_.evaluator.relinearize_inplace(product, key)

        calls["multiply"] = multiply
    return calls


def _paillier(public: PublicSide, parameters: PaillierParameters) -> Mapping[str, Call]:
    from matcher.schemes.paillier_format import unpack_ciphertexts  # noqa: PLC0415
    from matcher.schemes.paillier_key_format import unpack_public_key  # noqa: PLC0415

    modulus = unpack_public_key(parameters, public.nonce, public.public_key)
    one, other = (
        unpack_ciphertexts(modulus, parameters.slots, column) for column in public.columns
    )
    square = modulus.square
    return {"add": lambda: [a * b % square for a, b in zip(one, other, strict=True)]}
