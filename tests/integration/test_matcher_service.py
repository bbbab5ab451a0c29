"""Whole runs against a real matcher: mTLS, worker processes, SQLite, files."""

from __future__ import annotations

import asyncio
import datetime as dt
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from eligibility.v1 import common_pb2, matcher_pb2

from matcher.core.binding import Domain, sha256
from matcher.core.errors import (
    ChunkConflict,
    DigestMismatch,
    ForeignChunk,
    FusumaError,
    InvalidCard,
    InvalidCiphertext,
    InvalidKey,
    InvalidMessage,
    InvalidSignature,
    NotYours,
    ObjectMissing,
    PermissionMissing,
    PermissionNotApplicable,
    ProgrammeNotValid,
    QuotaExceeded,
    RunConflict,
    RunFailed,
    RunNotFound,
    SchemeRefused,
    StatementMismatch,
)
from matcher.core.grants import GrantTable
from matcher.core.identifiers import AgencyId, Digest
from matcher.core.scheme import ColumnKind, Scheme
from matcher.identity.card import verify_card
from matcher.identity.envelope import open_envelope, sign
from matcher.identity.identity import Identity
from matcher.service.config import Quotas
from matcher.service.server import MatcherServer
from matcher.wire.envelope import envelope_of
from matcher.wire.manifest import decode_result_manifest
from matcher.wire.statement import encode_statement
from tests import matcher_scene as scenes
from tests.matcher_scene import CITY, TAX, WELFARE, Party

Parties = Mapping[AgencyId, Party]


@pytest.fixture(scope="module")
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as runner:
        yield runner


@pytest.fixture(scope="module")
def identities(tmp_path_factory: pytest.TempPathFactory) -> Mapping[AgencyId, Identity]:
    return scenes.federation(tmp_path_factory.mktemp("federation"))


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("matcher")


@pytest.fixture(scope="module")
def server(
    runner: asyncio.Runner, identities: Mapping[AgencyId, Identity], data: Path
) -> Iterator[MatcherServer]:
    context = scenes.serving(data, identities, quotas=Quotas(runs_per_requester=100))
    yield runner.run(context.__aenter__())
    runner.run(context.__aexit__(None, None, None))


@pytest.fixture(scope="module")
def parties(
    runner: asyncio.Runner, server: MatcherServer, identities: Mapping[AgencyId, Identity]
) -> Iterator[Parties]:
    context = scenes.connected(server, identities)
    yield runner.run(context.__aenter__())
    runner.run(context.__aexit__(None, None, None))


@pytest.mark.parametrize(
    ("programme", "kind", "subjects"),
    [
        pytest.param("city/support.yaml", ColumnKind.DECISION, 40, id="decision columns"),
        pytest.param("city/support.yaml", ColumnKind.ATTRIBUTE, 40, id="attribute columns"),
        pytest.param("city/relief.yaml", ColumnKind.DECISION, 40, id="a product"),
        pytest.param("benchmark/support.yaml", ColumnKind.DECISION, 8300, id="two chunks"),
    ],
)
def test_verdicts_are_those_of_the_plaintext(
    runner: asyncio.Runner,
    parties: Parties,
    programme: str,
    kind: ColumnKind,
    subjects: int,
) -> None:
    async def play() -> None:
        scene = scenes.draw(
            parties[CITY].identity, programme=programme, kind=kind, subjects=subjects
        )
        await scenes.start(parties, scene)
        await asyncio.gather(
            scenes.answer(parties[TAX], scene), scenes.answer(parties[WELFARE], scene)
        )
        end = await scenes.ended(parties[CITY], scene)
        assert end.state == matcher_pb2.RUN_STATE_SUCCEEDED, end
        assert end.outputs_done == end.outputs_expected
        assert end.evaluation_seconds > 0
        verdicts = scenes.verdicts(scene, await scenes.fetch(parties[CITY], scene))
        assert np.array_equal(verdicts, scene.expected)

    runner.run(play())


# --- Beginning a run ------------------------------------------------------------------------------


