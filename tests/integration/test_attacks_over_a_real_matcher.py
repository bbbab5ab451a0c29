"""Known attacks on a run, carried out against a real matcher and real agents; each has to fail."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import sqlite3
import time
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key
from eligibility.v1 import common_pb2, matcher_pb2

from clients.requester.cohort import cohort_of
from clients.requester.config import RequesterConfig
from clients.requester.draft import Draft
from clients.requester.run import match
from clients.requester.session import open_session
from matcher.core.binding import Domain, control_commitment, sha256
from matcher.core.controls import seat
from matcher.core.errors import FusumaError, InvalidCard
from matcher.core.identifiers import AgencyId
from matcher.identity.card import issue_card, verify_card
from matcher.identity.certificates import parse_certificate
from matcher.identity.envelope import sign
from matcher.identity.identity import Identity
from matcher.identity.keys import SealingKey
from matcher.service.blobs import Area
from matcher.service.cells import read_cell, write_cell
from matcher.service.server import MatcherServer
from matcher.wire.roster import (
    Roster,
    decode_roster,
    encode_control_map,
    encode_roster,
    pad_roster,
    unpad_roster,
)
from matcher.wire.statement import encode_statement, statement_digest
from tests import matcher_scene as scenes
from tests.matcher_scene import CITY, MATCHER, OUTSIDER, TAX, WELFARE, Party, Scene
from tests.provider_scene import encrypting

Identities = Mapping[AgencyId, Identity]
FAILED = matcher_pb2.RUN_STATE_FAILED


@pytest.fixture(scope="module")
def identities(tmp_path_factory: pytest.TempPathFactory) -> Identities:
    return scenes.federation(tmp_path_factory.mktemp("federation"))


@dataclass(frozen=True)
class Federation:
    server: MatcherServer
    at: Mapping[AgencyId, Party]


@contextlib.asynccontextmanager
async def federation(directory: Path, identities: Identities) -> AsyncIterator[Federation]:
    async with (
        scenes.serving(directory, identities) as server,
        scenes.connected(server, identities) as at,
    ):
        yield Federation(server, at)


# --- Whoever can write to the matcher's disk ------------------------------------------------------


def test_a_column_swapped_on_the_matchers_disk_is_not_evaluated(
    tmp_path: Path, identities: Identities
) -> None:
    """Any other ciphertext of the run's key would be: an older answer, or another column's."""

    async def play() -> None:
        async with federation(tmp_path, identities) as here:
            scene = scenes.draw(identities[CITY])
            await scenes.start(here.at, scene)
            await scenes.answer(here.at[TAX], scene)
            blobs = here.server._blobs
            first, second = (
                blobs.cell(scene.run, Area.INPUTS, column, 0) for column in scene.columns_of(TAX)
            )
            write_cell(first, read_cell(second))
            with contextlib.suppress(FusumaError):
                await scenes.answer(here.at[WELFARE], scene)
            run = await scenes.ended(here.at[CITY], scene)
            assert (run.state, run.failure_reason) == (FAILED, "DIGEST_MISMATCH")

    asyncio.run(play())


def _forge_statement(database: sqlite3.Connection, scene: Scene, _: Identities) -> None:
    later = replace(scene.draft.statement, expires_at=scene.draft.statement.expires_at + 60)
    payload = encode_statement(later)
    database.execute(
        "UPDATE runs SET statement = ?, statement_digest = ?", (payload, sha256(payload))
    )


def _forge_manifest(database: sqlite3.Connection, _: Scene, __: Identities) -> None:
    database.execute("UPDATE manifests SET signature = ?", (bytes(64),))


def _swap_card(database: sqlite3.Connection, _: Scene, identities: Identities) -> None:
    card = identities[OUTSIDER].signed_card
    database.execute("UPDATE run_cards SET signed_card = ? WHERE agency = ?", (card, TAX))


FORGERIES = {
    "statement": (_forge_statement, "INVALID_SIGNATURE"),
    "manifest": (_forge_manifest, "INVALID_SIGNATURE"),
    "card": (_swap_card, "INVALID_CARD"),
}


@pytest.mark.parametrize("case", FORGERIES)
def test_a_run_forged_in_the_database_is_not_taken_up(
    tmp_path: Path, identities: Identities, case: str
) -> None:
    forge, reason = FORGERIES[case]

    async def play() -> None:
        scene = scenes.draw(identities[CITY])
        async with federation(tmp_path, identities) as here:
            await scenes.start(here.at, scene)
            await scenes.answer(here.at[TAX], scene)
        with contextlib.closing(sqlite3.connect(tmp_path / "matcher.sqlite")) as database:
            forge(database, scene, identities)
            database.commit()
        async with federation(tmp_path, identities) as here:
            run = await scenes.state(here.at[CITY], scene)
            assert (run.state, run.failure_reason) == (FAILED, reason)

    asyncio.run(play())


def test_a_column_cannot_be_exchanged_after_it_was_evaluated(
    tmp_path: Path, identities: Identities
) -> None:
    """Lost from the disk after its output was made, it would be asked for again."""

    async def play() -> None:
        scene = scenes.draw(identities[CITY])
        async with federation(tmp_path, identities) as here:
            await scenes.start(here.at, scene)
            await scenes.answer(here.at[TAX], scene)
            welfare = here.at[WELFARE]
            await scenes.send(welfare, scene, scenes.chunks_of(welfare, scene))
            await scenes.until_outputs(here.at[CITY], scene, len(scene.plan.outputs))
        inputs = tmp_path / "blobs" / scene.run / "inputs"
        (inputs / f"row-{scene.columns_of(WELFARE)[0]}").write_bytes(b"")
        async with federation(tmp_path, identities) as here:
            run = await scenes.state(here.at[CITY], scene)
            assert (run.state, run.failure_reason) == (FAILED, "OBJECT_MISSING")

    asyncio.run(play())


# --- A matcher that relays other keys -------------------------------------------------------------


def _swapped_key(identities: Identities) -> bytes:
    """The tax office's own card with a sealing key of the matcher's choice."""
    message = common_pb2.SignedCard.FromString(identities[TAX].signed_card)
    card = common_pb2.AgencyCard.FromString(message.card)
    card.sealing_key = SealingKey.generate().public_bytes
    message.card = card.SerializeToString(deterministic=True)
    return message.SerializeToString(deterministic=True)


def _forged_name(identities: Identities) -> bytes:
    """A card in the tax office's name under another agency's certificate."""
    tax, outsider = identities[TAX], identities[OUTSIDER]
    card = verify_card(tax.signed_card, tax.authority, int(time.time()))
    key = load_pem_private_key(outsider.private_key_pem, None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    leaf = parse_certificate(outsider.certificate_pem).public_bytes(Encoding.DER)
    own = replace(card, sealing_key=outsider.sealing_key.public_bytes)
    return issue_card(own, leaf, key)


SUBSTITUTES: Mapping[str, Callable[[Identities], bytes]] = {
    "another sealing key in the card": _swapped_key,
    "another agency's card": lambda identities: identities[OUTSIDER].signed_card,
    "a card signed with another agency's certificate": _forged_name,
}


@pytest.mark.parametrize("case", SUBSTITUTES)
def test_a_requester_seals_nothing_to_a_key_that_the_matcher_put_in(
    tmp_path: Path, identities: Identities, case: str
) -> None:
    async def play() -> None:
        async with federation(tmp_path, identities) as here:
            journal = here.server._journal
            substitute = SUBSTITUTES[case](identities)
            await journal.call(journal.store.put_card, TAX, substitute, int(time.time()))
            address = f"127.0.0.1:{here.server.port}"
            config = RequesterConfig(identities[CITY], address, MATCHER)
            prepared = scenes.draw(identities[CITY]).prepared
            cohort = cohort_of(["resident-1"], scenes.terms_of(prepared.plan))
            async with open_session(config) as session:
                with pytest.raises(InvalidCard):
                    await match(session, prepared, cohort)
            assert not list(here.server._book)
            assert not here.server._blobs.runs()

    asyncio.run(play())


# --- A requester that wants to learn more than verdicts -------------------------------------------


def _with_rosters(
    scene: Scene, identity: Identity, change: Callable[[AgencyId, Roster], Roster], **changes: Any
) -> Scene:
    """``scene`` with rosters as ``change`` makes them, and a statement that promises those."""
    draft, chunks = scene.draft, scene.draft.statement.chunks
    padded, assignments = {}, []
    for provider in draft.statement.providers:
        honest = unpad_roster(draft.rosters._padded[provider.agency], scene.plan, chunks)
        data = encode_roster(change(provider.agency, decode_roster(honest)))
        padded[provider.agency] = pad_roster(data, scene.plan, chunks)
        assignments.append(replace(provider, roster_digest=sha256(data)))
    statement = replace(draft.statement, **{"providers": tuple(assignments), **changes})
    payload = encode_statement(statement)
    envelope = sign(Domain.RUN_STATEMENT, payload, identity.signing_key, identity.agency)
    rosters = replace(draft.rosters, _padded=padded, assignments=tuple(assignments))
    forged = Draft(statement, statement_digest(payload), envelope, rosters, draft.key)
    return replace(scene, draft=forged)


def _other_canaries(scene: Scene, city: Identity) -> Scene:
    """Other control slots at the second agency: a person at one meets a canary at the other."""
    other = seat(scene.plan, len(scene.draft.rosters.seating.slot_of), secrets.token_bytes)
    control_map = encode_control_map(other.chunks)

    def change(agency: AgencyId, roster: Roster) -> Roster:
        if agency == TAX:
            return roster
        codes = np.zeros_like(roster.codes)
        codes[other.slot_of] = roster.codes[scene.draft.rosters.seating.slot_of]
        return replace(roster, control_map=control_map, codes=codes)

    return _with_rosters(scene, city, change)


def _no_canaries(scene: Scene, city: Identity) -> Scene:
    """Everybody is told the same, but the canaries' answers are all the same too."""
    chunks = [
        replace(chunk, answers=np.zeros_like(chunk.answers))
        for chunk in scene.draft.rosters.seating.chunks
    ]
    control_map = encode_control_map(chunks)
    commitment = control_commitment(scene.draft.rosters.control_salt, control_map)
    return _with_rosters(
        scene,
        city,
        lambda _, roster: replace(roster, control_map=control_map),
        control_commitment=commitment,
    )


