"""What somebody with a foothold would try with identities, cards, signatures and seals."""

import datetime as dt
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key
from eligibility.v1 import common_pb2

from fusuma.certificates import leaf_certificate
from fusuma.pki import IssuingAuthority, create_authority, issue_identity
from matcher.core.binding import Domain, bound, roster_seal_info, sha256
from matcher.core.errors import (
    DecryptionRefused,
    InvalidCard,
    InvalidCertificate,
    InvalidKey,
    InvalidSignature,
)
from matcher.core.identifiers import AgencyId
from matcher.identity.card import Card, issue_card, verify_card
from matcher.identity.certificates import authenticate_peer, parse_certificate
from matcher.identity.envelope import open_envelope, sign, sign_chunk, verify_chunk
from matcher.identity.identity import Identity
from matcher.identity.keys import SealingKey, SigningKey
from matcher.identity.sealing import seal, unseal

NOW = 1_780_315_200


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> IssuingAuthority:
    return create_authority(tmp_path_factory.mktemp("federation"), NOW)


@pytest.fixture(scope="module")
def tax(authority: IssuingAuthority) -> Identity:
    return issue_identity(authority, "tax", NOW)


@pytest.fixture(scope="module")
def mallory(authority: IssuingAuthority) -> Identity:
    """An agency with a good certificate of its own."""
    return issue_identity(authority, "mallory", NOW)


def card_of(identity: Identity) -> Card:
    return verify_card(identity.signed_card, identity.authority, NOW)


def leaf(identity: Identity) -> tuple[bytes, ec.EllipticCurvePrivateKey]:
    key = load_pem_private_key(identity.private_key_pem, None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    return parse_certificate(identity.certificate_pem).public_bytes(Encoding.DER), key


def test_a_matcher_cannot_swap_the_sealing_key_of_a_relayed_card(tax: Identity) -> None:
    message = common_pb2.SignedCard.FromString(tax.signed_card)
    card = common_pb2.AgencyCard.FromString(message.card)
    card.sealing_key = SealingKey.generate().public_bytes
    message.card = card.SerializeToString(deterministic=True)
    with pytest.raises(InvalidCard, match="not signed"):
        verify_card(message.SerializeToString(), tax.authority, NOW)


def test_an_agency_cannot_issue_a_card_for_another(tax: Identity, mallory: Identity) -> None:
    forged = replace(card_of(tax), signing_key=mallory.signing_key.public_bytes)
    with pytest.raises(InvalidCard, match="another agency"):
        verify_card(issue_card(forged, *leaf(mallory)), tax.authority, NOW)


def test_a_card_under_the_victims_certificate_needs_the_victims_key(
    tax: Identity, mallory: Identity
) -> None:
    victims_certificate, _ = leaf(tax)
    _, own_key = leaf(mallory)
    with pytest.raises(InvalidCard, match="not signed"):
        verify_card(issue_card(card_of(tax), victims_certificate, own_key), tax.authority, NOW)


def test_an_agency_cannot_act_as_an_authority(mallory: Identity, tax: Identity) -> None:
    certificate, key = leaf(mallory)
    issuer = parse_certificate(certificate)
    forged_key = ec.generate_private_key(ec.SECP256R1())
    forged = leaf_certificate(
        issuer, key, AgencyId("tax"), forged_key.public_key(), (), now=NOW, end=NOW + 3600
    ).public_bytes(Encoding.DER)
    with pytest.raises(InvalidCertificate, match="not issued by"):
        authenticate_peer(forged, tax.authority, NOW)
    with pytest.raises(InvalidCard, match="not issued by"):
        verify_card(issue_card(card_of(tax), forged, forged_key), tax.authority, NOW)


def test_an_authority_of_the_same_name_is_another_authority(tax: Identity, tmp_path: Path) -> None:
    impostor = issue_identity(create_authority(tmp_path, NOW), "tax", NOW)
    with pytest.raises(InvalidCertificate, match="not issued by"):
        authenticate_peer(impostor.certificate_pem, tax.authority, NOW)
    with pytest.raises(InvalidCard, match="not issued by"):
        verify_card(impostor.signed_card, tax.authority, NOW)


def test_a_self_signed_certificate_is_nobodys(tax: Identity) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = tax.authority.certificate.subject
    urn = x509.UniformResourceIdentifier("urn:fusuma:agency:tax")
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(dt.datetime.fromtimestamp(NOW - 60, dt.UTC))
        .not_valid_after(dt.datetime.fromtimestamp(NOW + 60, dt.UTC))
        .add_extension(x509.SubjectAlternativeName([urn]), critical=False)
        .sign(key, hashes.SHA256())
    )
    with pytest.raises(InvalidCertificate, match="not issued by"):
        authenticate_peer(certificate.public_bytes(Encoding.PEM), tax.authority, NOW)