def test_the_same_statement_again_gives_the_run_as_it_stands(
    runner: asyncio.Runner, parties: Parties
) -> None:
    async def play() -> None:
        scene = scenes.draw(parties[CITY].identity)
        first = await scenes.create(parties[CITY], scene)
        await scenes.upload_keys(parties[CITY], scene)
        again = await scenes.create(parties[CITY], scene)
        assert first == again
        assert first.statement_digest == scene.draft.digest

    runner.run(play())


def test_validation_creates_nothing(runner: asyncio.Runner, parties: Parties) -> None:
    async def play() -> None:
        scene = scenes.draw(parties[CITY].identity)
        run = await scenes.create(parties[CITY], scene, validate_only=True)
        assert run.chunks_expected == len(scene.plan.columns)
        await scenes.refused(RunNotFound, scenes.state(parties[CITY], scene))

    runner.run(play())


def test_a_run_id_or_nonce_is_used_once(runner: asyncio.Runner, parties: Parties) -> None:
    async def play() -> None:
        city = parties[CITY]
        scene = scenes.draw(city.identity)
        await scenes.create(city, scene)
        same_id = scenes.draw(city.identity, run=scene.run)
        await scenes.refused(RunConflict, scenes.create(city, same_id))
        same_nonce = scenes.draw(city.identity, nonce=scene.draft.statement.nonce)
        await scenes.refused(RunConflict, scenes.create(city, same_nonce))

    runner.run(play())


Change = Callable[[scenes.Scene, Identity], dict[str, Any]]


def _over(**changes: Any) -> Change:
    """The statement with other fields, signed by its requester."""

    def changed(scene: scenes.Scene, city: Identity) -> dict[str, Any]:
        payload = encode_statement(replace(scene.draft.statement, **changes))
        return {"statement": sign(Domain.RUN_STATEMENT, payload, city.signing_key, CITY)}

    return changed


def _providers_exchanged(scene: scenes.Scene, city: Identity) -> dict[str, Any]:
    tax, welfare = scene.draft.statement.providers
    return _over(providers=(replace(tax, agency=WELFARE), replace(welfare, agency=TAX)))(
        scene, city
    )


def _asks_a_stranger(scene: scenes.Scene, city: Identity) -> dict[str, Any]:
    tax, welfare = scene.draft.statement.providers
    return _over(providers=(tax, replace(welfare, agency=AgencyId("nobody"))))(scene, city)


def _one_role_less(scene: scenes.Scene, city: Identity) -> dict[str, Any]:
    return _over(providers=scene.draft.statement.providers[:1])(scene, city)


NOW = int(time.time())
REFUSED_STATEMENTS: Mapping[str, tuple[type[FusumaError], Change]] = {
    "a signature that is none": (
        InvalidSignature,
        lambda scene, _: {"statement": replace(scene.draft.envelope, signature=bytes(64))},
    ),
    "a statement in another agency's name": (
        InvalidSignature,
        lambda scene, _: {"statement": replace(scene.draft.envelope, signer=TAX)},
    ),
    "a statement of another requester": (NotYours, _over(requester=scenes.OUTSIDER)),
    "a changed programme": (
        DigestMismatch,
        lambda scene, _: {"bundle": scene.prepared.bundle + b" "},
    ),
    "another plan": (StatementMismatch, _over(plan_digest=Digest(bytes(32)))),
    "other parameters": (StatementMismatch, _over(parameters="bgv-8192-192")),
    "a needless evaluation key": (
        StatementMismatch,
        _over(evaluation_key_digest=Digest(bytes(32))),
    ),
    "an old statement": (StatementMismatch, _over(issued_at=NOW - 3600)),
    "a statement from the future": (
        StatementMismatch,
        _over(issued_at=NOW + 3600, expires_at=NOW + 7200),
    ),
    "a run that would take a week": (QuotaExceeded, _over(expires_at=NOW + 6 * 24 * 3600)),
    "too many chunks": (QuotaExceeded, _over(chunks=2000)),
    "a date before the programme": (ProgrammeNotValid, _over(reference_date=date(2025, 1, 1))),
    "exchanged providers": (PermissionMissing, _providers_exchanged),
    "a provider without a card": (InvalidCard, _asks_a_stranger),
    "a role too few": (StatementMismatch, _one_role_less),
}


