"""What belongs to another scheme, key or run is refused: by the matcher, or by the requester.

Where lengths differ the matcher sees it. Ciphertexts of two lattice schemes have the same form, and
no ciphertext shows under whose key it was made: then the canaries come back wrong, and nothing of
the run is believed.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from eligibility.v1 import matcher_pb2

from clients.requester.keys import RunKey, make_key
from clients.requester.results import Expectation, ResultVerification
from clients.schemes.encryptors import encryptor
from matcher.core.binding import Domain, sha256
from matcher.core.errors import (
    DecryptionRefused,
    FusumaError,
    InvalidCiphertext,
    InvalidConfiguration,
    InvalidKey,
    InvalidSignature,
    ResultMismatch,
    SchemeRefused,
    StatementMismatch,
)
from matcher.core.identifiers import AgencyId
from matcher.core.parameters import PARAMETER_SETS, Parameters
from matcher.core.plan import encode_answers
from matcher.core.scheme import HOMOMORPHIC_SCHEMES, Scheme
from matcher.identity.card import verify_card
from matcher.identity.envelope import Envelope, sign
from matcher.identity.identity import Identity
from matcher.service.config import Quotas
from matcher.service.server import MatcherServer
from matcher.wire.envelope import envelope_of
from matcher.wire.statement import encode_statement
from tests import matcher_scene as scenes
from tests.matcher_scene import CITY, MATCHER, TAX, WELFARE, Party, Scene

Parties = Mapping[AgencyId, Party]
PUBLIC_KEY = matcher_pb2.OBJECT_KIND_PUBLIC_KEY
# In a closed world, so that a column is an agency's whole answer.
PROGRAMME = "benchmark/support.yaml"


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
        tmp_path_factory.mktemp("matcher"),
        identities,
        quotas=Quotas(runs_per_requester=100),
        homomorphic=frozenset({Scheme.BGV, Scheme.BFV, Scheme.PAILLIER}),
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


def draw(parties: Parties, scheme: Scheme) -> Scene:
    return scenes.draw(parties[CITY].identity, programme=PROGRAMME, scheme=scheme)


def resigned(scene: Scene, city: Identity, **changes: Any) -> Envelope:
    """The scene's statement with other fields, signed by its requester."""
    payload = encode_statement(replace(scene.draft.statement, **changes))
    return sign(Domain.RUN_STATEMENT, payload, city.signing_key, CITY)


def parameters_of(scene: Scene) -> Parameters:
    assert scene.plan.parameters is not None
    return scene.plan.parameters


def public_key(key: RunKey) -> bytes:
    assert key.public_key is not None
    return key.public_key


# --- Schemes and parameters -----------------------------------------------------------------------


@pytest.mark.parametrize("scheme", [one for one in HOMOMORPHIC_SCHEMES if one is not Scheme.BGV])
def test_a_scheme_that_the_matcher_does_not_offer_is_refused(
    tmp_path: Path, identities: Mapping[AgencyId, Identity], scheme: Scheme
) -> None:
    async def play() -> None:
        async with (
            scenes.serving(tmp_path / "data", identities) as server,
            scenes.connected(server, identities) as parties,
        ):
            scene = draw(parties, Scheme.BGV)
            name = next(row.name for row in PARAMETER_SETS.values() if row.scheme is scheme)
            other = resigned(scene, identities[CITY], scheme=scheme, parameters=name)
            error = await scenes.refused(
                SchemeRefused, scenes.create(parties[CITY], scene, statement=other)
            )
            assert "scheme" in error.what

    asyncio.run(play())


OTHER_STATEMENTS: Mapping[str, tuple[dict[str, Any], type[FusumaError]]] = {
    "a set of another scheme": ({"parameters": "bgv-8192-104"}, InvalidConfiguration),
    "a set that does not exist": ({"parameters": "bfv-8192-9000"}, InvalidConfiguration),
    "another set than the plan's": ({"parameters": "bfv-8192-192"}, StatementMismatch),
    "another scheme than the plan's": (
        {"scheme": Scheme.BGV, "parameters": "bgv-8192-104"},
        StatementMismatch,
    ),
}


@pytest.mark.parametrize("case", OTHER_STATEMENTS)
def test_a_statement_whose_scheme_and_parameters_are_not_its_plans_is_refused(
    runner: asyncio.Runner, parties: Parties, case: str
) -> None:
    changes, kind = OTHER_STATEMENTS[case]

    async def play() -> None:
        scene = draw(parties, Scheme.BFV)
        other = resigned(scene, parties[CITY].identity, **changes)
        await scenes.refused(kind, scenes.create(parties[CITY], scene, statement=other))

    runner.run(play())


# --- Keys -----------------------------------------------------------------------------------------


