import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from eligibility.v1 import matcher_pb2

from clients.provider.order import Order, authenticate, compile_order
from clients.provider.upload import received_before
from matcher.core.binding import Domain, sha256
from matcher.core.errors import (
    DigestMismatch,
    FusumaError,
    InvalidCard,
    InvalidMessage,
    InvalidSignature,
    StatementMismatch,
)
from matcher.core.identifiers import AgencyId, Digest
from matcher.core.scheme import ColumnKind
from matcher.identity.envelope import Envelope, sign, sign_chunk
from matcher.identity.identity import Identity
from matcher.wire.envelope import card_message, envelope_message
from matcher.wire.statement import encode_statement
from tests.matcher_scene import CITY, OUTSIDER, TAX, WELFARE, Scene, draw, federation

Parties = Mapping[AgencyId, Identity]


@pytest.fixture(scope="module")
def parties(tmp_path_factory: pytest.TempPathFactory) -> Parties:
    return federation(tmp_path_factory.mktemp("federation"))


@pytest.fixture(scope="module")
def strangers(tmp_path_factory: pytest.TempPathFactory) -> Parties:
    return federation(tmp_path_factory.mktemp("another"))


@pytest.fixture(scope="module")
def scene(parties: Parties) -> Scene:
    return draw(parties[CITY])


def item_of(scene: Scene, identity: Identity, **changes: Any) -> matcher_pb2.WorkItem:
    item = matcher_pb2.WorkItem(
        run=scene.name,
        statement=envelope_message(scene.draft.envelope),
        bundle=scene.prepared.bundle,
        requester_card=card_message(identity.signed_card),
    )
    for name, value in changes.items():
        if isinstance(value, Envelope):
            item.statement.CopyFrom(envelope_message(value))
        else:
            setattr(item, name, value)
    return item


def verify(item: matcher_pb2.WorkItem, parties: Parties, now: int | None = None) -> Order:
    return compile_order(authenticate(item, parties[TAX].authority, now or int(time.time())))


def resigned(scene: Scene, signer: Identity, **changes: Any) -> Envelope:
    payload = encode_statement(replace(scene.draft.statement, **changes))
    return sign(Domain.RUN_STATEMENT, payload, signer.signing_key, signer.agency)


def test_what_the_requester_signed_becomes_an_order(scene: Scene, parties: Parties) -> None:
    order = verify(item_of(scene, parties[CITY], evidence=b"shown"), parties)
    assert order.statement == scene.draft.statement
    assert order.digest == scene.draft.digest
    assert order.plan.digest == scene.plan.digest
    assert (order.name, order.evidence) == (scene.name, b"shown")


def test_a_requester_of_another_federation_is_refused(
    scene: Scene, parties: Parties, strangers: Parties
) -> None:
    with pytest.raises(InvalidCard):
        verify(item_of(scene, strangers[CITY]), parties)


def test_a_card_that_has_run_out_is_refused(scene: Scene, parties: Parties) -> None:
    with pytest.raises(InvalidCard):
        verify(item_of(scene, parties[CITY]), parties, now=int(time.time()) + 10 * 366 * 86400)


def test_a_signature_under_another_card_is_refused(scene: Scene, parties: Parties) -> None:
    with pytest.raises(InvalidSignature):
        verify(item_of(scene, parties[OUTSIDER]), parties)


def test_a_changed_statement_is_refused(scene: Scene, parties: Parties) -> None:
    payload = encode_statement(replace(scene.draft.statement, chunks=2))
    changed = replace(scene.draft.envelope, payload=payload)
    with pytest.raises(InvalidSignature):
        verify(item_of(scene, parties[CITY], statement=changed), parties)


def test_a_signature_made_for_something_else_is_refused(scene: Scene, parties: Parties) -> None:
    payload = scene.draft.envelope.payload
    other = sign(Domain.COLUMN_MANIFEST, payload, parties[CITY].signing_key, CITY)
    with pytest.raises(InvalidSignature):
        verify(item_of(scene, parties[CITY], statement=other), parties)


