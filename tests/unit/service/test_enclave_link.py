"""What the matcher checks of an enclave's answer before it releases it."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import replace

import pytest

from matcher.core.binding import Domain, sha256
from matcher.core.errors import (
    FusumaError,
    InvalidMessage,
    InvalidSignature,
    ResultMismatch,
    StatementMismatch,
)
from matcher.core.identifiers import AgencyId, Digest
from matcher.core.scheme import ColumnKind, Scheme
from matcher.identity.card import verify_card
from matcher.identity.envelope import Envelope, sign
from matcher.identity.identity import Identity
from matcher.identity.keys import SealingKey, SigningKey
from matcher.service.enclave_link import check_enclave_result
from matcher.service.runs import LiveRun
from matcher.service.terms import RunTerms
from matcher.wire.evidence import Evidence, SignedQuote, encode_evidence
from matcher.wire.manifest import ResultManifest, encode_result_manifest
from tests import matcher_scene as scenes
from tests.matcher_scene import CITY, TAX, WELFARE

KEY = SigningKey.generate()
VERDICTS = {0: sha256(b"first chunk"), 1: sha256(b"second chunk")}


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> LiveRun:
    """An enclave run of two chunks whose providers have signed their manifests."""
    identities: Mapping[AgencyId, Identity] = scenes.federation(tmp_path_factory.mktemp("fed"))
    scene = scenes.draw(
        identities[CITY], scheme=Scheme.ENCLAVE, kind=ColumnKind.VALUE, subjects=8300
    )
    parties = {agency: identities[agency] for agency in (CITY, TAX, WELFARE)}
    run = LiveRun(
        RunTerms(
            statement=scene.draft.statement,
            digest=scene.draft.digest,
            envelope=scene.draft.envelope,
            bundle=scene.prepared.bundle,
            plan=scene.plan,
            signed_cards={agency: party.signed_card for agency, party in parties.items()},
            cards={
                agency: verify_card(party.signed_card, party.authority, int(time.time()))
                for agency, party in parties.items()
            },
        ),
        0,
    )
    for agency in (TAX, WELFARE):
        run.manifests[agency] = Envelope(b"manifest of " + agency.encode(), bytes(64), agency)
    run.evidence = encode_evidence(
        Evidence(
            sealing_key=SealingKey.generate().public_bytes,
            result_signing_key=KEY.public_bytes,
            policy=b"{}",
            signed_quote=SignedQuote(b"quote", b"signature", b"certificate"),
        )
    )
    return run


def manifest(run: LiveRun) -> ResultManifest:
    return ResultManifest(
        statement_digest=run.terms.digest,
        input_manifest_digests=tuple(
            sha256(run.manifests[agency].payload) for agency in (TAX, WELFARE)
        ),
        outputs={0: VERDICTS[0] + VERDICTS[1]},
        released_at=1,
    )


def signed(result: ResultManifest, key: SigningKey = KEY) -> Envelope:
    return sign(Domain.ENCLAVE_RESULT, encode_result_manifest(result), key, AgencyId("enclave"))


def test_a_complete_and_signed_answer_is_accepted(run: LiveRun) -> None:
    check_enclave_result(run, signed(manifest(run)), VERDICTS)


@pytest.mark.parametrize(
    ("kind", "change"),
    [
        pytest.param(
            StatementMismatch,
            lambda m: replace(m, statement_digest=Digest(bytes(32))),
            id="of another run",
        ),
        pytest.param(
            StatementMismatch,
            lambda m: replace(m, input_manifest_digests=m.input_manifest_digests[::-1]),
            id="from exchanged inputs",
        ),
        pytest.param(
            StatementMismatch,
            lambda m: replace(m, outputs={0: bytes(32)}),
            id="with a chunk too few",
        ),
        pytest.param(
            StatementMismatch,
            lambda m: replace(m, outputs={0: m.outputs[0], 1: m.outputs[0]}),
            id="with a second output",
        ),
        pytest.param(
            ResultMismatch,
            lambda m: replace(m, outputs={0: m.outputs[0][32:] + m.outputs[0][:32]}),
            id="with chunks in another order",
        ),
    ],
)
def test_an_answer_is_refused(
    run: LiveRun, kind: type[FusumaError], change: Callable[[ResultManifest], ResultManifest]
) -> None:
    with pytest.raises(kind):
        check_enclave_result(run, signed(change(manifest(run))), VERDICTS)


def test_an_answer_not_signed_with_the_key_in_the_evidence_is_refused(run: LiveRun) -> None:
    good = manifest(run)
    with pytest.raises(InvalidSignature, match="evidence"):
        check_enclave_result(run, signed(good, SigningKey.generate()), VERDICTS)
    other_domain = sign(
        Domain.RESULT_MANIFEST, encode_result_manifest(good), KEY, AgencyId("enclave")
    )
    with pytest.raises(InvalidSignature):
        check_enclave_result(run, other_domain, VERDICTS)


@pytest.mark.parametrize(
    "verdicts",
    [{0: VERDICTS[0]}, {**VERDICTS, 2: VERDICTS[0]}, {0: VERDICTS[1], 1: VERDICTS[0]}],
    ids=["missing", "more", "exchanged"],
)
def test_verdicts_are_exactly_those_of_the_manifest(
    run: LiveRun, verdicts: Mapping[int, Digest]
) -> None:
    with pytest.raises(ResultMismatch):
        check_enclave_result(run, signed(manifest(run)), verdicts)


def test_a_signed_payload_that_is_no_manifest_is_refused(run: LiveRun) -> None:
    garbage = sign(Domain.ENCLAVE_RESULT, b"\xff\xff", KEY, AgencyId("enclave"))
    with pytest.raises(InvalidMessage):
        check_enclave_result(run, garbage, VERDICTS)
