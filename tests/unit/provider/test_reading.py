"""What an agency does not approve it does not even read."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace

import pytest

from clients.provider.encryption import EncryptionPool
from clients.provider.holdings import Holdings
from clients.provider.journal import Journal
from clients.provider.order import Request
from clients.provider.policy import ApprovalPolicy
from clients.provider.response import Responder
from matcher.core.binding import sha256
from matcher.core.errors import InvalidMessage, PolicyRefused
from matcher.core.identifiers import AgencyId
from matcher.identity.identity import Identity
from tests.matcher_scene import CITY, TAX, Scene, draw, federation
from tests.provider_scene import POLICY, policy_with

GARBAGE = b"[" * 4096


@pytest.fixture(scope="module")
def parties(tmp_path_factory: pytest.TempPathFactory) -> Mapping[AgencyId, Identity]:
    return federation(tmp_path_factory.mktemp("federation"))


@pytest.fixture(scope="module")
def scene(parties: Mapping[AgencyId, Identity]) -> Scene:
    return draw(parties[CITY])


def responder(identity: Identity, policy: ApprovalPolicy) -> Responder:
    return Responder(
        identity=identity,
        holdings=Holdings([]),
        policy=policy,
        journal=Journal(None),
        pool=EncryptionPool(1),
        window=1,
        target="localhost:1",
        clock=lambda: dt.datetime.now(dt.UTC),
        random=lambda: 0.5,
    )


def request_for(scene: Scene, bundle: bytes) -> Request:
    statement = replace(scene.draft.statement, programme_digest=sha256(bundle))
    return Request(statement, scene.draft.digest, bundle, b"")


def test_a_programme_that_is_not_approved_is_refused_unread(
    scene: Scene, parties: Mapping[AgencyId, Identity]
) -> None:
    approved = policy_with(programmes=frozenset((scene.plan.programme_digest,)))
    with pytest.raises(PolicyRefused, match="has not approved"):
        responder(parties[TAX], approved).read(request_for(scene, GARBAGE))
    with pytest.raises(InvalidMessage):
        responder(parties[TAX], POLICY).read(request_for(scene, GARBAGE))


def test_an_approved_programme_is_compiled(
    scene: Scene, parties: Mapping[AgencyId, Identity]
) -> None:
    approved = policy_with(programmes=frozenset((scene.plan.programme_digest,)))
    order = responder(parties[TAX], approved).read(request_for(scene, scene.prepared.bundle))
    assert order.plan.digest == scene.plan.digest
