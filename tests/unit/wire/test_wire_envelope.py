import pytest
from eligibility.v1 import common_pb2

from matcher.core.errors import InvalidMessage
from matcher.core.identifiers import AgencyId
from matcher.identity.envelope import Envelope
from matcher.wire.envelope import (
    card_bytes,
    card_message,
    dump_envelope,
    envelope_message,
    envelope_of,
    load_envelope,
)

ENVELOPE = Envelope(b"payload", bytes(64), AgencyId("tax"))


def test_an_envelope_comes_back_as_it_was() -> None:
    assert envelope_of(envelope_message(ENVELOPE), "x") == ENVELOPE
    assert load_envelope(dump_envelope(ENVELOPE), "x") == ENVELOPE


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        pytest.param({"payload": b""}, "missing", id="no payload"),
        pytest.param({"signature": bytes(63)}, "statement.signature", id="short signature"),
        pytest.param({"signer": ""}, "statement.signer", id="no signer"),
        pytest.param({"signer": "Tax"}, "statement.signer", id="malformed signer"),
    ],
)
def test_a_malformed_envelope_is_refused(changes: dict[str, object], words: str) -> None:
    message = envelope_message(ENVELOPE)
    for name, value in changes.items():
        setattr(message, name, value)
    with pytest.raises(InvalidMessage) as refused:
        envelope_of(message, "statement")
    assert words in str(refused.value)


def test_a_signed_card_keeps_its_bytes() -> None:
    signed = common_pb2.SignedCard(card=b"c", certificate=b"d", signature=b"s").SerializeToString()
    assert card_bytes(card_message(signed)) == signed
    with pytest.raises(InvalidMessage):
        card_message(b"\xff")
