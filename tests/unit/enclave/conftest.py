from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

import pytest
from cryptography import x509

from clients.attestation.appraisal import Appraisal, appraise
from clients.attestation.evidence import SimulatedVerifier
from clients.attestation.policy import AllOf, AppraisalPolicy, DebugRefused, TrustsAuthority
from enclave_sim.platform import ROOT_CERTIFICATE, Platform, create_platform
from enclave_sim.program.enclave import Enclave
from enclave_sim.program.evaluation import Result
from enclave_sim.program.policy import EvaluationPolicy, Limits
from tests.enclave_scene import NOW, Federation, Scene, new_federation, new_scene


@dataclass
class Clock:
    """Time as the test sets it."""

    now: int = NOW

    def __call__(self) -> int:
        return self.now


@dataclass
class Machine:
    """An enclave on a platform, and the agencies' way to appraise it."""

    federation: Federation
    platform: Platform
    root: x509.Certificate
    limits: Limits = field(default_factory=Limits)
    clock: Clock = field(default_factory=Clock)

    def __post_init__(self) -> None:
        self.policy = EvaluationPolicy(self.federation.authority.digest, self.limits)
        launched = self.platform.launch(b"m" * 48, 1, debug=False)
        self.enclave = Enclave(self.policy, self.federation.authority, launched, self.clock)

    def open(self, scene: Scene) -> Appraisal:
        evidence = self.enclave.open_run(scene.envelope, scene.bundle, scene.cards)
        return self.appraise(scene, evidence)

    def appraise(self, scene: Scene, evidence: bytes) -> Appraisal:
        rule = AllOf((DebugRefused(), TrustsAuthority(self.federation.authority.digest)))
        policy = AppraisalPolicy(SimulatedVerifier(self.root), rule)
        return appraise(evidence, policy, scene.statement.nonce, scene.digest, self.clock())

    def evaluate(self, scene: Scene, appraisal: Appraisal) -> Result:
        chunks = scene.sealed(appraisal.sealing_key)
        with self.enclave.evaluation(scene.statement.run_id) as evaluation:
            for manifest in scene.manifests(chunks):
                evaluation.add_manifest(manifest)
            for sent in chunks:
                evaluation.add_chunk(sent.column, sent.chunk, sent.payload, sent.signature)
            return evaluation.finish()


@pytest.fixture(scope="session")
def federation(tmp_path_factory: pytest.TempPathFactory) -> Federation:
    return new_federation(tmp_path_factory.mktemp("federation"))


@pytest.fixture(scope="session")
def scene(federation: Federation) -> Scene:
    return new_scene(federation)


@pytest.fixture(scope="session")
def platform(tmp_path_factory: pytest.TempPathFactory) -> tuple[Platform, x509.Certificate]:
    directory = tmp_path_factory.mktemp("platform")
    platform = create_platform(directory, dt.datetime.fromtimestamp(NOW, dt.UTC))
    return platform, x509.load_pem_x509_certificate((directory / ROOT_CERTIFICATE).read_bytes())


@pytest.fixture
def machine(federation: Federation, platform: tuple[Platform, x509.Certificate]) -> Machine:
    return Machine(federation, *platform)
