"""Seals bytes to one receiver with HPKE, and opens them.

Base mode does not say who sealed: whoever needs to know checks a signature or a signed digest.

Rules:
 * RFC 9180 single-shot base mode; KEM MLKEM768-X25519, KDF HKDF-SHA256, AEAD AES-256-GCM. No
   associated data: everything a seal is bound to is in ``info``.
 * A seal is the encapsulation (1120 bytes) followed by the ciphertext with its 16-byte tag.
 * Whatever cannot be opened gets one and the same answer.
"""

from __future__ import annotations

from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hpke

from matcher.core.errors import DecryptionRefused, InvalidKey
from matcher.identity.keys import SealingKey, sealing_public_key

# ML-KEM-768 ciphertext, X25519 share, GCM tag.
SEAL_OVERHEAD_BYTES: Final = 1088 + 32 + 16

SUITE_NAME: Final = "HPKE with MLKEM768-X25519, HKDF-SHA256 and AES-256-GCM"
_SUITE: Final = hpke.Suite(hpke.KEM.MLKEM768_X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.AES_256_GCM)


def seal(public_key: bytes, info: bytes, plaintext: bytes | memoryview) -> bytes:
    """Return ``plaintext`` sealed to ``public_key`` (1216 bytes) under ``info``.

    Raises:
        InvalidKey: nothing can be sealed to this key.
    """
    key = sealing_public_key(public_key)
    try:
        return _SUITE.encrypt(plaintext, key, info)
    except ValueError:
        # An X25519 point of small order: anyone could open the classical half.
        raise InvalidKey("the sealing key is not one of MLKEM768-X25519") from None


def unseal(private_key: SealingKey, info: bytes, sealed: bytes | memoryview) -> bytes:
    """Return what was sealed to ``private_key`` under ``info``.

    Raises:
        DecryptionRefused: for every reason alike.
    """
    try:
        return _SUITE.decrypt(sealed, private_key.hpke, info)
    except (InvalidTag, ValueError):
        raise DecryptionRefused("the seal cannot be opened") from None
