from dataclasses import replace

import pytest

from matcher.core.binding import Domain, sha256
from matcher.core.errors import InvalidSignature
from matcher.core.identifiers import AgencyId
from matcher.identity.card import Card, verify_card
from matcher.identity.envelope import Envelope, open_envelope, sign, sign_chunk, verify_chunk
from matcher.identity.identity import Identity

STATEMENT, PAYLOAD = sha256(b"statement"), sha256(b"payload")


@pytest.fixture
def card(tax: Identity, now: int) -> Card:
    return verify_card(tax.signed_card, tax.authority, now)


@pytest.fixture
def envelope(tax: Identity) -> Envelope:
    return sign(Domain.COLUMN_MANIFEST, b"manifest", tax.signing_key, tax.agency)


def test_an_envelope_opens_under_its_signers_card(card: Card, envelope: Envelope) -> None:
    assert open_envelope(Domain.COLUMN_MANIFEST, envelope, card) == b"manifest"


def test_an_envelope_opens_only_as_it_was_signed(card: Card, envelope: Envelope) -> None:
    attempts = [
        (Domain.RESULT_MANIFEST, envelope),
        (Domain.COLUMN_MANIFEST, replace(envelope, payload=b"manifesT")),
        (Domain.COLUMN_MANIFEST, replace(envelope, signature=bytes(64))),
        (Domain.COLUMN_MANIFEST, replace(envelope, signature=b"")),
        (Domain.COLUMN_MANIFEST, replace(envelope, signer=AgencyId("welfare"))),
    ]
    for domain, changed in attempts:
        with pytest.raises(InvalidSignature):
            open_envelope(domain, changed, card)


def test_a_chunks_signature_holds_for_one_place_in_one_run(tax: Identity, card: Card) -> None:
    signature = sign_chunk(
        tax.signing_key, STATEMENT, tax.agency, column=3, chunk=5, payload=PAYLOAD
    )
    verify_chunk(card, STATEMENT, signature, column=3, chunk=5, payload=PAYLOAD)
    other = sha256(b"other")
    for statement, column, chunk, payload in (
        (other, 3, 5, PAYLOAD),
        (STATEMENT, 2, 5, PAYLOAD),
        (STATEMENT, 3, 4, PAYLOAD),
        (STATEMENT, 3, 5, other),
    ):
        with pytest.raises(InvalidSignature):
            verify_chunk(card, statement, signature, column=column, chunk=chunk, payload=payload)
