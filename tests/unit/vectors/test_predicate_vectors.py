"""Every predicate vector under every scheme: the same verdicts, or the same refusal."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from cryptography import x509
from numpy.typing import NDArray

from clients.attestation.appraisal import appraise
from clients.attestation.evidence import SimulatedVerifier
from clients.attestation.policy import AllOf, AppraisalPolicy, DebugRefused
from enclave_sim.platform import ROOT_CERTIFICATE, Platform, create_platform
from enclave_sim.program.enclave import Enclave
from enclave_sim.program.policy import EvaluationPolicy, Limits
from matcher.core import errors
from matcher.core.binding import sha256
from matcher.core.identifiers import AgencyId, Role
from matcher.core.plan import (
    Plan,
    compile_plan,
    decisions_from,
    encode_answers,
    evaluate_answers,
)
from matcher.core.reference import reference_decisions
from matcher.core.scheme import ColumnKind, Scheme
from matcher.core.statement import ProviderAssignment
from matcher.language import bundle_digest, dump_bundle
from matcher.schemes.clear import ClearEvaluator
from tests.answers_of_agencies import answers_of
from tests.enclave_scene import (
    CITY,
    NOW,
    TAX,
    WELFARE,
    Federation,
    Scene,
    new_federation,
    new_scene,
)
from tests.predicate_vectors import STAGES, Vector, all_vectors
from tests.scheme_runs import CAMPAIGN, HOMOMORPHIC, decided, must_refuse

VECTORS = all_vectors()
ENCRYPTED = (ColumnKind.DECISION, ColumnKind.ATTRIBUTE)
# How many vectors, with each kind of column, are at least carried by schemes that refuse some.
LEAST_CARRIED = {Scheme.CKKS: 85, Scheme.PAILLIER: 60}


def _cases(*kinds: ColumnKind) -> list[object]:
    return [
        pytest.param(vector, kind, id=f"{vector.name}-{kind.value}")
        for vector in VECTORS
        for kind in kinds
        if vector.words and not {"load", kind.value} & set(vector.refused)
    ]


def _compiled(vector: Vector, scheme: Scheme, kind: ColumnKind) -> Plan:
    programme = vector.programme()
    digest = bundle_digest(dump_bundle(programme))
    return compile_plan(programme, digest, scheme, kind, vector.day, agencies=vector.agencies)


def _answers(plan: Plan, vector: Vector) -> list[NDArray[np.int32]]:
    rows = np.arange(len(next(iter(vector.table.values()))))
    turns = {role: rows % count for role, count in plan.agencies.items()}
    return answers_of(plan, vector.table, turns, vector.grouping)


def _columns(plan: Plan, vector: Vector) -> dict[int, NDArray[np.uint8]]:
    columns: dict[int, NDArray[np.uint8]] = {}
    for question, answers in zip(plan.questions, _answers(plan, vector), strict=True):
        columns |= encode_answers(plan, question, answers)
    assert sorted(columns) == [column.index for column in plan.columns]
    return columns


@pytest.fixture(scope="module")
def federation(tmp_path_factory: pytest.TempPathFactory) -> Federation:
    agencies = {
        agency
        for vector in VECTORS
        for name in vector.catalogue.attributes
        for agency in _agencies(Role(name.partition(".")[0]), 1)
    }
    for vector in VECTORS:
        agencies |= {a for role, count in vector.agencies.items() for a in _agencies(role, count)}
    directory = tmp_path_factory.mktemp("federation")
    return new_federation(directory, agencies=sorted({CITY, TAX, WELFARE} | agencies))


def _agencies(role: Role, count: int) -> list[AgencyId]:
    if count == 1:
        return [AgencyId(role)]
    return [AgencyId(f"{role}-{number}") for number in range(count)]


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> tuple[Platform, x509.Certificate]:
    directory: Path = tmp_path_factory.mktemp("platform")
    made = create_platform(directory, dt.datetime.fromtimestamp(NOW, dt.UTC))
    return made, x509.load_pem_x509_certificate((directory / ROOT_CERTIFICATE).read_bytes())


def test_there_are_enough_scenarios() -> None:
    assert len(VECTORS) >= 25
    assert len({vector.scenario for vector in VECTORS}) == len(VECTORS)


@pytest.mark.parametrize("vector", [pytest.param(v, id=v.name) for v in VECTORS if v.words])
def test_the_whole_predicate_decides(vector: Vector) -> None:
    decisions = reference_decisions(vector.programme(), vector.day, vector.table, vector.grouping)
    np.testing.assert_array_equal(decisions, vector.decisions)


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
    kind = ColumnKind(stage)
    compile_plan(programme, digest, Scheme.CLEAR, kind, vector.day, agencies=vector.agencies)


@pytest.mark.parametrize(("vector", "kind"), _cases(*ColumnKind))
def test_answers_evaluate_to_the_verdicts(vector: Vector, kind: ColumnKind) -> None:
    plan = _compiled(vector, Scheme.CLEAR, kind)
    np.testing.assert_array_equal(evaluate_answers(plan, _answers(plan, vector)), vector.decisions)


@pytest.mark.parametrize(("vector", "kind"), _cases(*ENCRYPTED))
def test_circuits_decide_in_the_clear(vector: Vector, kind: ColumnKind) -> None:
    plan = _compiled(vector, Scheme.CLEAR, kind)
    columns = _columns(plan, vector)
    outputs = [ClearEvaluator().evaluate(circuit, columns) for circuit in plan.circuits]
    np.testing.assert_array_equal(decisions_from(plan, outputs), vector.decisions)


def _encrypted_cases() -> list[object]:
    """Every vector under every scheme; under the slowest, one-hot columns of a third of them."""
    one_hot = _cases(ColumnKind.ATTRIBUTE)
    cases = {scheme: _cases(ColumnKind.DECISION) + one_hot for scheme in HOMOMORPHIC}
    if not CAMPAIGN:
        cases[Scheme.CKKS] = _cases(ColumnKind.DECISION) + one_hot[::3]
    return [
        pytest.param(*case.values, scheme, id=f"{case.id}-{scheme.value}")
        for scheme, listed in cases.items()
        for case in listed
    ]


@pytest.mark.parametrize(("vector", "kind", "scheme"), _encrypted_cases())
def test_circuits_decide_under_encryption(vector: Vector, kind: ColumnKind, scheme: Scheme) -> None:
    if must_refuse(scheme, _compiled(vector, Scheme.CLEAR, kind).circuits):
        with pytest.raises(errors.TooDeep):
            _compiled(vector, scheme, kind)
        return
    plan = _compiled(vector, scheme, kind)
    np.testing.assert_array_equal(decided(plan, _columns(plan, vector)), vector.decisions)


def test_no_scheme_refuses_more_vectors_than_it_has_to() -> None:
    every = [case.values for case in _cases(*ENCRYPTED)]
    circuits = [_compiled(vector, Scheme.CLEAR, kind).circuits for vector, kind in every]
    for scheme in HOMOMORPHIC:
        carried = sum(not must_refuse(scheme, one) for one in circuits)
        assert carried >= LEAST_CARRIED.get(scheme, len(every))


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
    decisions = scene.unsealed(result.verdicts)[: len(vector.words)]
    np.testing.assert_array_equal(decisions, vector.decisions)


def _scene(vector: Vector, plan: Plan, federation: Federation) -> Scene:
    """The vector's subjects in the first slots of one chunk."""
    model = new_scene(federation, chunks=1)
    bundle = dump_bundle(plan.programme)
    answers = []
    for question, codes in zip(plan.questions, _answers(plan, vector), strict=True):
        assert question.attribute is not None
        # Whoever fills the other slots is with the first agencies, a household of one.
        filler = question.attribute.low
        if question.elsewhere is not None and (question.provider, question.seat) != (0, 0):
            filler = question.elsewhere
        padded = np.full(plan.chunk_slots, filler, dtype=np.int32)
        padded[: len(codes)] = codes
        answers.append(padded)
    statement = replace(
        model.statement,
        programme_digest=bundle_digest(bundle),
        plan_digest=plan.digest,
        reference_date=vector.day,
        providers=tuple(
            ProviderAssignment(role, agency, sha256(agency.encode()))
            for role, count in plan.agencies.items()
            for agency in _agencies(role, count)
        ),
    )
    return Scene(
        federation, answers, model.truth, statement, bundle, plan.programme, plan, model.result_key
    )
