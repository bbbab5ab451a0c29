"""Whoever adds an imaginary part to what is masked, and what the requester then sees of the rest.

A slot of CKKS holds a complex number. A mask that is real keeps its angle, and with it the
proportion of what was added to what others missed, whatever the mask. So a mask has a random angle.
"""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from clients.schemes.ckks import CkksEncryptor
from matcher.core.circuit import Miss, Sum
from matcher.core.ckks_parameters import CKKS_SETS
from matcher.core.packing import pack, unpack
from matcher.schemes.ckks import CkksEvaluator
from matcher.schemes.ckks_format import pack_column
from tests.ckks_runs import NONCE, Run, run_of

LINEAR = next(iter(CKKS_SETS))
PARAMETERS = CKKS_SETS[LINEAR]
MOST = 4


@pytest.fixture(scope="module")
def missed() -> NDArray[np.int64]:
    """How many of four conditions of other agencies everybody in the chunk misses."""
    return np.random.default_rng(3).integers(1, MOST + 1, PARAMETERS.slots)


@pytest.fixture(scope="module")
def seen(missed: NDArray[np.int64]) -> NDArray[np.complex128]:
    """What the requester decrypts when a provider sends i in every slot."""
    run = run_of(LINEAR)
    others = {index: (missed > index).astype(np.uint8) for index in range(MOST)}
    columns = run.encrypt(others) | {MOST: imaginary(run)}
    circuit = Sum(tuple(map(Miss, range(MOST + 1))))
    return run.values(run.evaluator().evaluate(circuit, columns))


def imaginary(run: Run) -> bytes:
    """A column of i in every slot: X^(n/2), because ζ^(3^j·n/2) is ±i."""
    constant = np.zeros((len(PARAMETERS.primes), PARAMETERS.degree), dtype=np.uint64)
    half = PARAMETERS.degree // 2
    constant[:, half] = [(1 << PARAMETERS.scale_bits) % prime for prime in PARAMETERS.primes]
    encrypted = run.encryptor._encryption.encrypt(constant, float(1 << PARAMETERS.scale_bits))
    return pack_column(run.holder.ring, encrypted)


def test_a_provider_and_the_requester_do_not_learn_from_the_angle_how_many_others_missed(
    seen: NDArray[np.complex128], missed: NDArray[np.int64]
) -> None:
    """Under a real mask, real part through imaginary part is the number of misses."""
    guessed = np.abs(seen.real / seen.imag).round()
    # An angle that is uniform gives the right one now and then.
    assert (guessed == missed).mean() < 0.3
    angles = [np.abs(np.angle(seen[missed == count])) for count in range(1, MOST + 1)]
    for one in angles:
        assert np.histogram(one, 4, (0, np.pi))[0].min() > one.size / 6


def test_what_is_left_is_the_size(seen: NDArray[np.complex128], missed: NDArray[np.int64]) -> None:
    """It hides as little as it does without the provider: by log2 of the proportion through b."""
    sizes = np.log2(np.abs(seen))
    least, most = (sizes[missed == count].mean() for count in (1, MOST))
    assert abs(most - least) < 4
    assert sizes.max() < PARAMETERS.mask_bits + np.log2(MOST + 1)


def slanted(run: Run, strength: float) -> bytes:
    """A public key with an error so large that encryption adds its own randomness to slots."""
    parameters = PARAMETERS
    first = unpack(run.public_key, 1, parameters.key_primes, parameters.degree)[0]
    # A slot of a ternary polynomial is this large; SEAL divides by the special prime.
    usual = np.sqrt(parameters.degree * 2 / 3)
    error = int(strength * 2**parameters.scale_bits / usual) * parameters.special_prime
    for row, prime in zip(first, parameters.key_primes, strict=True):
        row[:] = (row + np.uint64(error % prime)) % np.uint64(prime)
    return pack(first[np.newaxis], parameters.key_primes)


def test_a_malformed_key_does_not_show_by_the_angle_how_many_conditions_were_missed() -> None:
    """What encryption adds is complex: the more was missed, the less a real mask's value leans."""
    run = run_of(LINEAR)
    key = slanted(run, 0.3)
    encryptor, evaluator = (
        CkksEncryptor(PARAMETERS, NONCE, key),
        CkksEvaluator(PARAMETERS, NONCE, key),
    )
    ones = np.ones(PARAMETERS.slots, dtype=np.uint8)
    leaning = []
    for second in (0 * ones, ones):
        columns = {0: encryptor.encrypt(ones), 1: encryptor.encrypt(second)}
        values = run.values(evaluator.evaluate(Sum((Miss(0), Miss(1))), columns))
        leaning.append(np.abs(np.angle(values**2)))
    once, twice = leaning
    # The best test of one angle under a real mask has an advantage of a third.
    assert abs((once < 0.5).mean() - (twice < 0.5).mean()) < 0.04
