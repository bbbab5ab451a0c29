from collections.abc import Callable
from dataclasses import replace

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key
from eligibility.v1 import common_pb2

from matcher.core.binding import Domain, bound
from matcher.core.errors import InvalidCard
from matcher.core.identifiers import AgencyId
from matcher.identity.card import Card, issue_card, verify_card
from matcher.identity.certificates import parse_certificate
from matcher.identity.identity import Identity

Craft = Callable[..., x509.Certificate]


def card_of(identity: Identity, now: int) -> Card:
    return verify_card(identity.signed_card, identity.authority, now)


def leaf(identity: Identity) -> tuple[bytes, ec.EllipticCurvePrivateKey]:
    key = load_pem_private_key(identity.private_key_pem, None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    return parse_certificate(identity.certificate_pem).public_bytes(Encoding.DER), key


def test_an_issued_card_carries_the_agencys_public_keys(tax: Identity, now: int) -> None:
    card = card_of(tax, now)
    assert card.agency == "tax"
    assert card.signing_key == tax.signing_key.public_bytes
    assert card.sealing_key == tax.sealing_key.public_bytes


@pytest.mark.parametrize(
    ("change", "words"),
    [
        pytest.param({"agency": AgencyId("welfare")}, "names another agency", id="another agency"),
        pytest.param({"agency": AgencyId("Not an id")}, "malformed", id="no agency id"),
        pytest.param({"signing_key": bytes(31)}, "signing key", id="short signing key"),
        pytest.param({"signing_key": bytes(32)}, "small order", id="weak signing key"),
        pytest.param({"sealing_key": bytes(1215)}, "malformed", id="short sealing key"),
        pytest.param({"not_after": 1}, "not current", id="expired"),
        pytest.param({"not_before": 2**40}, "not current", id="not yet"),
    ],
)
def test_a_card_must_be_well_formed_current_and_its_certificates(
    tax: Identity, now: int, change: dict[str, object], words: str
) -> None:
    card = replace(card_of(tax, now), **change)  # type: ignore[arg-type]
    with pytest.raises(InvalidCard, match=words):
        verify_card(issue_card(card, *leaf(tax)), tax.authority, now)


def test_a_changed_card_is_refused(tax: Identity, now: int) -> None:
    message = common_pb2.SignedCard.FromString(tax.signed_card)
    message.card = message.card[:-1] + bytes([message.card[-1] ^ 1])
    with pytest.raises(InvalidCard, match="not signed"):
        verify_card(message.SerializeToString(), tax.authority, now)


def test_a_card_under_an_unusable_certificate_is_refused(
    tax: Identity, craft: Craft, now: int
) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.UniformResourceIdentifier("urn:fusuma:agency:tax")
    expired = craft(name, key=key, end=now - 60).public_bytes(Encoding.DER)
    with pytest.raises(InvalidCard, match=r"certificate does not hold: .*expired"):
        verify_card(issue_card(card_of(tax, now), expired, key), tax.authority, now)


def test_a_card_expires_with_its_certificate(tax: Identity, now: int) -> None:
    with pytest.raises(InvalidCard, match="expired"):
        verify_card(tax.signed_card, tax.authority, now + 31 * 24 * 3600)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        pytest.param(b"\xff", "does not parse", id="no protobuf"),
        pytest.param(b"", "does not parse", id="empty"),
        pytest.param(b"\x82\x06\x01x", "does not know", id="an unknown field"),
        pytest.param(bytes(20_000), "too large", id="too large"),
    ],
)
def test_bytes_that_are_no_signed_card_are_refused(
    tax: Identity, now: int, data: bytes, words: str
) -> None:
    with pytest.raises(InvalidCard, match=words):
        verify_card(data, tax.authority, now)


def test_an_unknown_field_in_a_signed_card_is_refused(tax: Identity, now: int) -> None:
    certificate, key = leaf(tax)
    card = common_pb2.SignedCard.FromString(tax.signed_card).card + b"\x82\x06\x01x"

    signature = key.sign(bound(Domain.AGENCY_CARD, card), ec.ECDSA(hashes.SHA256()))
    signed = common_pb2.SignedCard(card=card, certificate=certificate, signature=signature)
    with pytest.raises(InvalidCard, match="does not know"):
        verify_card(signed.SerializeToString(), tax.authority, now)
