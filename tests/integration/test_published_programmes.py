"""Publishing programmes with a real matcher, over mTLS."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from eligibility.v1 import matcher_pb2

from matcher.core.binding import Domain, sha256
from matcher.core.canonical import canonical_json
from matcher.core.errors import (
    FusumaError,
    InvalidMessage,
    InvalidSignature,
    NotYours,
    PermissionMissing,
    PermissionNotApplicable,
    ProgrammeNotPublished,
    ProgrammeNotValid,
    ProgrammePublished,
    QuotaExceeded,
)
from matcher.core.grants import GrantTable
from matcher.core.identifiers import AgencyId
from matcher.identity.card import verify_card
from matcher.identity.envelope import Envelope, open_envelope, sign
from matcher.identity.identity import Identity
from matcher.language.bundle import dump_bundle
from matcher.language.programme_file import load_programme
from matcher.service.config import Quotas
from matcher.service.server import MatcherServer
from matcher.wire.envelope import card_bytes, envelope_message, envelope_of
from programmes import programme_path
from tests import matcher_scene as scenes
from tests.matcher_scene import CITY, OUTSIDER, TAX, Party

Parties = Mapping[AgencyId, Party]

# Valid without end, as these programmes have to be published on the day of the test.
SUPPORT = load_programme(programme_path("benchmark/support.yaml"))
BUNDLE = dump_bundle(SUPPORT)
ID = json.loads(BUNDLE)["programme"]["id"]


def edited(**fields: Any) -> bytes:
    """The bundle with some of its programme's fields replaced."""
    tree = json.loads(BUNDLE)
    tree["programme"].update(fields)
    return canonical_json(tree)


@pytest.fixture(scope="module")
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as runner:
        yield runner


@pytest.fixture(scope="module")
def identities(tmp_path_factory: pytest.TempPathFactory) -> Mapping[AgencyId, Identity]:
    return scenes.federation(tmp_path_factory.mktemp("federation"))


