from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from clients.attestation.policy import AppraisalPolicy
from clients.attestation.settings import policy_from_settings
from enclave_sim.program.policy import EvaluationPolicy, Limits
from matcher.core.binding import sha256
from matcher.core.errors import EvidenceRefused, InvalidInput
from matcher.language.document import parse_document

if TYPE_CHECKING:
    from pathlib import Path

    from matcher.core.identifiers import Digest
    from tests.unit.attestation.conftest import Scene


def read(
    scene: Scene, directory: Path, *, authority: Digest | None = None, **changes: str | None
) -> AppraisalPolicy:
    (directory / "root.crt").write_bytes(scene.root.public_bytes(Encoding.PEM))
    settings = {
        "platform_root": "root.crt",
        "measurements": f"[{scene.measurement.hex()}]",
        **changes,
    }
    written = "\n".join(f"{key}: {value}" for key, value in settings.items() if value is not None)
    document = parse_document(written.encode(), "agency.yaml")
    return policy_from_settings(document, directory, authority=authority)


def test_settings_give_a_policy_that_accepts(scene: Scene, tmp_path: Path) -> None:
    policy = read(scene, tmp_path)

    assert scene.appraise(scene.evidence(), policy).measurement == scene.measurement


@pytest.mark.parametrize(
    ("changes", "made", "reason"),
    [
        pytest.param({"minimum_security_version": "2"}, {}, "older than 2", id="old version"),
        pytest.param({"hardware": "true"}, {}, "is a simulation", id="hardware wanted"),
        pytest.param({}, {"debug": True}, "debug mode", id="debug"),
        pytest.param({}, {"security_version": 0}, "older than 1", id="no version"),
        pytest.param({}, {"measurement": b"m" * 48}, "not among", id="other program"),
    ],
)
def test_policy_from_settings_refuses(
    scene: Scene, tmp_path: Path, changes: dict[str, str], made: dict[str, Any], reason: str
) -> None:
    policy = read(scene, tmp_path, **changes)

    with pytest.raises(EvidenceRefused, match=reason):
        scene.appraise(scene.evidence(**made), policy)


def test_policy_from_settings_checks_the_authority_it_is_given(
    scene: Scene, tmp_path: Path
) -> None:
    policy = read(scene, tmp_path, authority=sha256(b"our authority"))
    ours = EvaluationPolicy(sha256(b"our authority"), Limits()).to_bytes()

    scene.appraise(scene.evidence(terms=ours), policy)
    with pytest.raises(EvidenceRefused, match="another certificate authority"):
        scene.appraise(scene.evidence(), policy)


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        pytest.param({"platform_root": None}, 1, id="no root"),
        pytest.param({"platform_root": "nowhere.crt"}, 1, id="missing root"),
        pytest.param({"measurements": None}, 1, id="measurements missing"),
        pytest.param({"measurements": "[]"}, 2, id="no measurement"),
        pytest.param({"measurements": "ab" * 48}, 2, id="measurements not a list"),
        pytest.param({"measurements": "[aa]"}, 2, id="short measurement"),
        pytest.param({"measurements": f"[{'zz' * 48}]"}, 2, id="not hexadecimal"),
        pytest.param({"measurements": "[[]]"}, 2, id="list for measurement"),
        pytest.param({"minimum_security_version": "0"}, 3, id="version zero"),
        pytest.param({"minimum_security_version": "true"}, 3, id="boolean for version"),
        pytest.param({"hardware": "yes"}, 3, id="word for flag"),
        pytest.param({"debug": "true"}, 3, id="unknown setting"),
    ],
)
def test_unusable_settings_are_refused_with_their_line(
    scene: Scene, tmp_path: Path, changes: dict[str, str | None], line: int
) -> None:
    with pytest.raises(InvalidInput) as caught:
        read(scene, tmp_path, **changes)
    assert caught.value.where.startswith(f"agency.yaml:{line}:")
