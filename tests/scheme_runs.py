"""Both sides of a homomorphic scheme under one key, whatever the scheme, for tests of meaning.

Keys are kept for all tests of a process: what is tested with them is what comes out, not the key.

Rules:
 * Lattice schemes have the parameters of the plan.
 * A Paillier key is a small one, which computes the same many times as fast, and a chunk has as
   many slots as there are subjects. Real moduli are for the tests of the scheme, of the harness and
   for a campaign.
 * What a scheme refuses, it refuses because it cannot carry the circuit: ``must_refuse`` says when.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from hypothesis import settings
from numpy.typing import NDArray

from clients.schemes.encryptors import Encryptor, encryptor
from clients.schemes.secret_keys import SecretKey, generate_secret_key
from matcher.core.circuit import Circuit, depth_of
from matcher.core.paillier_parameters import PaillierParameters
from matcher.core.parameters import Parameters
from matcher.core.plan import Plan, decisions_from
from matcher.core.scheme import Scheme
from matcher.schemes.blind import BlindEvaluator, blind_evaluator

HOMOMORPHIC = (Scheme.BGV, Scheme.BFV, Scheme.CKKS, Scheme.PAILLIER)
NONCE = bytes(range(32))
CAMPAIGN = settings.default.max_examples > 1000
SMALL_MODULUS_BITS = 512
_KEYS = 24


@dataclass(frozen=True)
class SchemeRun:
    """A run's secret key and both sides of the scheme under it."""

    secret: SecretKey
    encryptor: Encryptor
    evaluator: BlindEvaluator


@lru_cache(maxsize=_KEYS)
def run_of(parameters: Parameters, number: int = 0) -> SchemeRun:  # noqa: ARG001 - part of the key
    """Return a run under ``parameters``, the same for the same ``number``."""
    secret = generate_secret_key(parameters, NONCE)
    public, relinearisation = secret.public_key(), secret.evaluation_key() or None
    return SchemeRun(
        secret,
        encryptor(parameters, NONCE, public),
        blind_evaluator(parameters, NONCE, public, relinearisation),
    )


def decided(
    plan: Plan, columns: Mapping[int, NDArray[np.uint8]], number: int = 0
) -> NDArray[np.uint8]:
    """Return what comes out of ``columns``, encrypted, shape (subjects,).

    Args:
        plan: of a homomorphic scheme.
        columns: by number, each of shape (subjects,), at most as many as a chunk has slots.
        number: of the key.
    """
    assert plan.parameters is not None
    subjects = len(next(iter(columns.values())))
    parameters = in_tests(plan.parameters, subjects)
    run = run_of(parameters, number)
    encrypted = {
        column: run.encryptor.encrypt(np.pad(bits, (0, parameters.slots - subjects)))
        for column, bits in columns.items()
    }
    outputs = [run.secret.decrypt(run.evaluator.evaluate(c, encrypted)) for c in plan.circuits]
    return decisions_from(plan, outputs)[:subjects]


def in_tests(parameters: Parameters, subjects: int) -> Parameters:
    """Return ``parameters`` as tests use them for so many subjects."""
    if not isinstance(parameters, PaillierParameters):
        return parameters
    fitted = replace(parameters, slots=subjects)
    if not CAMPAIGN:
        # Behind the back of the class, which rightly has no set with so small a modulus.
        object.__setattr__(fitted, "modulus_bits", SMALL_MODULUS_BITS)
    return fitted


def must_refuse(scheme: Scheme, circuits: Sequence[Circuit]) -> bool:
    """Return whether ``scheme`` cannot carry a plan with these circuits.

    BGV and BFV carry every plan of the vectors and of what ships with the package.
    """
    match scheme:
        case Scheme.PAILLIER:
            return any(depth_of(circuit) for circuit in circuits)
        case Scheme.CKKS:
            return any(depth_of(circuit) > 1 for circuit in circuits)
        case _:
            return False