@pytest.mark.parametrize("case", REFUSED_STATEMENTS)
def test_a_run_is_refused_for(runner: asyncio.Runner, parties: Parties, case: str) -> None:
    kind, change = REFUSED_STATEMENTS[case]

    async def play() -> None:
        city = parties[CITY]
        scene = scenes.draw(city.identity)
        request = change(scene, city.identity)
        await scenes.refused(kind, scenes.create(city, scene, **request))
        await scenes.refused(RunNotFound, scenes.state(city, scene))

    runner.run(play())


def test_a_grant_that_has_run_out_is_refused_though_it_covers_the_reference_date(
    tmp_path: Path, identities: Mapping[AgencyId, Identity]
) -> None:
    yesterday = dt.datetime.now(dt.UTC).date() - dt.timedelta(days=1)
    table = GrantTable(
        tuple(replace(grant, valid_to=yesterday) for grant in scenes.grants().grants)
    )

    async def play() -> None:
        async with (
            scenes.serving(tmp_path / "data", identities, table=table) as server,
            scenes.connected(server, identities) as parties,
        ):
            scene = scenes.draw(parties[CITY].identity)
            await scenes.refused(PermissionNotApplicable, scenes.create(parties[CITY], scene))

    asyncio.run(play())


def test_an_enclave_run_is_refused_where_there_is_no_enclave(
    runner: asyncio.Runner, parties: Parties
) -> None:
    async def play() -> None:
        scene = scenes.draw(parties[CITY].identity, scheme=Scheme.ENCLAVE, kind=ColumnKind.VALUE)
        await scenes.refused(SchemeRefused, scenes.create(parties[CITY], scene))

    runner.run(play())


def test_a_programme_of_another_requester_is_refused(
    runner: asyncio.Runner, parties: Parties
) -> None:
    async def play() -> None:
        registry = parties[scenes.OUTSIDER]
        scene = scenes.draw(registry.identity)
        await scenes.refused(NotYours, scenes.create(registry, scene))

    runner.run(play())


# --- Objects --------------------------------------------------------------------------------------


def test_a_public_key_under_which_anyone_reads_fails_the_run(
    runner: asyncio.Runner, parties: Parties
) -> None:
    async def play() -> None:
        city = parties[CITY]
        scene = scenes.draw(city.identity)
        key = scene.draft.key.public_key
        assert key is not None
        request = _over(public_key_digest=sha256(bytes(len(key))))(scene, city.identity)
        await scenes.create(city, scene, **request)
        await scenes.refused(
            InvalidKey,
            scenes.upload(city, scene, matcher_pb2.OBJECT_KIND_PUBLIC_KEY, bytes(len(key))),
        )
        run = await scenes.state(city, scene)
        assert run.state == matcher_pb2.RUN_STATE_FAILED
        assert run.failure_reason == "INVALID_KEY"

    runner.run(play())


def test_objects_are_those_the_statement_and_their_headers_name(
    runner: asyncio.Runner, parties: Parties, data: Path
) -> None:
    async def play() -> None:
        city = parties[CITY]
        scene = scenes.draw(city.identity)
        await scenes.create(city, scene)
        kind = matcher_pb2.OBJECT_KIND_PUBLIC_KEY
        key = scene.draft.key.public_key
        assert key is not None
        for error, call in (
            (DigestMismatch, scenes.upload(city, scene, kind, key[::-1])),
            (DigestMismatch, scenes.upload(city, scene, kind, key[::-1], digest=sha256(key))),
            (DigestMismatch, scenes.upload(city, scene, kind, key[:-1], digest=sha256(key))),
            (QuotaExceeded, scenes.upload(city, scene, kind, key, size=len(key) - 1)),
            (QuotaExceeded, scenes.upload(city, scene, kind, key, size=len(key) + 1)),
            (InvalidMessage, scenes.upload(city, scene, kind, key, provider=TAX)),
            (
                InvalidMessage,
                scenes.upload(city, scene, matcher_pb2.OBJECT_KIND_EVALUATION_KEY, key),
            ),
            (
                InvalidMessage,
                scenes.upload(
                    city, scene, matcher_pb2.OBJECT_KIND_ROSTER, b"r", provider="registry"
                ),
            ),
        ):
            await scenes.refused(error, call)
        folder = data / "blobs" / scene.run / "inputs"
        assert not list(folder.glob("*")), "nothing is half-accepted"
        await scenes.upload(city, scene, matcher_pb2.OBJECT_KIND_ROSTER, b"first", provider=TAX)
        await scenes.upload(city, scene, matcher_pb2.OBJECT_KIND_ROSTER, b"first", provider=TAX)
        await scenes.refused(
            RunConflict,
            scenes.upload(city, scene, matcher_pb2.OBJECT_KIND_ROSTER, b"other", provider=TAX),
        )

    runner.run(play())