@pytest.fixture(scope="module")
def server(
    runner: asyncio.Runner,
    identities: Mapping[AgencyId, Identity],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[MatcherServer]:
    context = scenes.serving(tmp_path_factory.mktemp("matcher"), identities)
    yield runner.run(context.__aenter__())
    runner.run(context.__aexit__(None, None, None))


@pytest.fixture(scope="module")
def parties(
    runner: asyncio.Runner, server: MatcherServer, identities: Mapping[AgencyId, Identity]
) -> Iterator[Parties]:
    context = scenes.connected(server, identities)
    yield runner.run(context.__aenter__())
    runner.run(context.__aexit__(None, None, None))


def signed(party: Party, bundle: bytes, domain: Domain = Domain.PROGRAMME) -> Envelope:
    return sign(domain, bundle, party.identity.signing_key, party.agency)


async def publish(party: Party, envelope: Envelope, **more: Any) -> matcher_pb2.PublishedProgramme:
    request = matcher_pb2.PublishProgrammeRequest(bundle=envelope_message(envelope), **more)
    with scenes.raised_here():
        return await party.programmes.PublishProgramme(request)


async def get(party: Party, **key: Any) -> matcher_pb2.PublishedProgramme:
    with scenes.raised_here():
        return await party.programmes.GetProgramme(matcher_pb2.GetProgrammeRequest(**key))


async def listed(party: Party, **wanted: Any) -> matcher_pb2.ListProgrammesResponse:
    with scenes.raised_here():
        return await party.programmes.ListProgrammes(matcher_pb2.ListProgrammesRequest(**wanted))


def test_every_agency_can_fetch_and_verify_what_was_published(
    runner: asyncio.Runner, parties: Parties
) -> None:
    async def story() -> None:
        published = await publish(parties[CITY], signed(parties[CITY], BUNDLE))
        tax = parties[TAX]
        for key in (
            {"digest": sha256(BUNDLE)},
            {
                "version": matcher_pb2.ProgrammeVersion(
                    requester=CITY, programme=ID, version=published.version
                )
            },
        ):
            found = await get(tax, **key)
            assert found == published
            card = verify_card(
                card_bytes(found.requester_card),
                tax.identity.authority,
                int(dt.datetime.now(dt.UTC).timestamp()),
            )
            envelope = envelope_of(found.bundle, "bundle")
            assert open_envelope(Domain.PROGRAMME, envelope, card) == BUNDLE
        (one,) = (await listed(tax, programme=ID, requester=CITY)).programmes
        assert (one.requester, one.programme, one.digest) == (CITY, ID, sha256(BUNDLE))
        assert not one.HasField("bundle")

    runner.run(story())


def test_a_published_version_cannot_be_edited(runner: asyncio.Runner, parties: Parties) -> None:
    async def story() -> None:
        city = parties[CITY]
        first = await publish(city, signed(city, BUNDLE))
        assert await publish(city, signed(city, BUNDLE)) == first
        other = edited(title={"en": "Another title"})
        await scenes.refused(ProgrammePublished, publish(city, signed(city, other)))
        await scenes.refused(
            ProgrammePublished, publish(city, signed(city, other), validate_only=True)
        )
        assert (await get(city, digest=sha256(BUNDLE))) == first
        again = await publish(
            city, signed(city, edited(title={"en": "Another title"}, version="after"))
        )
        assert again.version == "after"

    runner.run(story())


@pytest.mark.parametrize(
    ("kind", "fields", "signer", "domain"),
    [
        pytest.param(NotYours, {}, OUTSIDER, Domain.PROGRAMME, id="anothers programme"),
        pytest.param(InvalidSignature, {}, CITY, Domain.RUN_STATEMENT, id="another domain"),
        pytest.param(
            ProgrammeNotValid,
            {"valid": {"from": "2020-04-01", "to": "2021-03-31"}},
            CITY,
            Domain.PROGRAMME,
            id="a programme that is over",
        ),
        pytest.param(
            PermissionNotApplicable, {"affair": "税"}, CITY, Domain.PROGRAMME, id="another affair"
        ),
        pytest.param(
            PermissionMissing, {"requester": "registry"}, OUTSIDER, Domain.PROGRAMME, id="no grant"
        ),
        pytest.param(FusumaError, {"id": "a" * 300}, CITY, Domain.PROGRAMME, id="a long name"),
    ],
)
def test_what_cannot_be_run_is_not_published(
    runner: asyncio.Runner,
    parties: Parties,
    *,
    kind: type[FusumaError],
    fields: Mapping[str, Any],
    signer: AgencyId,
    domain: Domain,
) -> None:
    async def story() -> None:
        bundle = edited(version="refused", **fields)
        party = parties[signer]
        with pytest.raises(kind):
            await publish(party, signed(party, bundle, domain))
        with pytest.raises(ProgrammeNotPublished):
            await get(party, digest=sha256(bundle))

    runner.run(story())


def test_an_envelope_in_another_agencys_name_is_refused(
    runner: asyncio.Runner, parties: Parties
) -> None:
    async def story() -> None:
        theirs = signed(parties[OUTSIDER], BUNDLE)
        forged = replace(theirs, signer=CITY)
        await scenes.refused(InvalidSignature, publish(parties[CITY], forged))
        await scenes.refused(InvalidSignature, publish(parties[OUTSIDER], forged))

    runner.run(story())


def test_checking_alone_publishes_nothing(runner: asyncio.Runner, parties: Parties) -> None:
    async def story() -> None:
        city, bundle = parties[CITY], edited(version="only checked")
        checked = await publish(city, signed(city, bundle), validate_only=True)
        assert checked.digest == sha256(bundle)
        await scenes.refused(ProgrammeNotPublished, get(city, digest=sha256(bundle)))

    runner.run(story())


def test_lists_come_in_pages(runner: asyncio.Runner, parties: Parties) -> None:
    async def story() -> None:
        city = parties[CITY]
        for number in range(5):
            await publish(city, signed(city, edited(id="city/paged", version=str(number))))
        versions: list[str] = []
        token, pages = "", 0
        while pages == 0 or token:
            page = await listed(city, programme="city/paged", page_size=2, page_token=token)
            versions += [one.version for one in page.programmes]
            token, pages = page.next_page_token, pages + 1
        assert versions == ["4", "3", "2", "1", "0"]
        assert pages == 3
        assert not (await listed(city, programme="city/paged", page_size=5)).next_page_token
        for wrong in ({"page_size": 101}, {"page_token": "x"}):
            await scenes.refused(InvalidMessage, listed(city, **wrong))
        await scenes.refused(InvalidMessage, get(city))

    runner.run(story())


def test_a_run_of_a_published_version_has_to_be_of_the_published_bundle(
    runner: asyncio.Runner, parties: Parties
) -> None:
    async def story() -> None:
        city = parties[CITY]
        scene = scenes.draw(city.identity, programme=replace(SUPPORT, version="run"))
        other = edited(version="run", title={"en": "Another title"})
        await publish(city, signed(city, other))
        await scenes.refused(ProgrammePublished, scenes.create(city, scene))

    runner.run(story())


def test_a_matcher_may_take_published_programmes_only(
    runner: asyncio.Runner, identities: Mapping[AgencyId, Identity], tmp_path: Path
) -> None:
    async def story() -> None:
        async with (
            scenes.serving(tmp_path, identities, only_published=True) as server,
            scenes.connected(server, identities) as parties,
        ):
            city = parties[CITY]
            scene = scenes.draw(city.identity, programme=SUPPORT)
            await scenes.refused(ProgrammeNotPublished, scenes.create(city, scene))
            await publish(city, signed(city, scene.prepared.bundle))
            assert (await scenes.create(city, scene)).name == scene.name

    runner.run(story())


def test_a_requester_may_publish_so_many_versions(
    runner: asyncio.Runner, identities: Mapping[AgencyId, Identity], tmp_path: Path
) -> None:
    async def story() -> None:
        quotas = Quotas(programmes_per_requester=1)
        async with (
            scenes.serving(tmp_path, identities, quotas=quotas) as server,
            scenes.connected(server, identities) as parties,
        ):
            city = parties[CITY]
            await publish(city, signed(city, BUNDLE))
            await publish(city, signed(city, BUNDLE))
            second = signed(city, edited(version="second"))
            await scenes.refused(QuotaExceeded, publish(city, second))

    runner.run(story())


def test_what_is_published_outlives_the_matcher(
    runner: asyncio.Runner, identities: Mapping[AgencyId, Identity], tmp_path: Path
) -> None:
    async def story() -> None:
        empty = GrantTable(())
        async with (
            scenes.serving(tmp_path, identities) as server,
            scenes.connected(server, identities) as parties,
        ):
            first = await publish(parties[CITY], signed(parties[CITY], BUNDLE))
        async with (
            scenes.serving(tmp_path, identities, table=empty) as server,
            scenes.connected(server, identities) as parties,
        ):
            assert await get(parties[TAX], digest=first.digest) == first

    runner.run(story())
