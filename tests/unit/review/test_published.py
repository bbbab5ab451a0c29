from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping

import pytest
from eligibility.v1 import matcher_pb2

from clients.review.published import Published, Version, open_published
from fusuma.pki import create_authority, issue_identity
from matcher.core.binding import Domain, sha256
from matcher.core.canonical import canonical_json
from matcher.core.errors import (
    DigestMismatch,
    FusumaError,
    InvalidCard,
    InvalidMessage,
    InvalidSignature,
    StatementMismatch,
)
from matcher.core.identifiers import AgencyId, Digest
from matcher.identity.envelope import sign
from matcher.identity.identity import Identity
from matcher.language.bundle import dump_bundle
from matcher.language.programme_file import load_programme
from matcher.wire.envelope import card_message, envelope_message
from programmes import programme_path

NOW = int(time.time())
CITY, TOWN, STRANGER = (AgencyId(name) for name in ("city-benefits", "town", "stranger"))
BUNDLE = dump_bundle(load_programme(programme_path("city/support.yaml")))


@pytest.fixture(scope="module")
def identities(tmp_path_factory: pytest.TempPathFactory) -> Mapping[AgencyId, Identity]:
    authority = create_authority(tmp_path_factory.mktemp("pki"), NOW)
    other = create_authority(tmp_path_factory.mktemp("foreign"), NOW)
    return {
        CITY: issue_identity(authority, CITY, NOW),
        TOWN: issue_identity(authority, TOWN, NOW),
        # Calls itself the same, under another authority.
        STRANGER: issue_identity(other, CITY, NOW),
    }


def edited(**fields: object) -> bytes:
    tree = json.loads(BUNDLE)
    tree["programme"].update(fields)
    return canonical_json(tree)


def relayed(
    identity: Identity, bundle: bytes = BUNDLE, domain: Domain = Domain.PROGRAMME
) -> matcher_pb2.PublishedProgramme:
    """What an honest matcher sends of a programme that ``identity`` has signed."""
    programme = json.loads(bundle)["programme"]
    return matcher_pb2.PublishedProgramme(
        requester=programme["requester"],
        programme=programme["id"],
        version=programme["version"],
        digest=sha256(bundle),
        published_at=NOW,
        bundle=envelope_message(sign(domain, bundle, identity.signing_key, identity.agency)),
        requester_card=card_message(identity.signed_card),
    )


@pytest.fixture
def opened(
    identities: Mapping[AgencyId, Identity],
) -> Callable[[matcher_pb2.PublishedProgramme, Version | Digest], Published]:
    def open_it(message: matcher_pb2.PublishedProgramme, wanted: Version | Digest) -> Published:
        return open_published(message, wanted, identities[CITY].authority, NOW)

    return open_it


Open = Callable[[matcher_pb2.PublishedProgramme, Version | Digest], Published]


def test_a_programme_is_known_by_its_digest_or_by_its_version(
    opened: Open, identities: Mapping[AgencyId, Identity]
) -> None:
    published = opened(relayed(identities[CITY]), sha256(BUNDLE))
    assert published.bundle == BUNDLE
    assert published.digest == sha256(BUNDLE)
    assert opened(relayed(identities[CITY]), published.key) == published


def test_a_swapped_bundle_is_noticed(opened: Open, identities: Mapping[AgencyId, Identity]) -> None:
    # Both are signed by the requester; only one was asked for.
    other = relayed(identities[CITY], edited(version="other"))
    with pytest.raises(DigestMismatch, match="another programme than the one asked for"):
        opened(other, sha256(BUNDLE))
    published = opened(relayed(identities[CITY]), sha256(BUNDLE))
    with pytest.raises(DigestMismatch, match="another programme"):
        opened(other, published.key)


def test_a_bundle_changed_after_it_was_signed_is_refused(
    opened: Open, identities: Mapping[AgencyId, Identity]
) -> None:
    message = relayed(identities[CITY])
    message.bundle.payload = edited(tests=[])
    with pytest.raises(InvalidSignature):
        opened(message, sha256(edited(tests=[])))


@pytest.mark.parametrize(
    ("forge", "kind"),
    [
        pytest.param(lambda i: relayed(i[STRANGER]), InvalidCard, id="another authority"),
        pytest.param(lambda i: relayed(i[TOWN]), StatementMismatch, id="another agencys signature"),
        pytest.param(
            lambda i: relayed(i[CITY], domain=Domain.RUN_STATEMENT),
            InvalidSignature,
            id="signed as something else",
        ),
        pytest.param(lambda i: _with(i, card=TOWN), InvalidSignature, id="another agencys card"),
        pytest.param(lambda i: _without(i, "bundle"), InvalidMessage, id="no bundle"),
        pytest.param(lambda i: _without(i, "requester_card"), FusumaError, id="no card"),
        pytest.param(
            lambda i: _said(i, published_at=2**50), InvalidMessage, id="a time of no calendar"
        ),
        pytest.param(lambda i: _said(i, version="9"), DigestMismatch, id="another version said"),
        pytest.param(lambda i: _said(i, requester=TOWN), DigestMismatch, id="another requester"),
        pytest.param(lambda i: _said(i, digest=sha256(b"")), DigestMismatch, id="another digest"),
    ],
)
def test_a_forged_programme_is_refused(
    opened: Open,
    identities: Mapping[AgencyId, Identity],
    forge: Callable[[Mapping[AgencyId, Identity]], matcher_pb2.PublishedProgramme],
    kind: type[FusumaError],
) -> None:
    with pytest.raises(kind):
        opened(forge(identities), sha256(BUNDLE))


def _with(
    identities: Mapping[AgencyId, Identity], card: AgencyId
) -> matcher_pb2.PublishedProgramme:
    message = relayed(identities[CITY])
    message.requester_card.CopyFrom(card_message(identities[card].signed_card))
    return message


def _without(identities: Mapping[AgencyId, Identity], field: str) -> matcher_pb2.PublishedProgramme:
    message = relayed(identities[CITY])
    message.ClearField(field)
    return message


def _said(
    identities: Mapping[AgencyId, Identity], **fields: object
) -> matcher_pb2.PublishedProgramme:
    message = relayed(identities[CITY])
    for name, value in fields.items():
        setattr(message, name, value)
    return message
