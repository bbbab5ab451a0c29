from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key

from clients.attestation.evidence import SimulatedVerifier
from enclave_sim.platform import ROOT_CERTIFICATE, ROOT_KEY, create_platform
from matcher.core.binding import Domain, bound
from matcher.core.errors import EvidenceRefused
from matcher.wire.evidence import (
    SIMULATED_PLATFORM,
    Quote,
    SignedQuote,
    decode_evidence,
    encode_evidence,
    encode_quote,
)

if TYPE_CHECKING:
    from pathlib import Path

    from tests.unit.attestation.conftest import Scene

NOW = 1_780_315_200
TODAY = dt.datetime.fromtimestamp(NOW, dt.UTC)


def with_quote(evidence: bytes, **changes: bytes) -> bytes:
    shown = decode_evidence(evidence)
    return encode_evidence(replace(shown, signed_quote=replace(shown.signed_quote, **changes)))


def test_claims_repeat_what_the_platform_signed(scene: Scene) -> None:
    claims = SimulatedVerifier(scene.root).verify(scene.evidence(security_version=7), NOW)

    assert claims.platform == SIMULATED_PLATFORM
    assert claims.measurement == scene.measurement
    assert claims.security_version == 7


def test_simulated_evidence_never_claims_hardware(scene: Scene) -> None:
    assert not SimulatedVerifier(scene.root).verify(scene.evidence(), NOW).hardware


@pytest.mark.parametrize("junk", [b"", b"\xff\xff\xff", b"\x0a\x01k"])
def test_bytes_that_are_no_evidence_are_refused(scene: Scene, junk: bytes) -> None:
    with pytest.raises(EvidenceRefused, match="cannot be read"):
        scene.appraise(junk)


def test_unknown_fields_are_refused(scene: Scene) -> None:
    with pytest.raises(EvidenceRefused, match="fields that this version does not know"):
        scene.appraise(scene.evidence() + b"\xf8\x07\x01")


def test_platform_of_another_vendor_is_refused(scene: Scene, other_scene: Scene) -> None:
    with pytest.raises(EvidenceRefused, match="not issued by the pinned platform root"):
        scene.appraise(other_scene.evidence())


def test_certificate_that_is_no_certificate_is_refused(scene: Scene) -> None:
    evidence = with_quote(scene.evidence(), platform_certificate=b"\x30\x00")

    with pytest.raises(EvidenceRefused, match="not issued by the pinned platform root"):
        scene.appraise(evidence)


@pytest.mark.parametrize(
    ("day", "reason"),
    [
        pytest.param(-1, "root is not valid yet", id="before"),
        pytest.param(31, "platform's certificate has expired", id="platform expired"),
        pytest.param(3651, "root has expired", id="root expired"),
    ],
)
def test_certificates_must_be_current(scene: Scene, day: int, reason: str) -> None:
    with pytest.raises(EvidenceRefused, match=reason):
        scene.appraise(scene.evidence(), now=NOW + 86400 * day)


def test_certificates_hold_to_their_last_second(scene: Scene) -> None:
    last = int(scene.platform.certificate.not_valid_after_utc.timestamp())

    scene.appraise(scene.evidence(), now=last)
    with pytest.raises(EvidenceRefused, match="expired"):
        scene.appraise(scene.evidence(), now=last + 1)


def test_changed_quote_is_refused(scene: Scene) -> None:
    signed = decode_evidence(scene.evidence()).signed_quote
    forged = signed.quote.replace(scene.measurement, b"m" * 48)

    with pytest.raises(EvidenceRefused, match="not signed by the platform"):
        scene.appraise(with_quote(scene.evidence(), quote=forged))


def test_signature_of_another_quote_is_refused(scene: Scene) -> None:
    other = decode_evidence(scene.evidence(security_version=2)).signed_quote.signature

    with pytest.raises(EvidenceRefused, match="not signed by the platform"):
        scene.appraise(with_quote(scene.evidence(), signature=other))


def test_root_certificate_cannot_stand_for_a_platform(tmp_path: Path, scene: Scene) -> None:
    evidence = signed_by_the_root(tmp_path, scene)
    root = x509.load_pem_x509_certificate((tmp_path / ROOT_CERTIFICATE).read_bytes())

    with pytest.raises(EvidenceRefused, match="not one of an attestation key"):
        SimulatedVerifier(root).verify(evidence, NOW)


def test_quote_that_names_another_kind_of_platform_is_refused(scene: Scene) -> None:
    key = scene.platform._attestation_key
    quote = encode_quote(
        Quote("amd-sev-snp", scene.measurement, b"", 1, debug=False, report_data=b"d" * 64)
    )
    signature = key.sign(bound(Domain.PLATFORM_QUOTE, quote), ec.ECDSA(hashes.SHA256()))

    with pytest.raises(EvidenceRefused, match="another kind of platform"):
        scene.appraise(with_quote(scene.evidence(), quote=quote, signature=signature))


def signed_by_the_root(directory: Path, scene: Scene) -> bytes:
    create_platform(directory, TODAY)
    key = load_pem_private_key((directory / ROOT_KEY).read_bytes(), password=None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    root = x509.load_pem_x509_certificate((directory / ROOT_CERTIFICATE).read_bytes())
    quote = encode_quote(
        Quote(SIMULATED_PLATFORM, scene.measurement, b"", 1, debug=False, report_data=b"d" * 64)
    )
    signature = key.sign(bound(Domain.PLATFORM_QUOTE, quote), ec.ECDSA(hashes.SHA256()))
    signed = SignedQuote(quote, signature, root.public_bytes(Encoding.DER))
    return encode_evidence(replace(decode_evidence(scene.evidence()), signed_quote=signed))
