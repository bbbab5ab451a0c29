import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from matcher.core.binding import Domain, bound
from matcher.core.errors import InvalidConfiguration, InvalidKey, InvalidSignature
from matcher.identity.keys import (
    SEALING_KEY_BYTES,
    SealingKey,
    SigningKey,
    check_signing_key,
    sealing_public_key,
    verify_binding,
)


def test_a_signature_verifies_under_its_own_domain_only() -> None:
    key = SigningKey.generate()
    signature = key.sign(Domain.RUN_STATEMENT, b"payload")
    verify_binding(key.public_bytes, bound(Domain.RUN_STATEMENT, b"payload"), signature)
    with pytest.raises(InvalidSignature):
        verify_binding(key.public_bytes, bound(Domain.COLUMN_MANIFEST, b"payload"), signature)


@pytest.mark.parametrize("public", [b"", b"short", bytes(31), bytes(33)])
def test_a_malformed_public_key_verifies_nothing(public: bytes) -> None:
    signature = SigningKey.generate().sign(Domain.RUN_STATEMENT, b"payload")
    with pytest.raises(InvalidKey):
        verify_binding(public, bound(Domain.RUN_STATEMENT, b"payload"), signature)


@pytest.mark.parametrize(
    "y",
    [
        pytest.param("00" * 32, id="order 4"),
        pytest.param("01" + "00" * 31, id="neutral"),
        pytest.param(
            "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05", id="order 8"
        ),
        pytest.param(
            "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a", id="order 8 too"
        ),
        pytest.param("ec" + "ff" * 30 + "7f", id="order 2"),
        pytest.param("ed" + "ff" * 30 + "7f", id="order 4, not reduced"),
        pytest.param("ee" + "ff" * 30 + "7f", id="neutral, not reduced"),
    ],
)
def test_a_key_of_small_order_is_refused_with_either_sign(y: str) -> None:
    key = bytes.fromhex(y)
    for public in (key, key[:31] + bytes([key[31] | 0x80])):
        with pytest.raises(InvalidKey, match="small order"):
            check_signing_key(public)


def test_keys_come_back_from_their_files() -> None:
    signing, sealing = SigningKey.generate(), SealingKey.generate()
    assert SigningKey.from_pem(signing.to_pem()).public_bytes == signing.public_bytes
    again = SealingKey.from_private_bytes(sealing.to_private_bytes())
    assert again.public_bytes == sealing.public_bytes
    assert len(sealing.public_bytes) == SEALING_KEY_BYTES


def test_private_keys_do_not_show_themselves() -> None:
    signing, sealing = SigningKey.generate(), SealingKey.generate()
    assert repr(signing) == "SigningKey(<redacted>)"
    assert repr(sealing) == "SealingKey(<redacted>)"


def test_a_signing_key_of_another_kind_is_refused() -> None:
    pem = ec.generate_private_key(ec.SECP256R1()).private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
    )
    for data in (pem, b"no key", b""):
        with pytest.raises(InvalidConfiguration):
            SigningKey.from_pem(data)


def test_a_sealing_key_of_another_length_is_refused() -> None:
    for length in (0, 95, 97):
        with pytest.raises(InvalidConfiguration):
            SealingKey.from_private_bytes(bytes(length))


def test_a_public_sealing_key_must_have_its_length_and_reduced_coefficients() -> None:
    good = SealingKey.generate().public_bytes
    sealing_public_key(good)
    # Twelve bits of ones exceed the modulus 3329 of ML-KEM.
    for bad in (good[:-1], good + b"\x00", b"", b"\xff" * SEALING_KEY_BYTES):
        with pytest.raises(InvalidKey):
            sealing_public_key(bad)
