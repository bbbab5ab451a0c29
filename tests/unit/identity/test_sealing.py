import pytest

from matcher.core.errors import DecryptionRefused, InvalidKey
from matcher.identity.keys import SealingKey
from matcher.identity.sealing import SEAL_OVERHEAD_BYTES, seal, unseal

INFO = b"info"


@pytest.fixture(scope="module")
def key() -> SealingKey:
    return SealingKey.generate()


@pytest.mark.parametrize("plaintext", [b"", b"a roster", bytes(100_000)])
def test_what_is_sealed_comes_back(key: SealingKey, plaintext: bytes) -> None:
    sealed = seal(key.public_bytes, INFO, plaintext)
    assert len(sealed) == len(plaintext) + SEAL_OVERHEAD_BYTES
    assert unseal(key, INFO, sealed) == plaintext


def test_every_failure_to_open_has_the_same_words(key: SealingKey) -> None:
    sealed = seal(key.public_bytes, INFO, b"a roster")
    attempts = {
        "other info": (key, b"other", sealed),
        "other key": (SealingKey.generate(), INFO, sealed),
        "cut": (key, INFO, sealed[:-1]),
        "extended": (key, INFO, sealed + b"\x00"),
        "empty": (key, INFO, b""),
        "only half an encapsulation": (key, INFO, sealed[:500]),
        "flipped encapsulation": (key, INFO, bytes([sealed[0] ^ 1]) + sealed[1:]),
        "flipped ciphertext": (key, INFO, sealed[:-20] + bytes([sealed[-20] ^ 1]) + sealed[-19:]),
        "X25519 share of small order": (key, INFO, sealed[:1088] + bytes(32) + sealed[1120:]),
    }
    words = set()
    for holder, info, data in attempts.values():
        with pytest.raises(DecryptionRefused) as refused:
            unseal(holder, info, data)
        words.add((str(refused.value), refused.value.__cause__))
    assert len(words) == 1


def test_two_seals_of_the_same_differ(key: SealingKey) -> None:
    assert seal(key.public_bytes, INFO, b"same") != seal(key.public_bytes, INFO, b"same")


def test_nothing_is_sealed_to_a_key_of_small_order(key: SealingKey) -> None:
    with pytest.raises(InvalidKey):
        seal(key.public_bytes[:1184] + bytes(32), INFO, b"a roster")