def test_a_key_of_another_scheme_or_run_fails_a_run_that_can_tell(
    runner: asyncio.Runner, parties: Parties
) -> None:
    """Paillier's keys prove themselves for one run; lattice keys differ in length at most."""

    async def play() -> None:
        city = parties[CITY]
        scene = draw(parties, Scheme.PAILLIER)
        other_run = public_key(make_key(scene.plan, bytes(32)))
        other_scheme = bytes(len(other_run))
        for key in (other_run, other_scheme):
            again = scenes.draw(city.identity, programme=PROGRAMME, scheme=Scheme.BGV)
            statement = replace(
                again.draft.statement,
                scheme=Scheme.PAILLIER,
                parameters=parameters_of(scene).name,
                plan_digest=scene.plan.digest,
                public_key_digest=sha256(key),
            )
            payload = encode_statement(statement)
            envelope = sign(Domain.RUN_STATEMENT, payload, city.identity.signing_key, CITY)
            await scenes.create(city, again, statement=envelope)
            await scenes.refused(InvalidKey, scenes.upload(city, again, PUBLIC_KEY, key))
            run = await scenes.state(city, again)
            assert (run.state, run.failure_reason) == (
                matcher_pb2.RUN_STATE_FAILED,
                "INVALID_KEY",
            )

    runner.run(play())


# --- Ciphertexts ----------------------------------------------------------------------------------


def test_a_chunk_of_another_length_or_run_is_refused_on_arrival(
    runner: asyncio.Runner, parties: Parties
) -> None:
    async def play() -> None:
        tax = parties[TAX]
        bfv, bgv = draw(parties, Scheme.BFV), draw(parties, Scheme.BGV)
        await scenes.start(parties, bfv)
        (column,) = bfv.columns_of(TAX)
        payload = bgv.payload(column, 0)
        assert len(payload) == parameters_of(bfv).ciphertext_bytes
        single = bytes(PARAMETER_SETS["paillier-3072"].ciphertext_bytes)
        foreign = scenes.signed_chunk(tax, bfv, column, 0, single)
        await scenes.refused(InvalidCiphertext, scenes.send(tax, bfv, [foreign]))
        of_another_run = scenes.signed_chunk(tax, bgv, column, 0, payload)
        await scenes.refused(InvalidSignature, scenes.send(tax, bfv, [of_another_run]))
        assert (await scenes.state(parties[CITY], bfv)).chunks_received == 0

    runner.run(play())


@pytest.mark.parametrize("scheme", [Scheme.BGV, Scheme.BFV])
@pytest.mark.parametrize("what", ["another scheme's", "another key's"])
def test_a_signed_chunk_under_another_scheme_or_key_spoils_the_run_and_nothing_is_believed(
    runner: asyncio.Runner, parties: Parties, scheme: Scheme, what: str
) -> None:
    async def play() -> None:
        city, tax, welfare = parties[CITY], parties[TAX], parties[WELFARE]
        scene = draw(parties, scheme)
        other = Scheme.BFV if scheme is Scheme.BGV else Scheme.BGV
        used = draw(parties, other if what == "another scheme's" else scheme)
        await scenes.start(parties, scene)
        (column,) = scene.columns_of(TAX)
        foreign = encryptor(
            parameters_of(used), used.draft.statement.nonce, public_key(used.draft.key)
        )
        bits = encode_answers(scene.plan, scene.plan.questions[0], scene.answers[0])[column]
        chunk = scenes.signed_chunk(tax, scene, column, 0, foreign.encrypt(bits))
        await scenes.send(tax, scene, [chunk])
        await scenes.submit(tax, scene, scenes.manifest_over(tax, scene, [chunk]))
        await scenes.answer(welfare, scene)
        run = await scenes.ended(city, scene)
        assert run.state == matcher_pb2.RUN_STATE_SUCCEEDED
        pieces = await scenes.fetch(city, scene)
        with pytest.raises((ResultMismatch, DecryptionRefused)):
            believed(parties, scene, pieces)

    runner.run(play())


def believed(
    parties: Parties, scene: Scene, pieces: list[matcher_pb2.FetchResultsResponse]
) -> None:
    """Verify a result as ``fusuma match`` does."""
    cards = {
        agency: verify_card(party.identity.signed_card, party.identity.authority, int(time.time()))
        for agency, party in parties.items()
    }
    expectation = Expectation(
        plan=scene.plan,
        statement=scene.draft.statement,
        statement_digest=scene.draft.digest,
        controls=scene.draft.rosters.seating.chunks,
        matcher=cards[MATCHER],
        providers=cards,
        appraisal=None,
    )
    verification = ResultVerification(expectation, scene.draft.key.opener(scene.draft.digest))
    for piece in pieces:
        match piece.WhichOneof("part"):
            case "manifest":
                verification.take_manifest(envelope_of(piece.manifest, "manifest"))
            case "column_manifest":
                verification.take_column_manifest(
                    envelope_of(piece.column_manifest, "column_manifest")
                )
            case _:
                for output in piece.outputs.chunks:
                    verification.take_output(output.output, output.chunk, output.payload)
    assert np.array_equal(
        verification.finish()[scene.draft.rosters.seating.slot_of], scene.expected
    )


def test_the_same_run_with_its_own_scheme_and_key_is_believed(
    runner: asyncio.Runner, parties: Parties
) -> None:
    async def play() -> None:
        scene = draw(parties, Scheme.BFV)
        await scenes.start(parties, scene)
        for agency in (TAX, WELFARE):
            await scenes.answer(parties[agency], scene)
        assert (await scenes.ended(parties[CITY], scene)).state == matcher_pb2.RUN_STATE_SUCCEEDED
        believed(parties, scene, await scenes.fetch(parties[CITY], scene))

    runner.run(play())
