"""Every predicate vector under every scheme: the same verdicts, or the same refusal."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from cryptography import x509
from numpy.typing import NDArray

from clients.attestation.appraisal import appraise
from clients.attestation.evidence import SimulatedVerifier
from clients.attestation.policy import AllOf, AppraisalPolicy, DebugRefused
from clients.schemes.bgv import BgvEncryptor, BgvSecretKey
from enclave_sim.platform import ROOT_CERTIFICATE, Platform, create_platform
from enclave_sim.program.enclave import Enclave
from enclave_sim.program.policy import EvaluationPolicy, Limits
from matcher.core import errors
from matcher.core.binding import sha256
from matcher.core.identifiers import AgencyId
from matcher.core.parameters import PARAMETER_SETS
from matcher.core.plan import (
    Plan,
    answer_question,
    compile_plan,
    encode_answers,
    evaluate_answers,
)
from matcher.core.reference import reference_verdicts
from matcher.core.scheme import ColumnKind, Scheme
from matcher.core.statement import ProviderAssignment
from matcher.core.verdict import decide
from matcher.language import bundle_digest, dump_bundle
from matcher.schemes.bgv import BgvEvaluator
from matcher.schemes.clear import ClearEvaluator
from tests.enclave_scene import CITY, NOW, Federation, Scene, new_federation, new_scene
from tests.predicate_vectors import STAGES, Vector, all_vectors

VECTORS = all_vectors()
ENCRYPTED = (ColumnKind.DECISION, ColumnKind.ATTRIBUTE)
NONCE = bytes(range(32))


@dataclass(frozen=True)
class Keys:
    """A run's keys and both sides of the scheme under them."""

    secret: BgvSecretKey
    encryptor: BgvEncryptor
    evaluator: BgvEvaluator


def _cases(*kinds: ColumnKind) -> list[object]:
    return [
        pytest.param(vector, kind, id=f"{vector.name}-{kind.value}")
        for vector in VECTORS
        for kind in kinds
        if len(vector.verdicts) and not {"load", kind.value} & set(vector.refused)
    ]


def _compiled(vector: Vector, scheme: Scheme, kind: ColumnKind) -> Plan:
    programme = vector.programme()
    digest = bundle_digest(dump_bundle(programme))
    return compile_plan(programme, digest, scheme, kind, vector.day)


def _answers(plan: Plan, vector: Vector) -> list[NDArray[np.int32]]:
    return [answer_question(q, plan.attributes, vector.table) for q in plan.questions]


def _columns(plan: Plan, vector: Vector) -> dict[int, NDArray[np.uint8]]:
    columns: dict[int, NDArray[np.uint8]] = {}
    for question, answers in zip(plan.questions, _answers(plan, vector), strict=True):
        columns |= encode_answers(plan, question, answers)
    assert sorted(columns) == [column.index for column in plan.columns]
    return columns


@pytest.fixture(scope="module")
def keys() -> Callable[[str], Keys]:
    @cache
    def make(name: str) -> Keys:
        parameters = PARAMETER_SETS[name]
        secret = BgvSecretKey.generate(parameters, NONCE)
        public = secret.public_key()
        return Keys(
            secret,
            BgvEncryptor(parameters, NONCE, public),
            BgvEvaluator(parameters, NONCE, public, secret.evaluation_key()),
        )

    return make


@pytest.fixture(scope="module")
def federation(tmp_path_factory: pytest.TempPathFactory) -> Federation:
    return new_federation(tmp_path_factory.mktemp("federation"))


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> tuple[Platform, x509.Certificate]:
    directory: Path = tmp_path_factory.mktemp("platform")
    made = create_platform(directory, dt.datetime.fromtimestamp(NOW, dt.UTC))
    return made, x509.load_pem_x509_certificate((directory / ROOT_CERTIFICATE).read_bytes())


def test_there_are_enough_scenarios() -> None:
    assert len(VECTORS) >= 25
    assert len({vector.scenario for vector in VECTORS}) == len(VECTORS)


@pytest.mark.parametrize("vector", [pytest.param(v, id=v.name) for v in VECTORS if len(v.verdicts)])
def test_the_reference_decides_as_the_vector_says(vector: Vector) -> None:
    verdicts = reference_verdicts(vector.programme(), vector.day, vector.table)
    np.testing.assert_array_equal(verdicts, vector.verdicts)


@pytest.mark.parametrize(
    ("vector", "stage"),
    [
        pytest.param(vector, stage, id=f"{vector.name}-{stage}")
        for vector in VECTORS
        for stage in STAGES
        if stage in vector.refused
    ],
)
def test_what_a_vector_refuses_is_refused(vector: Vector, stage: str) -> None:
    with pytest.raises(errors.FusumaError) as caught:
        _refuse(vector, stage)
    assert type(caught.value).__name__ == vector.refused[stage]