def _duplicate(scene: Scene, city: Identity) -> Scene:
    """One person in two slots at one agency, beside two different people at the other."""
    first, second = scene.draft.rosters.seating.slot_of[:2]

    def change(agency: AgencyId, roster: Roster) -> Roster:
        if agency != TAX:
            return roster
        codes = roster.codes.copy()
        codes[second] = codes[first]
        return replace(roster, codes=codes)

    return _with_rosters(scene, city, change)


def _unpromised(scene: Scene, city: Identity) -> Scene:
    """Other people than those the statement commits to."""
    changed = _with_rosters(
        scene, city, lambda _, roster: replace(roster, codes=np.flip(roster.codes, axis=1).copy())
    )
    statement, envelope = scene.draft.statement, scene.draft.envelope
    draft = replace(changed.draft, statement=statement, envelope=envelope)
    return replace(scene, draft=replace(draft, digest=scene.draft.digest))


def _exchanged(scene: Scene, city: Identity) -> Scene:
    """Each agency gets the roster that names the other."""
    names = {TAX: WELFARE, WELFARE: TAX}
    return _with_rosters(
        scene, city, lambda agency, roster: replace(roster, provider=names[agency])
    )


def _of_another_run(scene: Scene, city: Identity) -> Scene:
    """A roster from an earlier run, sealed anew for this one."""
    earlier = scenes.draw(city).run
    return _with_rosters(scene, city, lambda _, roster: replace(roster, run_id=earlier))


