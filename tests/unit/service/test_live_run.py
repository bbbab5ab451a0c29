"""The state machine of a run, without a server."""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping
from dataclasses import replace

import pytest

from matcher.core.binding import sha256
from matcher.core.errors import (
    ChunkConflict,
    DigestMismatch,
    ForeignChunk,
    InvalidCiphertext,
    InvalidMessage,
    NotYours,
    ObjectMissing,
    QuotaExceeded,
    RunConflict,
    RunExpired,
)
from matcher.core.identifiers import AgencyId, Digest
from matcher.core.scheme import ColumnKind, Scheme
from matcher.identity.card import verify_card
from matcher.identity.envelope import Envelope
from matcher.identity.identity import Identity
from matcher.service.runs import Due, LiveRun
from matcher.service.store import Ending, ObjectKind, ObjectRow, RunState
from matcher.service.storing import storing_for
from matcher.service.terms import RunTerms
from matcher.wire.manifest import ColumnManifest
from tests import matcher_scene as scenes
from tests.matcher_scene import CITY, TAX, WELFARE


@pytest.fixture(scope="module")
def identities(tmp_path_factory: pytest.TempPathFactory) -> Mapping[AgencyId, Identity]:
    return scenes.federation(tmp_path_factory.mktemp("federation"))


@pytest.fixture(scope="module")
def terms(identities: Mapping[AgencyId, Identity]) -> RunTerms:
    return terms_of(scenes.draw(identities[CITY], subjects=8300), identities)


def terms_of(scene: scenes.Scene, identities: Mapping[AgencyId, Identity]) -> RunTerms:
    """The terms under which a matcher would admit the run of ``scene``."""
    parties = {agency: identities[agency] for agency in (CITY, TAX, WELFARE)}
    return RunTerms(
        statement=scene.draft.statement,
        digest=scene.draft.digest,
        envelope=scene.draft.envelope,
        bundle=scene.prepared.bundle,
        plan=scene.plan,
        signed_cards={agency: identity.signed_card for agency, identity in parties.items()},
        cards={
            agency: verify_card(identity.signed_card, identity.authority, int(time.time()))
            for agency, identity in parties.items()
        },
    )


def public_key(terms: RunTerms) -> ObjectRow:
    assert terms.statement.public_key_digest is not None
    return ObjectRow(ObjectKind.PUBLIC_KEY, None, terms.statement.public_key_digest, 1000)


def roster(provider: AgencyId) -> ObjectRow:
    return ObjectRow(ObjectKind.ROSTER, provider, sha256(provider.encode()), 1000)


@pytest.fixture
def run(terms: RunTerms) -> LiveRun:
    """A run that waits for its providers."""
    run = LiveRun(terms, 0)
    for row in (public_key(terms), roster(TAX), roster(WELFARE)):
        run.take_object(row)
    run.take_key_check()
    return run


def digest(column: int, chunk: int) -> Digest:
    return sha256(bytes([column, chunk]))


def fill(run: LiveRun, *columns: int) -> list[Due]:
    due: list[Due] = []
    for column in columns:
        for chunk in range(2):
            due += run.take_chunk(column, chunk, digest(column, chunk), bytes(64))[1]
    return due


def manifest(run: LiveRun, provider: AgencyId) -> tuple[ColumnManifest, Envelope]:
    columns = {column: run.columns.digests_of(column) for column in run.terms.columns[provider]}
    return (
        ColumnManifest(run.terms.digest, provider, columns),
        Envelope(secrets.token_bytes(8), bytes(64), provider),
    )


def test_a_run_opens_to_providers_when_everything_is_there_and_checked(terms: RunTerms) -> None:
    run = LiveRun(terms, 0)
    assert not run.take_object(roster(TAX))
    assert not run.take_object(public_key(terms))
    assert run.objects.keys_there
    assert not run.take_object(roster(WELFARE))
    with pytest.raises(ObjectMissing):
        run.require_collecting()
    assert run.take_key_check()
    run.require_collecting()
    assert run.awaits(TAX)
    assert not run.awaits(CITY)