def test_a_provider_is_told_of_a_run_when_all_it_needs_is_there(
    runner: asyncio.Runner, parties: Parties
) -> None:
    async def play() -> None:
        city, tax = parties[CITY], parties[TAX]
        scene = scenes.draw(city.identity)
        watching = asyncio.create_task(scenes.next_work_of(tax, scene))
        await scenes.create(city, scene)
        await scenes.refused(ObjectMissing, scenes.send(tax, scene, scenes.chunks_of(tax, scene)))
        await scenes.upload_keys(city, scene)
        await asyncio.sleep(0.05)
        assert not watching.done()
        await scenes.upload_rosters(city, scene, parties)
        item = await watching
        assert item.statement.payload == scene.draft.envelope.payload
        assert item.bundle == scene.prepared.bundle
        assert item.requester_card.SerializeToString() == city.identity.signed_card
        # Whoever connects later is told, too.
        assert (await scenes.next_work_of(parties[WELFARE], scene)).run == scene.name
        key = await scenes.fetch_object(tax, scene, matcher_pb2.OBJECT_KIND_PUBLIC_KEY)
        assert key == scene.draft.key.public_key
        await scenes.fetch_object(tax, scene, matcher_pb2.OBJECT_KIND_ROSTER)
        await scenes.refused(
            NotYours, scenes.fetch_object(city, scene, matcher_pb2.OBJECT_KIND_ROSTER)
        )
        await scenes.refused(
            RunNotFound,
            scenes.fetch_object(
                parties[scenes.OUTSIDER], scene, matcher_pb2.OBJECT_KIND_PUBLIC_KEY
            ),
        )

    runner.run(play())


# --- Chunks and manifests -------------------------------------------------------------------------


def test_chunks_that_are_not_what_they_claim_are_refused(
    runner: asyncio.Runner, parties: Parties
) -> None:
    async def play() -> None:
        city, tax, welfare = parties[CITY], parties[TAX], parties[WELFARE]
        scene = scenes.draw(city.identity)
        other = scenes.draw(city.identity, seed=2)
        await scenes.start(parties, scene)
        column = scene.columns_of(TAX)[0]
        theirs = scene.columns_of(WELFARE)[0]
        payload = scene.payload(column, 0)

        def chunk(**signing: Any) -> common_pb2.ColumnChunk:
            return scenes.signed_chunk(tax, scene, column, 0, payload, signing)

        def altered(**changes: Any) -> common_pb2.ColumnChunk:
            message = chunk()
            for name, value in changes.items():
                setattr(message, name, value)
            return message

        tampered = bytes([payload[0] ^ 1]) + payload[1:]
        for error, sender, message in (
            (InvalidSignature, tax, altered(payload=tampered)),
            (InvalidSignature, tax, altered(signature=bytes(64))),
            (InvalidSignature, tax, chunk(statement=other.draft.digest)),
            (InvalidSignature, tax, chunk(column=column + 1)),
            (InvalidSignature, tax, chunk(chunk=1)),
            (InvalidSignature, tax, chunk(provider=WELFARE)),
            (ForeignChunk, tax, altered(column=theirs)),
            (ForeignChunk, tax, altered(column=99)),
            (ForeignChunk, tax, altered(chunk=1)),
            (ForeignChunk, welfare, chunk()),
            (InvalidCiphertext, tax, altered(payload=payload[:-1])),
            (InvalidCiphertext, tax, altered(payload=payload + b"x")),
            (NotYours, city, chunk()),
            (RunNotFound, parties[scenes.OUTSIDER], chunk()),
        ):
            await scenes.refused(error, scenes.send(sender, scene, [message]))
        assert (await scenes.state(city, scene)).chunks_received == 0
        # The good one is accepted after all that, once or twice; another version is not.
        assert await scenes.send(tax, scene, [chunk()]) == 1
        assert await scenes.send(tax, scene, [chunk()]) == 1
        payload = scene.payload(column, 0)
        await scenes.refused(ChunkConflict, scenes.send(tax, scene, [chunk()]))
        received = await scenes.list_chunks(tax, scene)
        assert [(c.column, c.chunk) for c in received] == [(column, 0)]
        assert await scenes.list_chunks(welfare, scene) == []

    runner.run(play())