CHEATS: Mapping[str, tuple[Callable[[Scene, Identity], Scene], str]] = {
    "canaries in other slots at each agency": (_other_canaries, "CONTROL_MISMATCH"),
    "no canary that misses": (_no_canaries, "CONTROL_MISMATCH"),
    "one person twice": (_duplicate, "DUPLICATE_CODE"),
    "other people than promised": (_unpromised, "STATEMENT_MISMATCH"),
    "a roster that names another agency": (_exchanged, "STATEMENT_MISMATCH"),
    "a roster of another run": (_of_another_run, "STATEMENT_MISMATCH"),
}


@pytest.mark.parametrize("case", CHEATS)
def test_agencies_decline_what_would_tell_more_than_verdicts(
    tmp_path: Path, identities: Identities, case: str
) -> None:
    cheat, reason = CHEATS[case]

    async def play() -> None:
        async with (
            federation(tmp_path / "matcher", identities) as here,
            encrypting(identities, here.server.port) as agents,
        ):
            scene = cheat(scenes.draw(identities[CITY]), identities[CITY])
            async with agents.agents(scene, tmp_path, (TAX, WELFARE)):
                await scenes.start(here.at, scene)
                run = await scenes.ended(here.at[CITY], scene)
            assert (run.state, run.failure_reason) == (FAILED, reason)
            assert run.outputs_done == 0

    asyncio.run(play())


