"""Runs with several agencies in a role, and about households, against a real matcher."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from eligibility.v1 import common_pb2, matcher_pb2

from matcher.core.binding import Domain, sha256
from matcher.core.errors import (
    ChunkConflict,
    DigestMismatch,
    ForeignChunk,
    FusumaError,
    InvalidMessage,
    InvalidSignature,
    PermissionMissing,
    PermissionNotApplicable,
    StatementMismatch,
)
from matcher.core.grants import Grant, GrantTable
from matcher.core.identifiers import AgencyId, Role
from matcher.core.programme import Programme
from matcher.core.scheme import ColumnKind
from matcher.identity.envelope import Envelope, sign
from matcher.identity.identity import Identity
from matcher.service.config import Quotas
from matcher.service.server import MatcherServer
from matcher.wire.envelope import envelope_of
from matcher.wire.manifest import ColumnManifest, decode_result_manifest, encode_column_manifest
from tests import matcher_scene as scenes
from tests.city_households import city_households
from tests.matcher_scene import CITY, TAX_NORTH, TAX_SOUTH, WELFARE, Party, Scene

Parties = Mapping[AgencyId, Party]

REGIONS = {Role("tax"): (TAX_NORTH, TAX_SOUTH)}
PROVIDERS = (TAX_NORTH, TAX_SOUTH, WELFARE)


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
    context = scenes.serving(
        tmp_path_factory.mktemp("matcher"), identities, quotas=Quotas(runs_per_requester=100)
    )
    yield runner.run(context.__aenter__())
    runner.run(context.__aexit__(None, None, None))


@pytest.fixture(scope="module")
def parties(
    runner: asyncio.Runner, server: MatcherServer, identities: Mapping[AgencyId, Identity]
) -> Iterator[Parties]:
    context = scenes.connected(server, identities)
    yield runner.run(context.__aenter__())
    runner.run(context.__aexit__(None, None, None))


HALF = "members.filter(m, m.tax.income_bracket >= 2).size() >= 2"
DECIDED: dict[str, tuple[str | Programme, ColumnKind]] = {
    "a conjunction": ("city/support.yaml", ColumnKind.DECISION),
    "a product": ("city/relief.yaml", ColumnKind.DECISION),
    "attribute columns": ("city/support.yaml", ColumnKind.ATTRIBUTE),
    "households": (city_households(full=None), ColumnKind.DECISION),
    "households with outcomes": (city_households(), ColumnKind.DECISION),
    "members counted over agencies": (city_households(HALF, full=None), ColumnKind.DECISION),
}


@pytest.mark.parametrize("case", DECIDED)
def test_decisions_are_those_of_the_plaintext(
    runner: asyncio.Runner, parties: Parties, case: str
) -> None:
    programme, kind = DECIDED[case]

    async def play() -> None:
        city = parties[CITY]
        scene = scenes.draw(
            city.identity, programme=programme, kind=kind, subjects=200, agencies=REGIONS
        )
        await scenes.start(parties, scene)
        providers = [entry.agency for entry in scene.draft.statement.providers]
        await asyncio.gather(*(scenes.answer(parties[agency], scene) for agency in providers))
        end = await scenes.ended(city, scene)
        assert end.state == matcher_pb2.RUN_STATE_SUCCEEDED, end
        decisions = scenes.verdicts(scene, await scenes.fetch(city, scene))
        assert np.array_equal(decisions, scene.expected)
        assert len(np.unique(decisions)) > 2

    runner.run(play())


def test_manifests_and_awaited_agencies_are_in_the_statements_order(
    runner: asyncio.Runner, parties: Parties
) -> None:
    async def play() -> None:
        city = parties[CITY]
        scene = scenes.draw(city.identity, agencies=REGIONS)
        await scenes.start(parties, scene)
        manifests = {}
        awaited = []
        for agency in (WELFARE, TAX_SOUTH, TAX_NORTH):
            awaited.append(tuple((await scenes.state(city, scene)).awaited))
            party = parties[agency]
            chunks = scenes.chunks_of(party, scene)
            manifests[agency] = scenes.manifest_over(party, scene, chunks)
            await scenes.send(party, scene, chunks)
            await scenes.submit(party, scene, manifests[agency])
        assert awaited == [PROVIDERS, PROVIDERS[:2], PROVIDERS[:1]]
        await scenes.ended(city, scene)
        first, *rest = await scenes.fetch(city, scene)
        payload = envelope_of(first.manifest, "manifest").payload
        listed = [manifests[agency].payload for agency in PROVIDERS]
        inputs = decode_result_manifest(payload).input_manifest_digests
        assert inputs == tuple(map(sha256, listed))
        assert [one.column_manifest.payload for one in rest[:3]] == listed

    runner.run(play())


def test_an_agency_sends_its_own_columns_and_no_others(
    runner: asyncio.Runner, parties: Parties
) -> None:
    async def play() -> None:
        north, south = parties[TAX_NORTH], parties[TAX_SOUTH]
        scene = scenes.draw(parties[CITY].identity, agencies=REGIONS)
        await scenes.start(parties, scene)
        mine, theirs = scene.columns_of(TAX_SOUTH)[0], scene.columns_of(TAX_NORTH)[0]
        assert mine != theirs
        payload = scene.payload(mine, 0)

        def chunk(column: int, provider: AgencyId = TAX_SOUTH) -> common_pb2.ColumnChunk:
            return scenes.signed_chunk(south, scene, column, 0, payload, {"provider": provider})

        for error, sender, message in (
            (ForeignChunk, south, chunk(theirs)),
            (ForeignChunk, south, chunk(theirs, TAX_NORTH)),
            (InvalidSignature, south, chunk(mine, TAX_NORTH)),
            (ForeignChunk, north, chunk(mine)),
            (InvalidSignature, north, chunk(theirs, TAX_NORTH)),
        ):
            await scenes.refused(error, scenes.send(sender, scene, [message]))
        assert (await scenes.state(parties[CITY], scene)).chunks_received == 0
        assert await scenes.send(south, scene, [chunk(mine)]) == 1
        assert await scenes.list_chunks(north, scene) == []
        payload = scene.payload(mine, 0)
        await scenes.refused(ChunkConflict, scenes.send(south, scene, [chunk(mine)]))

    runner.run(play())


def test_a_manifest_over_another_agencys_columns_is_refused(
    runner: asyncio.Runner, parties: Parties
) -> None:
    async def play() -> None:
        north, south = parties[TAX_NORTH], parties[TAX_SOUTH]
        scene = scenes.draw(parties[CITY].identity, agencies=REGIONS)
        await scenes.start(parties, scene)
        norths = scenes.chunks_of(north, scene)
        await scenes.send(north, scene, norths)
        await scenes.send(south, scene, scenes.chunks_of(south, scene))
        await scenes.refused(
            StatementMismatch,
            scenes.submit(south, scene, scenes.manifest_over(south, scene, norths)),
        )
        await scenes.refused(
            StatementMismatch,
            scenes.submit(south, scene, _in_the_name_of(TAX_NORTH, south, scene, norths)),
        )
        await scenes.refused(
            InvalidSignature,
            scenes.submit(south, scene, scenes.manifest_over(north, scene, norths)),
        )

    runner.run(play())


def _in_the_name_of(
    agency: AgencyId, party: Party, scene: Scene, chunks: list[common_pb2.ColumnChunk]
) -> Envelope:
    digests = {chunk.column: bytes(sha256(chunk.payload)) for chunk in chunks}
    payload = encode_column_manifest(ColumnManifest(scene.draft.digest, agency, digests))
    return sign(Domain.COLUMN_MANIFEST, payload, party.identity.signing_key, party.agency)


Message = common_pb2.RunStatement


def _order_exchanged(message: Message) -> None:
    north, south = message.providers[0], message.providers[1]
    north.agency, south.agency = south.agency, north.agency


def _agency_twice(message: Message) -> None:
    message.providers[1].agency = message.providers[0].agency


def _agency_in_two_roles(message: Message) -> None:
    message.providers[2].agency = message.providers[0].agency


def _requester_among_them(message: Message) -> None:
    message.providers[0].agency = message.requester


def _one_agency_less(message: Message) -> None:
    del message.providers[0]


def _one_agency_more(message: Message) -> None:
    added = message.providers.add(role="tax", agency="tax", roster_digest=bytes(32))
    providers = [added, *message.providers[:3]]
    message.providers.sort(key=lambda one: (one.role, one.agency))
    assert len(message.providers) == len(providers)


def _agency_of_another_role(message: Message) -> None:
    message.providers[1].role = "welfare"


STATEMENTS: dict[str, tuple[type[FusumaError], Callable[[Message], None]]] = {
    "agencies in another order": (InvalidMessage, _order_exchanged),
    "an agency twice in its role": (InvalidMessage, _agency_twice),
    "an agency in two roles": (InvalidMessage, _agency_in_two_roles),
    "the requester among the agencies": (InvalidMessage, _requester_among_them),
    "fewer agencies than the plan": (StatementMismatch, _one_agency_less),
    "more agencies than the plan": (StatementMismatch, _one_agency_more),
    "an agency moved to another role": (StatementMismatch, _agency_of_another_role),
}


@pytest.mark.parametrize("case", STATEMENTS)
def test_a_statement_is_refused_for(runner: asyncio.Runner, parties: Parties, case: str) -> None:
    error, change = STATEMENTS[case]

    async def play() -> None:
        city = parties[CITY]
        scene = scenes.draw(city.identity, agencies=REGIONS)
        message = Message.FromString(scene.draft.envelope.payload)
        change(message)
        payload = message.SerializeToString(deterministic=True)
        envelope = sign(Domain.RUN_STATEMENT, payload, city.identity.signing_key, CITY)
        await scenes.refused(error, scenes.create(city, scene, statement=envelope))

    runner.run(play())


def _without(agency: AgencyId) -> tuple[Grant, ...]:
    return tuple(grant for grant in scenes.grants().grants if grant.provider != agency)


TABLES: dict[str, tuple[type[FusumaError], tuple[Grant, ...]]] = {
    "one of the agencies has no row": (PermissionMissing, _without(TAX_SOUTH)),
    "the rows are for one procedure, the programme names none": (
        PermissionNotApplicable,
        tuple(replace(grant, procedure="renewal") for grant in scenes.grants().grants),
    ),
    "one agency's row is for one procedure": (
        PermissionNotApplicable,
        tuple(
            replace(grant, procedure="renewal") if grant.provider == TAX_NORTH else grant
            for grant in scenes.grants().grants
        ),
    ),
}


@pytest.mark.parametrize("case", TABLES)
def test_every_agency_needs_its_grant(
    tmp_path: Path, identities: Mapping[AgencyId, Identity], case: str
) -> None:
    error, rows = TABLES[case]

    async def play() -> None:
        async with (
            scenes.serving(tmp_path / "data", identities, table=GrantTable(rows)) as server,
            scenes.connected(server, identities) as parties,
        ):
            scene = scenes.draw(parties[CITY].identity, agencies=REGIONS)
            await scenes.refused(error, scenes.create(parties[CITY], scene))

    asyncio.run(play())


def test_a_run_with_several_agencies_survives_a_restart(
    tmp_path: Path, identities: Mapping[AgencyId, Identity]
) -> None:
    async def play() -> None:
        data = tmp_path / "data"
        async with (
            scenes.serving(data, identities) as server,
            scenes.connected(server, identities) as parties,
        ):
            scene = scenes.draw(
                parties[CITY].identity, programme=city_households(), agencies=REGIONS
            )
            await scenes.start(parties, scene)
            await scenes.answer(parties[TAX_SOUTH], scene)
        async with (
            scenes.serving(data, identities) as server,
            scenes.connected(server, identities) as parties,
        ):
            assert tuple((await scenes.state(parties[CITY], scene)).awaited) == (
                TAX_NORTH,
                WELFARE,
            )
            await scenes.answer(parties[TAX_NORTH], scene)
            await scenes.answer(parties[WELFARE], scene)
            await scenes.ended(parties[CITY], scene)
            decisions = scenes.verdicts(scene, await scenes.fetch(parties[CITY], scene))
            assert np.array_equal(decisions, scene.expected)

    asyncio.run(play())


def test_a_manifest_that_lists_other_digests_than_arrived_is_refused(
    runner: asyncio.Runner, parties: Parties
) -> None:
    async def play() -> None:
        south = parties[TAX_SOUTH]
        scene = scenes.draw(parties[CITY].identity, agencies=REGIONS)
        await scenes.start(parties, scene)
        await scenes.send(south, scene, scenes.chunks_of(south, scene))
        others = scenes.manifest_over(south, scene, scenes.chunks_of(south, scene))
        await scenes.refused(DigestMismatch, scenes.submit(south, scene, others))

    runner.run(play())
