"""Signs messages and opens signed ones.

A signature covers the payload's bytes as they were sent; nobody serialises a message again to
verify it. Who may sign what is decided where the payload is read.

Rules:
 * Ed25519 over ``bound(domain, payload)``.
 * A payload leaves an envelope only through ``open_envelope``, under the signer's verified card.
"""

from __future__ import annotations

from dataclasses import dataclass

from matcher.core.binding import Domain, bound, chunk_binding
from matcher.core.errors import InvalidSignature
from matcher.core.identifiers import AgencyId, Digest
from matcher.identity.card import Card
from matcher.identity.keys import SigningKey, verify_binding


@dataclass(frozen=True, slots=True)
class Envelope:
    """A payload with its author's signature; nothing in it is trusted before it is opened.

    Attributes:
        payload: the signed bytes.
        signature: Ed25519, 64 bytes.
        signer: whose card has the key.
    """

    payload: bytes
    signature: bytes
    signer: AgencyId


def sign(domain: Domain, payload: bytes, key: SigningKey, signer: AgencyId) -> Envelope:
    """Return ``payload`` signed by ``signer`` under ``domain``."""
    return Envelope(payload, key.sign(domain, payload), signer)


def open_envelope(domain: Domain, envelope: Envelope, card: Card) -> bytes:
    """Return the payload of ``envelope`` after checking that the holder of ``card`` signed it.

    Raises:
        InvalidSignature: the signer is another agency, or the signature does not verify.
    """
    if envelope.signer != card.agency:
        raise InvalidSignature("the message is signed in another agency's name")
    verify_binding(card.signing_key, bound(domain, envelope.payload), envelope.signature)
    return envelope.payload


def sign_chunk(
    key: SigningKey,
    statement: Digest,
    provider: AgencyId,
    *,
    column: int,
    chunk: int,
    payload: Digest,
) -> bytes:
    """Return a provider's signature for one chunk of one column, 64 bytes."""
    return key.sign_binding(chunk_binding(statement, provider, column, chunk, payload))


def verify_chunk(
    card: Card, statement: Digest, signature: bytes, *, column: int, chunk: int, payload: Digest
) -> None:
    """Check a chunk's signature against its provider's card.

    Raises:
        InvalidSignature: the card's agency did not sign this payload for this place in this run.
    """
    verify_binding(
        card.signing_key,
        chunk_binding(statement, card.agency, column, chunk, payload),
        signature,
    )