# --- Another agency -------------------------------------------------------------------------------


def test_an_agency_gets_at_nothing_of_a_run_it_has_no_part_in(
    tmp_path: Path, identities: Identities
) -> None:
    """The outsider has a good certificate, and knows the run's name, statement and bundle."""

    async def play() -> None:
        async with federation(tmp_path, identities) as here:
            scene = scenes.draw(identities[CITY])
            await scenes.start(here.at, scene)
            outsider = here.at[OUTSIDER]
            named = {"name": scene.name}
            calls = [
                lambda: outsider.runs.CreateRun(scene.create_request()),
                lambda: outsider.runs.GetRun(matcher_pb2.GetRunRequest(**named)),
                lambda: outsider.runs.CancelRun(matcher_pb2.CancelRunRequest(**named)),
                lambda: outsider.runs.FetchResults(matcher_pb2.FetchResultsRequest(**named)).read(),
                lambda: outsider.runs.WatchRun(matcher_pb2.WatchRunRequest(**named)).read(),
                lambda: outsider.work.ListChunks(matcher_pb2.ListChunksRequest(run=scene.name)),
                lambda: outsider.work.DeclineWork(
                    matcher_pb2.DeclineWorkRequest(run=scene.name, reason="POLICY_REFUSED")
                ),
                *(
                    lambda kind=kind: outsider.work.FetchObject(
                        matcher_pb2.FetchObjectRequest(run=scene.name, kind=kind)
                    ).read()
                    for kind in (
                        matcher_pb2.OBJECT_KIND_ROSTER,
                        matcher_pb2.OBJECT_KIND_PUBLIC_KEY,
                    )
                ),
            ]
            for call in calls:
                with pytest.raises(FusumaError), scenes.raised_here():
                    await call()
            assert (await scenes.state(here.at[CITY], scene)).state == (
                matcher_pb2.RUN_STATE_COLLECTING
            )

    asyncio.run(play())


def test_an_agency_gets_its_own_roster_only(tmp_path: Path, identities: Identities) -> None:
    async def play() -> None:
        async with federation(tmp_path, identities) as here:
            scene = scenes.draw(identities[CITY])
            await scenes.start(here.at, scene)
            kind = matcher_pb2.OBJECT_KIND_ROSTER
            tax, welfare = [
                await scenes.fetch_object(here.at[agency], scene, kind) for agency in (TAX, WELFARE)
            ]
            assert tax != welfare
            assert len(tax) == len(welfare)

    asyncio.run(play())