def test_a_run_names_whom_it_waits_for_while_it_collects(terms: RunTerms) -> None:
    run = LiveRun(terms, 0)
    assert [*run.awaited] == []
    for row in (public_key(terms), roster(TAX), roster(WELFARE)):
        run.take_object(row)
    run.take_key_check()
    assert [*run.awaited] == [TAX, WELFARE]
    fill(run, *terms.columns[TAX])
    assert [*run.awaited] == [TAX, WELFARE]
    run.take_manifest(*manifest(run, TAX))
    assert [*run.awaited] == [WELFARE]
    run.end(Ending(RunState.CANCELLED, 5))
    assert [*run.awaited] == []


def test_an_object_has_one_version(run: LiveRun) -> None:
    assert not run.expect_object(roster(TAX))
    with pytest.raises(RunConflict):
        run.expect_object(replace(roster(TAX), digest=sha256(b"other")))


@pytest.mark.parametrize(
    ("row", "kind"),
    [
        pytest.param(
            ObjectRow(ObjectKind.EVALUATION_KEY, None, sha256(b""), 1),
            InvalidMessage,
            id="a key the plan has no use for",
        ),
        pytest.param(roster(CITY), InvalidMessage, id="a roster for somebody else"),
        pytest.param(
            ObjectRow(ObjectKind.PUBLIC_KEY, None, sha256(b"other"), 1),
            DigestMismatch,
            id="another key than the statement's",
        ),
        pytest.param(replace(roster(TAX), size=2**30), QuotaExceeded, id="a huge roster"),
    ],
)
def test_an_object_that_does_not_belong_is_refused(
    terms: RunTerms, row: ObjectRow, kind: type[Exception]
) -> None:
    with pytest.raises(kind):
        LiveRun(terms, 0).expect_object(row)


def test_an_output_is_due_once_when_its_last_column_comes(run: LiveRun) -> None:
    plan = run.terms.plan
    tax, welfare = run.terms.columns[TAX], run.terms.columns[WELFARE]
    assert plan.column_kind is ColumnKind.DECISION
    assert fill(run, *tax) == []
    due = fill(run, *welfare)
    assert sorted((d.output, d.chunk) for d in due) == [(0, 0), (0, 1), (1, 0), (1, 1)]
    assert fill(run, *tax, *welfare) == []
    assert list(run.due()) == [Due(output, chunk) for chunk in range(2) for output in range(2)]
    run.take_output(0, 0, sha256(b"output"), 0.1)
    assert Due(0, 0) not in set(run.due())


def test_a_chunk_has_one_version(run: LiveRun) -> None:
    assert run.take_chunk(0, 0, digest(0, 0), bytes(64))[0]
    assert not run.take_chunk(0, 0, digest(0, 0), bytes(64))[0]
    with pytest.raises(ChunkConflict):
        run.take_chunk(0, 0, digest(0, 1), bytes(64))


def test_a_chunk_has_its_providers_position_and_the_plans_length(terms: RunTerms) -> None:
    mine, theirs = terms.columns[TAX][0], terms.columns[WELFARE][0]
    length = terms.payload_bytes(0)
    terms.check_position(TAX, mine, 1, length)
    for provider, column, chunk, size, kind in (
        (CITY, mine, 0, length, NotYours),
        (TAX, theirs, 0, length, ForeignChunk),
        (TAX, 99, 0, length, ForeignChunk),
        (TAX, mine, 2, length, ForeignChunk),
        (TAX, mine, 0, length - 1, InvalidCiphertext),
        (TAX, mine, 0, length + 1, InvalidCiphertext),
        (TAX, mine, 0, 0, InvalidCiphertext),
    ):
        with pytest.raises(kind):
            terms.check_position(provider, column, chunk, size)


