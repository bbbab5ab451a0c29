"""Known attacks on the scheme, carried out; each has to fail but the one that says it does not."""

from __future__ import annotations

import gmpy2
import numpy as np
import pytest

from clients.schemes.paillier import PaillierEncryptor, PaillierSecretKey
from matcher.core.circuit import Miss, Sum
from matcher.core.errors import DecryptionRefused, InvalidCiphertext
from matcher.schemes import paillier
from matcher.schemes.paillier import PaillierEvaluator
from tests.paillier_run import (
    FIRST,
    NONCE,
    PARAMETERS,
    SECOND,
    SLOTS,
    chunk_of,
    columns,
    factors,
    modulus,
    numbers,
    opened,
    private_key,
    secret_key,
)

PAIR = Sum((Miss(0), Miss(1)))
N = int(modulus().n)
SQUARE = N * N
P, Q = factors()

# None of them is an encryption of anything, or it is one that everybody can read.
NO_CIPHERTEXTS = {
    "0": 0,
    "n": N,
    "n²": SQUARE,
    "-1": SQUARE - 1,
    "n² + 1": SQUARE + 1,
    "above n², a ciphertext modulo n²": SQUARE + (1 + N) * pow(2, N, SQUARE) % SQUARE,
    "the greatest of its length": (1 << 6144) - 1,
    "a multiple of n": 5 * N,
    "a multiple of one factor": 3 * P,
    "a multiple of the other's square": Q * Q,
    "1": 1,
    "an unblinded 1": 1 + N,
    "an unblinded number": 1 + 77 * N,
    "an unblinded number turned round": SQUARE - (1 + 77 * N) % SQUARE,
}


@pytest.fixture(scope="module")
def evaluator() -> PaillierEvaluator:
    return PaillierEvaluator(PARAMETERS, NONCE, secret_key().public_key())


def with_number(number: int, slot: int) -> bytes:
    """A column with ``number`` in ``slot``; as long as it is, it stays in its place."""
    ciphertexts = numbers(columns()[0])
    ciphertexts[slot] = number
    return chunk_of(ciphertexts)


@pytest.mark.parametrize("case", NO_CIPHERTEXTS)
@pytest.mark.parametrize("slot", [0, SLOTS - 1], ids=["first slot", "last slot"])
def test_no_evaluator_takes_what_is_no_ciphertext(case, slot, evaluator) -> None:
    forged = with_number(NO_CIPHERTEXTS[case], slot)
    for sent in ({0: forged, 1: columns()[1]}, {0: columns()[1], 1: forged}):
        with pytest.raises(InvalidCiphertext):
            evaluator.evaluate(PAIR, sent)


@pytest.mark.parametrize("case", NO_CIPHERTEXTS)
@pytest.mark.parametrize("slot", [0, SLOTS - 1], ids=["first slot", "last slot"])
def test_no_key_holder_decrypts_what_is_no_ciphertext(case, slot, monkeypatch) -> None:
    key = PaillierSecretKey(PARAMETERS, NONCE, private_key())
    seen: list[int] = []
    monkeypatch.setattr(key, "_private", _Watched(seen))
    with pytest.raises(DecryptionRefused) as refusal:
        key.decrypt(with_number(NO_CIPHERTEXTS[case], slot))
    assert str(refusal.value) == "a result cannot be opened"
    assert not seen


class _Watched:
    """phe's key as far as decryption goes: notes what it is shown."""

    def __init__(self, seen: list[int]) -> None:
        self._seen = seen

    def raw_decrypt(self, ciphertext: int) -> int:
        self._seen.append(ciphertext)
        return private_key().raw_decrypt(ciphertext)


@pytest.mark.parametrize("length", [-1, 1, 768, -768], ids=lambda by: f"{by:+} bytes")
def test_a_chunk_of_another_length_is_refused_on_both_sides(length, evaluator) -> None:
    column = (columns()[0] + bytes(768))[: PARAMETERS.ciphertext_bytes + length]
    with pytest.raises(InvalidCiphertext):
        evaluator.evaluate(Miss(0), {0: column})
    with pytest.raises(DecryptionRefused):
        secret_key().decrypt(column)


def test_phe_itself_decrypts_zero_and_gives_the_factors_away() -> None:
    """Why nothing reaches phe unchecked: 1 / Dec(0) is p + q."""
    answer = private_key().raw_decrypt(0)
    total = gmpy2.invert(answer, N)
    root = gmpy2.isqrt(total * total - 4 * N)
    assert {(total + root) // 2, (total - root) // 2} == {P, Q}
    for wrong in (N, SQUARE, SQUARE + 5):
        assert private_key().raw_decrypt(wrong) >= 0


def test_a_column_that_takes_another_back_opens_nothing(evaluator) -> None:
    # The inverse of somebody else's ciphertexts: the sum is an unblinded 0 in every slot.
    inverse = [int(gmpy2.invert(one, SQUARE)) for one in numbers(columns()[0])]
    output = evaluator.evaluate(PAIR, {0: columns()[0], 1: chunk_of(inverse)})
    assert opened(output) == [0] * SLOTS
    assert not {one % N for one in numbers(output)} & {1, N - 1}


def test_the_key_holder_cannot_recompute_a_mask_from_a_ciphertexts_randomness(
    evaluator, monkeypatch
) -> None:
    """Without the fresh power, c^mask has the randomness r^mask: who knows r can test a guess."""
    monkeypatch.setattr(paillier, "draw_nonzero", lambda *_: gmpy2.mpz(31))
    column = columns()[0]
    output = evaluator.evaluate(Miss(0), {0: column})
    assert opened(output) == [31 * int(miss) for miss in FIRST]
    for sent, released in zip(numbers(column), numbers(output), strict=True):
        assert released % N != pow(sent, 31, N)


def test_columns_of_another_run_decide_nothing() -> None:
    theirs = PaillierSecretKey.generate(PARAMETERS, NONCE)
    foreign = PaillierEncryptor(PARAMETERS, NONCE, theirs.public_key()).encrypt(0 * FIRST)
    evaluator = PaillierEvaluator(PARAMETERS, NONCE, secret_key().public_key())
    try:
        values = secret_key().decrypt(evaluator.evaluate(Miss(0), {0: foreign}))
    except InvalidCiphertext:
        # Their modulus is larger, and so is a number of theirs.
        return
    assert values.all()


def test_a_provider_and_the_requester_learn_how_many_others_missed(evaluator) -> None:
    """Not prevented: n is composite, and a number that is no miss asks each factor for itself."""
    # -1 modulo one factor, -2 modulo the other, of which only the requester can tell the provider.
    asking = int(-1 * Q * gmpy2.invert(Q, P) - 2 * P * gmpy2.invert(P, Q)) % N
    square = gmpy2.mpz(SQUARE)
    encrypted = [int((1 + asking * N) * pow(2 + slot, N, square) % square) for slot in range(SLOTS)]
    sent = {**columns(), 2: chunk_of(encrypted)}
    output = evaluator.evaluate(Sum((Miss(0), Miss(1), Miss(2))), sent)
    seen = [1 * (value % P == 0) + 2 * (value % Q == 0) for value in opened(output)]
    assert np.array_equal(seen, FIRST + SECOND)