@pytest.mark.parametrize("together", [False, True], ids=["apart", "in one message"])
def test_one_of_two_versions_sent_at_once_is_accepted_and_evaluated(
    runner: asyncio.Runner,
    parties: Parties,
    together: bool,  # noqa: FBT001
) -> None:
    async def play() -> None:
        tax = parties[TAX]
        scene = scenes.draw(parties[CITY].identity)
        await scenes.start(parties, scene)
        column = scene.columns_of(TAX)[0]
        versions = [
            scenes.signed_chunk(tax, scene, column, 0, scene.payload(column, 0)) for _ in range(8)
        ]
        outcomes = await asyncio.gather(
            *(
                scenes.send(tax, scene, [version, version], together=together)
                for version in versions
            ),
            return_exceptions=True,
        )
        accepted = [v for v, outcome in zip(versions, outcomes, strict=True) if outcome == 1]
        assert len(accepted) == 1
        assert sum(isinstance(outcome, ChunkConflict) for outcome in outcomes) == 7
        await scenes.answer_rest(tax, scene, accepted)
        await scenes.answer(parties[WELFARE], scene)
        await scenes.ended(parties[CITY], scene)
        verdicts = scenes.verdicts(scene, await scenes.fetch(parties[CITY], scene))
        assert np.array_equal(verdicts, scene.expected)

    runner.run(play())


def test_streams_that_want_the_same_cells_the_other_way_round_all_end(
    runner: asyncio.Runner, parties: Parties
) -> None:
    async def play() -> None:
        tax = parties[TAX]
        scene = scenes.draw(parties[CITY].identity)
        await scenes.start(parties, scene)
        chunks = scenes.chunks_of(tax, scene)
        orders = [chunks, chunks[::-1]] * 4
        async with asyncio.timeout(10):
            counts = await asyncio.gather(
                *(scenes.send(tax, scene, order, together=True) for order in orders)
            )
        assert max(counts) == len(chunks)
        assert len(await scenes.list_chunks(tax, scene)) == len(chunks)

    runner.run(play())


@pytest.mark.parametrize("together", [False, True], ids=["apart", "in one message"])
def test_what_was_accepted_before_a_bad_chunk_stays(
    runner: asyncio.Runner,
    parties: Parties,
    together: bool,  # noqa: FBT001
) -> None:
    async def play() -> None:
        tax = parties[TAX]
        scene = scenes.draw(parties[CITY].identity)
        await scenes.start(parties, scene)
        good, bad = scenes.chunks_of(tax, scene)
        bad.signature = bytes(64)
        await scenes.refused(
            InvalidSignature, scenes.send(tax, scene, [good, bad], together=together)
        )
        received = await scenes.list_chunks(tax, scene)
        assert [c.signature for c in received] == [good.signature]

    runner.run(play())