def test_an_agency_cannot_start_a_run_in_anothers_name(scene: Scene, parties: Parties) -> None:
    stolen = resigned(scene, parties[OUTSIDER])
    with pytest.raises(StatementMismatch, match="another requester"):
        verify(item_of(scene, parties[OUTSIDER], statement=stolen), parties)


def test_a_statement_delivered_for_another_run_is_refused(scene: Scene, parties: Parties) -> None:
    with pytest.raises(StatementMismatch, match="another run"):
        verify(item_of(scene, parties[CITY], run="runs/" + "0" * 32), parties)


def test_another_programme_than_the_signed_one_is_refused(scene: Scene, parties: Parties) -> None:
    other = draw(parties[CITY], programme="city/relief.yaml").prepared.bundle
    with pytest.raises(DigestMismatch):
        verify(item_of(scene, parties[CITY], bundle=other), parties)


@pytest.mark.parametrize(
    "changes", [{"plan_digest": Digest(b"x" * 32)}, {"column_kind": ColumnKind.ATTRIBUTE}]
)
def test_another_plan_than_the_one_compiled_here_is_refused(
    scene: Scene, parties: Parties, changes: dict[str, Any]
) -> None:
    statement = resigned(scene, parties[CITY], **changes)
    with pytest.raises(StatementMismatch, match="another plan"):
        verify(item_of(scene, parties[CITY], statement=statement), parties)


def test_a_statement_that_does_not_parse_is_refused(scene: Scene, parties: Parties) -> None:
    garbage = sign(Domain.RUN_STATEMENT, b"\xff\xff", parties[CITY].signing_key, CITY)
    with pytest.raises(InvalidMessage):
        verify(item_of(scene, parties[CITY], statement=garbage), parties)


def test_an_empty_work_item_is_refused(parties: Parties) -> None:
    with pytest.raises(FusumaError):
        verify(matcher_pb2.WorkItem(), parties)


# --- What the matcher says has arrived ------------------------------------------------------------


def listed(
    order: Order, signer: Identity, column: int, chunk: int = 0, *, signed_chunk: int = 0
) -> matcher_pb2.ReceivedChunk:
    digest = sha256(b"a payload")
    signature = sign_chunk(
        signer.signing_key, order.digest, TAX, column=column, chunk=signed_chunk, payload=digest
    )
    return matcher_pb2.ReceivedChunk(column=column, chunk=chunk, digest=digest, signature=signature)


def test_own_chunks_count_as_sent(scene: Scene, parties: Parties) -> None:
    order = verify(item_of(scene, parties[CITY]), parties)
    first, *others = scene.columns_of(TAX)
    digests = received_before(order, parties[TAX], [listed(order, parties[TAX], first)])
    assert digests.missing_in(0) == tuple(others)
    assert digests.known[first, 0] == sha256(b"a payload")
    assert not digests.complete


def test_a_chunk_somebody_else_signed_does_not_count(scene: Scene, parties: Parties) -> None:
    order = verify(item_of(scene, parties[CITY]), parties)
    forged = listed(order, parties[WELFARE], scene.columns_of(TAX)[0])
    with pytest.raises(InvalidSignature):
        received_before(order, parties[TAX], [forged])


def test_a_chunk_signed_for_another_place_does_not_count(scene: Scene, parties: Parties) -> None:
    order = verify(item_of(scene, parties[CITY]), parties)
    moved = listed(order, parties[TAX], scene.columns_of(TAX)[0], signed_chunk=1)
    with pytest.raises(InvalidSignature):
        received_before(order, parties[TAX], [moved])


def test_a_chunk_outside_the_run_is_refused(scene: Scene, parties: Parties) -> None:
    order = verify(item_of(scene, parties[CITY]), parties)
    for column, chunk in ((scene.columns_of(WELFARE)[0], 0), (scene.columns_of(TAX)[0], 1)):
        with pytest.raises(StatementMismatch, match="does not have"):
            received_before(order, parties[TAX], [listed(order, parties[TAX], column, chunk)])
