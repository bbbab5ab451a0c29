from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pytest
from cryptography import x509

from clients.attestation.appraisal import Appraisal, appraise
from clients.attestation.evidence import SimulatedVerifier
from clients.attestation.policy import (
    AllOf,
    AppraisalPolicy,
    DebugRefused,
    MeasurementIn,
    SecurityVersionAtLeast,
)
from enclave_sim.platform import ROOT_CERTIFICATE, Platform, create_platform
from matcher.core.binding import report_data, sha256
from matcher.core.identifiers import Digest
from matcher.wire.evidence import Evidence, encode_evidence

if TYPE_CHECKING:
    from pathlib import Path

NOW = 1_780_315_200
TODAY = dt.datetime.fromtimestamp(NOW, dt.UTC)
MEASUREMENT = bytes(range(48))
STATEMENT = Digest(b"s" * 32)


@dataclass(frozen=True)
class Scene:
    """One platform, one program on it, one run, and what an agency expects of all three."""

    platform: Platform
    root: x509.Certificate
    nonce: bytes = b"n" * 32
    statement: Digest = STATEMENT
    sealing_key: bytes = b"k" * 1216
    result_signing_key: bytes = b"r" * 32
    terms: bytes = b'{"authority":"aa"}'
    measurement: bytes = MEASUREMENT
    security_version: int = 1
    debug: bool = False

    def evidence(self, **changes: Any) -> bytes:
        """What the enclave shows, made with ``changes`` to this scene."""
        scene = replace(self, **changes)
        launched = scene.platform.launch(
            scene.measurement, scene.security_version, debug=scene.debug
        )
        data = report_data(
            scene.nonce,
            scene.sealing_key,
            scene.result_signing_key,
            sha256(scene.terms),
            scene.statement,
        )
        return encode_evidence(
            Evidence(scene.sealing_key, scene.result_signing_key, scene.terms, launched.quote(data))
        )

    def policy(self, *, version: int = 1) -> AppraisalPolicy:
        return AppraisalPolicy(
            SimulatedVerifier(self.root),
            AllOf(
                (
                    DebugRefused(),
                    SecurityVersionAtLeast(version),
                    MeasurementIn(frozenset({self.measurement})),
                )
            ),
        )

    def appraise(
        self,
        evidence: bytes,
        policy: AppraisalPolicy | None = None,
        now: int = NOW,
    ) -> Appraisal:
        return appraise(evidence, policy or self.policy(), self.nonce, self.statement, now)


@pytest.fixture(scope="session")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Scene:
    return new_scene(tmp_path_factory.mktemp("platform"))


@pytest.fixture(scope="session")
def other_scene(tmp_path_factory: pytest.TempPathFactory) -> Scene:
    return new_scene(tmp_path_factory.mktemp("other-platform"))


def new_scene(directory: Path) -> Scene:
    platform = create_platform(directory, TODAY, days=30)
    root = x509.load_pem_x509_certificate((directory / ROOT_CERTIFICATE).read_bytes())
    return Scene(platform, root)