def _refuse(vector: Vector, stage: str) -> None:
    programme = vector.programme()
    assert stage != "load", "the programme loads"
    digest = bundle_digest(dump_bundle(programme))
    compile_plan(programme, digest, Scheme.CLEAR, ColumnKind(stage), vector.day)


@pytest.mark.parametrize(("vector", "kind"), _cases(*ColumnKind))
def test_answers_evaluate_to_the_verdicts(vector: Vector, kind: ColumnKind) -> None:
    plan = _compiled(vector, Scheme.CLEAR, kind)
    np.testing.assert_array_equal(evaluate_answers(plan, _answers(plan, vector)), vector.verdicts)


@pytest.mark.parametrize(("vector", "kind"), _cases(*ENCRYPTED))
def test_circuits_decide_in_the_clear(vector: Vector, kind: ColumnKind) -> None:
    plan = _compiled(vector, Scheme.CLEAR, kind)
    columns = _columns(plan, vector)
    outputs = [ClearEvaluator().evaluate(circuit, columns) for circuit in plan.circuits]
    np.testing.assert_array_equal(decide(outputs[0], outputs[-1]), vector.verdicts)


@pytest.mark.parametrize(("vector", "kind"), _cases(*ENCRYPTED))
def test_circuits_decide_under_encryption(
    vector: Vector, kind: ColumnKind, keys: Callable[[str], Keys]
) -> None:
    plan = _compiled(vector, Scheme.BGV, kind)
    assert plan.parameters is not None
    run = keys(plan.parameters.name)
    rows = len(vector.verdicts)
    encrypted = {
        number: run.encryptor.encrypt(np.pad(bits, (0, plan.chunk_slots - rows)))
        for number, bits in _columns(plan, vector).items()
    }
    outputs = [run.secret.decrypt(run.evaluator.evaluate(c, encrypted)) for c in plan.circuits]
    np.testing.assert_array_equal(decide(outputs[0], outputs[-1])[:rows], vector.verdicts)


@pytest.mark.parametrize(("vector", "kind"), _cases(ColumnKind.VALUE))
def test_an_enclave_decides(
    vector: Vector,
    kind: ColumnKind,
    federation: Federation,
    platform: tuple[Platform, x509.Certificate],
) -> None:
    scene = _scene(vector, _compiled(vector, Scheme.ENCLAVE, kind), federation)
    made, root = platform
    policy = EvaluationPolicy(federation.authority.digest, Limits())
    launched = made.launch(b"m" * 48, 1, debug=False)
    enclave = Enclave(policy, federation.authority, launched, lambda: NOW)
    agencies = [provider.agency for provider in scene.statement.providers]
    evidence = enclave.open_run(scene.envelope, scene.bundle, federation.cards(CITY, *agencies))
    appraisal = appraise(
        evidence,
        AppraisalPolicy(SimulatedVerifier(root), AllOf((DebugRefused(),))),
        scene.statement.nonce,
        scene.digest,
        NOW,
    )
    chunks = scene.sealed(appraisal.sealing_key)
    with enclave.evaluation(scene.statement.run_id) as evaluation:
        for agency in agencies:
            evaluation.add_manifest(scene.manifest(agency, chunks))
        for sent in chunks:
            evaluation.add_chunk(sent.column, sent.chunk, sent.payload, sent.signature)
        result = evaluation.finish()
    verdicts = scene.unsealed(result.verdicts)[: len(vector.verdicts)]
    np.testing.assert_array_equal(verdicts, vector.verdicts)


def _scene(vector: Vector, plan: Plan, federation: Federation) -> Scene:
    """The vector's subjects in the first slots of one chunk."""
    model = new_scene(federation, chunks=1)
    bundle = dump_bundle(plan.programme)
    answers = []
    for question, codes in zip(plan.questions, _answers(plan, vector), strict=True):
        assert question.attribute is not None
        padded = np.full(plan.chunk_slots, question.attribute.low, dtype=np.int32)
        padded[: len(codes)] = codes
        answers.append(padded)
    statement = replace(
        model.statement,
        programme_digest=bundle_digest(bundle),
        plan_digest=plan.digest,
        reference_date=vector.day,
        providers=tuple(
            ProviderAssignment(role, AgencyId(role), sha256(role.encode())) for role in plan.roles
        ),
    )
    return Scene(federation, answers, model.truth, statement, bundle, plan.programme, plan, model.result_key)
