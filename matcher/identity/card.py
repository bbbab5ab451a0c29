"""Agency cards: what an agency signs with and what to seal to, vouched for by its certificate.

Cards are relayed by the matcher, which is not trusted: a card is believed only because the key of
a certificate under the authority has signed it.

Rules:
 * The card is signed, as received, with the P-256 key of the agency's TLS leaf.
 * The leaf is checked in full against the authority; its URI name is the card's agency.
 * Leaf and card are both current.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from cryptography.exceptions import InvalidSignature as CryptographyInvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from eligibility.v1 import common_pb2
from google.protobuf.message import DecodeError
from google.protobuf.unknown_fields import UnknownFieldSet

from matcher.core.binding import Domain, bound
from matcher.core.errors import InvalidCard, InvalidCertificate, InvalidConfiguration, InvalidKey
from matcher.core.identifiers import AgencyId, agency_id
from matcher.identity.certificates import Authority, parse_certificate, public_key_of
from matcher.identity.keys import check_signing_key, sealing_public_key

LARGEST_SIGNED_CARD: Final = 16 * 1024


@dataclass(frozen=True, slots=True)
class Card:
    """A verified card.

    Attributes:
        agency: whose card it is.
        signing_key: Ed25519 public key, 32 bytes.
        sealing_key: HPKE public key, 1216 bytes.
        not_before: Unix seconds.
        not_after: Unix seconds.
    """

    agency: AgencyId
    signing_key: bytes
    sealing_key: bytes
    not_before: int
    not_after: int


def issue_card(card: Card, certificate: bytes, private_key: ec.EllipticCurvePrivateKey) -> bytes:
    """Return ``card`` signed with the key of the agency's own TLS leaf, as a ``SignedCard``.

    Args:
        card: of the agency that ``certificate`` names.
        certificate: the leaf, DER.
        private_key: the leaf's.
    """
    serialised = _encode(card)
    signature = private_key.sign(bound(Domain.AGENCY_CARD, serialised), ec.ECDSA(hashes.SHA256()))
    return common_pb2.SignedCard(
        card=serialised, certificate=certificate, signature=signature
    ).SerializeToString(deterministic=True)


def verify_card(signed: bytes, authority: Authority, now: int) -> Card:
    """Return the card in a serialised ``SignedCard``.

    1. The message parses.
    2. The certificate is an agency's, under the authority, and current.
    3. The card is signed with the certificate's key.
    4. The card parses, with keys of the right form.
    5. It is the card of the certificate's agency, and current.

    Raises:
        InvalidCard: a step failed; says which.
    """
    # 1. The message parses.
    message = common_pb2.SignedCard()
    if len(signed) > LARGEST_SIGNED_CARD:
        raise InvalidCard("the signed card is too large")
    _parse(message, signed)
    # 2. The certificate is an agency's, under the authority, and current.
    try:
        certificate = parse_certificate(message.certificate)
        agency = authority.check(certificate, now)
        key = public_key_of(certificate)
    except InvalidCertificate as error:
        raise InvalidCard(
            f"the card's certificate does not hold: {error.what}",
            where=error.where,
            fix=error.fix,
        ) from None
    # 3. The card is signed with the certificate's key.
    try:
        key.verify(
            message.signature,
            bound(Domain.AGENCY_CARD, message.card),
            ec.ECDSA(hashes.SHA256()),
        )
    except CryptographyInvalidSignature:
        raise InvalidCard("the card is not signed by its certificate", where=agency) from None
    # 4. The card parses, with keys of the right form.
    card = _decode(message.card)
    # 5. It is the card of the certificate's agency, and current.
    if card.agency != agency:
        raise InvalidCard("the card names another agency than its certificate", where=agency)
    if not card.not_before <= now <= card.not_after:
        raise InvalidCard(
            "the card is not current",
            where=agency,
            fix="have the agency register a new card; check this machine's clock",
        )
    return card


def _encode(card: Card) -> bytes:
    return common_pb2.AgencyCard(
        agency=card.agency,
        signing_key=card.signing_key,
        sealing_key=card.sealing_key,
        not_before=card.not_before,
        not_after=card.not_after,
    ).SerializeToString(deterministic=True)


def _decode(data: bytes) -> Card:
    message = common_pb2.AgencyCard()
    _parse(message, data)
    try:
        agency = agency_id(message.agency)
        check_signing_key(message.signing_key)
        sealing_public_key(message.sealing_key)
    except (InvalidConfiguration, InvalidKey) as error:
        raise InvalidCard(f"the card is malformed: {error.what}") from None
    return Card(
        agency=agency,
        signing_key=message.signing_key,
        sealing_key=message.sealing_key,
        not_before=message.not_before,
        not_after=message.not_after,
    )


def _parse(message: common_pb2.SignedCard | common_pb2.AgencyCard, data: bytes) -> None:
    try:
        message.ParseFromString(data)
    except DecodeError:
        raise InvalidCard("the card does not parse") from None
    if len(UnknownFieldSet(message)):
        raise InvalidCard("the card has fields that this version does not know")
