from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from matcher.core.bfv_parameters import BFV_SETS, BfvParameters
from matcher.core.errors import InvalidCiphertext, InvalidKey
from matcher.core.lattice_parameters import PRIMES_48, SPECIAL_PRIME
from matcher.schemes.tenseal_format import (
    SEAL_HEADER_BYTES,
    ciphertext_bytes,
    ciphertext_in,
    expanded,
    load_ciphertext,
    residues_in,
    ring,
    saved,
    vector_bytes,
)

PARAMETERS = BFV_SETS["bfv-8192-152"]


def uniform(primes: tuple[int, ...], polynomials: int = 2) -> np.ndarray:
    rng = np.random.default_rng(1)
    rows = [rng.integers(0, prime, (polynomials, 8192), dtype=np.uint64) for prime in primes]
    return np.stack(rows, axis=1)


@pytest.mark.parametrize("name", BFV_SETS)
@pytest.mark.parametrize("transformed", [False, True], ids=["coefficients", "transform"])
def test_residues_survive_seal_at_every_level(name: str, transformed: bool) -> None:  # noqa: FBT001
    ring_ = ring(BFV_SETS[name])
    assert ring_.last == len(ring_.parameters.primes) - 1
    for level, parms_id in enumerate(ring_.level_ids):
        residues = uniform(ring_.primes(level))
        data = ciphertext_bytes(ring_, residues, parms_id, transformed=transformed)
        ciphertext = load_ciphertext(ring_, data)
        assert ciphertext.is_ntt_form() == transformed
        assert tuple(ciphertext.parms_id()) == parms_id
        assert np.array_equal(residues_in(ring_, saved(ciphertext), level), residues)


def test_our_header_is_what_seal_writes_itself() -> None:
    ring_ = ring(PARAMETERS)
    residues = uniform(ring_.primes(0))
    data = ciphertext_bytes(ring_, residues, ring_.level_ids[0], transformed=False)
    written = saved(load_ciphertext(ring_, data))
    assert written[:5] == data[:5] == ring_.preamble[:5]
    assert int.from_bytes(data[8:16], "little") == len(data)
    assert expanded(written, len(data) - SEAL_HEADER_BYTES).tobytes() == data[SEAL_HEADER_BYTES:]


def test_seal_refuses_a_scale_that_bfv_does_not_have() -> None:
    ring_ = ring(PARAMETERS)
    residues = uniform(ring_.primes(0))
    data = ciphertext_bytes(ring_, residues, ring_.level_ids[0], transformed=False, scale=4.0)
    with pytest.raises(InvalidCiphertext):
        load_ciphertext(ring_, data)


WRONG = {
    "a third polynomial": lambda r: (uniform(r.primes(0), 3), r.level_ids[0], 0),
    "another level": lambda r: (uniform(r.primes(1)), r.level_ids[1], 0),
    "more primes than asked for": lambda r: (uniform(r.primes(0)), r.level_ids[0], 1),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_is_read_back_has_exactly_the_form_asked_for(case: str) -> None:
    ring_ = ring(PARAMETERS)
    residues, parms_id, level = WRONG[case](ring_)
    ciphertext = load_ciphertext(
        ring_, ciphertext_bytes(ring_, residues, parms_id, transformed=False)
    )
    with pytest.raises(InvalidCiphertext):
        residues_in(ring_, saved(ciphertext), level)


def test_seal_refuses_residues_out_of_range_in_its_own_words_never_shown() -> None:
    ring_ = ring(PARAMETERS)
    residues = uniform(ring_.primes(0))
    residues[1, 2, 3] = ring_.primes(0)[2]
    data = ciphertext_bytes(ring_, residues, ring_.level_ids[0], transformed=False)
    with pytest.raises(InvalidCiphertext, match="does not fit") as refusal:
        load_ciphertext(ring_, data)
    assert refusal.value.__cause__ is None


def test_a_vectors_message_is_read_as_it_is_written() -> None:
    for length in (1, 127, 128, 70000):
        ciphertext = np.random.default_rng(length).bytes(length)
        assert ciphertext_in(vector_bytes(ciphertext, 8192)) == ciphertext
        assert ciphertext_in(vector_bytes(ciphertext, 4096, 2.0**40)) == ciphertext
    with pytest.raises(ValueError, match="without a ciphertext"):
        ciphertext_in(b"\x0a\x02\x80\x40")


def test_parameters_that_seal_refuses_make_no_ring() -> None:
    twice = BfvParameters("twice", 8192, (PRIMES_48[0],) * 2, SPECIAL_PRIME, 65537)
    with pytest.raises(InvalidKey, match="twice"):
        ring(twice)


def test_a_file_in_memory_never_has_a_name_on_a_disk() -> None:
    seen = []

    class Recorded:
        def save(self, path: str) -> None:
            seen.append((path, Path(path).readlink()))
            Path(path).write_bytes(b"written")

    assert saved(Recorded()) == b"written"
    path, target = seen[0]
    assert path.startswith("/proc/self/fd/")
    assert str(target).startswith("/memfd:")