def test_a_sealed_chunk_has_the_length_of_its_attributes_values(
    identities: Mapping[AgencyId, Identity],
) -> None:
    scene = scenes.draw(identities[CITY], scheme=Scheme.ENCLAVE, kind=ColumnKind.VALUE)
    terms = terms_of(scene, identities)
    # One byte a value, the encapsulated key of MLKEM768-X25519, and the tag.
    length = 8192 + 1088 + 32 + 16
    terms.check_position(TAX, 0, 0, length)
    for other in (0, length - 1, length + 1, 2 * length):
        with pytest.raises(InvalidCiphertext):
            terms.check_position(TAX, 0, 0, other)


def test_manifests_close_the_collection(run: LiveRun) -> None:
    fill(run, *run.terms.columns[TAX])
    tax, signed = manifest(run, TAX)
    with pytest.raises(NotYours):
        run.take_manifest(replace(tax, provider=CITY), signed)
    with pytest.raises(ObjectMissing):
        run.take_manifest(*manifest(run, WELFARE))
    swapped = dict(zip(tax.columns, reversed(tax.columns.values()), strict=True))
    with pytest.raises(DigestMismatch):
        run.take_manifest(replace(tax, columns=swapped), signed)
    assert run.take_manifest(tax, signed)
    assert not run.take_manifest(tax, signed)
    with pytest.raises(RunConflict):
        run.take_manifest(tax, replace(signed, payload=b"other"))
    assert not run.awaits(TAX)
    assert not run.begin_evaluating()
    fill(run, *run.terms.columns[WELFARE])
    assert not run.begin_evaluating()
    run.take_manifest(*manifest(run, WELFARE))
    assert run.begin_evaluating()
    assert not run.begin_evaluating()
    assert run.state is RunState.EVALUATING


def test_a_run_is_releasable_when_every_output_is_there(run: LiveRun) -> None:
    for agency in (TAX, WELFARE):
        fill(run, *run.terms.columns[agency])
        run.take_manifest(*manifest(run, agency))
    for output, chunk in ((0, 0), (1, 0), (0, 1)):
        assert run.take_output(output, chunk, sha256(bytes([output, chunk])), 0.25)
    run.begin_evaluating()
    assert not run.releasable
    assert run.take_output(1, 1, sha256(b"first"), 0.25)
    assert run.releasable
    assert not run.take_output(1, 1, sha256(b"second version"), 0.25)
    assert run.outputs.digest(1, 1) == sha256(b"first")
    assert run.evaluation_seconds == 1.0


def test_a_run_without_all_manifests_is_not_releasable(run: LiveRun) -> None:
    fill(run, *run.terms.columns[TAX], *run.terms.columns[WELFARE])
    for output in range(2):
        for chunk in range(2):
            run.take_output(output, chunk, digest(output, chunk), 0.0)
    run.take_manifest(*manifest(run, TAX))
    assert not run.begin_evaluating()
    assert not run.releasable


@pytest.mark.parametrize("state", [state for state in RunState if state.final])
def test_a_run_ends_once_and_takes_nothing_afterwards(run: LiveRun, state: RunState) -> None:
    changed = run.next_change
    assert run.end(Ending(state, 5))
    assert changed.is_set()
    assert run.ended.is_set()
    assert not run.end(Ending(RunState.FAILED, 6))
    assert (run.state, run.ended_at) == (state, 5)
    expected = RunExpired if state is RunState.EXPIRED else RunConflict
    with pytest.raises(expected):
        run.take_chunk(0, 0, digest(0, 0), bytes(64))
    with pytest.raises(expected):
        run.expect_object(roster(TAX))
    with pytest.raises(expected):
        run.take_manifest(*manifest(run, TAX))
    assert not run.take_output(0, 0, digest(0, 0), 0.0)
    assert not run.awaits(TAX)


def test_a_place_that_went_with_the_run_is_reported_as_the_runs_end(terms: RunTerms) -> None:
    run = LiveRun(terms, created_at=0)
    run.end(Ending(RunState.CANCELLED, at=1))
    with pytest.raises(RunConflict, match="been cancelled"), storing_for(run):
        raise FileNotFoundError


def test_a_missing_place_of_a_live_run_stays_a_fault(terms: RunTerms) -> None:
    with pytest.raises(FileNotFoundError), storing_for(LiveRun(terms, created_at=0)):
        raise FileNotFoundError