def test_a_manifest_lists_exactly_what_was_received(
    runner: asyncio.Runner, parties: Parties
) -> None:
    async def play() -> None:
        city, tax, welfare = parties[CITY], parties[TAX], parties[WELFARE]
        scene = scenes.draw(city.identity)
        await scenes.start(parties, scene)
        chunks = scenes.chunks_of(tax, scene)
        manifest = scenes.manifest_over(tax, scene, chunks)
        await scenes.refused(ObjectMissing, scenes.submit(tax, scene, manifest))
        await scenes.send(tax, scene, chunks)
        others = scenes.manifest_over(tax, scene, scenes.chunks_of(tax, scene))
        await scenes.refused(DigestMismatch, scenes.submit(tax, scene, others))
        await scenes.refused(InvalidSignature, scenes.submit(welfare, scene, manifest))
        less = scenes.manifest_over(tax, scene, chunks[:1])
        await scenes.refused(StatementMismatch, scenes.submit(tax, scene, less))
        forged = replace(manifest, signature=bytes(64))
        await scenes.refused(InvalidSignature, scenes.submit(tax, scene, forged))
        foreign = scenes.manifest_over(tax, scenes.draw(city.identity), chunks)
        await scenes.refused(StatementMismatch, scenes.submit(tax, scene, foreign))
        await scenes.submit(tax, scene, manifest)
        await scenes.submit(tax, scene, manifest)
        await scenes.answer(welfare, scene)
        assert (await scenes.ended(city, scene)).state == matcher_pb2.RUN_STATE_SUCCEEDED
        # A response that was lost on the way can be asked for again.
        await scenes.submit(tax, scene, manifest)

    runner.run(play())


def test_a_signed_chunk_that_is_no_ciphertext_fails_the_run_without_output(
    runner: asyncio.Runner, parties: Parties, data: Path
) -> None:
    async def play() -> None:
        city, tax, welfare = parties[CITY], parties[TAX], parties[WELFARE]
        scene = scenes.draw(city.identity)
        await scenes.start(parties, scene)
        column = scene.columns_of(TAX)[0]
        garbage = b"\xff" * len(scene.payload(column, 0))
        await scenes.send(welfare, scene, scenes.chunks_of(welfare, scene))
        await scenes.send(tax, scene, [scenes.signed_chunk(tax, scene, column, 0, garbage)])
        end = await scenes.ended(city, scene)
        assert end.state == matcher_pb2.RUN_STATE_FAILED
        assert end.failure_reason == "INVALID_CIPHERTEXT"
        await scenes.refused(RunFailed, scenes.fetch(city, scene))
        await scenes.until_gone(data / "blobs" / scene.run)

    runner.run(play())


# --- Ending ---------------------------------------------------------------------------------------


def test_results_go_to_the_requester_alone_and_when_there_are_any(
    runner: asyncio.Runner, parties: Parties
) -> None:
    async def play() -> None:
        city = parties[CITY]
        scene = scenes.draw(city.identity)
        await scenes.start(parties, scene)
        await scenes.refused(RunConflict, scenes.fetch(city, scene))
        await scenes.answer(parties[TAX], scene)
        await scenes.answer(parties[WELFARE], scene)
        await scenes.ended(city, scene)
        await scenes.refused(NotYours, scenes.fetch(parties[TAX], scene))
        await scenes.refused(RunNotFound, scenes.fetch(parties[scenes.OUTSIDER], scene))
        await scenes.refused(RunNotFound, scenes.state(parties[scenes.OUTSIDER], scene))
        await scenes.fetch(city, scene)
        await scenes.fetch(city, scene)

    runner.run(play())


def test_the_released_manifest_is_signed_and_names_inputs_and_outputs(
    runner: asyncio.Runner, parties: Parties, identities: Mapping[AgencyId, Identity]
) -> None:
    async def play() -> None:
        city = parties[CITY]
        scene = scenes.draw(city.identity, programme="benchmark/support.yaml", subjects=8300)
        await scenes.start(parties, scene)
        manifests = []
        for agency in (TAX, WELFARE):
            chunks = scenes.chunks_of(parties[agency], scene)
            manifests.append(scenes.manifest_over(parties[agency], scene, chunks))
            await scenes.send(parties[agency], scene, chunks)
            await scenes.submit(parties[agency], scene, manifests[-1])
        await scenes.ended(city, scene)
        first, *rest = await scenes.fetch(city, scene)
        signed = await city.directory.GetCard(
            matcher_pb2.GetCardRequest(name=f"agencies/{scenes.MATCHER}")
        )
        authority = identities[CITY].authority
        card = verify_card(signed.SerializeToString(), authority, int(time.time()))
        envelope = envelope_of(first.manifest, "manifest")
        result = decode_result_manifest(open_envelope(Domain.RESULT_MANIFEST, envelope, card))
        result.check(scene.draft.digest, [sha256(m.payload) for m in manifests], [0], chunks=2)
        assert [r.column_manifest.payload for r in rest[:2]] == [m.payload for m in manifests]
        outputs = [output for response in rest[2:] for output in response.outputs.chunks]
        for output in outputs:
            assert sha256(output.payload) == result.digest_of(output.output, output.chunk)
        assert [output.chunk for output in outputs] == [0, 1]

    runner.run(play())


