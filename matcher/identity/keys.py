"""The two private keys of an agency that are not its TLS key: one signs, one opens seals.

The module decides how keys are held and stored. What a signature or a seal is bound to is decided
in ``matcher.core.binding``.

Rules:
 * A private key never shows itself: not in ``repr``, not in an error.
 * Ed25519 (RFC 8032) signs; every signature covers a domain, so that it means nothing elsewhere.
 * The sealing key is an HPKE key pair of ML-KEM-768 with X25519: recorded traffic stays closed to
   whoever owns a quantum computer later.
 * Public keys travel as raw bytes and are checked for form when they are used.
"""

from __future__ import annotations

from typing import Final

from cryptography.exceptions import InvalidSignature as CryptographyInvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey, MLKEM768PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import MLKEM768X25519PrivateKey, MLKEM768X25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from matcher.core.binding import Domain, bound
from matcher.core.errors import InvalidConfiguration, InvalidKey, InvalidSignature

SIGNING_KEY_BYTES: Final = 32
SIGNATURE_BYTES: Final = 64
ENCAPSULATION_KEY_BYTES: Final = 1184
SEALING_KEY_BYTES: Final = ENCAPSULATION_KEY_BYTES + 32
ENCAPSULATION_SEED_BYTES: Final = 64
SEALING_PRIVATE_BYTES: Final = ENCAPSULATION_SEED_BYTES + 32

_FIELD: Final = 2**255 - 19
_ORDER_8: Final = int.from_bytes(
    bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"), "little"
)
# The y coordinates, reduced or not, of the points of edwards25519 whose order divides 8. Signatures
# under such a key can be made without a private key, to fit nearly any message.
_SMALL_ORDER: Final = frozenset(
    y.to_bytes(32, "little")
    for y in (0, 1, _ORDER_8, _FIELD - _ORDER_8, _FIELD - 1, _FIELD, _FIELD + 1)
)


class SigningKey:
    """An Ed25519 private key."""

    __slots__ = ("_key", "public_bytes")

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key = key
        self.public_bytes: Final[bytes] = key.public_key().public_bytes_raw()

    def __repr__(self) -> str:
        return "SigningKey(<redacted>)"

    @classmethod
    def generate(cls) -> SigningKey:
        """Return a fresh key from the operating system's randomness."""
        return cls(Ed25519PrivateKey.generate())

    @classmethod
    def from_pem(cls, pem: bytes) -> SigningKey:
        """Read an unencrypted PKCS #8 key.

        Raises:
            InvalidConfiguration: it is not an Ed25519 private key.
        """
        try:
            key = load_pem_private_key(pem, password=None)
        except (ValueError, TypeError):
            key = None
        if not isinstance(key, Ed25519PrivateKey):
            raise InvalidConfiguration(
                "this is not an unencrypted Ed25519 private key in PEM",
                fix="restore the file, or issue the identity again",
            )
        return cls(key)

    def to_pem(self) -> bytes:
        """Return the key as unencrypted PKCS #8; whoever reads it can sign as this agency."""
        return self._key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())

    def sign(self, domain: Domain, payload: bytes) -> bytes:
        """Return the signature over ``payload`` under ``domain``, 64 bytes."""
        return self._key.sign(bound(domain, payload))

    def sign_binding(self, binding: bytes) -> bytes:
        """Return the signature over bytes that ``matcher.core.binding`` has made, 64 bytes."""
        return self._key.sign(binding)


def check_signing_key(public_key: bytes) -> None:
    """Check that only the holder of a private key can sign under ``public_key``.

    Raises:
        InvalidKey: it is not 32 bytes, or a point of small order, whose author could later deny
            every signature.
    """
    if len(public_key) != SIGNING_KEY_BYTES:
        raise InvalidKey(f"a signing key is {SIGNING_KEY_BYTES} bytes")
    if public_key[:31] + bytes([public_key[31] & 0x7F]) in _SMALL_ORDER:
        raise InvalidKey("the signing key is a point of small order")


def verify_binding(public_key: bytes, binding: bytes, signature: bytes) -> None:
    """Check an Ed25519 signature over bytes that ``matcher.core.binding`` has made.

    Raises:
        InvalidSignature: it is not one, by this key.
        InvalidKey: nothing can be said about signatures under this key.
    """
    check_signing_key(public_key)
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, binding)
    except (ValueError, CryptographyInvalidSignature):
        raise InvalidSignature("the signature does not verify") from None


class SealingKey:
    """An HPKE private key for MLKEM768-X25519."""

    __slots__ = ("_encapsulation", "_exchange", "hpke", "public_bytes")

    def __init__(self, encapsulation: MLKEM768PrivateKey, exchange: X25519PrivateKey) -> None:
        self._encapsulation = encapsulation
        self._exchange = exchange
        self.hpke: Final = MLKEM768X25519PrivateKey(encapsulation, exchange)
        self.public_bytes: Final[bytes] = (
            encapsulation.public_key().public_bytes_raw() + exchange.public_key().public_bytes_raw()
        )

    def __repr__(self) -> str:
        return "SealingKey(<redacted>)"

    @classmethod
    def generate(cls) -> SealingKey:
        """Return a fresh key from the operating system's randomness."""
        return cls(MLKEM768PrivateKey.generate(), X25519PrivateKey.generate())

    @classmethod
    def from_private_bytes(cls, data: bytes) -> SealingKey:
        """Read what ``to_private_bytes`` wrote.

        Raises:
            InvalidConfiguration: it is not 96 bytes.
        """
        if len(data) != SEALING_PRIVATE_BYTES:
            raise InvalidConfiguration(
                f"a sealing key is {SEALING_PRIVATE_BYTES} raw bytes",
                fix="restore the file, or issue the identity again",
            )
        return cls(
            MLKEM768PrivateKey.from_seed_bytes(data[:ENCAPSULATION_SEED_BYTES]),
            X25519PrivateKey.from_private_bytes(data[ENCAPSULATION_SEED_BYTES:]),
        )

    def to_private_bytes(self) -> bytes:
        """Return the ML-KEM seed (FIPS 203 ``d ‖ z``, 64 bytes), then the X25519 key, 32 bytes."""
        return self._encapsulation.private_bytes_raw() + self._exchange.private_bytes_raw()


def sealing_public_key(public_bytes: bytes) -> MLKEM768X25519PublicKey:
    """Return the HPKE public key in ``public_bytes``, 1216 bytes.

    Raises:
        InvalidKey: the length or the ML-KEM modulus check (FIPS 203, section 7.2) fails.
    """
    if len(public_bytes) != SEALING_KEY_BYTES:
        raise InvalidKey(f"a sealing key is {SEALING_KEY_BYTES} bytes")
    try:
        return MLKEM768X25519PublicKey(
            MLKEM768PublicKey.from_public_bytes(public_bytes[:ENCAPSULATION_KEY_BYTES]),
            X25519PublicKey.from_public_bytes(public_bytes[ENCAPSULATION_KEY_BYTES:]),
        )
    except ValueError:
        raise InvalidKey("the sealing key is not one of MLKEM768-X25519") from None