def test_the_common_name_names_nobody(
    authority: IssuingAuthority, tax: Identity, mallory: Identity
) -> None:
    # A certificate of mallory whose common name says tax is still mallory's.
    key = ec.generate_private_key(ec.SECP256R1())
    issuer = authority.authority.certificate
    honest = leaf_certificate(
        issuer,
        authority.key,
        mallory.agency,
        key.public_key(),
        ("tax",),
        now=NOW,
        end=NOW + 3600,
    )
    der = honest.public_bytes(Encoding.DER)
    assert authenticate_peer(der, tax.authority, NOW) == "mallory"


def test_a_signature_for_one_purpose_serves_no_other(tax: Identity) -> None:
    card = card_of(tax)
    for signed_as in Domain:
        envelope = sign(signed_as, b"payload", tax.signing_key, tax.agency)
        for read_as in Domain:
            if read_as is not signed_as:
                with pytest.raises(InvalidSignature):
                    open_envelope(read_as, envelope, card)


def test_a_payload_cannot_be_chosen_to_look_like_another_domain(tax: Identity) -> None:
    # Someone who gets an agency to sign a payload of their choice in one domain.
    payload = bound(Domain.COLUMN_MANIFEST, b"forged manifest")
    envelope = sign(Domain.RUN_STATEMENT, payload, tax.signing_key, tax.agency)
    with pytest.raises(InvalidSignature):
        open_envelope(
            Domain.COLUMN_MANIFEST, replace(envelope, payload=b"forged manifest"), card_of(tax)
        )


def test_a_signed_message_cannot_be_claimed_by_another_agency(
    tax: Identity, mallory: Identity
) -> None:
    envelope = sign(Domain.COLUMN_MANIFEST, b"manifest", tax.signing_key, tax.agency)
    claimed = replace(envelope, signer=mallory.agency)
    with pytest.raises(InvalidSignature):
        open_envelope(Domain.COLUMN_MANIFEST, claimed, card_of(mallory))
    with pytest.raises(InvalidSignature):
        open_envelope(Domain.COLUMN_MANIFEST, claimed, card_of(tax))


def test_a_chunk_cannot_be_replayed_by_or_for_anyone_else(tax: Identity, mallory: Identity) -> None:
    run, payload = sha256(b"run"), sha256(b"payload")
    signature = sign_chunk(tax.signing_key, run, tax.agency, column=0, chunk=0, payload=payload)
    with pytest.raises(InvalidSignature):
        verify_chunk(card_of(mallory), run, signature, column=0, chunk=0, payload=payload)
    # Mallory registers the tax office's public key as its own: the provider's name is signed too.
    stolen = replace(card_of(mallory), signing_key=tax.signing_key.public_bytes)
    with pytest.raises(InvalidSignature):
        verify_chunk(stolen, run, signature, column=0, chunk=0, payload=payload)


def test_a_signature_under_a_weak_key_is_no_signature() -> None:
    # Under the neutral point this signature fits any message: its author could deny every one.
    weak = Card(AgencyId("tax"), b"\x01" + bytes(31), bytes(1216), 0, NOW)
    payload = sha256(b"payload")
    signature = b"\x01" + bytes(63)
    with pytest.raises(InvalidKey):
        verify_chunk(weak, sha256(b"run"), signature, column=0, chunk=0, payload=payload)


def test_a_roster_cannot_be_redirected_or_replayed(tax: Identity, mallory: Identity) -> None:
    run, other = sha256(b"run"), sha256(b"other run")
    sealed = seal(tax.sealing_key.public_bytes, roster_seal_info(run, tax.agency), b"roster")
    attempts = [
        (mallory, roster_seal_info(run, tax.agency)),
        (tax, roster_seal_info(other, tax.agency)),
        (tax, roster_seal_info(run, mallory.agency)),
    ]
    for identity, info in attempts:
        with pytest.raises(DecryptionRefused):
            unseal(identity.sealing_key, info, sealed)


def test_an_old_card_is_worth_nothing_after_its_certificate(tax: Identity) -> None:
    card = replace(card_of(tax), not_after=2**40)
    with pytest.raises(InvalidCard, match="expired"):
        verify_card(issue_card(card, *leaf(tax)), tax.authority, NOW + 366 * 24 * 3600)


def test_keys_of_two_agencies_are_never_the_same(tax: Identity, mallory: Identity) -> None:
    assert tax.signing_key.public_bytes != mallory.signing_key.public_bytes
    assert tax.sealing_key.public_bytes != mallory.sealing_key.public_bytes
    assert SigningKey.generate().public_bytes != SigningKey.generate().public_bytes