def test_columns_and_rosters_are_deleted_when_a_run_ends(
    runner: asyncio.Runner, parties: Parties, data: Path
) -> None:
    async def play() -> None:
        city = parties[CITY]
        scene = scenes.draw(city.identity)
        await scenes.start(parties, scene)
        folder = data / "blobs" / scene.run
        assert list((folder / "inputs").iterdir())
        await scenes.answer(parties[TAX], scene)
        await scenes.answer(parties[WELFARE], scene)
        await scenes.ended(city, scene)
        await scenes.until_gone(folder / "inputs")
        assert list((folder / "outputs").iterdir())

    runner.run(play())


def test_a_cancelled_run_stays_cancelled_and_keeps_nothing(
    runner: asyncio.Runner, parties: Parties, data: Path
) -> None:
    async def play() -> None:
        city, tax = parties[CITY], parties[TAX]
        scene = scenes.draw(city.identity)
        await scenes.start(parties, scene)
        chunks = scenes.chunks_of(tax, scene)
        await scenes.send(tax, scene, chunks)
        await scenes.refused(NotYours, scenes.cancel(tax, scene))
        assert (await scenes.cancel(city, scene)).state == matcher_pb2.RUN_STATE_CANCELLED
        assert (await scenes.cancel(city, scene)).state == matcher_pb2.RUN_STATE_CANCELLED
        await scenes.refused(RunConflict, scenes.send(tax, scene, chunks))
        await scenes.refused(
            RunConflict, scenes.submit(tax, scene, scenes.manifest_over(tax, scene, chunks))
        )
        await scenes.refused(RunConflict, scenes.fetch(city, scene))
        await scenes.until_gone(data / "blobs" / scene.run)

    runner.run(play())


def test_a_declined_run_fails_with_the_reason(runner: asyncio.Runner, parties: Parties) -> None:
    async def play() -> None:
        city, tax = parties[CITY], parties[TAX]
        scene = scenes.draw(city.identity)
        await scenes.start(parties, scene)
        await scenes.refused(InvalidMessage, scenes.decline(tax, scene, "income above 5000"))
        await scenes.refused(NotYours, scenes.decline(city, scene, "POLICY_REFUSED"))
        await scenes.decline(tax, scene, "POLICY_REFUSED")
        await scenes.decline(tax, scene, "POLICY_REFUSED")
        end = await scenes.ended(city, scene)
        assert end.state == matcher_pb2.RUN_STATE_FAILED
        assert end.failure_reason == "POLICY_REFUSED"
        assert end.failure_text.startswith("tax: ")
        assert (end.failure_party, list(end.awaited)) == (TAX, [])

    runner.run(play())


def test_a_run_says_whom_it_waits_for(runner: asyncio.Runner, parties: Parties) -> None:
    async def play() -> None:
        city = parties[CITY]
        scene = scenes.draw(city.identity)
        assert not (await scenes.create(city, scene)).awaited
        await scenes.start(parties, scene)
        assert list((await scenes.state(city, scene)).awaited) == [TAX, WELFARE]
        await scenes.answer(parties[WELFARE], scene)
        assert list((await scenes.state(city, scene)).awaited) == [TAX]
        await scenes.answer(parties[TAX], scene)
        end = await scenes.ended(city, scene)
        assert (list(end.awaited), end.failure_party) == ([], "")

    runner.run(play())
