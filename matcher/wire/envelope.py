"""Signed envelopes and cards between their gRPC messages and the values that are checked.

Nothing here verifies a signature; that is ``matcher.identity``'s.
"""

from __future__ import annotations

from eligibility.v1 import common_pb2

from matcher.core.errors import InvalidMessage
from matcher.identity.envelope import Envelope
from matcher.identity.keys import SIGNATURE_BYTES
from matcher.wire.parsing import agency_in, exactly, parse, serialise


def envelope_message(envelope: Envelope) -> common_pb2.SignedEnvelope:
    """Return ``envelope`` as the message that carries it."""
    return common_pb2.SignedEnvelope(
        payload=envelope.payload, signature=envelope.signature, signer=envelope.signer
    )


def envelope_of(message: common_pb2.SignedEnvelope, where: str) -> Envelope:
    """Return the envelope in ``message``; nothing in it is trusted yet.

    Args:
        message: as received; a field that was not sent is an empty message.
        where: what the message is, for errors.

    Raises:
        InvalidMessage: the payload is missing, or signature or signer are malformed.
    """
    if not message.payload:
        raise InvalidMessage("the signed payload is missing", where=where)
    return Envelope(
        payload=message.payload,
        signature=exactly(message.signature, SIGNATURE_BYTES, f"{where}.signature"),
        signer=agency_in(message.signer, f"{where}.signer"),
    )


def dump_envelope(envelope: Envelope) -> bytes:
    """Return ``envelope`` serialised, for files and stores."""
    return serialise(envelope_message(envelope))


def load_envelope(data: bytes, where: str) -> Envelope:
    """Read what ``dump_envelope`` wrote.

    Raises:
        InvalidMessage: it is malformed.
    """
    message = parse(common_pb2.SignedEnvelope, data, where, most_bytes=2**21)
    return envelope_of(message, where)


def card_message(signed_card: bytes) -> common_pb2.SignedCard:
    """Return a serialised ``SignedCard`` as the message that carries it.

    Raises:
        InvalidMessage: it does not parse.
    """
    return parse(common_pb2.SignedCard, signed_card, "card", most_bytes=2**14)


def card_bytes(message: common_pb2.SignedCard) -> bytes:
    """Return the serialised ``SignedCard`` that ``matcher.identity.card`` verifies."""
    return serialise(message)
